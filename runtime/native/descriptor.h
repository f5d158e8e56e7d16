/* A descriptor's own operations. */
#ifndef POSTERN_DESCRIPTOR_H
#define POSTERN_DESCRIPTOR_H

#include <node_api.h>

/* dup(fd): a second descriptor of the same description, closed on exec; or -errno. */
napi_value descriptor_dup(napi_env env, napi_callback_info info);

/* close(fd): 0 or -errno. */
napi_value descriptor_close(napi_env env, napi_callback_info info);

/* setcloexec(fd, on): 0 or -errno. */
napi_value descriptor_set_close_on_exec(napi_env env, napi_callback_info info);

#endif
