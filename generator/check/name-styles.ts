import type { Diagnostics } from "../diagnostics.ts";
import type { Declaration, Model } from "../model/model.ts";
import { declarationsOf, type Named, type Siblings, siblingsOf } from "./walk.ts";

interface Style {
  readonly name: string;
  readonly pattern: RegExp;
  readonly rewrite: (words: readonly string[]) => string;
}

const upperCamel: Style = {
  name: "UpperCamelCase",
  pattern: /^[A-Z][A-Za-z0-9]*$/,
  rewrite: (words) => words.map(capitalised).join(""),
};
const lowerCamel: Style = {
  name: "lowerCamelCase",
  pattern: /^[a-z][A-Za-z0-9]*$/,
  rewrite: ([first, ...rest]) => first!.toLowerCase() + rest.map(capitalised).join(""),
};
const upperSnake: Style = {
  name: "UPPER_SNAKE_CASE",
  pattern: /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/,
  rewrite: (words) => words.join("_").toUpperCase(),
};

/** Names look alike everywhere: TypesLikeThis, membersLikeThis, CONSTANTS_LIKE_THIS, packages.like.this. */
export function nameStyles(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) checkName(declaration, styleOf(declaration), diagnostics);
  for (const siblings of siblingsOf(model)) {
    if (isErrorNumbers(siblings)) continue;
    for (const member of siblings.members) checkName(member, lowerCamel, diagnostics);
  }
  for (const {
    package: { name, span },
  } of model.modules) {
    const suggestion = name.toLowerCase();
    if (name !== suggestion) diagnostics.report("package-style", span, { name, suggestion });
  }
}

function styleOf({ kind }: Declaration): Style {
  if (kind === "const") return upperSnake;
  return kind === "attribute" ? lowerCamel : upperCamel;
}

/** The members of an error are called what errno.h calls them, or what the author likes. */
function isErrorNumbers({ what, parent }: Siblings): boolean {
  return what === "member" && parent !== undefined && "errno" in parent;
}

function checkName(
  { name, nameSpan }: Named,
  { name: style, pattern, rewrite }: Style,
  diagnostics: Diagnostics,
): void {
  if (pattern.test(name)) return;
  const words = name
    .split("_")
    .flatMap(splitCamel)
    .filter((word) => word !== "");
  if (words.length === 0) return;
  diagnostics.report("name-style", nameSpan, { name, style, suggestion: rewrite(words) });
}

/** `readLink` is two words, `HTTPServer` as well; a name in capitals is one. */
function splitCamel(word: string): readonly string[] {
  return word.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/);
}

function capitalised(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1).toLowerCase();
}
