#include "inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ancillary.h"
#include "connection.h"
#include "spin.h"
#include "values.h"
#include "watch.h"

/* What one inbox takes before the loop looks after others: so many packets, and no further one after so long. */
#define TURN_PACKETS 16
#define TURN_MAX 1000000u

/* The table's rows, by index. addon.ts has the same list. */
enum table {
  TABLE_END,
  TABLE_ERRNO,
  TABLE_LENGTH,
  TABLE_PID,
  TABLE_UID,
  TABLE_GID,
  TABLE_COUNT,
  TABLE_RECEIVED,
  TABLE_SIZE = TABLE_RECEIVED + PACKET_DESCRIPTORS_MAX,
};

struct inbox {
  struct watch watch;
  bool reading;
  /* The road has ended and JavaScript was told. */
  bool ended;
  uint8_t *slab;
  size_t slab_size;
  /* How many descriptors a packet may have. */
  int descriptors_max;
  int32_t *table;
  napi_ref slab_reference;
  napi_ref table_reference;
};

/* The kernel puts credentials first, then as many descriptors as fit: the rest it closes, and says MSG_CTRUNC. */
#define ANCILLARY_SIZE(descriptors) (CMSG_SPACE(sizeof(struct ucred)) + CMSG_LEN((descriptors) * sizeof(int)))

/* Notes what came beside the bytes. Returns whether it came with credentials, as every packet does and the end does
   not: a packet of no bytes reads like the end in all else. */
static bool take_ancillary(int32_t *table, struct msghdr *message) {
  struct attached attached = take_attached(message, table + TABLE_RECEIVED);
  table[TABLE_COUNT] = attached.count;
  table[TABLE_PID] = attached.sender.pid;
  table[TABLE_UID] = (int32_t)attached.sender.uid;
  table[TABLE_GID] = (int32_t)attached.sender.gid;
  return attached.has_sender;
}

/* Closes the descriptors that JavaScript has not taken. */
static void close_received(struct inbox *inbox) {
  int32_t *table = inbox->table;
  while (table[TABLE_COUNT] > 0) close(table[TABLE_RECEIVED + --table[TABLE_COUNT]]);
}

/* What a packet's flags say is wrong with it. */
static enum end fault_of(const struct inbox *inbox, int flags) {
  bool cut = (flags & MSG_CTRUNC) != 0;
  int count = inbox->table[TABLE_COUNT];
  if (count > inbox->descriptors_max || (cut && count == inbox->descriptors_max)) return END_DESCRIPTORS_TOO_MANY;
  if (cut) return END_DESCRIPTORS_LOST;
  return (flags & MSG_TRUNC) != 0 ? END_PACKET_TOO_LONG : END_NONE;
}

/* Reads one packet, or the end, into the table. Returns whether there was anything. */
static bool receive(struct inbox *inbox) {
  union {
    struct cmsghdr align;
    char bytes[ANCILLARY_SIZE(PACKET_DESCRIPTORS_MAX)];
  } ancillary;
  int32_t *table = inbox->table;
  struct iovec part = {inbox->slab, inbox->slab_size};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = ancillary.bytes,
                           .msg_controllen = ANCILLARY_SIZE((size_t)inbox->descriptors_max)};
  ssize_t length;
  do length = recvmsg(inbox->watch.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  table[TABLE_ERRNO] = length < 0 ? errno : 0;
  table[TABLE_LENGTH] = length < 0 ? 0 : (int32_t)length;
  if (length < 0) {
    table[TABLE_COUNT] = 0;
    table[TABLE_END] = END_ERROR;
  } else {
    bool sent = take_ancillary(table, &message);
    table[TABLE_END] = length == 0 && !sent ? END_ORDERLY : fault_of(inbox, message.msg_flags);
  }
  if (table[TABLE_END] == END_NONE) return true;
  close_received(inbox);
  inbox->ended = true;
  return true;
}

static void update_events(struct inbox *inbox) {
  watch_for(&inbox->watch, inbox->reading && !inbox->ended ? UV_READABLE : 0);
}

static void on_ready(struct watch *watch, int events) {
  (void)events;
  struct inbox *inbox = (struct inbox *)watch;
  uint64_t end = nanoseconds_now() + TURN_MAX;
  for (int taken = 0; taken < TURN_PACKETS && nanoseconds_now() < end; taken++) {
    if (watch->closed || !inbox->reading || inbox->ended || !receive(inbox)) break;
    watch_notify(watch);
    close_received(inbox);
  }
  if (!watch->closed) update_events(inbox);
}

static void destroy(struct watch *watch) {
  struct inbox *inbox = (struct inbox *)watch;
  napi_delete_reference(watch->env, inbox->slab_reference);
  napi_delete_reference(watch->env, inbox->table_reference);
  free(inbox);
}

static const struct watch_kind inbox_kind = {
    .name = "postern.inbox",
    .ready = on_ready,
    .destroy = destroy,
};

/* start(callback) */
static napi_value js_start(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct inbox *inbox = arguments.data;
  int status = watch_start(&inbox->watch, arguments.at[0]);
  if (status < 0) return int_value(env, status);
  inbox->reading = true;
  update_events(inbox);
  return int_value(env, 0);
}

/* read(on): whether to take the next packet. */
static napi_value js_read(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  struct inbox *inbox = arguments.data;
  napi_get_value_bool(env, arguments.at[0], &inbox->reading);
  update_events(inbox);
  return NULL;
}

static const struct watch_method methods[] = {{"start", js_start}, {"read", js_read}};

static bool use_slab(struct inbox *inbox, const struct arguments *arguments) {
  struct bytes bytes;
  if (!bytes_argument(arguments, 1, &bytes) || bytes.length == 0 || bytes.length > PACKET_MAX) return false;
  inbox->slab = bytes.data;
  inbox->slab_size = bytes.length;
  return napi_create_reference(arguments->env, arguments->at[1], 1, &inbox->slab_reference) == napi_ok;
}

static bool make_table(struct inbox *inbox, napi_value object) {
  inbox->table = table_property(inbox->watch.env, object, "table", TABLE_SIZE, &inbox->table_reference);
  return inbox->table != NULL;
}

napi_value inbox_create(napi_env env, napi_callback_info info) {
  struct arguments arguments = arguments_of(env, info);
  int fd = int_argument(&arguments, 0), descriptors_max = int_argument(&arguments, 2);
  if (descriptors_max < 0 || descriptors_max > PACKET_DESCRIPTORS_MAX) return int_value(env, -EINVAL);
  int status = show_senders(fd, 1);
  if (status < 0) return int_value(env, status);
  struct inbox *inbox = calloc(1, sizeof *inbox);
  if (inbox == NULL) return int_value(env, -ENOMEM);
  watch_init(&inbox->watch, &inbox_kind, env, fd);
  inbox->descriptors_max = descriptors_max;
  napi_value object;
  if (!use_slab(inbox, &arguments) || napi_create_object(env, &object) != napi_ok || !make_table(inbox, object)) {
    napi_delete_reference(env, inbox->slab_reference);
    napi_delete_reference(env, inbox->table_reference);
    free(inbox);
    return int_value(env, -EINVAL);
  }
  if (!watch_add_methods(&inbox->watch, object, methods, sizeof methods / sizeof *methods))
    return int_value(env, -ENOMEM);
  return object;
}
