/* Opening beneath a directory, and files in memory. */
#ifndef POSTERN_FILES_H
#define POSTERN_FILES_H

#include <node_api.h>

/* openat2(dirfd, path, flags, mode, resolve): a descriptor, closed on exec, or -errno. */
napi_value files_open(napi_env env, napi_callback_info info);

/* memfd(name, size, sealable): a descriptor, or -errno. */
napi_value files_memory(napi_env env, napi_callback_info info);

/* seal(fd, seals): 0 or -errno. */
napi_value files_seal(napi_env env, napi_callback_info info);

/* seals(fd): the seals, or -errno; -EINVAL where there can be none. */
napi_value files_seals(napi_env env, napi_callback_info info);

#endif
