/**
 * Takes frames out of what a socket delivers. Reads lie one after the other in a slab, so that what arrives in pieces
 * lies there in one; frames are lent to the receiver right there. Only a frame longer than the slab is assembled in a
 * buffer of its own, and that is allocated after the wire has accepted its length.
 *
 * Descriptors wait in a queue until the header of their frame is read. In a socket that keeps packets apart they must
 * be just those that the frames beginning in their packet name. In a stream they come with the first byte of a send.
 */

import { closeDescriptor } from "../descriptor.ts";
import { ProtocolError } from "../errors.ts";
import { control, packetDescriptorsMax, packetMax } from "../native/addon.ts";
import type { Framing, Receiver } from "./transport.ts";

/** Room for three of the longest packets behind the longest frame that is not assembled apart. */
const SLAB_BYTES = 4 * packetMax;

/**
 * How long a batch is delivered in one turn of the event loop, in milliseconds, and after how many bytes the clock is
 * looked at. What is left waits for the other connections of the thread, so that none waits long for a flood on one: of
 * frames that are dear to read, a single packet can take 20 ms.
 */
const PART_MS = 0.25;
const PART_STEP_BYTES = 2048;

/** Linux never cuts a send on a stream into pieces shorter than this, however small its buffer. */
const UNCUT_BYTES = 2048;

const none: readonly number[] = [];

/** A frame that is longer than the slab, and how much of it is there. */
export interface LongFrame {
  readonly bytes: Uint8Array;
  filled: number;
}

/** See the file's comment. */
export class FrameReader {
  readonly #framing: Framing;
  readonly #receiver: Receiver;
  readonly #packets: boolean;
  /** The batch as the socket describes it; it is overwritten only when all of it has been delivered. */
  readonly #control: Int32Array;
  #slab: Uint8Array;
  #view: DataView;
  /** What has been admitted of the slab and not yet delivered lies from `cursor` to `filled`. */
  #cursor = 0;
  #filled = 0;
  /** The next read of the batch to admit, and its first descriptor in the table. */
  #nextRead = 0;
  #nextDescriptor = 0;
  /** The frame at the cursor, once its header is there. 0: not yet. */
  #size = 0;
  #claimed: readonly number[] = none;
  #long: LongFrame | undefined;
  /** Whether the socket reads into the long frame, so that what a read brings is there already. */
  #direct = false;
  /** Zero bytes to come before the next frame. */
  #gap = 0;
  #unclaimed: number[] = [];
  /** How many calls of the receiver are on the stack; each may look at the slab. */
  #delivering = 0;
  #abandoned = false;
  #behind = false;
  /** Bytes that have been delivered since the clock was looked at. */
  #sinceLook = 0;

  constructor(framing: Framing, receiver: Receiver, packets: boolean, table: Int32Array, slab: Uint8Array) {
    this.#framing = framing;
    this.#receiver = receiver;
    this.#packets = packets;
    this.#control = table;
    this.#slab = slab;
    this.#view = viewOf(slab);
  }

  /** Where the next batch is to be read into. */
  get slab(): Uint8Array {
    return this.#slab;
  }

  /** Whether this is called from within the receiver, so that part of the last batch may still be undelivered. */
  get nested(): boolean {
    return this.#delivering > 0;
  }

  /** Whether a frame has begun and not ended. */
  get midFrame(): boolean {
    return this.#size > 0 || this.#cursor < this.#filled;
  }

  /** Whether there are descriptors that no frame has named. */
  get hasUnclaimed(): boolean {
    return this.#unclaimed.length > 0;
  }

  /** Whether part of the batch waits for `drain` to be called again; nothing may be read before. */
  get behind(): boolean {
    return this.#behind;
  }

  /** The socket has begun a new batch. */
  begin(): void {
    this.#nextRead = 0;
    this.#nextDescriptor = control.received;
  }

