/** What generated code and the runtime agree on about values: how they become bytes, and bytes become them. */

import type { Decoder } from "./decoder.ts";
import type { Encoder } from "./encoder.ts";

/**
 * A value to bytes and back. What may be written can be wider than what is read: fields with a default may be left out.
 * The methods do not use `this`.
 */
export interface Codec<Read, Written = Read> {
  encode(encoder: Encoder, value: Written): void;
  decode(decoder: Decoder): Read;
}

/** A value while its codec puts it together. */
export type Draft<T> = { -readonly [Field in keyof T]: T[Field] };

/** A value of an enum that may grow, from a peer that is newer than this code. */
export type Unknown<T> = T & { readonly [unknown]?: never };
declare const unknown: unique symbol;

/** Where a call failed: what an errno error adds to its message, as Node does: `ENOENT: …, open '/x'`. */
export interface FaultPlace {
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
}

/** One of the errors that a method declares. */
export interface ErrorCodec {
  /** FNV-1a of the error's `package.Name`, 32 bits, signed: how a reply says which error it carries. */
  readonly id: number;
  /** Whether a thrown value is one of this error's, or converts to one without loss. */
  claims(thrown: unknown): boolean;
  /** Writes what `claims` has claimed. */
  encode(encoder: Encoder, thrown: unknown): void;
  /** Reads an error and makes what the caller is to catch. */
  decode(decoder: Decoder, place: FaultPlace): Error;
}
