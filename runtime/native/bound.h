/* Bound sockets: who holds one end of a pair of SEQPACKET sockets, the capability, connects by sending one byte and one
   end of a new pair; who holds the other end, the bound socket, takes what was sent, one at a time. */
#ifndef POSTERN_BOUND_H
#define POSTERN_BOUND_H

#include <node_api.h>

/* connectThrough(capability, socket): 0 or -errno, -EAGAIN when the queue is full. Never blocks. The kernel duplicates
   `socket`, which stays the caller's. */
napi_value bound_connect(napi_env env, napi_callback_info info);

/* bound(fd): an object, which owns the descriptor, or -errno. */
napi_value bound_create(napi_env env, napi_callback_info info);

#endif
