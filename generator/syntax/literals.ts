/** How numbers and strings are written, in both directions: what a spelling means, and how a value is spelt. */

import type { FloatLiteral, IntegerLiteral, StringLiteral, Version } from "./ast.ts";

const integerPattern =
  /^(0x[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0o[0-7]+(?:_[0-7]+)*|0b[01]+(?:_[01]+)*|(?:0(?![xobXOB])|[1-9][0-9]*(?:_[0-9]+)*))([A-Za-z]*)$/;
const floatPattern = /^[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?(?:[eE][+-]?[0-9]+)?$/;

/** Says what is wrong with a number's spelling, or returns undefined when nothing is. */
export function numberAdvice(text: string): string | undefined {
  if (integerPattern.test(text)) return undefined;
  if (/[.]|^[0-9_]+[eE][+-]?[0-9]/.test(text)) return floatAdvice(text);
  if (/^0[0-9]/.test(text)) return "Octal numbers begin with `0o`; decimal numbers have no zero in front.";
  if (/^0[XOB]/.test(text)) return "The letter of a prefix is small: `0x`, `0o`, `0b`.";
  if (/__|_$|^0[xob]_/.test(text)) return "A `_` stands between two digits.";
  if (/^0[xob]/.test(text)) return "`0x` takes the digits 0 to f, `0o` takes 0 to 7, `0b` takes 0 and 1.";
  return "Digits come first, then at most a unit: `64KiB`, `30s`.";
}

function floatAdvice(text: string): string | undefined {
  if (floatPattern.test(text)) return undefined;
  if (/[A-Za-z]$/.test(text)) return "Only a whole number takes a unit: write `1500ms` for a second and a half.";
  return "Write it like `0.5` or `1e-3`; a `_` stands between two digits.";
}

/** Reads an integer; returns undefined when it is malformed. */
export function readInteger(text: string): Pick<IntegerLiteral, "value" | "unit" | "text"> | undefined {
  const match = integerPattern.exec(text);
  if (match === null) return undefined;
  return { value: BigInt(match[1]!.replaceAll("_", "")), unit: match[2] || undefined, text };
}

/** Reads a float; returns undefined when it is malformed. */
export function readFloat(text: string): Pick<FloatLiteral, "value" | "text"> | undefined {
  if (!floatPattern.test(text)) return undefined;
  return { value: Number(text.replaceAll("_", "")), text };
}

/** The greatest major and minor number of a version: each is carried in 16 bits. */
export const greatestVersionPart = 0xffff;

/** Reads a version, `1.2`; returns undefined when it is not two decimal numbers. The parts have no bound here. */
export function readVersion(text: string): Pick<Version, "major" | "minor"> | undefined {
  const match = /^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

const escapes: { readonly [letter: string]: string } = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };
const escapePattern = /\\(?:u\{([0-9a-fA-F]{1,6})\}|u\{?[0-9a-fA-F]*|[\s\S]?)/g;

/** Reads a string with its quotes; returns undefined when one is missing or an escape means nothing. */
export function readString(text: string): Pick<StringLiteral, "value"> | undefined {
  if (!isClosed(text) || malformedEscapes(text).length > 0) return undefined;
  const inside = text.slice(1, -1);
  return { value: inside.replace(escapePattern, (written, point?: string) => readEscape(written, point) ?? "") };
}

/** Tells whether a string has its closing quote, which an odd number of backslashes would make part of the text. */
export function isClosed(text: string): boolean {
  if (text.length < 2 || !text.endsWith('"')) return false;
  let last = text.length - 2;
  while (text[last] === "\\") last--;
  return (text.length - last) % 2 === 0;
}

/** Finds the escapes of a string that mean nothing, with their places in it. */
export function malformedEscapes(text: string): { index: number; escape: string }[] {
  return [...text.matchAll(escapePattern)]
    .filter((match) => readEscape(match[0], match[1]) === undefined)
    .map((match) => ({ index: match.index, escape: match[0] }));
}

function readEscape(written: string, point: string | undefined): string | undefined {
  if (point === undefined) return escapes[written.slice(1)];
  const value = Number.parseInt(point, 16);
  // A surrogate is half a character: no UTF-8 can carry it.
  return value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff) ? undefined : String.fromCodePoint(value);
}

/** Spells a string as it would be written, so that reading it gives the same value. */
export function writeString(value: string): string {
  const inside = value.replace(/["\\\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const letter = Object.keys(escapes).find((key) => escapes[key] === character);
    return `\\${letter ?? `u{${character.codePointAt(0)!.toString(16)}}`}`;
  });
  return `"${inside}"`;
}
