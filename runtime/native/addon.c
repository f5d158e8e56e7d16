/* The addon's table of contents: what addon.ts sees. Nothing throws for what the system refuses; that is -errno. */
#include <node_api.h>

#include "bound.h"
#include "connection.h"
#include "descriptor.h"
#include "environment.h"
#include "files.h"
#include "inbox.h"
#include "inspect.h"
#include "listener.h"
#include "socket.h"

static const struct {
  const char *name;
  napi_callback call;
} functions[] = {
    {"socketpair", socket_pair},
    {"listen", socket_listen},
    {"accept", socket_accept},
    {"connect", socket_connect},
    {"peercred", socket_peer},
    {"dup", descriptor_dup},
    {"close", descriptor_close},
    {"setcloexec", descriptor_set_close_on_exec},
    {"inspect", inspect},
    {"openat2", files_open},
    {"memfd", files_memory},
    {"seal", files_seal},
    {"seals", files_seals},
    {"connection", connection_create},
    {"listener", listener_create},
    {"inbox", inbox_create},
    {"connectThrough", bound_connect},
    {"bound", bound_create},
};

NAPI_MODULE_INIT() {
  if (!environment_create(env)) return NULL;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, function) != napi_ok)
      return NULL;
  }
  return exports;
}
