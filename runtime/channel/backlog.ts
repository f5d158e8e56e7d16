/**
 * Frames that came and may not be handled yet, in the order in which they came. How much may wait is the channel's
 * affair: it counts calls, which their sender counts too, and the bytes of everything else.
 */

import { closeDescriptor } from "../descriptor.ts";
import type { Message } from "../marshal/frame-slab.ts";
import { Kind } from "../protocol/postern/frame.ts";

/** A frame that waits: a copy of its bytes, and its descriptors, which it owns. */
export interface WaitingFrame extends Message {
  readonly kind: Kind;
}

/** See the file's comment. */
export class Backlog {
  #frames: WaitingFrame[] = [];
  #calls = 0;
  #bytes = 0;

  /** How many frames wait. */
  get size(): number {
    return this.#frames.length;
  }

  /** How many of them are calls. */
  get calls(): number {
    return this.#calls;
  }

  /** Bytes of those that are none. */
  get bytes(): number {
    return this.#bytes;
  }

  push(frame: WaitingFrame): void {
    this.#frames.push(frame);
    this.#count(frame, 1);
  }

  /** Takes the frame that has waited longest; its descriptors are the taker's. */
  shift(): WaitingFrame | undefined {
    const frame = this.#frames.shift();
    if (frame !== undefined) this.#count(frame, -1);
    return frame;
  }

  /** Drops everything and closes its descriptors. */
  clear(): void {
    for (let frame = this.shift(); frame !== undefined; frame = this.shift())
      for (const descriptor of frame.descriptors) closeDescriptor(descriptor);
  }

  #count({ kind, bytes }: WaitingFrame, sign: 1 | -1): void {
    if (kind === Kind.call) this.#calls += sign;
    else this.#bytes += sign * bytes.length;
  }
}
