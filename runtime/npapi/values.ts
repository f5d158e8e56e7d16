/**
 * Values of a script as `NPVariant`s and back: what has a value crosses as it, what has an identity by reference. Which
 * object stands for which is the membrane's to know.
 */

import { types } from "node:util";
import {
  ARGUMENTS_MAX,
  IDENTIFIER_MAX,
  type NPObject,
  type NPObjectImpl,
  NPVariant,
  type NPVariantInit,
  TEXT_MAX,
} from "../../generated/npapi.ts";
import { disposeAll } from "../marshal/held.ts";
import { nobody } from "./nobody.ts";

/** The way of objects from one side to the other. */
export interface Crossing {
  /** What goes out for an object of this side; a stub is a further one, which is the message's. Throws for what cannot. */
  outward(object: object): NPObjectImpl;
  /** What an object of the other side is here. Takes it over. */
  inward(object: NPObject): unknown;
}

/** Makes a variant of a value. Throws a `TypeError` for what no variant holds and a `RangeError` for too long a text. */
export function variantOf(value: unknown, crossing: Crossing): NPVariantInit {
  switch (typeof value) {
    case "undefined":
      return NPVariant.void();
    case "boolean":
      return NPVariant.bool(value);
    case "number":
      // Minus zero is no int32.
      return Object.is(value | 0, value) ? NPVariant.int32(value) : NPVariant.double(value);
    case "string":
      checkText(value, TEXT_MAX, "A text");
      return NPVariant.string(value);
    case "bigint":
    case "symbol":
      throw new TypeError(`A ${typeof value} cannot cross to another program.`);
  }
  if (value === null) return NPVariant.null();
  if (value === nobody) return NPVariant.void();
  if (types.isPromise(value)) throw new TypeError("A promise cannot cross to another program: await it first.");
  return NPVariant.object(crossing.outward(value as object));
}

/** The value of a variant, whose object is taken over. */
export function valueIn(variant: NPVariant, crossing: Crossing): unknown {
  switch (variant.kind) {
    case "void":
      return undefined;
    case "null":
      return null;
    case "object":
      return crossing.inward(variant.value);
    default:
      return variant.value;
  }
}

/** Values to be sent. Dispose of them after that: stubs that were sent have moved, the others are let go of. */
export class Given implements Disposable {
  readonly variants: NPVariantInit[] = [];

  /** Throws as `variantOf`, and a `RangeError` for more values than a call has. */
  constructor(values: readonly unknown[], crossing: Crossing) {
    if (values.length > ARGUMENTS_MAX)
      throw new RangeError(`A call has ${values.length} arguments; ${ARGUMENTS_MAX} can cross.`);
    try {
      for (const value of values) this.variants.push(variantOf(value, crossing));
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const variant of this.variants) if (variant.kind === "object") disposeAll(variant.value);
  }
}

/** Throws a `RangeError` or `TypeError` for a name that no identifier can be. */
export function checkName(name: string): void {
  checkText(name, IDENTIFIER_MAX, "A name");
}

/** Whether a name can be an identifier. */
export function isName(name: string): boolean {
  return fits(name, IDENTIFIER_MAX) && name.isWellFormed();
}

function checkText(text: string, limit: number, what: string): void {
  if (!fits(text, limit)) throw new RangeError(`${what} of more than ${limit} bytes cannot cross to another program.`);
  if (!text.isWellFormed()) throw new TypeError(`${what} with half a surrogate pair cannot cross to another program.`);
}

/** Whether a text has no more bytes than that; one unit of UTF-16 makes at most three. */
function fits(text: string, limit: number): boolean {
  return text.length * 3 <= limit || (text.length <= limit && Buffer.byteLength(text) <= limit);
}
