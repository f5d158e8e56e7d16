#include "ancillary.h"

#include <string.h>
#include <unistd.h>

/* Of linux/socket.h, since Linux 6.5. */
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

void close_uninvited(struct cmsghdr *part) {
  int process;
  if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_PIDFD) return;
  if (part->cmsg_len < CMSG_LEN(sizeof process)) return;
  memcpy(&process, CMSG_DATA(part), sizeof process);
  /* Where none could be opened it is a negated errno. */
  if (process >= 0) close(process);
}
