/** The channels to one peer that came of one: what they have in common, which is how many they are and their end. */

/** What a family knows of its members. */
export interface Member {
  readonly closed: PromiseLike<unknown>;
  close(): void;
}

/** A channel, and all that were forked of it and of its forks, by either end. Each lives by itself. */
export class Family<M extends Member> {
  readonly #members = new Set<M>();
  readonly #limit: number;
  readonly #onJoined: (member: M) => void;
  #places = 0;

  /** `limit` is how many the peer may have forked at a time; `onJoined` is told of each member, the first included. */
  constructor(limit: number, onJoined: (member: M) => void = () => {}) {
    this.#limit = limit;
    this.#onJoined = onJoined;
  }

  /** Takes a place for a channel that the peer forks. Returns whether there was one. */
  takePlace(): boolean {
    if (this.#places >= this.#limit) return false;
    this.#places++;
    return true;
  }

  giveBackPlace(): void {
    this.#places--;
  }

  /** Adds a channel, until it has ended. */
  join(member: M): void {
    this.#members.add(member);
    member.closed.then(() => this.#members.delete(member));
    this.#onJoined(member);
  }

  /** Closes every member. */
  close(): void {
    for (const member of this.#members) member.close();
  }
}
