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

/**
 * What a frame takes besides its bytes, in the size of objects: without it the shortest would fill fifteen times the
 * memory that their bytes say.
 */
const FRAME_BYTES = 384;
/** What a descriptor counts as, being one of the few that a process may have: 4,096 are 16 MiB. */
const DESCRIPTOR_BYTES = 4096;

/** See the file's comment. */
export class Backlog {
  #frames: WaitingFrame[] = [];
  /** Where the first of them is; what lies before it has been taken. */
  #first = 0;
  #calls = 0;
  #bytes = 0;
  #memory = 0;

  /** How many frames wait. */
  get size(): number {
    return this.#frames.length - this.#first;
  }

  /** How many of them are calls. */
  get calls(): number {
    return this.#calls;
  }

  /** Bytes of memory that those take which are none. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of memory that all of them take. */
  get memory(): number {
    return this.#memory;
  }

  push(frame: WaitingFrame): void {
    this.#frames.push(frame);
    this.#count(frame, 1);
  }

  /** Puts frames before all others: they came earlier, and had something else to wait for. */
  unshift(frames: readonly WaitingFrame[]): void {
    this.#frames = [...frames, ...this.#frames.slice(this.#first)];
    this.#first = 0;
    for (const frame of frames) this.#count(frame, 1);
  }

  /** Takes the frame that has waited longest; its descriptors are the taker's. */
  shift(): WaitingFrame | undefined {
    const frame = this.#frames[this.#first];
    if (frame === undefined) return undefined;
    this.#count(frame, -1);
    this.#first++;
    // Seldom, because it moves all that is left: so does an array's own `shift`, for each of a hundred thousand frames.
    if (this.#first * 2 > this.#frames.length) this.#tidy();
    return frame;
  }

  #tidy(): void {
    this.#frames.splice(0, this.#first);
    this.#first = 0;
  }

  /** Drops all frames but those of one kind, and closes their descriptors. */
  dropAllBut(kind: Kind): void {
    const kept: WaitingFrame[] = [];
    for (let frame = this.shift(); frame !== undefined; frame = this.shift()) {
      if (frame.kind === kind) kept.push(frame);
      else for (const descriptor of frame.descriptors) closeDescriptor(descriptor);
    }
    this.unshift(kept);
  }

  /** Drops everything and closes its descriptors. */
  clear(): void {
    for (let frame = this.shift(); frame !== undefined; frame = this.shift())
      for (const descriptor of frame.descriptors) closeDescriptor(descriptor);
  }

  #count({ kind, bytes, descriptors }: WaitingFrame, sign: 1 | -1): void {
    const memory = sign * (FRAME_BYTES + bytes.length + DESCRIPTOR_BYTES * descriptors.length);
    this.#memory += memory;
    if (kind === Kind.call) this.#calls += sign;
    else this.#bytes += memory;
  }
}
