/** Values that turned out not to be sendable: whoever gave them has given up what they hold, and nobody else has it. */

import { Fd } from "../descriptor.ts";
import { referenceOf } from "./reference.ts";

/** Closes the descriptors and disposes of the stubs that a value holds, in lists, maps and records within it too. */
export function disposeUnsent(value: unknown, seen: Set<unknown> = new Set()): void {
  if (value instanceof Fd) value.close();
  referenceOf(value)?.[Symbol.dispose]();
  if (seen.has(value) || !isData(value)) return;
  seen.add(value);
  if (value instanceof Map) for (const each of value.values()) disposeUnsent(each, seen);
  // Members that are computed may be why it cannot be sent; they are left alone.
  for (const member of Object.values(Object.getOwnPropertyDescriptors(value))) disposeUnsent(member.value, seen);
}

/** Whether a value is of the kind that generated types describe: a list, a map or a record, and not somebody's object. */
function isData(value: unknown): value is object {
  if (Array.isArray(value) || value instanceof Map) return true;
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
