/*
 * The floor: what two C programs pay for the same system calls, with nothing in between. Everything that postern does
 * is measured as a ratio to this, in the same run and on the same processors.
 *
 *     floor CALLER SERVER open N          a request of 48 bytes, openat2 in the server, a reply of 24 with the
 *                                         descriptor; blocking
 *     floor CALLER SERVER call N          64 bytes there and back, blocking
 *     floor CALLER SERVER window N W [R]  64 bytes there, R (64) back, W in flight, a packet for all that a turn has
 *     floor CALLER SERVER oneway N W      64 bytes there, W a packet, then one acknowledgement
 *     floor CALLER SERVER bytes N S       S bytes there and back in packets of at most 128 KiB, blocking
 *
 * CALLER and SERVER are the processors that the two are pinned to. N is rounded up to ten parts of whole windows. Prints
 * the median, over the parts, of the microseconds that one of N takes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 64, OPEN_REQUEST = 48, OPEN_REPLY = 24, PACKET = 128 * 1024, WHOLE_MAX = 16 << 20, PARTS = 10 };

static char buffer[2 * PACKET];
/* A message that takes several packets. */
static char whole[WHOLE_MAX];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void pin(const char *processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(atoi(processor), &set);
  if (sched_setaffinity(0, sizeof set, &set) < 0) fail("sched_setaffinity");
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void put(int fd, const void *bytes, size_t length) {
  if (send(fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length) fail("send");
}

/* Returns the length of one packet; 0 when the peer is gone. */
static size_t get(int fd) {
  ssize_t length = recv(fd, buffer, sizeof buffer, 0);
  if (length < 0) fail("recv");
  return (size_t)length;
}

static void send_descriptor(int fd, const void *bytes, size_t length, int descriptor) {
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control = {{0}};
  struct iovec iov = {(void *)bytes, length};
  struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  if (sendmsg(fd, &message, MSG_NOSIGNAL) != (ssize_t)length) fail("sendmsg");
}

static int receive_descriptor(int fd) {
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct iovec iov = {buffer, sizeof buffer};
  struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) <= 0) fail("recvmsg");
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_type != SCM_RIGHTS) fail("no descriptor");
  int descriptor;
  memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return descriptor;
}

/* Returns the length of one packet of an answer. */
static size_t get_answer(int fd) {
  size_t length = get(fd);
  if (length == 0) {
    fprintf(stderr, "the server is gone\n");
    exit(1);
  }
  return length;
}

static void put_whole(int fd, size_t size) {
  for (size_t sent = 0; sent < size; sent += PACKET) put(fd, whole + sent, size - sent < PACKET ? size - sent : PACKET);
}

/* Returns false when the peer is gone. */
static bool get_whole(int fd, size_t size) {
  for (size_t got = 0; got < size;) {
    size_t length = get(fd);
    if (length == 0) return false;
    memcpy(whole + got, buffer, length);
    got += length;
  }
  return true;
}

/* Servers: each runs until the client closes. */

static void serve_open(int fd) {
  int directory = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  while (get(fd) > 0) {
    int file = (int)syscall(SYS_openat2, directory, "passwd", &how, sizeof how);
    if (file < 0) fail("openat2");
    send_descriptor(fd, buffer, OPEN_REPLY, file);
    close(file);
  }
}

static void serve_calls(int fd, size_t reply) {
  for (size_t length; (length = get(fd)) > 0;) put(fd, buffer, length / MESSAGE * reply);
}

static void serve_oneway(int fd) {
  for (size_t length; (length = get(fd)) > 0;)
    if (length == 1) put(fd, buffer, 1);
}

static void serve_bytes(int fd, size_t size) {
  while (get_whole(fd, size)) put_whole(fd, size);
}

/* Clients: each does `count` of its work. */

static void ask_open(int fd, long count) {
  for (long i = 0; i < count; i++) {
    put(fd, buffer, OPEN_REQUEST);
    close(receive_descriptor(fd));
  }
}

static void ask_call(int fd, long count) {
  for (long i = 0; i < count; i++) {
    put(fd, buffer, MESSAGE);
    get_answer(fd);
  }
}

static void ask_window(int fd, long count, size_t window, size_t reply) {
  put(fd, buffer, window * MESSAGE);
  for (long answered = 0; answered < count;) {
    size_t answers = get_answer(fd) / reply;
    answered += (long)answers;
    if (answered < count) put(fd, buffer, answers * MESSAGE);
  }
}

static void ask_oneway(int fd, long count, size_t window) {
  for (long i = 0; i < count; i += (long)window) put(fd, buffer, window * MESSAGE);
  put(fd, buffer, 1);
  get_answer(fd);
}

static void ask_bytes(int fd, long count, size_t size) {
  for (long i = 0; i < count; i++) {
    put_whole(fd, size);
    if (!get_whole(fd, size)) exit(1);
  }
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* What the command line says; `size` and `reply` mean what the mode makes of them. */
struct work {
  const char *mode;
  size_t size, reply;
};

static bool is(const struct work *work, const char *mode) { return strcmp(work->mode, mode) == 0; }

static void serve(const struct work *work, int fd) {
  if (is(work, "open")) serve_open(fd);
  else if (is(work, "oneway")) serve_oneway(fd);
  else if (is(work, "bytes")) serve_bytes(fd, work->size);
  else serve_calls(fd, work->reply);
}

static void ask(const struct work *work, int fd, long count) {
  if (is(work, "open")) ask_open(fd, count);
  else if (is(work, "oneway")) ask_oneway(fd, count, work->size);
  else if (is(work, "bytes")) ask_bytes(fd, count, work->size);
  else if (is(work, "window")) ask_window(fd, count, work->size, work->reply);
  else ask_call(fd, count);
}

int main(int argc, char **argv) {
  struct work work = {.mode = argc > 4 ? argv[3] : "", .reply = argc > 6 ? strtoul(argv[6], NULL, 10) : MESSAGE};
  work.size = argc > 5 ? strtoul(argv[5], NULL, 10) : 1;
  bool whole_message = is(&work, "bytes");
  size_t most = whole_message ? WHOLE_MAX : PACKET / (work.reply > MESSAGE ? work.reply : MESSAGE);
  long count = argc > 4 ? (atol(argv[4]) + PARTS - 1) / PARTS : 0;
  if (count <= 0 || work.size == 0 || work.reply == 0 || work.size > most) {
    fprintf(stderr, "usage: floor CALLER SERVER open|call|window|oneway|bytes N [W [R]|S]\n");
    return 2;
  }
  if (is(&work, "window") || is(&work, "oneway")) count = (count + (long)work.size - 1) / (long)work.size * (long)work.size;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) fail("socketpair");
  pid_t server = fork();
  if (server < 0) fail("fork");
  if (server == 0) {
    close(ends[0]);
    pin(argv[2]);
    serve(&work, ends[1]);
    return 0;
  }
  close(ends[1]);
  pin(argv[1]);
  double parts[PARTS + 1];
  for (int part = 0; part <= PARTS; part++) {
    double start = now();
    ask(&work, ends[0], count);
    parts[part] = (now() - start) / (double)count;
  }
  /* The first part warms up. */
  qsort(parts + 1, PARTS, sizeof(double), ascending);
  printf("%.4f\n", (parts[PARTS / 2] + parts[PARTS / 2 + 1]) / 2);
  close(ends[0]);
  waitpid(server, NULL, 0);
  return 0;
}
