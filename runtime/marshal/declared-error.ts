/**
 * The errors that an IDL declares, as classes that generated code derives from, and their codecs. A method's handler
 * throws them and its caller catches them, with the same code in between.
 */

import os from "node:os";
import { ProtocolError } from "../errors.ts";
import { systemErrorName } from "../system-error.ts";
import type { ErrorCodec, FaultPlace } from "./codec.ts";
import type { Decoder } from "./decoder.ts";
import { fnv1a } from "./hash.ts";
import { type IntegerName, integerCodec, type Openness } from "./value-codecs.ts";

/** The root of all declared errors: what a method may throw by its own signature. */
export abstract class DeclaredError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An error that is one of a list of names: `error Name : i32`. */
export class EnumError<Code extends string> extends DeclaredError {
  readonly code: Code;
  /** The number that goes over the wire; looked up by the code when it is not given. */
  readonly value: number | bigint | undefined;

  constructor(
    code: Code,
    options: ErrorOptions & { readonly message?: string; readonly value?: number | bigint } = {},
  ) {
    super(options.message ?? code, options);
    this.code = code;
    this.value = options.value;
  }
}

/** An error of the operating system, `@errno` in the IDL, that looks as Node's own does. */
export class SystemError<Code extends string> extends DeclaredError {
  readonly code: Code;
  /** Negative, as Node has it: -2 for ENOENT. */
  readonly errno: number;
  // Declared only: an error that has none has no such property, as Node's have not.
  declare readonly syscall?: string;
  declare readonly path?: string;
  declare readonly dest?: string;

  /** Makes an error from its code and, as a handler need not but a stub does, from where it happened. */
  constructor(code: Code, place: Partial<FaultPlace> = {}, errno: number = errnoOf(code)) {
    super(systemMessage(code, errno, place));
    this.code = code;
    this.errno = errno;
    if (place.syscall !== undefined) this.syscall = place.syscall;
    if (place.path !== undefined) this.path = place.path;
    if (place.dest !== undefined) this.dest = place.dest;
  }
}

/** As Node words it: `ENOENT: no such file or directory, open '/x'`. */
function systemMessage(code: string, errno: number, { syscall, path, dest }: Partial<FaultPlace>): string {
  const text = systemErrorName(errno)?.[1] ?? "unknown error";
  const where = path === undefined ? "" : dest === undefined ? ` '${path}'` : ` '${path}' -> '${dest}'`;
  return syscall === undefined ? `${code}: ${text}` : `${code}: ${text}, ${syscall}${where}`;
}

/** The negative errno of a code such as ENOENT, or of one such as E4095 that no system has a name for. */
function errnoOf(code: string): number {
  const known = Object.entries(os.constants.errno).find(([name]) => name === code)?.[1];
  return 0 - (known ?? (Number(code.slice(1)) || 0));
}

/** The codec of an enum error. A strict one is answered by `Internal` where its code is not listed. */
export function enumErrorCodec<Code extends string>(
  name: string,
  Class: new (code: Code, options?: { readonly value?: number | bigint }) => EnumError<Code>,
  codes: { readonly [code: string]: number | bigint },
  base: IntegerName,
  openness: Openness,
): ErrorCodec {
  const integer = integerCodec<number | bigint>(base);
  const names = namesByValue(codes);
  const values = new Map(Object.entries(codes));
  const numberOf = (error: EnumError<Code>): number | bigint | undefined =>
    values.get(error.code) ?? (openness === "flexible" ? error.value : undefined);
  return {
    id: fnv1a(name),
    claims: (thrown) => thrown instanceof Class && numberOf(thrown) !== undefined,
    // `claims` has seen that it is one of ours and has a value.
    encode: (encoder, thrown) => integer.encode(encoder, numberOf(thrown as EnumError<Code>)!),
    decode: (decoder) => {
      const value = integer.decode(decoder);
      // A flexible error's type has room for names that this end does not know.
      return new Class((names.get(value) ?? unlisted(value, openness, name)) as Code, { value });
    },
  };
}

/**
 * The codec of an errno error. It claims what Node's own functions throw as well, so that a handler which calls
 * `fs.openSync` need not translate.
 */
export function systemErrorCodec<Code extends string>(
  name: string,
  Class: new (code: Code, place: Partial<FaultPlace>, errno: number) => SystemError<Code>,
  codes: { readonly [code: string]: number },
  openness: Openness,
): ErrorCodec {
  const names = namesByValue(codes);
  // What Node has no number for, as ESHUTDOWN, has the one that the IDL gives it.
  const numberOf = ({ errno, code }: SystemLike): number | undefined => (errno < 0 ? -errno : codes[code]);
  const claims = (thrown: unknown): thrown is SystemLike => {
    if (!isSystemLike(thrown)) return false;
    const number = numberOf(thrown);
    return number !== undefined && (openness === "flexible" || names.has(number));
  };
  return {
    id: fnv1a(name),
    claims,
    // `claims` has seen that there is one.
    encode: (encoder, thrown) => encoder.i32(numberOf(thrown as SystemLike)!),
    decode: (decoder: Decoder, place: FaultPlace) => {
      const errno = decoder.i32();
      if (errno <= 0) throw new ProtocolError(`${errno} is not the number of a system error.`);
      const system = systemErrorName(-errno)?.[0] ?? `E${errno}`;
      const code = names.get(errno) ?? (openness === "flexible" ? system : unlisted(errno, openness, name));
      return new Class(code as Code, place, -errno);
    },
  };
}

/** An error of the system as Node throws it, or as an implementation makes it of a code. */
interface SystemLike extends Error {
  /** Negative, or zero where Node knows none for the code. */
  readonly errno: number;
  readonly code: string;
}

/** A number there must be, but for an error of ours, which goes by its code. */
function mostOf(thrown: Error): number {
  return thrown instanceof SystemError ? 0 : -1;
}

function isSystemLike(thrown: unknown): thrown is SystemLike {
  if (!(thrown instanceof Error)) return false;
  const { errno, code } = thrown as NodeJS.ErrnoException;
  return typeof code === "string" && typeof errno === "number" && Number.isInteger(errno) && errno <= mostOf(thrown);
}

function namesByValue<T extends number | bigint>(codes: { readonly [code: string]: T }): ReadonlyMap<T, string> {
  return new Map(Object.entries(codes).map(([code, value]) => [value, code]));
}

function unlisted(value: number | bigint, openness: Openness, name: string): string {
  if (openness === "strict") throw new ProtocolError(`${value} is not a value of ${name}.`);
  return `UNKNOWN_${value}`;
}
