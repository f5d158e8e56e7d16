import type { Diagnostics } from "../diagnostics.ts";
import type { Declaration, Model } from "../model/model.ts";
import { declarationsOf, type Named, siblingsOf, whatIs } from "./walk.ts";

/** No two things beside each other have one name; and a name is more than another one with other capitals. */
export function duplicateNames(model: Model, diagnostics: Diagnostics): void {
  const declarations = declarationsOf(model);
  const isNew = new Names(diagnostics);
  for (const declaration of declarations) isNew.check(whatIs(declaration), declaration, uniqueName(declaration));
  for (const { what, members } of siblingsOf(model)) {
    if (members.length < 2) continue;
    const names = new Names(diagnostics);
    for (const member of members) names.check(what, member, member.name);
  }
}

/** Files without a package line, which is an error, share no package. */
function uniqueName({ module, qualifiedName }: Declaration): string {
  return module.package.name === "" ? `${module.source.path} ${qualifiedName}` : qualifiedName;
}

/** The names met so far among things that stand beside each other. */
class Names {
  readonly #diagnostics: Diagnostics;
  readonly #exact = new Map<string, Named>();
  readonly #folded = new Map<string, Named>();

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  check(what: string, thing: Named, name: string): void {
    const same = this.#exact.get(name);
    const folded = name.toLowerCase();
    const similar = this.#folded.get(folded);
    if (same !== undefined) {
      const notes = [{ span: same.nameSpan, message: `\`${same.name}\` is declared here first.` }];
      this.#diagnostics.report("name-repeated", thing.nameSpan, { what: `The ${what}`, name: thing.name }, notes);
      return;
    }
    this.#exact.set(name, thing);
    if (similar === undefined) {
      this.#folded.set(folded, thing);
      return;
    }
    const values = { what: `The ${what}`, name: thing.name, other: similar.name };
    const notes = [{ span: similar.nameSpan, message: `\`${similar.name}\` is declared here.` }];
    this.#diagnostics.report("name-differs-by-case", thing.nameSpan, values, notes);
  }
}
