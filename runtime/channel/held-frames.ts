/** Calls and one-ways that the peer's limits do not let go yet, in the order in which they were made. */

import { closeDescriptor } from "../descriptor.ts";
import { type ExtractedMessage, viewOf } from "../marshal/frame-slab.ts";
import { Kind, readId, readKind } from "../protocol/postern/frame.ts";
import type { Coming } from "./interface.ts";

/** A frame that waits for the peer to have room, and whom to tell if it can never be sent. */
export interface HeldFrame extends ExtractedMessage {
  /** How many calls and streams it adds to those in flight. */
  readonly opens: number;
  /** Where it goes, if that is the object of an early call: it may have arrived by the time. */
  readonly to: Coming | undefined;
  readonly refuse: ((reason: unknown) => void) | undefined;
}

/** See the file's comment. They own their descriptors. */
export class HeldFrames {
  #frames: HeldFrame[] = [];
  /** Where the first of them is: what lies before it is being handed over. */
  #first = 0;
  #bytes = 0;

  get size(): number {
    return this.#frames.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(frame: HeldFrame): void {
    this.#frames.push(frame);
    this.#bytes += frame.bytes.length;
  }

  /**
   * Hands over the first ones, one after the other, for as long as they are taken; what is taken is the taker's. Taking
   * may end the channel, which clears this, so nothing is here and there at a time.
   */
  handOver(take: (frame: HeldFrame) => boolean): void {
    for (let frame = this.#frames[this.#first]; frame !== undefined; frame = this.#frames[this.#first]) {
      this.#first++;
      this.#bytes -= frame.bytes.length;
      if (take(frame)) continue;
      this.#first--;
      this.#bytes += frame.bytes.length;
      break;
    }
    this.#frames.splice(0, this.#first);
    this.#first = 0;
  }

  /** Drops a call that is no longer wanted. Returns whether it was here: if not, it has left. */
  withdraw(id: number): boolean {
    const index = this.#frames.findIndex((frame, index) => index >= this.#first && isCall(frame, id));
    if (index < 0) return false;
    this.#dropAt(index);
    return true;
  }

  /** Refuses the last ones, for as long as they give the peer more objects than it holds. */
  refuseExcess(reason: () => Error): void {
    for (let index = this.#frames.length - 1; index >= this.#first; index--)
      if (this.#frames[index]?.capabilities.excessive === true) this.#dropAt(index).refuse?.(reason());
  }

  #dropAt(index: number): HeldFrame {
    // Whoever asks has found one there.
    const frame = this.#frames.splice(index, 1)[0]!;
    this.#bytes -= frame.bytes.length;
    drop(frame);
    return frame;
  }

  /** The channel has ended, and what was to be given with it: only descriptors are left to be let go of. */
  clear(): void {
    for (const { descriptors } of this.#frames.slice(this.#first))
      for (const descriptor of descriptors) closeDescriptor(descriptor);
    this.#frames = [];
    this.#first = 0;
    this.#bytes = 0;
  }
}

/** Lets go of what a frame was to bring. */
export function drop({ descriptors, capabilities }: HeldFrame): void {
  for (const descriptor of descriptors) closeDescriptor(descriptor);
  capabilities.takeBack();
}

function isCall(frame: HeldFrame, id: number): boolean {
  const view = viewOf(frame);
  return readId(view, 0) === id && readKind(view, 0) === Kind.call;
}
