#include "ancillary.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Of linux/socket.h, since Linux 6.5. */
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

static void close_process(struct cmsghdr *part) {
  int process;
  if (part->cmsg_len < CMSG_LEN(sizeof process)) return;
  memcpy(&process, CMSG_DATA(part), sizeof process);
  /* Where none could be opened it is a negated errno. */
  if (process >= 0) close(process);
}

struct attached take_attached(struct msghdr *message, int *descriptors) {
  struct attached attached = {.count = 0};
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SCM_RIGHTS) {
      size_t size = part->cmsg_len - CMSG_LEN(0);
      memcpy(descriptors + attached.count, CMSG_DATA(part), size);
      attached.count += (int)(size / sizeof(int));
    } else if (part->cmsg_type == SCM_CREDENTIALS) {
      attached.has_sender = true;
      memcpy(&attached.sender, CMSG_DATA(part), sizeof attached.sender);
    } else if (part->cmsg_type == SCM_PIDFD) {
      close_process(part);
    }
  }
  return attached;
}

int show_senders(int fd, int on) {
  return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ? -errno : 0;
}
