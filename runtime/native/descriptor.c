#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "values.h"

napi_value descriptor_dup(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  return system_value(env, fcntl(int_argument(&arguments, 0), F_DUPFD_CLOEXEC, 0));
}

napi_value descriptor_close(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  return system_value(env, close(int_argument(&arguments, 0)));
}

napi_value descriptor_set_close_on_exec(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  bool on = true;
  napi_get_value_bool(env, arguments.at[1], &on);
  return system_value(env, fcntl(int_argument(&arguments, 0), F_SETFD, on ? FD_CLOEXEC : 0));
}
