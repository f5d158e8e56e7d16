/**
 * What may be the key of a map. It is asked while types are resolved, not by a rule afterwards, so that no type
 * branches: what walks a type takes as many steps as the type has levels, even where aliases stand for other aliases.
 */

import { type Type, underlying } from "./model.ts";

/** Tells whether a type can be compared and is small: an integer, an enum or a string with a limit. */
export function isMapKey(type: Type): boolean {
  const seen = underlying(type);
  switch (seen.kind) {
    case "integer":
      return true;
    case "string":
      return seen.limit !== undefined;
    case "named":
      return seen.declaration.kind === "enum";
    default:
      return false;
  }
}
