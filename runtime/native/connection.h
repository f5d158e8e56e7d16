/* A connected socket and its two directions. JavaScript sees one object of functions, a slab that what was received
   lies in, and a table of integers, `control`, in which both sides tell each other what a call or a batch was. */
#ifndef POSTERN_CONNECTION_H
#define POSTERN_CONNECTION_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spin.h"
#include "watch.h"

/* The longest packet sent or received: 128 KiB fits the kernel's default send buffer of 212,992 bytes. */
#define PACKET_MAX (128 * 1024)
/* SCM_MAX_FD of unix(7): the kernel carries no more with one packet. */
#define PACKET_DESCRIPTORS_MAX 253
/* How many reads, and how many descriptors in all, one batch holds. */
#define BATCH_READS_MAX 256
#define BATCH_DESCRIPTORS_MAX 1024
/* How much goes into a batch before it is delivered. The more there is in one, the longer the other connections of the
   thread wait: batches of 512 KiB of a flood took 4 ms each, and larger ones than these gained nothing. */
#define BATCH_BYTES (64 * 1024)
/* What a peer that does not read may make us keep. Far above any high-water mark; it guards the counter. */
#define QUEUE_MAX (1 << 30)
/* `drained` is told when the queue falls below this. addon.ts knows the same number. */
#define QUEUE_LOW (64 * 1024)

/* The table's rows, by index. addon.ts has the same list. */
enum control {
  /* How the road ended after what this batch holds, one of `enum end`, and the errno of an END_ERROR. */
  CONTROL_END,
  CONTROL_ERRNO,
  /* Bytes that were sent and that the kernel has not taken. */
  CONTROL_QUEUED,
  /* Reads in the batch, and their descriptors in all. JavaScript sets the reads to 0 when it has delivered them; until
     then it does not read. */
  CONTROL_READS,
  CONTROL_DESCRIPTORS,
  /* Where in the slab the next batch is to begin; JavaScript sets it. */
  CONTROL_START,
  /* Whether the peer runs on another processor, as far as spinning has told. */
  CONTROL_APART,
  /* For each read its bytes, then its descriptors; they lie one after the other. */
  CONTROL_READ_TABLE = 8,
  CONTROL_RECEIVED = CONTROL_READ_TABLE + 2 * BATCH_READS_MAX,
  /* The descriptors that JavaScript sends; lent. */
  CONTROL_SENT = CONTROL_RECEIVED + BATCH_DESCRIPTORS_MAX,
  CONTROL_SIZE = CONTROL_SENT + PACKET_DESCRIPTORS_MAX,
};

enum end {
  END_NONE,
  /* The peer closed its end. A packet of no bytes reads the same. */
  END_ORDERLY,
  END_ERROR,
  /* Descriptors were sent to us and the kernel had no room for them: our limit of open files is met. */
  END_DESCRIPTORS_LOST,
  /* A packet was longer than PACKET_MAX, or than an inbox takes. */
  END_PACKET_TOO_LONG,
  /* A packet had more descriptors than an inbox takes. */
  END_DESCRIPTORS_TOO_MANY,
};

/* One `send` that the kernel has not wholly taken: bytes and duplicated descriptors of its own. */
struct chunk {
  struct chunk *next;
  size_t length;
  size_t sent;
  int count;
  int descriptors[PACKET_DESCRIPTORS_MAX];
  uint8_t bytes[];
};

struct queue {
  struct chunk *first;
  struct chunk *last;
  size_t bytes;
  /* The kernel was out of something that has no event: try again on a timer, after this many milliseconds. */
  unsigned retry_after;
};

struct connection {
  struct watch watch;
  /* Whether the socket keeps packets apart (SOCK_SEQPACKET). */
  bool packets;
  /* Whether the peer may hold this end of the socket as well, and with it its options. */
  bool shared;
  bool reading;
  /* The road has ended and JavaScript was told. */
  bool ended;
  /* The errno with which the peer was found gone, or sending failed; 0 while nothing was. */
  int fault;
  /* Reading has told ECONNRESET; it does so once, before what the peer had sent. */
  bool reset;
  /* What SO_RCVTIMEO is set to, in milliseconds. */
  int receive_timeout;
  uint8_t *slab;
  size_t slab_size;
  /* Where in the slab the next read goes. */
  size_t filled;
  /* Where the batch began. */
  size_t batch_start;
  int32_t *control;
  /* What is read goes here first, while there is room: the rest of a frame that is longer than the slab. */
  uint8_t *rest;
  size_t rest_size;
  napi_ref slab_reference;
  napi_ref rest_reference;
  napi_ref control_reference;
  /* Whether more than one read was there when the loop last looked, and how often it has not looked since. */
  bool several;
  unsigned unasked;
  struct queue queue;
  /* In a blocking call, and in the loop after a batch, the odds of more to come are different ones. */
  struct spin blocking_spin;
  struct spin loop_spin;
};

/* connection(fd, packets, slab, spinMicroseconds, shared): an object, which owns the descriptor, or -errno. */
napi_value connection_create(napi_env env, napi_callback_info info);

/* Watches for what the state asks for: more to read, room to send. */
void connection_update_events(struct connection *connection);

/* Tells JavaScript what spinning has told of the peer's whereabouts. */
void connection_note_place(struct connection *connection, const struct spin *spin);

/* receive.c */

enum received { RECEIVED, RECEIVED_NOTHING, RECEIVED_FULL, RECEIVED_END };

/* Empties the batch. What it held is JavaScript's by now. */
void batch_begin(struct connection *connection);

/* Reads once into the batch. RECEIVED_NOTHING: it would block, or (with `flags` 0) a signal or the time-out came. */
enum received receive_once(struct connection *connection, int flags);

/* Reads until nothing is left, the batch is full or the road has ended. */
void receive_available(struct connection *connection);

/* Reads `bytes` full before anything goes to the slab again; `bytes` is held until then. */
bool receive_rest(struct connection *connection, napi_value bytes, size_t start);

/* Whether the batch has something to tell. */
bool batch_has_news(const struct connection *connection);

/* Closes the descriptors of a batch that JavaScript will never see. */
void batch_discard(struct connection *connection);

/* send.c */

/* Sends, or queues what the kernel does not take. Returns 0 or -errno; a peer that is gone is -EPIPE. */
int send_bytes(struct connection *connection, const uint8_t *bytes, size_t length, const int *descriptors, int count);

/* Sends of the queue what the kernel takes. */
void send_queued(struct connection *connection);

/* Drops what is queued and closes its descriptors. */
void queue_discard(struct connection *connection);

/* Whether this errno says that the peer is gone, of which reading will tell more. */
bool peer_is_gone(int error);

/* blocking.c */

/* Sends, then waits until a batch has something, for at most `timeout` milliseconds or for ever when it is negative.
   Returns 1 with news in the batch, 0 when the time is up, or -errno. */
int exchange(struct connection *connection, const uint8_t *bytes, size_t length, int count, double timeout);

#endif
