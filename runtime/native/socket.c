#include "socket.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "values.h"

static napi_value int_array(napi_env env, const int *values, uint32_t count) {
  napi_value array = NULL;
  napi_create_array_with_length(env, count, &array);
  for (uint32_t i = 0; i < count; i++) napi_set_element(env, array, i, int_value(env, values[i]));
  return array;
}

napi_value socket_pair(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  int pair[2];
  if (socketpair(AF_UNIX, int_argument(&arguments, 0) | SOCK_CLOEXEC, 0, pair) < 0) return int_value(env, -errno);
  return int_array(env, pair, 2);
}

/* Reads an address into `address`. Returns its size or -errno. */
static int address_argument(const struct arguments *arguments, size_t index, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  /* A path needs its NUL; an abstract name has none, and its `@` stands for the NUL it begins with. */
  char text[sizeof address->sun_path + 1];
  int length = text_argument(arguments, index, text, sizeof text);
  if (length < 0) return length;
  if (length == 0) return -EINVAL;
  bool abstract = text[0] == '@';
  if (!abstract && length == (int)sizeof address->sun_path) return -ENAMETOOLONG;
  memcpy(address->sun_path, text, (size_t)length);
  if (abstract) address->sun_path[0] = 0;
  return (int)offsetof(struct sockaddr_un, sun_path) + length + (abstract ? 0 : 1);
}

/* Closes `fd` and returns why it is not to be had. */
static int abandon(int fd) {
  int error = errno;
  close(fd);
  return -error;
}

static int listen_at(int type, const struct sockaddr_un *address, socklen_t size, int backlog) {
  int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (bind(fd, (const struct sockaddr *)address, size) < 0 || listen(fd, backlog) < 0) return abandon(fd);
  return fd;
}

napi_value socket_listen(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct sockaddr_un address;
  int size = address_argument(&arguments, 1, &address);
  if (size < 0) return int_value(env, size);
  return int_value(env, listen_at(int_argument(&arguments, 0), &address, (socklen_t)size, int_argument(&arguments, 2)));
}

napi_value socket_accept(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  int fd;
  do fd = accept4(int_argument(&arguments, 0), NULL, NULL, SOCK_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  return system_value(env, fd);
}

static int connect_to(int type, const struct sockaddr_un *address, socklen_t size) {
  int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int status;
  /* A Unix socket's connect that was interrupted has not begun, so it is simply tried again. */
  do status = connect(fd, (const struct sockaddr *)address, size);
  while (status < 0 && errno == EINTR);
  return status < 0 ? abandon(fd) : fd;
}

napi_value socket_connect(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct sockaddr_un address;
  int size = address_argument(&arguments, 1, &address);
  if (size < 0) return int_value(env, size);
  return int_value(env, connect_to(int_argument(&arguments, 0), &address, (socklen_t)size));
}

napi_value socket_peer(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(int_argument(&arguments, 0), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
    return int_value(env, -errno);
  return int_array(env, (int[]){peer.pid, (int)peer.uid, (int)peer.gid}, 3);
}
