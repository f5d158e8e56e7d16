/* The receiving end of a socket whose packets are handed over one at a time: none leaves the kernel before JavaScript
   is done with the one before it. So a sender waits for its reader, and nothing of it waits here. */
#ifndef POSTERN_INBOX_H
#define POSTERN_INBOX_H

#include <node_api.h>

/* inbox(fd, slab, descriptors): an object, which owns the descriptor of a SOCK_SEQPACKET socket, or -errno. A packet is
   as long as the slab at most, and has as many descriptors at most. Its `table` of integers tells of each packet:
   how the road ended (one of `enum end`; END_NONE for a packet), the errno of an END_ERROR, the bytes, the sender's
   process, user and group, how many descriptors came, and those. JavaScript sets their number to 0 when it has taken
   them; otherwise they are closed. */
napi_value inbox_create(napi_env env, napi_callback_info info);

#endif
