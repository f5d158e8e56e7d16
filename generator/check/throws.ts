import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { callablesOf } from "./walk.ts";

/** A method names each error that it throws once. */
export function throwsOnce(model: Model, diagnostics: Diagnostics): void {
  for (const { name, nameSpan, throws } of callablesOf(model)) {
    const repeated = throws.filter((error, index) => throws.indexOf(error) < index);
    for (const error of repeated) diagnostics.report("throws-repeated", nameSpan, { name, error: error.name });
  }
}
