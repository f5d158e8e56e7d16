/* What comes beside a message's bytes. */
#ifndef POSTERN_ANCILLARY_H
#define POSTERN_ANCILLARY_H

#include <stdbool.h>
#include <sys/socket.h>

/* What a message has brought beside its bytes and descriptors. */
struct attached {
  /* Whether the kernel has said who sent it. */
  bool has_sender;
  struct ucred sender;
  /* How many descriptors it has brought. */
  int count;
};

/* Takes apart what came beside a message. Its descriptors go to `descriptors`, which has room for all that its control
   buffer has room for, and are the caller's. What was not asked for is closed: options of a socket are everybody's who
   holds it, and SO_PASSPIDFD opens a descriptor of the sender's process for each message. */
struct attached take_attached(struct msghdr *message, int *descriptors);

/* Has the kernel say of each message who sent it, or no longer. Returns 0 or -errno. */
int show_senders(int fd, int on);

#endif
