import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { declarationsOf, type Named, siblingsOf } from "./walk.ts";

const unfit = /\b(?:TODO|FIXME|XXX|HACK)\b|\bcopyright\b|\bSPDX-License-Identifier\b|\blicen[sc]ed under\b/i;

/** Documentation speaks to users: notes to ourselves and licences stay in `//` comments. */
export function documentation(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) checkDoc(declaration, diagnostics);
  for (const { members } of siblingsOf(model)) {
    for (const member of members) checkDoc(member, diagnostics);
  }
}

function checkDoc({ doc, name, nameSpan }: Named, diagnostics: Diagnostics): void {
  const word = doc === undefined ? undefined : unfit.exec(doc)?.[0];
  if (word !== undefined) diagnostics.report("doc-unfit", nameSpan, { name, word });
}
