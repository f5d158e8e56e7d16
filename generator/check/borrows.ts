import type { Diagnostics } from "../diagnostics.ts";
import { type Model, underlying } from "../model/model.ts";
import { deepPartsOf, typesOf } from "./walk.ts";

/** What is borrowed goes back when the call ends, so only parameters borrow, and not the items of a stream. */
export function borrows(model: Model, diagnostics: Diagnostics): void {
  for (const { type, span, place, of } of typesOf(model)) {
    if (place !== "result" && place !== "field" && underlying(type).kind !== "stream") continue;
    const borrowed = deepPartsOf(type).some((part) => "ownership" in part && part.ownership === "borrow");
    if (borrowed) diagnostics.report("borrow-outlives-call", span, { name: of.name });
  }
}
