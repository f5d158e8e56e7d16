#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "environment.h"
#include "values.h"

/* The longest that one connection keeps the loop to itself, in nanoseconds, besides the delivery of a last batch. */
#define TURN_MAX 250000u

/* Every so many reads the loop asks whether there is more, although there has not been. */
#define ASK_AGAIN 16u

void connection_update_events(struct connection *connection) {
  int events = 0;
  if (connection->reading && !connection->ended) events |= UV_READABLE;
  if (connection->queue.first != NULL && connection->queue.retry_after == 0) events |= UV_WRITABLE;
  watch_for(&connection->watch, events);
}

void connection_note_place(struct connection *connection, const struct spin *spin) {
  connection->control[CONTROL_APART] = spin_is_apart(spin);
}

static bool attempt(void *subject) { return receive_once(subject, MSG_DONTWAIT) != RECEIVED_NOTHING; }

static bool may_go_on(const struct connection *connection) {
  return !connection->watch.closed && !connection->ended && connection->reading;
}

/* Reads what else is there after the first read of a batch. One call after another never has more, so asking is a
   system call in vain before each answer; what is there all the same, the spinning after the batch finds. */
static void complete_batch(struct connection *connection) {
  if (connection->ended) return;
  bool ask = connection->several || connection->rest_size > 0 || ++connection->unasked >= ASK_AGAIN;
  if (!ask && spin_is_due(&connection->loop_spin)) return;
  receive_available(connection);
  connection->unasked = 0;
  connection->several = connection->control[CONTROL_READS] > 1;
}

/* Reads and delivers, again and again while more comes soon and nobody else waits for the loop. Not with something
   queued: the peer may be waiting for that, and only the loop sends it. (Four echoes of a mebibyte in flight on two
   processors: a fifth less processor time.) */
static void take_turn(struct connection *connection) {
  bool alone = environment_alone(environment_of(connection->watch.env));
  batch_begin(connection);
  if (!attempt(connection)) return;
  if (alone) complete_batch(connection);
  else receive_available(connection);
  watch_notify(&connection->watch);
  if (!alone || connection->loop_spin.budget == 0) return;
  uint64_t end = nanoseconds_now() + TURN_MAX;
  while (may_go_on(connection) && connection->queue.first == NULL && nanoseconds_now() < end) {
    batch_begin(connection);
    if (!spin_until(&connection->loop_spin, attempt, connection)) return;
    connection_note_place(connection, &connection->loop_spin);
    complete_batch(connection);
    watch_notify(&connection->watch);
  }
}

/* Sends of the queue what goes, and tells JavaScript when it is low, or when it cannot be sent at all. A peer that is
   gone is found by reading, after all it had sent; unless nobody reads. */
static void make_way(struct connection *connection) {
  bool was_low = connection->queue.bytes < QUEUE_LOW;
  send_queued(connection);
  /* Whoever is still delivering a batch will read on. */
  bool reads = connection->reading || connection->control[CONTROL_READS] > 0;
  bool failed = connection->fault != 0 && !connection->ended && !(reads && peer_is_gone(connection->fault));
  bool drained = !was_low && connection->queue.bytes < QUEUE_LOW;
  if (!failed && !drained) return;
  /* Of a batch that is still being delivered nothing is lost. */
  if (connection->control[CONTROL_READS] == 0) batch_begin(connection);
  if (failed) {
    connection->ended = true;
    connection->control[CONTROL_END] = END_ERROR;
    connection->control[CONTROL_ERRNO] = connection->fault;
  }
  watch_notify(&connection->watch);
}

static void on_ready(struct watch *watch, int events) {
  struct connection *connection = (struct connection *)watch;
  if ((events & UV_WRITABLE) != 0) make_way(connection);
  if ((events & UV_READABLE) != 0 && may_go_on(connection)) take_turn(connection);
  if (!watch->closed) connection_update_events(connection);
}

static void on_retry(struct watch *watch) {
  struct connection *connection = (struct connection *)watch;
  if (connection->queue.first != NULL) make_way(connection);
}

static void on_closing(struct watch *watch) {
  struct connection *connection = (struct connection *)watch;
  if (connection->queue.first != NULL) send_queued(connection);
  queue_discard(connection);
}

static void destroy(struct watch *watch) {
  struct connection *connection = (struct connection *)watch;
  napi_delete_reference(watch->env, connection->slab_reference);
  napi_delete_reference(watch->env, connection->control_reference);
  if (connection->rest_reference != NULL) napi_delete_reference(watch->env, connection->rest_reference);
  free(connection);
}

static const struct watch_kind connection_kind = {
    .name = "postern.connection",
    .ready = on_ready,
    .retry = on_retry,
    .closing = on_closing,
    .destroy = destroy,
};

