import type { Diagnostics } from "../diagnostics.ts";
import { type Model, underlying } from "../model/model.ts";
import { declarationsOf } from "./walk.ts";

/** Any field of a table may be absent, so none is optional besides. */
export function tableFields(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) {
    if (declaration.kind !== "table") continue;
    for (const { name, type, typeSpan } of declaration.members) {
      if (underlying(type).kind === "optional") diagnostics.report("optional-in-table", typeSpan, { name });
    }
  }
}
