import type { Diagnostics } from "../diagnostics.ts";
import { type Model, type Parameter, underlying } from "../model/model.ts";
import { callablesOf } from "./walk.ts";

/**
 * Parameters with a default follow those that must be given, or no caller can leave them out. An optional one may
 * stand anywhere: its absence is a value like any other.
 */
export function defaultsLast(model: Model, diagnostics: Diagnostics): void {
  for (const { parameters } of callablesOf(model)) {
    const last = parameters.findLastIndex(mustBeGiven);
    for (const parameter of parameters.slice(0, Math.max(last, 0))) {
      if (parameter.default === undefined) continue;
      const values = { name: parameter.name, required: parameters[last]!.name };
      diagnostics.report("default-before-required", parameter.nameSpan, values);
    }
  }
}

function mustBeGiven({ type, default: value }: Parameter): boolean {
  return value === undefined && underlying(type).kind !== "optional";
}
