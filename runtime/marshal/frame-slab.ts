/**
 * Frames on their way out: one slab that grows when a message needs it and is used again for the next, with the
 * descriptors and objects that go with the bytes. A frame is open between `begin` and `commit`; until then `rollback`
 * undoes it, its attachments included. What the bytes mean, the encoder knows.
 */

import { InvalidError, LimitError } from "../errors.ts";
import { OutgoingDescriptors, type SentDescriptors } from "./attachments.ts";
import { type CapabilityWriter, noCapabilitiesOut, type SentCapabilities } from "./capabilities.ts";

/** The slab's first size: twice what makes a channel flush, so that an ordinary frame never makes it grow. */
const SLAB_BYTES = 128 * 1024;
/** A slab that a large message made bigger than this is given up once it has been sent. */
const KEPT_BYTES = 4 * 1024 * 1024;

/** A frame away from the slab. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly descriptors: readonly number[];
}

/** A view over a message's bytes, from its first. */
export function viewOf({ bytes }: Message): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A frame that was taken out before it was sent. */
export interface ExtractedMessage extends Message {
  readonly capabilities: SentCapabilities;
}

/** See the file's comment. */
export class FrameSlab {
  /** The slab. Replaced when it grows: hold no reference across a write. */
  slab: Uint8Array = new Uint8Array(SLAB_BYTES);
  view: DataView = new DataView(this.slab.buffer);
  /** Where the next byte goes. */
  position = 0;
  /** Bytes that a frame may have, its header included: the peer's limit. */
  frameLimit: number;
  readonly descriptors: OutgoingDescriptors;
  readonly capabilities: CapabilityWriter;

  readonly #alignment: number;
  #committed = 0;
  #frameStart = -1;

  /** The limits are the peer's; frames end at multiples of `alignment` bytes, as the wire wants. */
  constructor(
    frameLimit: number,
    descriptorLimit: number,
    alignment: number,
    capabilities: CapabilityWriter = noCapabilitiesOut,
  ) {
    this.capabilities = capabilities;
    this.#alignment = alignment;
    this.frameLimit = frameLimit;
    this.descriptors = new OutgoingDescriptors(descriptorLimit);
  }

  /** The bytes of the frames that were committed since the last `clear`. */
  get committed(): number {
    return this.#committed;
  }

  /** The method that the open frame is about: who has given the objects in it. */
  set origin(method: string) {
    this.capabilities.origin = method;
  }

  /** Bytes in the open frame so far. */
  get frameBytes(): number {
    return this.position - this.#frameStart;
  }

  /**
   * Opens a frame and returns where it starts. One frame is open at a time: a getter of a value being sent that itself
   * makes a call meets an `InvalidError` here.
   */
  begin(): number {
    if (this.#frameStart >= 0) throw new InvalidError("A call was made while the values of another were being read.");
    this.#frameStart = this.#committed;
    this.position = this.#committed;
    return this.#frameStart;
  }

  /**
   * Closes the open frame and fills the gap after it with zeros. Returns whether it holds descriptors that are only
   * lent, and so must be sent at once.
   */
  commit(): boolean {
    const end = Math.ceil(this.position / this.#alignment) * this.#alignment;
    this.stretch(end);
    while (this.position < end) this.slab[this.position++] = 0;
    this.#committed = end;
    this.#frameStart = -1;
    if (this.capabilities.words.length > 0) this.capabilities.commit();
    return this.descriptors.open > 0 && this.descriptors.commit();
  }

  /** Undoes the open frame; its descriptors are their owners' as before. */
  rollback(): void {
    this.#frameStart = -1;
    this.position = this.#committed;
    this.descriptors.rollback();
    this.capabilities.rollback();
  }

  /** Takes the open frame out: a copy of its bytes, and descriptors that the caller then owns. */
  extract(): ExtractedMessage {
    const bytes = this.slab.slice(this.#frameStart, this.position);
    const descriptors = this.descriptors.extract();
    const capabilities = this.capabilities.commit();
    this.rollback();
    return { bytes, descriptors, capabilities };
  }

  /** Adds a frame that `extract` took out; its descriptors are ours from now on. */
  append(message: Message): void {
    const start = this.begin();
    this.reserve(message.bytes.length);
    this.slab.set(message.bytes, start);
    this.position = start + message.bytes.length;
    this.descriptors.adopt(message.descriptors);
    this.commit();
  }

  /**
   * Hands over the committed frames' descriptors and starts again at the front of the slab. The bytes stay where they
   * are until the next `begin`: send them first.
   */
  take(): SentDescriptors {
    this.#committed = 0;
    this.position = 0;
    if (this.slab.length > KEPT_BYTES) this.#resize(SLAB_BYTES);
    return this.descriptors.take();
  }

  /** Makes room for more bytes. Throws a `LimitError` where the frame would be longer than the peer takes. */
  reserve(count: number): void {
    const needed = this.position + count;
    if (needed - this.#frameStart > this.frameLimit)
      throw new LimitError(`The message is longer than the ${this.frameLimit} bytes that the peer takes.`);
    this.stretch(needed);
  }

  /** Makes the slab that long, whatever the frame's limit. */
  protected stretch(length: number): void {
    if (length > this.slab.length) this.#resize(Math.max(length, this.slab.length * 2));
  }

  #resize(size: number): void {
    const grown = new Uint8Array(size);
    grown.set(this.slab.subarray(0, this.position));
    this.slab = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Moves the cursor over `count` fresh bytes and returns where they start. Look at the slab only then: it may be new. */
  protected advance(count: number): number {
    this.reserve(count);
    const at = this.position;
    this.position = at + count;
    return at;
  }
}
