import type { Diagnostics } from "../diagnostics.ts";
import type { Channel, Model } from "../model/model.ts";
import { declarationsOf } from "./walk.ts";

/** A channel has two ends, and each has a name. */
export function channels(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) {
    if (declaration.kind !== "channel" || declaration.roles.length === 2 || lacksFaulty(declaration, diagnostics))
      continue;
    const { length } = declaration.roles;
    const count = length === 1 ? "one end" : `${length === 0 ? "no" : length} ends`;
    diagnostics.report("channel-roles", declaration.nameSpan, { name: declaration.name, count });
  }
}

/** Tells whether an end was faulty and is not in the model: an error stands between those that are. */
function lacksFaulty({ span, roles }: Channel, diagnostics: Diagnostics): boolean {
  const starts = [span.start, ...roles.map((role) => role.span.end)];
  const ends = [...roles.map((role) => role.span.start), span.end];
  return starts.some((start, index) => diagnostics.hasErrorWithin({ ...span, start, end: ends[index]! }));
}
