/* What the kernel lays beside a message without being asked to by this process. */
#ifndef POSTERN_ANCILLARY_H
#define POSTERN_ANCILLARY_H

#include <sys/socket.h>

/* Closes the descriptor that a part of a kind which is not looked for has put into this process, if it has. Options of
   a socket are everybody's who holds it, and SO_PASSPIDFD opens a descriptor of the sender's process for each message. */
void close_uninvited(struct cmsghdr *part);

#endif
