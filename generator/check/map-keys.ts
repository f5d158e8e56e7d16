import type { Diagnostics } from "../diagnostics.ts";
import { type Model, type Type, underlying } from "../model/model.ts";
import { partsOf, typesOf } from "./walk.ts";

/** The key of a map is an integer, an enum or a string with a limit: what can be compared, and is small. */
export function mapKeys(model: Model, diagnostics: Diagnostics): void {
  for (const { type, span } of typesOf(model)) {
    for (const part of partsOf(type)) {
      if (part.kind !== "map" || isKey(part.key)) continue;
      diagnostics.report("map-key", span, { type: inWords(part.key) });
    }
  }
}

function isKey(type: Type): boolean {
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

function inWords(type: Type): string {
  if (type.kind === "named") return type.declaration.name;
  if (type.kind === "string") return "A string without a limit";
  return `The type ${type.kind === "float" ? type.name : type.kind}`;
}
