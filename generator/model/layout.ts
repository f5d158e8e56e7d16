/**
 * How values lie in a message: packed, little-endian. A bool is a byte; strings, bytes, lists and maps begin with a
 * count in 32 bits; an optional begins with a byte that says whether the value follows; descriptors and references are
 * 32-bit indexes; a struct is its fields one after the other; a table begins with a count, a union with an envelope.
 */

import { widthOf } from "./integers.ts";
import { type Struct, type Type, underlying } from "./model.ts";

const word = 4;
const envelope = 8;

/**
 * Counts the bytes of the smallest value of a type, so that a decoder can hold a count against what is left of the
 * message. The type is one that the checks have passed: structs do not contain themselves.
 */
export function minimumBytes(type: Type): number {
  const seen = underlying(type);
  switch (seen.kind) {
    case "integer":
    case "float":
      return Number(seen.name.slice(1)) / 8;
    case "bool":
    case "optional":
      return 1;
    case "string":
    case "bytes":
    case "list":
    case "map":
    case "stream":
    case "fd":
    case "reference":
      return word;
    case "named": {
      const { declaration } = seen;
      if (declaration.kind === "struct") return minimumOfStruct(declaration);
      if (declaration.kind === "union") return envelope;
      return declaration.kind === "table" ? word : widthOf(declaration.base.name) / 8;
    }
  }
}

/** Remembered, because structs that hold two of another each would otherwise be counted twice as often at each level. */
const minimumOf = new WeakMap<Struct, number>();

function minimumOfStruct(struct: Struct): number {
  const known = minimumOf.get(struct);
  if (known !== undefined) return known;
  const bytes = struct.members.reduce((sum, { type }) => sum + minimumBytes(type), 0);
  minimumOf.set(struct, bytes);
  return bytes;
}
