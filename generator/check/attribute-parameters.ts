import type { Diagnostics } from "../diagnostics.ts";
import { type Model, type Type, underlying } from "../model/model.ts";
import { declarationsOf } from "./walk.ts";

/** The parameters of an attribute are given as constants, so they are of types that constants have. */
export function attributeParameters(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) {
    if (declaration.kind !== "attribute") continue;
    for (const { name, type, typeSpan } of declaration.parameters)
      if (!hasConstants(type)) diagnostics.report("attribute-parameter", typeSpan, { name });
  }
}

function hasConstants(type: Type): boolean {
  const seen = underlying(type);
  switch (seen.kind) {
    case "integer":
    case "float":
    case "bool":
    case "string":
      return true;
    case "optional":
      return hasConstants(seen.inner);
    case "named":
      return seen.declaration.kind === "enum" || seen.declaration.kind === "flags";
    default:
      return false;
  }
}
