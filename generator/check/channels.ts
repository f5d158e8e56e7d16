import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { declarationsOf } from "./walk.ts";

/** A channel has two ends, and each has a name. */
export function channels(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) {
    if (declaration.kind !== "channel" || declaration.roles.length === 2) continue;
    const { length } = declaration.roles;
    const count = length === 1 ? "one end" : `${length === 0 ? "no" : length} ends`;
    diagnostics.report("channel-roles", declaration.nameSpan, { name: declaration.name, count });
  }
}
