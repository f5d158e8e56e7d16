import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { partsOf, typesOf } from "./walk.ts";

/** What is borrowed goes back when the call ends, so only parameters borrow. */
export function borrows(model: Model, diagnostics: Diagnostics): void {
  for (const { type, span, place, of } of typesOf(model)) {
    if (place !== "result" && place !== "field") continue;
    const borrowed = partsOf(type).some((part) => "ownership" in part && part.ownership === "borrow");
    if (borrowed) diagnostics.report("borrow-outlives-call", span, { name: of.name });
  }
}
