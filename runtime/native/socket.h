/* Making sockets of the Unix domain. */
#ifndef POSTERN_SOCKET_H
#define POSTERN_SOCKET_H

#include <node_api.h>

/* socketpair(type): two descriptors, or -errno. */
napi_value socket_pair(napi_env env, napi_callback_info info);

/* listen(type, address, backlog): a descriptor, or -errno. An address is a path, or a name after `@` that lives in the
   abstract namespace. */
napi_value socket_listen(napi_env env, napi_callback_info info);

/* accept(fd): a descriptor, or -errno. Blocks unless the description is non-blocking. */
napi_value socket_accept(napi_env env, napi_callback_info info);

/* connect(type, address): a descriptor, or -errno. Blocks while the listener's backlog is full. */
napi_value socket_connect(napi_env env, napi_callback_info info);

/* peercred(fd): [pid, uid, gid], or -errno. */
napi_value socket_peer(napi_env env, napi_callback_info info);

#endif