  /**
   * Delivers all whole frames of the batch and makes room for the next one. Returns whether there were any. May be
   * called again from within a delivery: it goes on where that one stands, and leaves nothing to it. Throws what is
   * wrong with the batch; then nothing more may be delivered. With `inParts` it may stop where it has taken long, and
   * is `behind` then.
   */
  drain(inParts = false): boolean {
    const end = inParts ? performance.now() + PART_MS : Number.POSITIVE_INFINITY;
    let delivered = false;
    while (!this.#abandoned) {
      if (!this.#deliverNext()) {
        if (this.#admit()) continue;
        break;
      }
      delivered = true;
      if (!inParts || this.#sinceLook < PART_STEP_BYTES) continue;
      this.#sinceLook = 0;
      this.#behind = performance.now() > end && this.#hasMore;
      if (this.#behind) return true;
    }
    this.#behind = false;
    this.#control[control.reads] = 0;
    if (!this.#abandoned) this.#makeRoom();
    return delivered;
  }

  get #hasMore(): boolean {
    return this.#cursor < this.#filled || this.#nextRead < this.#control[control.reads]!;
  }

  /** The long frame that the socket is to read into from now on; once for each, after all that is in the slab. */
  takeRest(): LongFrame | undefined {
    if (this.#direct || this.#abandoned) return undefined;
    this.#direct = this.#long !== undefined;
    return this.#long;
  }

  /** Closes every descriptor that was not handed over. Nothing is delivered any more. */
  abandon(): void {
    this.#abandoned = true;
    this.#behind = false;
    const end = control.received + (this.#control[control.descriptors] ?? 0);
    for (let i = this.#nextDescriptor; i > 0 && i < end; i++) closeDescriptor(this.#control[i]!);
    this.#nextDescriptor = end;
    this.#control[control.reads] = 0;
    for (const descriptor of this.#claimed) closeDescriptor(descriptor);
    for (const descriptor of this.#unclaimed) closeDescriptor(descriptor);
    this.#claimed = none;
    this.#unclaimed = [];
  }

  /** Delivers the frame at the cursor if it is whole. */
  #deliverNext(): boolean {
    if (this.#long !== undefined) return this.#fillLong(this.#long);
    this.#skipGap();
    if (this.#size === 0 && !this.#measure()) return false;
    if (this.#size > this.#slab.length - packetMax) {
      this.#long = { bytes: uninitialised(this.#size), filled: 0 };
      return this.#fillLong(this.#long);
    }
    const start = this.#cursor;
    const end = start + this.#size;
    if (end > this.#filled) return false;
    this.#cursor = end;
    this.#deliver(this.#slab, this.#view, start, end, false);
    return true;
  }

  #skipGap(): void {
    for (; this.#gap > 0 && this.#cursor < this.#filled; this.#gap--, this.#cursor++) {
      if (this.#slab[this.#cursor] !== 0)
        throw new ProtocolError("There is something other than zeros between frames.");
    }
  }

  /** Reads the header at the cursor and claims the frame's descriptors. Returns whether it is all there. */
  #measure(): boolean {
    if (this.#gap > 0 || this.#filled - this.#cursor < this.#framing.headerBytes) return false;
    const size = this.#framing.measure(this.#view, this.#cursor);
    const count = this.#framing.descriptors(this.#view, this.#cursor);
    if (count > this.#unclaimed.length)
      throw new ProtocolError(`A frame names ${count} descriptors and came with ${this.#unclaimed.length}.`);
    this.#claimed = count === 0 ? none : this.#unclaimed.splice(0, count);
    this.#size = size;
    return true;
  }

  /** Adds what the slab has of the long frame, and delivers it only when every byte of it has been written. */
  #fillLong(long: LongFrame): boolean {
    if (!this.#direct) this.#copyInto(long);
    if (long.filled < long.bytes.length) return false;
    this.#long = undefined;
    this.#direct = false;
    this.#deliver(long.bytes, viewOf(long.bytes), 0, long.filled, true);
    return true;
  }

  #copyInto(long: LongFrame): void {
    const length = Math.min(long.bytes.length - long.filled, this.#filled - this.#cursor);
    long.bytes.set(this.#slab.subarray(this.#cursor, this.#cursor + length), long.filled);
    this.#cursor += length;
    long.filled += length;
  }

  #deliver(bytes: Uint8Array, view: DataView, start: number, end: number, owned: boolean): void {
    const descriptors = this.#claimed;
    const { alignment } = this.#framing;
    this.#claimed = none;
    // Descriptors take system calls; so after them the clock is looked at.
    this.#sinceLook += descriptors.length > 0 ? PART_STEP_BYTES : end - start;
    this.#gap = (alignment - (this.#size % alignment)) % alignment;
    this.#size = 0;
    this.#delivering++;
    try {
      this.#receiver.frame(bytes, view, start, end, descriptors, owned);
    } finally {
      this.#delivering--;
    }
  }

  /** Admits the batch's next read. Returns false when there is none. */
  #admit(): boolean {
    if (this.#nextRead > 0) this.#checkSurplus(this.#nextRead - 1);
    if (this.#nextRead >= this.#control[control.reads]!) return false;
    const row = control.readTable + 2 * this.#nextRead++;
    this.#filled += this.#control[row]! - this.#fillDirectly(this.#control[row]!);
    for (let count = this.#control[row + 1]!; count > 0; count--)
      this.#unclaimed.push(this.#control[this.#nextDescriptor++]!);
    return true;
  }

  /** Counts what a read has brought right into the long frame. */
  #fillDirectly(bytes: number): number {
    const long = this.#long;
    if (!this.#direct || long === undefined) return 0;
    const length = Math.min(bytes, long.bytes.length - long.filled);
    long.filled += length;
    return length;
  }

  /** Refuses descriptors that no frame can name any more, now that all of a read has been looked at. */
  #checkSurplus(read: number): void {
    const row = control.readTable + 2 * read;
    const headerCut = this.#size === 0 && this.#cursor < this.#filled;
    if (this.#packets && headerCut) throw new ProtocolError("A packet ends within the header of a frame.");
    if (this.#unclaimed.length <= this.#mayWait(this.#control[row]!, this.#control[row + 1]!, headerCut)) return;
    throw new ProtocolError(`${this.#unclaimed.length} descriptors came that no frame names.`);
  }

  /** How many descriptors may wait for their frames after a read of so many bytes and descriptors. */
  #mayWait(bytes: number, descriptors: number, headerCut: boolean): number {
    if (this.#packets) return 0;
    if (descriptors === 0 || headerCut) return packetDescriptorsMax;
    // So short a read holds all of the send that the descriptors came with: the kernel does not cut it there, and a
    // stream's read ends after bytes with descriptors. A longer one may be followed by the frames that name them.
    return bytes < UNCUT_BYTES && !this.midFrame ? 0 : descriptors;
  }

  /** Makes room for the longest packet behind what is left. */
  #makeRoom(): void {
    // Somebody on the stack still looks at the slab, so it stays as it is: what comes goes behind, or elsewhere.
    if (this.#delivering > 0 && this.#slab.length - this.#filled >= packetMax) this.#settle(this.#cursor, this.#filled);
    else this.#moveToFront(this.#delivering > 0 ? newSlab() : this.#slab);
  }

  /** Moves what is left to the front of `slab`, which may be the one it is in, and uses that from now on. */
  #moveToFront(slab: Uint8Array): void {
    const left = this.#filled - this.#cursor;
    if (left > 0 && (slab !== this.#slab || this.#cursor > 0))
      slab.set(this.#slab.subarray(this.#cursor, this.#filled));
    if (slab !== this.#slab) this.#view = viewOf(slab);
    this.#slab = slab;
    // A frame that is still to begin begins aligned; behind a long one that is so after the gap that is to come.
    const { alignment } = this.#framing;
    const start =
      left > 0 ? 0 : this.#long === undefined ? (alignment - this.#gap) % alignment : this.#size % alignment;
    this.#settle(start, start + left);
  }

  #settle(cursor: number, filled: number): void {
    this.#cursor = cursor;
    this.#filled = filled;
    this.#control[control.start] = filled;
  }
}

/** Makes what a socket reads into. */
export function newSlab(): Uint8Array {
  return new Uint8Array(SLAB_BYTES);
}

/**
 * Bytes whose content is whatever the memory held: to be delivered only when all is overwritten. Zeroing a mebibyte
 * first was a fourteenth of an echo's time.
 */
function uninitialised(length: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
