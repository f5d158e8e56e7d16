#include "environment.h"

#include <stdlib.h>

static void destroy(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

bool environment_create(napi_env env) {
  struct environment *environment = calloc(1, sizeof *environment);
  if (environment == NULL) {
    napi_throw_error(env, "ENOMEM", "out of memory");
    return false;
  }
  if (napi_get_uv_event_loop(env, &environment->loop) == napi_ok &&
      napi_set_instance_data(env, environment, destroy, NULL) == napi_ok)
    return true;
  free(environment);
  napi_throw_error(env, NULL, "this environment has no event loop");
  return false;
}

struct environment *environment_of(napi_env env) {
  void *data = NULL;
  napi_get_instance_data(env, &data);
  return data;
}

bool environment_alone(struct environment *environment) {
  uv_metrics_t metrics = {0};
  uv_metrics_info(environment->loop, &metrics);
  if (metrics.loop_count != environment->iteration) {
    bool next = metrics.loop_count == environment->iteration + 1;
    environment->active_before = next ? environment->active : 0;
    environment->active = 0;
    environment->iteration = metrics.loop_count;
  }
  environment->active++;
  return environment->active == 1 && environment->active_before <= 1;
}

bool environment_alive(napi_env env) {
  /* Asking for a property is the cheapest question that is refused to a thread that is being terminated. */
  napi_value global;
  bool has;
  return napi_get_global(env, &global) == napi_ok && napi_has_named_property(env, global, "Object", &has) == napi_ok;
}
