/**
 * Bytes to values: a cursor over one message that trusts none of it. Every length is compared with its limit and with
 * what is left before anything is allocated, every value with its type, and `finish` sees to it that the message has
 * been used up exactly. Faults are a `ProtocolError`, or a `LimitError` where only a limit was crossed; whoever drives
 * the decoder then calls `abandon`, which closes all descriptors that the message brought.
 */

import type { DescriptorKind, Fd } from "../descriptor.ts";
import { LimitError, ProtocolError } from "../errors.ts";
import { type FdType, IncomingDescriptors } from "./attachments.ts";
import { readText } from "./text.ts";

const nothing = new Uint8Array(0);
const nothingView = new DataView(nothing.buffer);

/** One message on its way in; see the file's comment. Used again for the next by `reset`. */
export class Decoder {
  #bytes: Uint8Array = nothing;
  #view: DataView = nothingView;
  #position = 0;
  #end = 0;
  #owned = false;
  readonly descriptors: IncomingDescriptors = new IncomingDescriptors();

  /**
   * Turns to another message: `bytes` from `start` to `end`, and the descriptors, which are ours from now on. If
   * `owned`, parts of `bytes` may be handed out as they are; otherwise `bytes` values are copies.
   */
  reset(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    descriptors: readonly number[],
    owned: boolean,
  ): void {
    this.#bytes = bytes;
    this.#view = view;
    this.#position = start;
    this.#end = end;
    this.#owned = owned;
    this.descriptors.reset(descriptors);
  }

  /** Ends the message. Throws a `ProtocolError` if bytes or descriptors are left over. */
  finish(): void {
    if (this.#position !== this.#end)
      throw new ProtocolError(`${this.#end - this.#position} bytes are left over at the end of the message.`);
    this.descriptors.finish();
  }

  /** Closes every descriptor that an unfinished message brought, whether it was handed out or not. */
  abandon(): void {
    this.descriptors.abandon();
  }

  /** Moves the cursor over `count` bytes and returns where they start. */
  #take(count: number): number {
    const at = this.#position;
    if (count > this.#end - at) throw new ProtocolError("The message ends in the middle of a value.");
    this.#position = at + count;
    return at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  /** A u64 as a number; throws a `ProtocolError` above 2^53 - 1, where numbers have gaps. */
  u64Number(): number {
    const at = this.#take(8);
    return this.#wide(this.#view.getUint32(at, true), this.#view.getUint32(at + 4, true));
  }

  /** An i64 as a number; throws a `ProtocolError` further than 2^53 - 1 from zero. */
  i64Number(): number {
    const at = this.#take(8);
    return this.#wide(this.#view.getUint32(at, true), this.#view.getInt32(at + 4, true));
  }

  #wide(low: number, high: number): number {
    const value = high * 0x1_0000_0000 + low;
    if (!Number.isSafeInteger(value)) throw new ProtocolError("A 64-bit integer does not fit a number exactly.");
    return value;
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  bool(): boolean {
    const value = this.u8();
    if (value > 1) throw new ProtocolError(`A bool is ${value}.`);
    return value === 1;
  }

  /** A string, `limit` in bytes of UTF-8. */
  string(limit: number = Number.POSITIVE_INFINITY): string {
    const length = this.#length(limit, 1, "string");
    const at = this.#take(length);
    return length === 0 ? "" : readText(this.#bytes, at, at + length);
  }

  /** Bytes, `limit` of them at most: a copy that the caller owns. */
  bytes(limit: number = Number.POSITIVE_INFINITY): Uint8Array {
    const length = this.#length(limit, 1, "bytes value");
    const at = this.#take(length);
    return this.#owned ? this.#bytes.subarray(at, at + length) : this.#bytes.slice(at, at + length);
  }

  /** A list, `limit` in elements, of which none takes fewer than `elementBytes` bytes. */
  list<T>(limit: number | undefined, elementBytes: number, element: (decoder: Decoder) => T): T[] {
    const length = this.#length(limit ?? Number.POSITIVE_INFINITY, elementBytes, "list");
    const values: T[] = [];
    for (let index = 0; index < length; index++) values.push(element(this));
    return values;
  }

  /** A value that may be absent. */
  optional<T>(inner: (decoder: Decoder) => T): T | undefined {
    return this.bool() ? inner(this) : undefined;
  }

  /** A descriptor, by its index among the message's: each is named once, in order. */
  fd<Kind extends DescriptorKind>(type: FdType<Kind>): Fd<Kind> {
    // The claim has checked that the descriptor's kind is one of the type's.
    return this.descriptors.claim(this.u32(), type) as Fd<Kind>;
  }

  /** A count of things that take at least `each` bytes, compared with its limit and with what is left. */
  #length(limit: number, each: number, what: string): number {
    const length = this.u32();
    if (length > limit) throw new LimitError(`A ${what} of ${length} is longer than its limit of ${limit}.`);
    // Even what takes no bytes is held to one, so that a count alone never makes work.
    if (length * Math.max(each, 1) > this.#end - this.#position)
      throw new ProtocolError(`A ${what} of ${length} is longer than its message.`);
    return length;
  }
}
