#include "bound.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ancillary.h"
#include "values.h"
#include "watch.h"

/* The one byte that asks for a connection. */
#define CONNECT 'c'

/* Room for a message's sender and one descriptor. */
#define ANCILLARY_MAX (CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int)))

struct bound {
  struct watch watch;
  /* Whether whoever had the socket before had the kernel say who sends. Here it does, because whoever made the socket
     that a message brings may be somebody else. Others who hold the bound socket, and accept by hand, would have to make
     room for that, so it is on no longer than needed. */
  bool had_senders;
};

napi_value bound_connect(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  int capability = int_argument(&arguments, 0), sent = int_argument(&arguments, 1);
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof sent)];
  } ancillary;
  memset(&ancillary, 0, sizeof ancillary);
  ancillary.align.cmsg_level = SOL_SOCKET;
  ancillary.align.cmsg_type = SCM_RIGHTS;
  ancillary.align.cmsg_len = CMSG_LEN(sizeof sent);
  memcpy(CMSG_DATA(&ancillary.align), &sent, sizeof sent);
  char byte = CONNECT;
  struct iovec part = {&byte, 1};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = ancillary.bytes, .msg_controllen = sizeof ancillary.bytes};
  ssize_t status;
  do status = sendmsg(capability, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (status < 0 && errno == EINTR);
  return int_value(env, status < 0 ? -errno : 0);
}

/* Takes one message off the queue. Returns the descriptor it brought, -EPROTO when it does not ask for a connection,
   -ESHUTDOWN when there will never be another, or -errno. */
static int receive(int fd, struct ucred *sender) {
  union {
    struct cmsghdr align;
    char bytes[ANCILLARY_MAX];
  } ancillary;
  char bytes[2];
  struct iovec part = {bytes, sizeof bytes};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = ancillary.bytes, .msg_controllen = sizeof ancillary.bytes};
  ssize_t length;
  /* ECONNRESET is told once, before what is still queued. */
  do length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (length < 0 && (errno == EINTR || errno == ECONNRESET));
  if (length < 0) return -errno;
  /* More than one fit where the sender is missing, and where CMSG_SPACE has rounded up. */
  int descriptors[ANCILLARY_MAX / sizeof(int)];
  struct attached attached = take_attached(&message, descriptors);
  /* A message of no bytes reads like the end, but for its sender. */
  if (length == 0 && !attached.has_sender) return -ESHUTDOWN;
  *sender = attached.sender;
  bool lost = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  if (length == 1 && bytes[0] == CONNECT && attached.count == 1 && !lost) return descriptors[0];
  for (int i = 0; i < attached.count; i++) close(descriptors[i]);
  return -EPROTO;
}

/* Whether there is room for one more descriptor. Without, a message would be read and what it brought be lost. */
static int check_room(int fd) {
  int spare = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (spare < 0) return -errno;
  close(spare);
  return 0;
}

static int take(int fd, int milliseconds, struct ucred *sender) {
  struct pollfd watched = {fd, POLLIN, 0};
  int ready = poll(&watched, 1, milliseconds);
  if (ready < 0 && errno != EINTR) return -errno;
  if (ready <= 0) return -EAGAIN;
  int status = check_room(fd);
  /* Another who had taken it up may have put it back. */
  if (status == 0) status = show_senders(fd, 1);
  return status < 0 ? status : receive(fd, sender);
}

/* take(milliseconds): waits so long at most for one message, less when a signal comes, and takes it. */
static napi_value js_take(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct bound *bound = arguments.data;
  if (bound->watch.closed) return int_value(env, -EBADF);
  struct ucred sender = {0};
  int taken = take(bound->watch.fd, int_argument(&arguments, 0), &sender);
  if (taken < 0) return int_value(env, taken);
  napi_value array = NULL;
  const int values[] = {taken, sender.pid, (int)sender.uid, (int)sender.gid};
  napi_create_array_with_length(env, 4, &array);
  for (uint32_t i = 0; i < 4; i++) napi_set_element(env, array, i, int_value(env, values[i]));
  return array;
}

static void on_ready(struct watch *watch, int events) {
  (void)events;
  watch_notify(watch);
}

static void on_closing(struct watch *watch) {
  struct bound *bound = (struct bound *)watch;
  if (!bound->had_senders) show_senders(watch->fd, 0);
}

static void destroy(struct watch *watch) { free(watch); }

static const struct watch_kind bound_kind = {
    .name = "postern.bound",
    .ready = on_ready,
    .closing = on_closing,
    .destroy = destroy,
};

/* start(callback) */
static napi_value js_start(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct bound *bound = arguments.data;
  return int_value(env, watch_start(&bound->watch, arguments.at[0]));
}

/* watch(on): whether the callback is called while there is something to take. */
static napi_value js_watch(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct bound *bound = arguments.data;
  bool on = false;
  napi_get_value_bool(env, arguments.at[0], &on);
  watch_for(&bound->watch, on ? UV_READABLE : 0);
  return NULL;
}

static const struct watch_method methods[] = {{"take", js_take}, {"start", js_start}, {"watch", js_watch}};

napi_value bound_create(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  int fd = int_argument(&arguments, 0), had_senders = 0;
  socklen_t size = sizeof had_senders;
  if (getsockopt(fd, SOL_SOCKET, SO_PASSCRED, &had_senders, &size) < 0) return int_value(env, -errno);
  struct bound *bound = calloc(1, sizeof *bound);
  if (bound == NULL) return int_value(env, -ENOMEM);
  bound->had_senders = had_senders != 0;
  show_senders(fd, 1);
  watch_init(&bound->watch, &bound_kind, env, fd);
  napi_value object;
  if (napi_create_object(env, &object) != napi_ok) {
    free(bound);
    return int_value(env, -ENOMEM);
  }
  if (!watch_add_methods(&bound->watch, object, methods, sizeof methods / sizeof *methods))
    return int_value(env, -ENOMEM);
  return object;
}
