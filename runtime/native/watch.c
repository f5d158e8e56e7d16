#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "values.h"

void watch_init(struct watch *watch, const struct watch_kind *kind, napi_env env, int fd) {
  watch->kind = kind;
  watch->env = env;
  watch->fd = fd;
}

static void release(struct watch *watch) {
  if (--watch->references > 0) return;
  watch_close(watch);
  watch->kind->destroy(watch);
}

static void on_collected(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  release(data);
}

static napi_value js_ref(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct watch *watch = arguments.data;
  bool on = true;
  napi_get_value_bool(env, arguments.at[0], &on);
  if (watch->closed || watch->handles < 3) return NULL;
  if (on) uv_ref((uv_handle_t *)&watch->keepalive);
  else uv_unref((uv_handle_t *)&watch->keepalive);
  return NULL;
}

static napi_value js_close(napi_env env, napi_callback_info info) {
  watch_close(arguments_of(env, info).data);
  return NULL;
}

static const struct watch_method common[] = {{"ref", js_ref}, {"close", js_close}};

static bool add_method(struct watch *watch, napi_value object, const struct watch_method *method) {
  napi_value function;
  if (napi_create_function(watch->env, method->name, NAPI_AUTO_LENGTH, method->call, watch, &function) != napi_ok ||
      napi_add_finalizer(watch->env, function, watch, on_collected, NULL, NULL) != napi_ok)
    return false;
  watch->references++;
  napi_set_named_property(watch->env, object, method->name, function);
  return true;
}

static bool add_methods(struct watch *watch, napi_value object, const struct watch_method *methods, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!add_method(watch, object, &methods[i])) return false;
  return true;
}

bool watch_add_methods(struct watch *watch, napi_value object, const struct watch_method *methods, size_t count) {
  /* Held here as well, so that the first function's collection does not come before the last one's creation. */
  watch->references = 1;
  if (!add_methods(watch, object, methods, count) ||
      !add_methods(watch, object, common, sizeof common / sizeof *common)) {
    /* The functions made so far may be collected later: they find a closed watch. */
    watch->fd = -1;
    release(watch);
    return false;
  }
  watch->references--;
  return true;
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  struct watch *watch = poll->data;
  if (status < 0) {
    /* libuv has stopped watching a descriptor with an error. There may be much to read all the same: a peer that died
       with something of ours unread has left it. */
    events = watch->events;
    watch->events = 0;
  }
  watch->kind->ready(watch, events);
}

static void on_timer(uv_timer_t *timer) {
  struct watch *watch = timer->data;
  if (watch->kind->retry != NULL) watch->kind->retry(watch);
}

static void on_handle_closed(uv_handle_t *handle) {
  struct watch *watch = handle->data;
  if (--watch->handles > 0) return;
  if (watch->hook != NULL) napi_remove_async_cleanup_hook(watch->hook);
  release(watch);
}

static void on_environment_end(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  watch_close(data);
}

/* uv_poll_init makes the description non-blocking, but a call that blocks must block. Nothing else here minds: all that
   must not block says so with MSG_DONTWAIT. A listener has no such word for accept and keeps the flag. */
static void make_blocking(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &type, &size) == 0 && type != 0) return;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

int watch_start(struct watch *watch, napi_value callback) {
  if (watch->closed) return -EBADF;
  if (watch->started) return -EALREADY;
  napi_env env = watch->env;
  uv_loop_t *loop;
  napi_value name;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return -ENOTSUP;
  int status = uv_poll_init(loop, &watch->poll, watch->fd);
  if (status < 0) return status;
  watch->started = true;
  make_blocking(watch->fd);
  uv_timer_init(loop, &watch->timer);
  watch->poll.data = watch->timer.data = watch;
  watch->handles = 2;
  if (uv_async_init(loop, &watch->keepalive, NULL) == 0) {
    watch->keepalive.data = watch;
    watch->handles = 3;
  }
  uv_unref((uv_handle_t *)&watch->poll);
  uv_unref((uv_handle_t *)&watch->timer);
  watch->references++;
  napi_create_string_utf8(env, watch->kind->name, NAPI_AUTO_LENGTH, &name);
  napi_create_reference(env, callback, 1, &watch->callback);
  napi_async_init(env, NULL, name, &watch->context);
  napi_add_async_cleanup_hook(env, on_environment_end, watch, &watch->hook);
  return 0;
}

void watch_for(struct watch *watch, int events) {
  if (!watch->started || watch->closed || watch->events == events) return;
  watch->events = events;
  if (events == 0) uv_poll_stop(&watch->poll);
  else uv_poll_start(&watch->poll, events, on_poll);
}

void watch_retry_after(struct watch *watch, uint64_t milliseconds) {
  if (watch->started && !watch->closed) uv_timer_start(&watch->timer, on_timer, milliseconds, 0);
}

/* What a callback threw is nobody's to catch but the process's. */
static void report_exception(napi_env env) {
  bool pending = false;
  napi_value exception;
  napi_is_exception_pending(env, &pending);
  if (pending && napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
}

void watch_notify(struct watch *watch) {
  napi_env env = watch->env;
  napi_handle_scope scope;
  napi_value callback, global;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_reference_value(env, watch->callback, &callback) == napi_ok && callback != NULL &&
      napi_get_global(env, &global) == napi_ok &&
      napi_make_callback(env, watch->context, global, callback, 0, NULL, NULL) != napi_ok)
    report_exception(env);
  napi_close_handle_scope(env, scope);
}

void watch_close(struct watch *watch) {
  if (watch->closed) return;
  watch->closed = true;
  if (watch->kind->closing != NULL) watch->kind->closing(watch);
  if (watch->started) {
    napi_delete_reference(watch->env, watch->callback);
    napi_async_destroy(watch->env, watch->context);
    uv_close((uv_handle_t *)&watch->poll, on_handle_closed);
    uv_close((uv_handle_t *)&watch->timer, on_handle_closed);
    if (watch->handles == 3) uv_close((uv_handle_t *)&watch->keepalive, on_handle_closed);
  }
  if (watch->fd >= 0) close(watch->fd);
}
