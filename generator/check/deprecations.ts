import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { type Named, siblingsOf, type What, whatIs } from "./walk.ts";

/** What replaces a deprecated thing stands beside it. */
export function deprecations(model: Model, diagnostics: Diagnostics): void {
  for (const { source, declarations } of model.modules) {
    // What could not be read is not in the model, and might be what is meant.
    if (diagnostics.hasErrorWithin({ source, start: 0, end: source.text.length })) continue;
    for (const declaration of declarations) checkUse(declaration, whatIs(declaration), declarations, diagnostics);
  }
  for (const { what, members, parent } of siblingsOf(model)) {
    if (parent !== undefined && diagnostics.hasErrorWithin(parent.span)) continue;
    for (const member of members) checkUse(member, what, members, diagnostics);
  }
}

function checkUse(thing: Named, what: What, siblings: readonly Named[], diagnostics: Diagnostics): void {
  const use = thing.deprecated?.use;
  if (use === undefined || siblings.some(({ name }) => name === use && name !== thing.name)) return;
  const span = thing.attributes.find(({ name }) => name === "deprecated")?.span ?? thing.nameSpan;
  const suggestion = `Name another ${what} that stands beside \`${thing.name}\`.`;
  diagnostics.report("deprecated-use-unknown", span, { name: thing.name, use, what, suggestion });
}
