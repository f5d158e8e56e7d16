/**
 * A cursor over the bytes of one message, and the values that are nothing but bytes: numbers, strings, byte strings. It
 * trusts none of them: every length is compared with its limit and with what is left before anything is allocated.
 */

import { LimitError, ProtocolError } from "../errors.ts";
import { readText } from "./text.ts";

const nothing = new Uint8Array(0);
const nothingView = new DataView(nothing.buffer);

/** See the file's comment. */
export class Cursor {
  protected view: DataView = nothingView;
  /** Where the next value starts. */
  protected position = 0;
  /** Where the last one must end. */
  protected end = 0;
  #bytes: Uint8Array = nothing;
  #owned = false;

  /**
   * Turns to another message: `bytes` from `start` to `end`, of which `view` is a view. If `owned`, parts of `bytes` may
   * be handed out as they are; otherwise `bytes` values are copies.
   */
  protected turnTo(bytes: Uint8Array, view: DataView, start: number, end: number, owned: boolean): void {
    this.#bytes = bytes;
    this.view = view;
    this.position = start;
    this.end = end;
    this.#owned = owned;
  }

  /** Moves the cursor over `count` bytes and returns where they start. */
  protected take(count: number): number {
    const at = this.position;
    if (count > this.end - at) throw new ProtocolError("The message ends in the middle of a value.");
    this.position = at + count;
    return at;
  }

  u8(): number {
    return this.#bytes[this.take(1)]!;
  }

  i8(): number {
    return this.view.getInt8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  i16(): number {
    return this.view.getInt16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8), true);
  }

  i64(): bigint {
    return this.view.getBigInt64(this.take(8), true);
  }

  /** A u64 as a number; throws a `ProtocolError` above 2^53 - 1, where numbers have gaps. */
  u64Number(): number {
    const at = this.take(8);
    return this.#wide(this.view.getUint32(at, true), this.view.getUint32(at + 4, true));
  }

  /** An i64 as a number; throws a `ProtocolError` further than 2^53 - 1 from zero. */
  i64Number(): number {
    const at = this.take(8);
    return this.#wide(this.view.getUint32(at, true), this.view.getInt32(at + 4, true));
  }

  #wide(low: number, high: number): number {
    const value = high * 0x1_0000_0000 + low;
    if (!Number.isSafeInteger(value)) throw new ProtocolError("A 64-bit integer does not fit a number exactly.");
    return value;
  }

  f32(): number {
    return this.view.getFloat32(this.take(4), true);
  }

  f64(): number {
    return this.view.getFloat64(this.take(8), true);
  }

  bool(): boolean {
    const value = this.u8();
    if (value > 1) throw new ProtocolError(`A bool is ${value}.`);
    return value === 1;
  }

  /** A string, `limit` in bytes of UTF-8. */
  string(limit: number = Number.POSITIVE_INFINITY): string {
    const length = this.length(limit, 1, "string");
    const at = this.take(length);
    return length === 0 ? "" : readText(this.#bytes, at, at + length);
  }

  /** Bytes, `limit` of them at most: a copy that the caller owns. */
  bytes(limit: number = Number.POSITIVE_INFINITY): Uint8Array {
    const length = this.length(limit, 1, "bytes value");
    const at = this.take(length);
    return this.raw(at, at + length);
  }

  /** Bytes that their receiver may keep. */
  protected raw(start: number, end: number): Uint8Array {
    return this.#owned ? this.#bytes.subarray(start, end) : this.#bytes.slice(start, end);
  }

  /** A count of things that take at least `each` bytes, compared with its limit and with what is left. */
  protected length(limit: number, each: number, what: string): number {
    const length = this.u32();
    if (length > limit) throw new LimitError(`A ${what} of ${length} is longer than its limit of ${limit}.`);
    // Even what takes no bytes is held to one, so that a count alone never makes work.
    if (length * Math.max(each, 1) > this.end - this.position)
      throw new ProtocolError(`A ${what} of ${length} is longer than its message.`);
    return length;
  }
}
