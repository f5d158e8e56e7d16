/** Codecs for the named sets of integers in generated code: enums and flags. */

import { InvalidError, ProtocolError } from "../errors.ts";
import type { Codec } from "./codec.ts";
import type { Decoder } from "./decoder.ts";
import type { Encoder } from "./encoder.ts";

/** The integer types that a set of values can be based on. */
export type IntegerName = "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64";
export type Openness = "strict" | "flexible";

type Integer = number | bigint;

interface IntegerCodec {
  readonly encode: (encoder: Encoder, value: never) => void;
  readonly decode: (decoder: Decoder) => Integer;
}

const integers: Readonly<Record<IntegerName, IntegerCodec>> = {
  u8: { encode: (e, v: number) => e.u8(v), decode: (d) => d.u8() },
  u16: { encode: (e, v: number) => e.u16(v), decode: (d) => d.u16() },
  u32: { encode: (e, v: number) => e.u32(v), decode: (d) => d.u32() },
  u64: { encode: (e, v: bigint) => e.u64(v), decode: (d) => d.u64() },
  i8: { encode: (e, v: number) => e.i8(v), decode: (d) => d.i8() },
  i16: { encode: (e, v: number) => e.i16(v), decode: (d) => d.i16() },
  i32: { encode: (e, v: number) => e.i32(v), decode: (d) => d.i32() },
  i64: { encode: (e, v: bigint) => e.i64(v), decode: (d) => d.i64() },
};

/** The codec of one integer type. */
export function integerCodec<T extends Integer>(base: IntegerName): Codec<T> {
  // Each entry's value type is the one its name says; the caller's T is that type or a part of it.
  return integers[base] as unknown as Codec<T>;
}

/**
 * The codec of an enum. A strict one refuses values that it does not list, on sending and on receiving; a flexible one
 * carries them, which is what its type says with `Unknown`.
 */
export function enumCodec<T extends Integer>(
  name: string,
  base: IntegerName,
  values: { readonly [member: string]: Integer },
  openness: Openness,
): Codec<T> {
  const integer = integerCodec<T>(base);
  if (openness === "flexible") return integer;
  const known = new Set<Integer>(Object.values(values));
  return {
    encode(encoder, value) {
      if (!known.has(value)) throw new InvalidError(`${String(value)} is not a value of ${name}.`);
      integer.encode(encoder, value);
    },
    decode(decoder) {
      const value = integer.decode(decoder);
      if (!known.has(value)) throw new ProtocolError(`${String(value)} is not a value of ${name}.`);
      return value;
    },
  };
}

/** The codec of a set of flags; a strict one refuses bits outside `mask`. */
export function flagsCodec<T extends Integer>(name: string, base: IntegerName, mask: T, openness: Openness): Codec<T> {
  const integer = integerCodec<T>(base);
  if (openness === "flexible") return integer;
  const stray = typeof mask === "bigint" ? strayBigBits(mask) : strayBits(mask);
  return {
    encode(encoder, value) {
      if (stray(value)) throw new InvalidError(`${String(value)} has bits that ${name} does not.`);
      integer.encode(encoder, value);
    },
    decode(decoder) {
      const value = integer.decode(decoder);
      if (stray(value)) throw new ProtocolError(`${String(value)} has bits that ${name} does not.`);
      return value;
    },
  };
}

function strayBits(mask: number): (value: Integer) => boolean {
  const others = ~mask;
  return (value) => typeof value === "number" && (value & others) !== 0;
}

function strayBigBits(mask: bigint): (value: Integer) => boolean {
  return (value) => typeof value === "bigint" && (value & ~mask) !== 0n;
}
