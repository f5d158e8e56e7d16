/* Waiting by asking again and again, before waiting by sleeping: waking an idle processor costs ten times what a short
   exchange does. It is adaptive, because beside busy processes, or when nothing comes, spinning is what costs. */
#ifndef POSTERN_SPIN_H
#define POSTERN_SPIN_H

#include <stdbool.h>
#include <stdint.h>

struct spin {
  /* How long to ask before giving up, in nanoseconds; 0 never spins. */
  uint64_t budget;
  /* How many of the next waits not to spin in. */
  unsigned skip;
  unsigned misses;
  /* How many waits the next yield that took too long will cost; 0 while none has. */
  unsigned penalty;
  /* Where the peer runs: one more, up to SPIN_SURE, for each wait that ended after a yield in which nobody wanted this
     processor, one less, down to -SPIN_SURE, for each in which somebody did. */
  int apart;
};

#define SPIN_SURE 16

uint64_t nanoseconds_now(void);

/* Whether the next wait is one to spin in. */
bool spin_is_due(const struct spin *spin);

/* Whether the peer runs on another processor, and so while this end does, or on this one; both false: not known. */
bool spin_is_apart(const struct spin *spin);
bool spin_is_together(const struct spin *spin);

/* Asks `attempt` until it returns true, yielding the processor between; false when the time is up or not worth it. */
bool spin_until(struct spin *spin, bool (*attempt)(void *), void *subject);

#endif
