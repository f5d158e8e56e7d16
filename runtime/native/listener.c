#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "values.h"
#include "watch.h"

/* How long to leave newcomers waiting when the process is out of descriptors or memory, in milliseconds. */
#define PAUSE 100

enum table { TABLE_COUNT, TABLE_ERRNO, TABLE_ACCEPTED, TABLE_SIZE = TABLE_ACCEPTED + ACCEPT_MAX };

struct listener {
  struct watch watch;
  int32_t *table;
  napi_ref table_reference;
};

/* Accepts one newcomer. Returns its descriptor or -errno. */
static int accept_one(int fd) {
  int accepted;
  /* ECONNABORTED: it left while it waited. The next one may be there. */
  do accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
  while (accepted < 0 && (errno == EINTR || errno == ECONNABORTED));
  return accepted < 0 ? -errno : accepted;
}

static bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_ready(struct watch *watch, int events) {
  (void)events;
  struct listener *listener = (struct listener *)watch;
  int32_t *table = listener->table;
  table[TABLE_COUNT] = table[TABLE_ERRNO] = 0;
  while (table[TABLE_COUNT] < ACCEPT_MAX) {
    int fd = accept_one(watch->fd);
    if (fd == -EAGAIN) break;
    if (fd < 0) {
      table[TABLE_ERRNO] = -fd;
      break;
    }
    table[TABLE_ACCEPTED + table[TABLE_COUNT]++] = fd;
  }
  if (table[TABLE_ERRNO] != 0) {
    /* The socket stays ready, so that watching it would only tell the same again and again. */
    watch_for(watch, 0);
    if (is_shortage(table[TABLE_ERRNO])) watch_retry_after(watch, PAUSE);
  }
  if (table[TABLE_COUNT] > 0 || table[TABLE_ERRNO] != 0) watch_notify(watch);
}

static void on_retry(struct watch *watch) { watch_for(watch, UV_READABLE); }

static void destroy(struct watch *watch) {
  struct listener *listener = (struct listener *)watch;
  napi_delete_reference(watch->env, listener->table_reference);
  free(listener);
}

static const struct watch_kind listener_kind = {
    .name = "postern.listener",
    .ready = on_ready,
    .retry = on_retry,
    .destroy = destroy,
};

/* start(callback) */
static napi_value js_start(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct listener *listener = arguments.data;
  int status = watch_start(&listener->watch, arguments.at[0]);
  if (status == 0) watch_for(&listener->watch, UV_READABLE);
  return int_value(env, status);
}

static const struct watch_method methods[] = {{"start", js_start}};

static bool make_table(struct listener *listener, napi_value object) {
  listener->table = table_property(listener->watch.env, object, "accepted", TABLE_SIZE, &listener->table_reference);
  return listener->table != NULL;
}

napi_value listener_create(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  int fd = int_argument(&arguments, 0);
  if (fcntl(fd, F_GETFL) < 0) return int_value(env, -errno);
  struct listener *listener = calloc(1, sizeof *listener);
  if (listener == NULL) return int_value(env, -ENOMEM);
  watch_init(&listener->watch, &listener_kind, env, fd);
  napi_value object;
  if (napi_create_object(env, &object) != napi_ok || !make_table(listener, object)) {
    free(listener);
    return int_value(env, -ENOMEM);
  }
  if (!watch_add_methods(&listener->watch, object, methods, sizeof methods / sizeof *methods))
    return int_value(env, -ENOMEM);
  return object;
}
