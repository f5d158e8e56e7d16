/** Chance that a seed repeats. */

/** Draws numbers that look random and are the same for the same seed: Marsaglia's xorshift of 32 bits. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds begin far from each other, and none at zero, where it would stay.
    this.#state = Math.imul(seed, 0x9e3779b1) | 1;
  }

  /** A number from 0 up to but not including 1. */
  fraction(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to but not including `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }
}
