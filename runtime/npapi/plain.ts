/** Remote objects as plain data, for JSON: which takes every proxy for a function, and would leave it out. */

import { type ImportedObject, importOf } from "./imported-object.ts";
import { neverCrosses } from "./reach.ts";

/**
 * Copies what a remote object lists, blocking, and what is within it; methods are left out. What lists 0, 1, 2 … and has
 * that length is an array. The object's own `toJSON` goes before. Throws a `TypeError` for one that holds itself.
 */
export function plainOf(imported: ImportedObject, within: readonly ImportedObject[] = []): unknown {
  if (within.includes(imported)) throw new TypeError("A remote object that holds itself cannot be written as JSON.");
  const inner = [...within, imported];
  if (imported.hasMethodSync("toJSON")) return plain(imported.invokeSync("toJSON", []), inner);
  const names = imported.keysSync().filter((name) => !neverCrosses(name) && !imported.hasMethodSync(name));
  const entries = names.map((name) => [name, plain(imported.getSync(name), inner)] as const);
  const isList = names.every((name, index) => name === String(index)) && imported.getSync("length") === names.length;
  return isList ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

function plain(value: unknown, within: readonly ImportedObject[]): unknown {
  const imported = importOf(value);
  return imported === undefined ? value : plainOf(imported, within);
}
