/**
 * Strings to UTF-8 and back by the cheapest route for their length. Node's own routines, which write into and read
 * from a part of a buffer without making a view of it, are used where they are; elsewhere TextEncoder and TextDecoder.
 */

import { InvalidError, ProtocolError } from "../errors.ts";

/** Methods of `Buffer.prototype` that work on any Uint8Array; Node does not declare their types. */
interface NodeText {
  utf8Write(this: Uint8Array, text: string, offset: number, length: number): number;
  utf8Slice(this: Uint8Array, start: number, end: number): string;
}

const node = (globalThis as { Buffer?: { prototype: Partial<NodeText> } }).Buffer?.prototype;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// Below this a loop over character codes beats a call into C++ (measured: 16 characters cost the same).
const SHORT = 16;
const REPLACEMENT = "\ufffd";

const utf8Write: NodeText["utf8Write"] =
  node?.utf8Write ??
  function (text, offset, length) {
    return encoder.encodeInto(text, this.subarray(offset, offset + length)).written;
  };
const utf8Slice: NodeText["utf8Slice"] =
  node?.utf8Slice ??
  function (start, end) {
    return decoder.decode(this.subarray(start, end));
  };

/**
 * Writes a string as UTF-8 from `offset` on and returns the number of bytes; the caller has made room for three bytes
 * a character, the most that UTF-8 takes. Throws an `InvalidError` for half a surrogate pair, which UTF-8 cannot carry.
 */
export function writeText(bytes: Uint8Array, offset: number, text: string): number {
  const length = text.length;
  if (length < SHORT && writeAscii(bytes, offset, text)) return length;
  const written = utf8Write.call(bytes, text, offset, length * 3);
  if (written !== length && !text.isWellFormed()) throw new InvalidError("A string holds half a surrogate pair.");
  return written;
}

function writeAscii(bytes: Uint8Array, offset: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return false;
    bytes[offset + index] = code;
  }
  return true;
}

/**
 * Reads UTF-8 from `start` to `end`. Throws a `ProtocolError` for bytes that are not UTF-8: a path must not turn into
 * another path on its way.
 */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  const text = utf8Slice.call(bytes, start, end);
  // Bad bytes are read as U+FFFD. A good text may hold that character too, so only then is the whole text checked.
  if (text.includes(REPLACEMENT)) return readStrictly(bytes.subarray(start, end));
  return text;
}

function readStrictly(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch (cause) {
    throw new ProtocolError("A string is not UTF-8.", { cause });
  }
}
