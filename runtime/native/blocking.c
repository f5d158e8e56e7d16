/* The blocking exchange: one send and one receive. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "connection.h"
#include "environment.h"

/* The longest sleep in one go, in milliseconds: a Worker that is being terminated wakes up this often to find out. */
#define SLICE 250

/* `deadline` is in nanoseconds, 0 for never. Returns the milliseconds to sleep, 0 when the time is up. */
static int next_slice(uint64_t deadline) {
  if (deadline == 0) return SLICE;
  uint64_t now = nanoseconds_now();
  if (now >= deadline) return 0;
  uint64_t left = (deadline - now + 999999) / 1000000;
  return left < SLICE ? (int)left : SLICE;
}

static void set_receive_timeout(struct connection *connection, int milliseconds) {
  if (connection->receive_timeout == milliseconds) return;
  struct timeval value = {milliseconds / 1000, milliseconds % 1000 * 1000};
  if (setsockopt(connection->watch.fd, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value) == 0)
    connection->receive_timeout = milliseconds;
}

static bool attempt(void *subject) { return receive_once(subject, MSG_DONTWAIT) != RECEIVED_NOTHING; }

/* Sleeps until something can be read. SO_RCVTIMEO bounds the sleep: a poll(2) before would cost a system call more. */
static enum received sleep_for_packet(struct connection *connection, int milliseconds) {
  set_receive_timeout(connection, milliseconds);
  return receive_once(connection, 0);
}

/* Sleeps until something can be read or, where there is something to send, sent: so that two peers that both have much
   to send do not wait for each other for ever. */
static enum received sleep_for_either(struct connection *connection, int milliseconds) {
  unsigned retry_after = connection->queue.retry_after;
  bool sends = connection->queue.first != NULL && retry_after == 0;
  struct pollfd watched = {connection->watch.fd, sends ? POLLIN | POLLOUT : POLLIN, 0};
  if (retry_after > 0 && (int)retry_after < milliseconds) milliseconds = (int)retry_after;
  int ready = poll(&watched, 1, milliseconds);
  if (ready < 0 && errno != EINTR) return RECEIVED_NOTHING;
  send_queued(connection);
  return receive_once(connection, MSG_DONTWAIT);
}

int exchange(struct connection *connection, const uint8_t *bytes, size_t length, int count, double timeout) {
  batch_begin(connection);
  uint64_t deadline = timeout > 0 ? nanoseconds_now() + (uint64_t)(timeout * 1e6) : 0;
  if (length > 0) {
    int status = send_bytes(connection, bytes, length, connection->control + CONTROL_SENT, count);
    if (status < 0 && !peer_is_gone(-status)) return status;
  }
  if (timeout == 0) {
    if (!attempt(connection)) return 0;
    return batch_has_news(connection) ? 1 : -ENOBUFS;
  }
  if (connection->queue.first == NULL && spin_until(&connection->blocking_spin, attempt, connection)) {
    connection_note_place(connection, &connection->blocking_spin);
    return 1;
  }
  /* Whoever made the socket may still have it, and may have made it one that never sleeps: after a read that brought
     nothing, poll(2) does the sleeping. Of a shared one that holder may be hostile, and have made it one that sleeps for
     ever: there poll(2) always does. */
  for (bool slept = connection->shared;; slept = true) {
    int milliseconds = next_slice(deadline);
    if (milliseconds == 0) return 0;
    enum received received = connection->queue.first == NULL && !slept ? sleep_for_packet(connection, milliseconds)
                                                                       : sleep_for_either(connection, milliseconds);
    if (batch_has_news(connection)) return 1;
    if (received == RECEIVED_FULL) return -ENOBUFS;
    if (!environment_alive(connection->watch.env)) return -ECANCELED;
  }
}
