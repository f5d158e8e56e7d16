/* A listening socket: accepts all who wait, and calls back once for them. */
#ifndef POSTERN_LISTENER_H
#define POSTERN_LISTENER_H

#include <node_api.h>

/* The most that are accepted in one turn of the loop. */
#define ACCEPT_MAX 64

/* listener(fd): an object, which owns the descriptor, or -errno. Its `accepted` is a table of integers: how many were
   accepted, the errno that stopped it or 0, then the descriptors. */
napi_value listener_create(napi_env env, napi_callback_info info);

#endif