/* start(callback) */
static napi_value js_start(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct connection *connection = arguments.data;
  int status = watch_start(&connection->watch, arguments.at[0]);
  if (status < 0) return int_value(env, status);
  connection->reading = true;
  connection_update_events(connection);
  return int_value(env, 0);
}

/* send(bytes, start, end, descriptors): their numbers are in the table. */
static napi_value js_send(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct connection *connection = arguments.data;
  struct bytes bytes;
  int32_t start = int_argument(&arguments, 1), end = int_argument(&arguments, 2), count = int_argument(&arguments, 3);
  if (connection->watch.closed) return int_value(env, -EBADF);
  if (!bytes_argument(&arguments, 0, &bytes) || start < 0 || end < start || (size_t)end > bytes.length || count < 0 ||
      count > PACKET_DESCRIPTORS_MAX)
    return int_value(env, -EINVAL);
  return int_value(env, send_bytes(connection, bytes.data + start, (size_t)(end - start),
                                   connection->control + CONTROL_SENT, count));
}

/* exchange(bytes, length, descriptors, timeoutMilliseconds) */
static napi_value js_exchange(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct connection *connection = arguments.data;
  struct bytes bytes;
  int32_t length = int_argument(&arguments, 1), count = int_argument(&arguments, 2);
  if (connection->watch.closed || connection->ended) return int_value(env, -EBADF);
  if (!bytes_argument(&arguments, 0, &bytes) || length < 0 || (size_t)length > bytes.length || count < 0 ||
      count > PACKET_DESCRIPTORS_MAX)
    return int_value(env, -EINVAL);
  int status = exchange(connection, bytes.data, (size_t)length, count, double_argument(&arguments, 3));
  connection_update_events(connection);
  return int_value(env, status);
}

/* read(on): whether the loop is to read. */
static napi_value js_read(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct connection *connection = arguments.data;
  napi_get_value_bool(env, arguments.at[0], &connection->reading);
  connection_update_events(connection);
  return NULL;
}

/* Makes `slab` what is read into. */
static bool use_slab(struct connection *connection, napi_value slab) {
  napi_env env = connection->watch.env;
  struct arguments arguments = {.env = env, .at = {slab}};
  struct bytes bytes;
  napi_ref reference;
  if (!bytes_argument(&arguments, 0, &bytes) || bytes.length < PACKET_MAX) return false;
  if (napi_create_reference(env, slab, 1, &reference) != napi_ok) return false;
  if (connection->slab_reference != NULL) napi_delete_reference(env, connection->slab_reference);
  connection->slab_reference = reference;
  connection->slab = bytes.data;
  connection->slab_size = bytes.length;
  return true;
}

/* slab(bytes): reads into `bytes` from now on. */
static napi_value js_slab(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  return int_value(env, use_slab(arguments.data, arguments.at[0]) ? 0 : -EINVAL);
}

/* rest(bytes, start): reads into `bytes` from `start` until it is full, and what comes after that into the slab. */
static napi_value js_rest(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  int32_t start = int_argument(&arguments, 1);
  bool taken = start >= 0 && receive_rest(arguments.data, arguments.at[0], (size_t)start);
  return int_value(env, taken ? 0 : -EINVAL);
}

static const struct watch_method methods[] = {
    {"start", js_start}, {"send", js_send}, {"exchange", js_exchange}, {"read", js_read}, {"slab", js_slab},
    {"rest", js_rest},
};

static bool make_control(struct connection *connection, napi_value object) {
  connection->control = table_property(connection->watch.env, object, "control", CONTROL_SIZE, &connection->control_reference);
  return connection->control != NULL;
}

/* connection(fd, packets, slab, spinMicroseconds, shared) */
napi_value connection_create(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  int fd = int_argument(&arguments, 0), flags = fcntl(fd, F_GETFL);
  if (flags < 0) return int_value(env, -errno);
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) return int_value(env, -ENOMEM);
  watch_init(&connection->watch, &connection_kind, env, fd);
  napi_get_value_bool(env, arguments.at[1], &connection->packets);
  napi_get_value_bool(env, arguments.at[4], &connection->shared);
  double spin = double_argument(&arguments, 3);
  connection->blocking_spin.budget = connection->loop_spin.budget = spin > 0 ? (uint64_t)(spin * 1e3) : 0;
  napi_value object;
  if (napi_create_object(env, &object) != napi_ok || !make_control(connection, object) ||
      !use_slab(connection, arguments.at[2])) {
    napi_delete_reference(env, connection->slab_reference);
    napi_delete_reference(env, connection->control_reference);
    free(connection);
    return int_value(env, -EINVAL);
  }
  if (!watch_add_methods(&connection->watch, object, methods, sizeof methods / sizeof *methods))
    return int_value(env, -ENOMEM);
  if ((flags & O_NONBLOCK) != 0) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  return object;
}
