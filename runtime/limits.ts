/**
 * How much one peer may ask of this process. A channel announces its limits in its hello and holds its peer to them;
 * what the peer announced, it keeps to itself, so that a well-behaved end never meets the other's limit on the wire.
 */

/** The limits of one end of a channel, enforced on what arrives there before any user code runs. */
export interface Limits {
  /** Bytes of one message, its header included. */
  readonly message: number;
  /** Descriptors that one message may carry. At most 253, which is the most that Linux sends at once (SCM_MAX_FD). */
  readonly fds: number;
  /** Calls that the peer may have unanswered. Its own further calls wait in its own memory. */
  readonly inflight: number;
  /** Objects, besides its offers, that this end lets the peer hold; and as many of the peer's that it holds itself. */
  readonly exports: number;
  /**
   * Bytes that may wait here for a peer that does not read; and bytes of memory that its one-ways may take that wait to
   * be handled, of which each descriptor counts as 4,096.
   */
  readonly queue: number;
  /**
   * Channels that the peer may have forked at a time, forks of forks included, in all that came of one connection: each
   * of them has the other limits for itself.
   */
  readonly forks: number;
}

/**
 * What holds where nobody says otherwise: a message the size of a large directory listing or a small picture, as many
 * calls as a busy program has open at once, and in all no more memory a peer than one would grant a browser tab.
 */
export const defaultLimits: Limits = {
  message: 1 << 20,
  fds: 16,
  inflight: 1024,
  exports: 4096,
  queue: 16 << 20,
  forks: 16,
};

/**
 * What a sender may count on before it has read its peer's hello: no end may announce less. Calls can follow a hello
 * at once because of these.
 */
export const minimumLimits: Limits = {
  message: 4096,
  fds: 1,
  inflight: 16,
  exports: 0,
  queue: 4096,
  forks: 0,
};

/** The most descriptors one `sendmsg` carries on Linux: SCM_MAX_FD of include/net/scm.h. */
export const MAX_DESCRIPTORS = 253;

/** Fills in what is not given and throws a `RangeError` for what lies outside the possible. */
export function completeLimits(given: Partial<Limits> = {}): Limits {
  const limits = { ...defaultLimits, ...given };
  for (const name of ["message", "fds", "inflight", "exports", "queue", "forks"] as const) {
    const most = name === "fds" ? MAX_DESCRIPTORS : 2 ** 31 - 1;
    if (!Number.isInteger(limits[name]) || limits[name] < minimumLimits[name] || limits[name] > most)
      throw new RangeError(`limits.${name} is ${limits[name]}; it lies between ${minimumLimits[name]} and ${most}.`);
  }
  return limits;
}
