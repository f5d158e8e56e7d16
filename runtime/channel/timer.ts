/** Timers for the limits of calls, which are longer than Node's may be: those fire at once beyond 2^31 - 1 ms. */

/** Almost 25 days. */
const LONGEST_TIMER_MS = 0x7fffffff;

/** Calls back after so many milliseconds, or after the most that a timer takes. */
export function startTimer(ms: number, ring: () => void): NodeJS.Timeout {
  return setTimeout(ring, Math.min(ms, LONGEST_TIMER_MS));
}
