/* Sending without blocking: what the kernel does not take is copied, descriptors too, and sent in order later. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"

/* The longest pause before the kernel is asked again, in milliseconds. */
#define RETRY_MAX 64u

bool peer_is_gone(int error) { return error == EPIPE || error == ECONNRESET; }

/* ETOOMANYREFS: the user has more descriptors in flight than its limit of open files. Nothing tells when that ends. */
static bool passes_without_event(int error) { return error == ETOOMANYREFS || error == ENOBUFS || error == ENOMEM; }

static bool is_temporary(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || passes_without_event(error);
}

/* One sendmsg. Returns the bytes taken or -errno. */
static ssize_t transmit(struct connection *connection, const uint8_t *bytes, size_t length, const int *descriptors,
                        int count) {
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(PACKET_DESCRIPTORS_MAX * sizeof(int))];
  } ancillary;
  if (connection->packets && length > PACKET_MAX) length = PACKET_MAX;
  struct iovec part = {(void *)bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    size_t size = (size_t)count * sizeof(int);
    message.msg_control = ancillary.bytes;
    message.msg_controllen = CMSG_SPACE(size);
    memset(ancillary.bytes, 0, message.msg_controllen);
    ancillary.align.cmsg_level = SOL_SOCKET;
    ancillary.align.cmsg_type = SCM_RIGHTS;
    ancillary.align.cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(&ancillary.align), descriptors, size);
  }
  ssize_t taken;
  do taken = sendmsg(connection->watch.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (taken < 0 && errno == EINTR);
  return taken < 0 ? -errno : taken;
}

static void free_chunk(struct chunk *chunk) {
  for (int i = 0; i < chunk->count; i++) close(chunk->descriptors[i]);
  free(chunk);
}

static void set_queued(struct connection *connection, size_t bytes) {
  connection->queue.bytes = bytes;
  connection->control[CONTROL_QUEUED] = (int32_t)bytes;
}

static struct chunk *make_chunk(const uint8_t *bytes, size_t length, const int *descriptors, int count) {
  struct chunk *chunk = malloc(sizeof *chunk + length);
  if (chunk == NULL) return NULL;
  chunk->next = NULL;
  chunk->length = length;
  chunk->sent = 0;
  memcpy(chunk->bytes, bytes, length);
  for (chunk->count = 0; chunk->count < count; chunk->count++) {
    int copy = fcntl(descriptors[chunk->count], F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
      int error = errno;
      free_chunk(chunk);
      errno = error;
      return NULL;
    }
    chunk->descriptors[chunk->count] = copy;
  }
  return chunk;
}

static int enqueue(struct connection *connection, const uint8_t *bytes, size_t length, const int *descriptors,
                   int count) {
  struct queue *queue = &connection->queue;
  if (length > QUEUE_MAX - queue->bytes) return -ENOBUFS;
  errno = ENOMEM;
  struct chunk *chunk = make_chunk(bytes, length, descriptors, count);
  if (chunk == NULL) return -errno;
  if (queue->last == NULL) queue->first = chunk;
  else queue->last->next = chunk;
  queue->last = chunk;
  set_queued(connection, queue->bytes + length);
  return 0;
}

/* Nothing more can be sent. Returns -errno. */
static int fail(struct connection *connection, int error) {
  connection->fault = error;
  queue_discard(connection);
  connection_update_events(connection);
  return -error;
}

/* Waits for what the kernel is out of: an event where there is one, else some time. */
static void wait_for_room(struct connection *connection, int error) {
  struct queue *queue = &connection->queue;
  if (!passes_without_event(error)) {
    queue->retry_after = 0;
  } else {
    queue->retry_after = queue->retry_after == 0 ? 1 : queue->retry_after * 2;
    if (queue->retry_after > RETRY_MAX) queue->retry_after = RETRY_MAX;
    watch_retry_after(&connection->watch, queue->retry_after);
  }
  connection_update_events(connection);
}

int send_bytes(struct connection *connection, const uint8_t *bytes, size_t length, const int *descriptors, int count) {
  if (connection->fault != 0) return -connection->fault;
  if (connection->queue.first != NULL) {
    int status = enqueue(connection, bytes, length, descriptors, count);
    return status < 0 ? fail(connection, -status) : 0;
  }
  while (length > 0) {
    ssize_t taken = transmit(connection, bytes, length, descriptors, count);
    if (taken < 0 && !is_temporary((int)-taken)) return fail(connection, (int)-taken);
    if (taken < 0) {
      int status = enqueue(connection, bytes, length, descriptors, count);
      if (status < 0) return fail(connection, -status);
      wait_for_room(connection, (int)-taken);
      return 0;
    }
    bytes += taken;
    length -= (size_t)taken;
    count = 0; /* They went with the first of it. */
  }
  return 0;
}

/* Sends what the kernel takes of the first chunk. Returns 1 when all of it is gone, 0 when not, or -errno. */
static int send_chunk(struct connection *connection, struct chunk *chunk) {
  while (chunk->sent < chunk->length) {
    ssize_t taken = transmit(connection, chunk->bytes + chunk->sent, chunk->length - chunk->sent, chunk->descriptors,
                             chunk->count);
    if (taken < 0) return (int)taken;
    while (chunk->count > 0) close(chunk->descriptors[--chunk->count]);
    chunk->sent += (size_t)taken;
    set_queued(connection, connection->queue.bytes - (size_t)taken);
  }
  return 1;
}

void send_queued(struct connection *connection) {
  struct queue *queue = &connection->queue;
  while (queue->first != NULL) {
    struct chunk *chunk = queue->first;
    int status = send_chunk(connection, chunk);
    if (status < 0) {
      if (is_temporary(-status)) wait_for_room(connection, -status);
      else fail(connection, -status);
      return;
    }
    queue->retry_after = 0;
    queue->first = chunk->next;
    if (queue->first == NULL) queue->last = NULL;
    free_chunk(chunk);
  }
  connection_update_events(connection);
}

void queue_discard(struct connection *connection) {
  struct queue *queue = &connection->queue;
  while (queue->first != NULL) {
    struct chunk *chunk = queue->first;
    queue->first = chunk->next;
    free_chunk(chunk);
  }
  queue->last = NULL;
  queue->retry_after = 0;
  set_queued(connection, 0);
}
