/**
 * How much of a stream is on its way or unread. Both ends count it alike, so that a producer knows when to wait and a
 * consumer what it may refuse: what has been read counts until it has been granted again.
 */

import { ProtocolError } from "../errors.ts";

/** Items that may be unread. Their consumer grants them again in halves, so that an item rarely waits for a grant. */
export const WINDOW_ITEMS = 16;
/**
 * Bytes of unread items beyond which none may follow: as much as a fast peer reads at a time. The last of them may be as
 * long as a message, so that any item can be sent.
 */
export const WINDOW_BYTES = 256 * 1024;

/** See the file's comment. */
export class Window {
  /** Of each item, oldest first, the bytes of its frame. */
  readonly #sizes: number[] = [];
  #bytes = 0;

  /** Whether a further item may be sent. */
  get open(): boolean {
    return this.#sizes.length < WINDOW_ITEMS && this.#bytes < WINDOW_BYTES;
  }

  /** An item is sent, or has come. */
  add(bytes: number): void {
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  /** The oldest items have been read. Throws a `ProtocolError` where there are not so many. */
  grant(count: number): void {
    if (count === 0 || count > this.#sizes.length)
      throw new ProtocolError(`A credit of ${count} is for a stream with ${this.#sizes.length} items unread.`);
    for (const bytes of this.#sizes.splice(0, count)) this.#bytes -= bytes;
  }
}
