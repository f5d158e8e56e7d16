/** Values to bytes and back without a channel, for tests of the marshalling alone. */

import { type Code, RpcError } from "../../runtime/errors.ts";
import { Decoder } from "../../runtime/marshal/decoder.ts";
import { Encoder } from "../../runtime/marshal/encoder.ts";

/** An encoder with its limits wide open; frames end at multiples of eight as postern's do. */
export function freshEncoder(frameLimit = 1 << 30, descriptorLimit = 253): Encoder {
  return new Encoder(frameLimit, descriptorLimit, 8);
}

/** The bytes that `write` writes, with nothing before or after. */
export function encoded(write: (encoder: Encoder) => void): Uint8Array {
  const encoder = freshEncoder();
  encoder.begin();
  write(encoder);
  return encoder.extract().bytes as Uint8Array;
}

/** A decoder at the start of a message, which owns the descriptors from now on. */
export function decoderOf(bytes: Uint8Array, descriptors: readonly number[] = [], owned = false): Decoder {
  const decoder = new Decoder();
  const copy = bytes.slice();
  decoder.reset(copy, new DataView(copy.buffer), 0, copy.length, descriptors, owned);
  return decoder;
}

/** What `read` makes of bytes that it must use up. */
export function decoded<T>(bytes: Uint8Array, read: (decoder: Decoder) => T): T {
  const decoder = decoderOf(bytes);
  const value = read(decoder);
  decoder.finish();
  return value;
}

/** What a function throws; fails unless that is an `RpcError` of a code. */
export function thrownBy(act: () => unknown, code: Code): RpcError {
  let value: unknown;
  try {
    value = act();
  } catch (error) {
    if (error instanceof RpcError && error.code === code) return error;
    throw error;
  }
  throw new Error(`It was to be refused as ${code} and returned ${String(value)}.`);
}
