import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { capital, declarationsOf, whatIs } from "./walk.ts";

/** An enum, flags, error or union has a member, for without one there is no value of it. */
export function empties(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) {
    const { kind, name, nameSpan, span } = declaration;
    if (kind !== "enum" && kind !== "flags" && kind !== "error" && kind !== "union") continue;
    // Members that are faulty have been reported and are not in the model.
    if (declaration.members.length > 0 || diagnostics.hasErrorWithin(span)) continue;
    diagnostics.report("empty", nameSpan, { what: capital(`the ${whatIs(declaration)}`), name });
  }
}
