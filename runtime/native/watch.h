/* One descriptor watched by the event loop: what connections, listeners and their like have in common. It outlives its closing
   until the loop has let go of its handles and JavaScript of its functions, and is closed when the environment ends. */
#ifndef POSTERN_WATCH_H
#define POSTERN_WATCH_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct watch;

/* What makes a watch a connection, a listener or another. `watch` is their first member. */
struct watch_kind {
  const char *name;
  /* The descriptor is ready for `events`, or has failed, which reading it will tell. */
  void (*ready)(struct watch *watch, int events);
  /* The time of `watch_retry_after` has passed; NULL where that is not used. */
  void (*retry)(struct watch *watch);
  /* The watch is being closed, its descriptor is still open; NULL where there is nothing to do. */
  void (*closing)(struct watch *watch);
  /* Frees what the watch is part of; nothing refers to it any more. */
  void (*destroy)(struct watch *watch);
};

struct watch {
  const struct watch_kind *kind;
  napi_env env;
  int fd;
  bool started;
  bool closed;
  /* What uv_poll watches for now; 0 when it is stopped. */
  int events;
  /* The JavaScript functions that have not been collected, and one for the loop's handles together. */
  int references;
  int handles;
  napi_ref callback;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
  uv_poll_t poll;
  uv_timer_t timer;
  /* Keeps the loop alive while the watch is open, whatever it watches for just then. */
  uv_async_t keepalive;
};

struct watch_method {
  const char *name;
  napi_callback call;
};

void watch_init(struct watch *watch, const struct watch_kind *kind, napi_env env, int fd);

/* Adds functions whose data is `watch` to `object`: those given, `ref(on)`, which says whether the open watch keeps the
   loop alive, and `close()`. They hold the watch in memory as long as one of them lives. Returns false, having destroyed the watch, when JavaScript is out of memory; the descriptor stays open. */
bool watch_add_methods(struct watch *watch, napi_value object, const struct watch_method *methods, size_t count);

/* Begins to watch; `callback` is what `watch_notify` calls. Returns 0 or -errno. */
int watch_start(struct watch *watch, napi_value callback);

/* Watches for these events of uv_poll from now on; 0 for none. */
void watch_for(struct watch *watch, int events);

void watch_retry_after(struct watch *watch, uint64_t milliseconds);

/* Calls the callback, and after it what it left for later (ticks and microtasks). The watch may be closed after. */
void watch_notify(struct watch *watch);

/* Closes the descriptor and everything else. Closing again does nothing. */
void watch_close(struct watch *watch);

#endif
