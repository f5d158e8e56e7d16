import type { Diagnostics } from "../diagnostics.ts";
import type { Declaration, Model, Module, Type, Version } from "../model/model.ts";
import { type Named, siblingsOf, type TypeUse, typesOf } from "./walk.ts";

/** Nothing is newer than its package, older than what it is part of, or made of what came later. */
export function versions(model: Model, diagnostics: Diagnostics): void {
  for (const module of model.modules) {
    for (const declaration of module.declarations) checkPackage(declaration, module, diagnostics);
  }
  for (const { members, parent, module } of siblingsOf(model)) {
    for (const member of members) {
      checkPackage(member, module, diagnostics);
      if (parent !== undefined) checkParent(member, parent, diagnostics);
    }
  }
  for (const use of typesOf(model)) checkUse(use, diagnostics);
}

function checkPackage(
  { name, nameSpan, since }: Named,
  { package: { major, minor } }: Module,
  diagnostics: Diagnostics,
): void {
  if (since === undefined || !isLater(since, { major, minor })) return;
  const values = { name, since: inText(since), version: inText({ major, minor }) };
  diagnostics.report("since-newer-than-package", nameSpan, values);
}

function checkParent({ name, nameSpan, since }: Named, parent: Named, diagnostics: Diagnostics): void {
  if (since === undefined || parent.since === undefined || !isLater(parent.since, since)) return;
  const values = { name, since: inText(since), parent: parent.name, later: inText(parent.since) };
  diagnostics.report("since-before-parent", nameSpan, values);
}

/** Versions of different packages cannot be compared. */
function checkUse({ parts, span, of, within }: TypeUse, diagnostics: Diagnostics): void {
  const since = within.reduce<Version>(
    (latest, { since }) => (since && isLater(since, latest) ? since : latest),
    origin,
  );
  const own = packageOf(within[0]!);
  for (const used of parts.flatMap((part) => usedBy(part) ?? [])) {
    if (used.since === undefined || used.module.package.name !== own || !isLater(used.since, since)) continue;
    const age = since === origin ? "there from the start" : `of version ${inText(since)}`;
    const values = { name: of.name, age, type: used.name, later: inText(used.since) };
    const notes = [{ span: used.nameSpan, message: `\`${used.name}\` is declared here.` }];
    diagnostics.report("since-not-contained", span, values, notes);
  }
}

/** What has no `@since` was there from the start. */
const origin: Version = { major: 0, minor: 0 };

function packageOf(declaration: Named): string | undefined {
  // The outermost thing around a type is a declaration, which knows its module.
  return (declaration as Declaration).module.package.name;
}

function usedBy(type: Type): Declaration | undefined {
  if (type.kind === "named") return type.declaration;
  return type.kind === "reference" ? type.target : undefined;
}

function isLater(version: Version, than: Version): boolean {
  return version.major > than.major || (version.major === than.major && version.minor > than.minor);
}

function inText({ major, minor }: Version): string {
  return `${major}.${minor}`;
}
