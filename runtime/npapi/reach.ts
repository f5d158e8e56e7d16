/** Which members of an object there are for the other side, before any policy is asked. */

import { isError, isIntrinsicPrototype } from "./intrinsics.ts";

/** The ways from an object to its prototype and its class: these names never cross. */
const NEVER: ReadonlySet<string> = new Set([
  "constructor",
  "prototype",
  "__proto__",
  "__defineGetter__",
  "__defineSetter__",
  "__lookupGetter__",
  "__lookupSetter__",
]);

/** What every function has, with which another `this` could be brought in, or its caller found. */
const NEVER_OF_FUNCTIONS: ReadonlySet<string> = new Set(["call", "apply", "bind", "caller", "arguments"]);

/** Whether a name is refused whatever object it is asked of. */
export function neverCrosses(name: string): boolean {
  return NEVER.has(name);
}

/** Throws a `TypeError` for a name that is refused whatever object it is asked of. */
export function checkMayCross(name: string): void {
  if (NEVER.has(name)) throw new TypeError(`${JSON.stringify(name)} never crosses to another program.`);
}

/** Whether a name is one of those that are refused of functions. */
export function isOfFunctions(name: string): boolean {
  return NEVER_OF_FUNCTIONS.has(name);
}

/** Whether a member is refused, whoever asks. Where an error was made in this program is no peer's to know. */
export function isRefused(object: object, name: string): boolean {
  if (NEVER.has(name)) return true;
  return typeof object === "function" ? NEVER_OF_FUNCTIONS.has(name) : name === "stack" && isError(object);
}

/**
 * Whether an object has a name only as everything of its kind has it: from a prototype that the language brings, or, as
 * a typed array its bytes, by what it is. What nobody has is not built in, so that a Proxy may answer for it.
 */
export function isBuiltIn(object: object, name: string): boolean {
  let holder: object | null = object;
  while (holder !== null && !Object.hasOwn(holder, name)) holder = Reflect.getPrototypeOf(holder);
  if (holder === null) return false;
  return holder === object ? ArrayBuffer.isView(object) : isIntrinsicPrototype(holder);
}
