/* Reading: packets or bytes into the slab one after the other, their descriptors into the table. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ancillary.h"
#include "connection.h"
#include "values.h"

/* Room for a packet's descriptors, and some for what a socket option could make the kernel add. */
#define ANCILLARY_MAX (CMSG_SPACE(PACKET_DESCRIPTORS_MAX * sizeof(int)) + 256)

void batch_begin(struct connection *connection) {
  int32_t *control = connection->control;
  control[CONTROL_END] = END_NONE;
  control[CONTROL_ERRNO] = 0;
  control[CONTROL_READS] = 0;
  control[CONTROL_DESCRIPTORS] = 0;
  size_t start = (size_t)control[CONTROL_START];
  connection->filled = start <= connection->slab_size ? start : connection->slab_size;
  connection->batch_start = connection->filled;
}

bool batch_has_news(const struct connection *connection) {
  return connection->control[CONTROL_READS] > 0 || connection->control[CONTROL_END] != END_NONE;
}

void batch_discard(struct connection *connection) {
  int32_t *control = connection->control;
  for (int i = 0; i < control[CONTROL_DESCRIPTORS]; i++) close(control[CONTROL_RECEIVED + i]);
  control[CONTROL_DESCRIPTORS] = 0;
}

static enum received end(struct connection *connection, enum end how, int error) {
  connection->control[CONTROL_END] = how;
  connection->control[CONTROL_ERRNO] = error;
  connection->ended = true;
  return RECEIVED_END;
}

static enum received end_of_stream(struct connection *connection) {
  if (connection->fault != 0) return end(connection, END_ERROR, connection->fault);
  return end(connection, END_ORDERLY, 0);
}

/* Adds the descriptors of a message to the batch and returns their number. */
static int take_descriptors(struct connection *connection, struct msghdr *message) {
  int32_t *control = connection->control;
  int taken = take_attached(message, control + CONTROL_RECEIVED + control[CONTROL_DESCRIPTORS]).count;
  control[CONTROL_DESCRIPTORS] += taken;
  return taken;
}

/* Closes the last `count` descriptors of the batch, whose message is refused. */
static void refuse_descriptors(struct connection *connection, int count) {
  int32_t *control = connection->control;
  while (count-- > 0) close(control[CONTROL_RECEIVED + --control[CONTROL_DESCRIPTORS]]);
}

static bool batch_is_full(const struct connection *connection) {
  const int32_t *control = connection->control;
  if (connection->filled - connection->batch_start >= BATCH_BYTES) return true;
  /* A packet that does not fit is cut off by the kernel and lost; of a stream any part may be read. */
  size_t needed = connection->packets ? PACKET_MAX : 1;
  return connection->slab_size - connection->filled < needed || control[CONTROL_READS] == BATCH_READS_MAX ||
         control[CONTROL_DESCRIPTORS] + PACKET_DESCRIPTORS_MAX > BATCH_DESCRIPTORS_MAX;
}

/* What a failed recvmsg means. */
static enum received failed(struct connection *connection, int error, int flags) {
  if (error == EAGAIN || error == EWOULDBLOCK) return RECEIVED_NOTHING;
  if (error == EINTR) return (flags & MSG_DONTWAIT) != 0 ? receive_once(connection, flags) : RECEIVED_NOTHING;
  if (error == ECONNRESET && !connection->reset) {
    /* The peer died with something of ours unread. What it had sent before is still to be read. */
    connection->reset = true;
    connection->fault = error;
    return receive_once(connection, flags);
  }
  return end(connection, END_ERROR, error);
}

bool receive_rest(struct connection *connection, napi_value bytes, size_t start) {
  napi_env env = connection->watch.env;
  struct arguments arguments = {.env = env, .at = {bytes}};
  struct bytes rest;
  if (connection->rest_size > 0 || !bytes_argument(&arguments, 0, &rest) || start >= rest.length) return false;
  if (napi_create_reference(env, bytes, 1, &connection->rest_reference) != napi_ok) return false;
  connection->rest = rest.data + start;
  connection->rest_size = rest.length - start;
  return true;
}

/* Counts what was read: first into the rest of a long frame, what is beyond into the slab. */
static void advance(struct connection *connection, size_t length) {
  size_t of_rest = length < connection->rest_size ? length : connection->rest_size;
  connection->filled += length - of_rest;
  if (of_rest == 0) return;
  connection->rest += of_rest;
  connection->rest_size -= of_rest;
  if (connection->rest_size > 0) return;
  napi_delete_reference(connection->watch.env, connection->rest_reference);
  connection->rest_reference = NULL;
}

enum received receive_once(struct connection *connection, int flags) {
  if (batch_is_full(connection)) return RECEIVED_FULL;
  union {
    struct cmsghdr align;
    char bytes[ANCILLARY_MAX];
  } ancillary;
  size_t left = connection->slab_size - connection->filled;
  size_t room = connection->packets ? PACKET_MAX : connection->rest_size + (left < BATCH_BYTES ? left : BATCH_BYTES);
  size_t of_rest = connection->rest_size < room ? connection->rest_size : room;
  struct iovec parts[] = {{connection->rest, of_rest}, {connection->slab + connection->filled, room - of_rest}};
  struct msghdr message = {
      .msg_iov = parts, .msg_iovlen = 2, .msg_control = ancillary.bytes, .msg_controllen = sizeof ancillary.bytes};
  ssize_t length = recvmsg(connection->watch.fd, &message, flags | MSG_CMSG_CLOEXEC);
  if (length < 0) return failed(connection, errno, flags);
  int count = message.msg_controllen > 0 ? take_descriptors(connection, &message) : 0;
  enum end fault = (message.msg_flags & MSG_CTRUNC) != 0  ? END_DESCRIPTORS_LOST
                   : (message.msg_flags & MSG_TRUNC) != 0 ? END_PACKET_TOO_LONG
                                                          : END_NONE;
  if (fault != END_NONE || length == 0) refuse_descriptors(connection, count);
  if (fault != END_NONE) return end(connection, fault, 0);
  if (length == 0) return end_of_stream(connection);
  int32_t *row = connection->control + CONTROL_READ_TABLE + 2 * connection->control[CONTROL_READS]++;
  row[0] = (int32_t)length;
  row[1] = count;
  advance(connection, (size_t)length);
  return RECEIVED;
}

void receive_available(struct connection *connection) {
  while (receive_once(connection, MSG_DONTWAIT) == RECEIVED) continue;
}
