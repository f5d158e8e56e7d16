/**
 * Values to bytes, written at the end of a slab's open frame. Every value is checked against its type as it is written,
 * so that nothing leaves this process that its peer must refuse.
 *
 * The encoding is packed and little-endian; docs/protocol.md has it type by type.
 */

import type { DescriptorKind, FdLike } from "../descriptor.ts";
import { InvalidError, LimitError } from "../errors.ts";
import type { FdType } from "./attachments.ts";
import type { CapabilityType, Ownership } from "./capabilities.ts";
import { CAPABILITY, DESCRIPTOR, ENVELOPE_BYTES, MAX_DEPTH, WritingLevel } from "./envelope.ts";
import { FrameSlab } from "./frame-slab.ts";
import { noStreamsOut, type StreamSource, type StreamWriter } from "./streams.ts";
import { writeText } from "./text.ts";

/** See the file's comment. */
export class Encoder extends FrameSlab {
  /** Where streams go; set by the channel, which has them only once it has this. */
  streams: StreamWriter<Encoder> = noStreamsOut;

  /** How many named types the value being written lies in. */
  #depth = 0;
  /** Around all tables and unions. */
  readonly #outermost: WritingLevel = new WritingLevel();
  /** The innermost table or union. */
  #level: WritingLevel = this.#outermost;
  /** The attachments of the open frame so far. */
  #attached = 0;

  override begin(): number {
    const start = super.begin();
    this.#depth = 0;
    this.#level = this.#outermost;
    this.#attached = 0;
    return start;
  }

  u8(value: number): void {
    if (typeof value !== "number" || (value & 0xff) !== value) throw misfit(value, "u8");
    const at = this.advance(1);
    this.slab[at] = value;
  }

  i8(value: number): void {
    if (typeof value !== "number" || (value << 24) >> 24 !== value) throw misfit(value, "i8");
    const at = this.advance(1);
    this.view.setInt8(at, value);
  }

  u16(value: number): void {
    if (typeof value !== "number" || (value & 0xffff) !== value) throw misfit(value, "u16");
    const at = this.advance(2);
    this.view.setUint16(at, value, true);
  }

  i16(value: number): void {
    if (typeof value !== "number" || (value << 16) >> 16 !== value) throw misfit(value, "i16");
    const at = this.advance(2);
    this.view.setInt16(at, value, true);
  }

  u32(value: number): void {
    if (typeof value !== "number" || value >>> 0 !== value) throw misfit(value, "u32");
    const at = this.advance(4);
    this.view.setUint32(at, value, true);
  }

  i32(value: number): void {
    if (typeof value !== "number" || (value | 0) !== value) throw misfit(value, "i32");
    const at = this.advance(4);
    this.view.setInt32(at, value, true);
  }

