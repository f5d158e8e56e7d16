#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "values.h"

/* memfd_create(2): 249 bytes and the NUL. */
#define MEMORY_NAME_MAX 250

napi_value files_open(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  char path[PATH_MAX];
  int length = text_argument(&arguments, 1, path, sizeof path);
  if (length < 0) return int_value(env, length);
  struct open_how how = {
      .flags = (uint32_t)int_argument(&arguments, 2) | O_CLOEXEC,
      .mode = (uint32_t)int_argument(&arguments, 3),
      .resolve = (uint32_t)int_argument(&arguments, 4),
  };
  return system_value(env, (int)syscall(SYS_openat2, int_argument(&arguments, 0), path, &how, sizeof how));
}

napi_value files_memory(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  char name[MEMORY_NAME_MAX];
  int length = text_argument(&arguments, 0, name, sizeof name);
  if (length < 0) return int_value(env, length);
  double size = double_argument(&arguments, 1);
  if (!(size >= 0 && size < 9007199254740992.0)) return int_value(env, -EINVAL);
  bool sealable = false;
  napi_get_value_bool(env, arguments.at[2], &sealable);
  int fd = memfd_create(name, MFD_CLOEXEC | (sealable ? MFD_ALLOW_SEALING : 0));
  if (fd < 0) return int_value(env, -errno);
  if (ftruncate(fd, (off_t)size) == 0) return int_value(env, fd);
  int error = errno;
  close(fd);
  return int_value(env, -error);
}

napi_value files_seal(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  return system_value(env, fcntl(int_argument(&arguments, 0), F_ADD_SEALS, int_argument(&arguments, 1)));
}

napi_value files_seals(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  return system_value(env, fcntl(int_argument(&arguments, 0), F_GET_SEALS));
}
