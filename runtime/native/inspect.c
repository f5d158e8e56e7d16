#include "inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"
#include "values.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

static int access_rights(int flags) {
  if ((flags & O_PATH) != 0) return 0;
  switch (flags & O_ACCMODE) {
    case O_RDONLY:
      return RIGHT_READ;
    case O_WRONLY:
      return RIGHT_WRITE;
    default:
      return RIGHT_READ | RIGHT_WRITE;
  }
}

static int socket_option(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

static bool is_connected(int fd) {
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  return getpeername(fd, (struct sockaddr *)&peer, &size) == 0;
}

static int inspect_socket(int fd, int rights) {
  switch (socket_option(fd, SO_TYPE)) {
    case SOCK_STREAM:
      return KIND_STREAM | (is_connected(fd) ? rights : 0);
    case SOCK_SEQPACKET:
      return KIND_SEQPACKET | (is_connected(fd) ? rights : 0);
    case SOCK_DGRAM:
      return KIND_DGRAM | rights;
    default:
      return KIND_OTHER | rights;
  }
}

/* The device that memfds are on: a mount of the kernel's own, where nothing has a path. It is learnt from a memfd. */
static bool memory_device(struct environment *environment, dev_t *device) {
  if (!environment->memory_device_known) {
    int fd = memfd_create("postern", MFD_CLOEXEC);
    struct stat status;
    if (fd < 0) return false;
    environment->memory_device_known = fstat(fd, &status) == 0;
    environment->memory_device = status.st_dev;
    close(fd);
  }
  *device = environment->memory_device;
  return environment->memory_device_known;
}

/* Seals alone do not tell a memfd: every regular file of a tmpfs answers F_GET_SEALS, and one that was unlinked has no
   links either. The device does; the links are asked first because that costs nothing. */
static int inspect_regular(struct environment *environment, int fd, const struct stat *status, int rights) {
  dev_t device;
  if (status->st_nlink > 0) return KIND_FILE | rights;
  int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0 || !memory_device(environment, &device) || status->st_dev != device) return KIND_FILE | rights;
  if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0) rights &= ~RIGHT_WRITE;
  return KIND_MEMORY | rights;
}

static int inspect_descriptor(struct environment *environment, int fd, int flags) {
  struct stat status;
  if (fstat(fd, &status) < 0) return -errno;
  if (flags < 0) flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -errno;
  int rights = access_rights(flags);
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
      return inspect_regular(environment, fd, &status, rights);
    case S_IFDIR:
      return KIND_DIR | rights;
    case S_IFIFO:
      return KIND_PIPE | rights;
    case S_IFSOCK:
      return inspect_socket(fd, rights);
    case S_IFCHR:
    case S_IFBLK:
      return KIND_DEVICE | rights;
    default:
      return KIND_OTHER | rights;
  }
}

napi_value inspect(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  return int_value(env, inspect_descriptor(environment_of(env), int_argument(&arguments, 0), int_argument(&arguments, 1)));
}
