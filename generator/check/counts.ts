import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { capital, siblingsOf, type What } from "./walk.ts";

const plurals: Partial<Record<What, string>> = {
  method: "methods",
  parameter: "parameters",
  member: "members",
  field: "fields",
  arm: "arms",
  offer: "offers",
};

/** What is generated for each stays in a size that engines and people can handle. */
const limits: Partial<Record<What, number>> = {
  method: 1_024,
  parameter: 64,
  member: 4_096,
  field: 1_024,
  arm: 1_024,
  offer: 256,
};

/** Nothing has more members than generated code, and its reader, can bear. */
export function counts(model: Model, diagnostics: Diagnostics): void {
  for (const { what, members, parent } of siblingsOf(model)) {
    const limit = limits[what];
    if (parent === undefined || limit === undefined || members.length <= limit) continue;
    const kind = "kind" in parent && typeof parent.kind === "string" ? parent.kind : "method";
    const values = { what: capital(`the ${kind}`), name: parent.name, count: String(members.length) };
    diagnostics.report("too-many", parent.nameSpan, {
      ...values,
      members: plurals[what] ?? what,
      limit: String(limit),
    });
  }
}