  u64(value: bigint): void {
    if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) throw misfit(value, "u64");
    const at = this.advance(8);
    this.view.setBigUint64(at, value, true);
  }

  i64(value: bigint): void {
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) throw misfit(value, "i64");
    const at = this.advance(8);
    this.view.setBigInt64(at, value, true);
  }

  /** A u64 that JavaScript has as a number: a whole one, from 0 to 2^53 - 1. */
  u64Number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw misfit(value, "u64");
    const at = this.advance(8);
    this.view.setUint32(at, value >>> 0, true);
    this.view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
  }

  /** An i64 that JavaScript has as a number: a whole one, within 2^53 - 1 of zero. */
  i64Number(value: number): void {
    if (!Number.isSafeInteger(value)) throw misfit(value, "i64");
    const at = this.advance(8);
    this.view.setUint32(at, value >>> 0, true);
    this.view.setInt32(at + 4, Math.floor(value / 0x1_0000_0000), true);
  }

  f32(value: number): void {
    if (typeof value !== "number") throw misfit(value, "f32");
    const at = this.advance(4);
    this.view.setFloat32(at, value, true);
  }

  f64(value: number): void {
    if (typeof value !== "number") throw misfit(value, "f64");
    const at = this.advance(8);
    this.view.setFloat64(at, value, true);
  }

  bool(value: boolean): void {
    if (typeof value !== "boolean") throw misfit(value, "bool");
    const at = this.advance(1);
    this.slab[at] = value ? 1 : 0;
  }

  /** A string, `limit` in bytes of UTF-8. */
  string(value: string, limit: number = Number.POSITIVE_INFINITY): void {
    if (typeof value !== "string") throw misfit(value, "string");
    if (value.length > limit) throw tooLong("string", "bytes", limit);
    // A character takes at most three bytes (the four-byte ones are two characters here). Only a text that may come
    // close to the frame's limit is measured before it is written.
    const most = value.length * 3;
    const at = this.position + 4;
    if (this.frameBytes + 4 + most > this.frameLimit) this.reserve(4 + utf8Length(value));
    this.stretch(at + most);
    const length = writeText(this.slab, at, value);
    if (length > limit) throw tooLong("string", "bytes", limit);
    this.view.setUint32(at - 4, length, true);
    this.position = at + length;
  }

  /** Bytes, `limit` of them at most; copied. */
  bytes(value: Uint8Array, limit: number = Number.POSITIVE_INFINITY): void {
    if (!(value instanceof Uint8Array)) throw misfit(value, "bytes");
    if (value.length > limit) throw tooLong("bytes value", "bytes", limit);
    const at = this.advance(4 + value.length);
    this.view.setUint32(at, value.length, true);
    this.slab.set(value, at + 4);
  }

  /** A list, `limit` in elements. */
  list<T>(values: readonly T[], limit: number | undefined, element: (encoder: Encoder, value: T) => void): void {
    if (!Array.isArray(values)) throw misfit(values, "list");
    if (limit !== undefined && values.length > limit) throw tooLong("list", "elements", limit);
    const { length } = values;
    this.u32(length);
    const start = this.position;
    for (let index = 0; index < length; index++) element(this, values[index]!);
    // The peer holds every element to a byte, so that a count alone never makes it work.
    if (this.position - start < length) throw new InvalidError("A list of values that have no bytes cannot be sent.");
  }

  /** A map, `limit` in entries. */
  map<K, V>(
    values: ReadonlyMap<K, V>,
    limit: number | undefined,
    key: (encoder: Encoder, key: K) => void,
    value: (encoder: Encoder, value: V) => void,
  ): void {
    if (!(values instanceof Map)) throw misfit(values, "map");
    const { size } = values;
    if (limit !== undefined && size > limit) throw tooLong("map", "entries", limit);
    this.u32(size);
    let written = 0;
    for (const [eachKey, eachValue] of values) {
      key(this, eachKey);
      value(this, eachValue);
      written++;
    }
    if (written !== size) throw new InvalidError("A map changed while it was being read.");
  }

  /** Goes into a value of a named type. Throws a `LimitError` where that is too deep. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new LimitError(`A value is nested deeper than ${MAX_DEPTH} levels.`);
  }

  /** Comes out of what `enter` went into. */
  leave(): void {
    this.#depth--;
  }

  /** Starts a table. Its fields follow, each begun by `openField`. */
  openTable(): void {
    const level = this.#enterLevel();
    level.table = this.advance(4);
    level.fields = 0;
  }

  /** Starts the table's next field, whose ordinal is above those before; its value follows. */
  openField(ordinal: number): void {
    const level = this.#level;
    if (level.fields++ > 0) this.#closeEnvelope(level);
    this.#openEnvelope(level, ordinal);
  }

  /** Ends the table. */
  closeTable(): void {
    const level = this.#level;
    if (level.fields > 0) this.#closeEnvelope(level);
    this.view.setUint32(level.table, level.fields, true);
    this.#leaveLevel();
  }

  /** Starts a union by saying which arm it is; the arm's value, if it has one, follows. */
  openUnion(ordinal: number): void {
    this.#openEnvelope(this.#enterLevel(), ordinal);
  }

  /** Ends the union. */
  closeUnion(): void {
    this.#closeEnvelope(this.#level);
    this.#leaveLevel();
  }

  #enterLevel(): WritingLevel {
    this.enter();
    this.#level = this.#level.inner;
    return this.#level;
  }

  #leaveLevel(): void {
    this.leave();
    // Only what was entered is left.
    this.#level = this.#level.outer!;
  }

  #openEnvelope(level: WritingLevel, ordinal: number): void {
    const at = this.advance(ENVELOPE_BYTES);
    level.at = at;
    level.attached = this.#attached;
    this.view.setUint32(at, ordinal, true);
  }

  /** Says in the envelope what has followed it. */
  #closeEnvelope({ at, attached }: WritingLevel): void {
    if (this.#attached !== attached) this.view.setUint16(at + 2, this.#attached - attached, true);
    this.view.setUint32(at + 4, this.position - at - ENVELOPE_BYTES, true);
  }

  /** A value that may be absent. `null` counts as absent, because JavaScript callers mean it so. */
  optional<T>(value: T | null | undefined, inner: (encoder: Encoder, value: T) => void): void {
    const present = value !== undefined && value !== null;
    const at = this.advance(1);
    this.slab[at] = present ? 1 : 0;
    if (present) inner(this, value);
  }

  /** A reference to an object, by its index among the message's; an `own` one moves when the frame is committed. */
  capability<Written>(value: Written, type: CapabilityType<unknown, Written>, ownership: Ownership): void {
    this.u32(this.capabilities.add(value, type, ownership));
    this.#attached += CAPABILITY;
  }

  /** A stream, by its id; its values follow in messages of their own, as the peer asks for them. */
  stream<T>(source: StreamSource<T>, element: (encoder: Encoder, value: T) => void): void {
    this.u32(this.streams.add(source, element));
  }

  /** A descriptor, by its index among the message's; what is of an `own` type moves when the frame is committed. */
  fd<Kind extends DescriptorKind>(value: FdLike<Kind>, type: FdType<Kind>): void {
    this.u32(this.descriptors.add(value, type));
    this.#attached += DESCRIPTOR;
  }
}

function utf8Length(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    // Each half of a surrogate pair counts for two of its four bytes.
    length += code < 0x80 ? 1 : code < 0x800 || (code & 0xf800) === 0xd800 ? 2 : 3;
  }
  return length;
}

function misfit(value: unknown, type: string): InvalidError {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : describe(value);
  return new InvalidError(`${shown} is not a ${type}.`);
}

function describe(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "object" && value !== null ? `An ${value.constructor?.name ?? "object"}` : String(value);
}

function tooLong(what: string, unit: string, limit: number): LimitError {
  return new LimitError(`A ${what} is longer than its ${limit} ${unit}.`);
}
