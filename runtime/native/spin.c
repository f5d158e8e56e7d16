#include "spin.h"

#include <sched.h>
#include <time.h>

/* Misses in a row that are forgiven; after that each doubles the waits skipped, up to MISS_SKIP_MAX. */
#define MISSES_FORGIVEN 3
#define MISS_SKIP_MAX 1024u

/* A yield that takes longer than this went to somebody who computes: the processor is contended. */
#define CONTENDED_NANOSECONDS 200000u
#define PENALTY_MIN 64u
#define PENALTY_MAX 8192u

uint64_t nanoseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void succeeded(struct spin *spin) {
  spin->misses = 0;
  if (spin->penalty > 0) spin->penalty -= spin->penalty / 16 + 1;
}

static void missed(struct spin *spin) {
  spin->misses++;
  if (spin->misses <= MISSES_FORGIVEN) return;
  unsigned doublings = spin->misses - MISSES_FORGIVEN;
  spin->skip = doublings >= 10 ? MISS_SKIP_MAX : 1u << doublings;
}

static void contended(struct spin *spin) {
  spin->penalty = spin->penalty < PENALTY_MIN ? PENALTY_MIN : spin->penalty * 2;
  if (spin->penalty > PENALTY_MAX) spin->penalty = PENALTY_MAX;
  spin->skip = spin->penalty;
}

bool spin_until(struct spin *spin, bool (*attempt)(void *), void *subject) {
  if (spin->budget == 0) return false;
  if (spin->skip > 0) {
    spin->skip--;
    return false;
  }
  uint64_t start = nanoseconds_now();
  for (uint64_t before = start;;) {
    if (attempt(subject)) {
      succeeded(spin);
      return true;
    }
    sched_yield();
    uint64_t after = nanoseconds_now();
    if (after - before > CONTENDED_NANOSECONDS) {
      contended(spin);
      return attempt(subject);
    }
    if (after - start > spin->budget) {
      missed(spin);
      return false;
    }
    before = after;
  }
}
