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
};

uint64_t nanoseconds_now(void);

/* Asks `attempt` until it returns true, yielding the processor between; false when the time is up or not worth it. */
bool spin_until(struct spin *spin, bool (*attempt)(void *), void *subject);

#endif
