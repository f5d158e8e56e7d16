/**
 * Turns trees into the model: names into the declarations they mean, expressions into values, types into what is
 * carried. What cannot be resolved is reported and left out; the rest of the model is whole, so that the checks can
 * look at it and every fault of a file is found in one run.
 */

import type { Diagnostics } from "../diagnostics.ts";
import type { Document, ImportDeclaration } from "../syntax/ast.ts";
import type { Building } from "./building.ts";
import { declare } from "./declare.ts";
import { describe, wordArgument } from "./describe.ts";
import { fingerprintInterfaces } from "./fingerprint.ts";
import { Trail } from "./lazy.ts";
import type { LoadedFile } from "./load.ts";
import type { Import, Model, Module, Package } from "./model.ts";
import { importNames, Scope } from "./scope.ts";
import { Unread } from "./unread.ts";

/** Resolves files that stand in order, each after those it imports. */
export function resolve(files: readonly LoadedFile[], diagnostics: Diagnostics): Model {
  const trail = new Trail(diagnostics);
  const unread = new Unread(files.map(({ document }) => document));
  const scopes = new Map<LoadedFile, Scope>();
  for (const file of files) {
    const scope = new Scope(beginModule(file), trail, unread);
    scopes.set(file, scope);
    resolveModule(file, scope, scopes);
  }
  const model = { modules: [...scopes.values()].map(({ module }) => module) };
  fingerprintInterfaces(model);
  return model;
}

/** Imports lead to files that are complete already, so a file needs no more than one pass after its names. */
function resolveModule(file: LoadedFile, scope: Scope, scopes: ReadonlyMap<LoadedFile, Scope>): void {
  const { module } = scope;
  module.package = resolvePackage(file.document, scope);
  const bindings = file.document.declarations.map((declaration) => declare(declaration, scope));
  for (const binding of bindings) scope.declare(binding);
  module.declarations = bindings.map(({ declaration }) => declaration);
  module.imports = file.document.imports.flatMap(
    (declaration) => resolveImport(declaration, file, scope, scopes) ?? [],
  );
  for (const binding of bindings) binding.complete();
  scope.reportUnused();
}

function beginModule({ document: { source }, requested }: LoadedFile): Building<Module> {
  const nowhere = { source, start: 0, end: 0 };
  return { source, requested, package: unnamed(nowhere), imports: [], declarations: [] };
}

/** The package of a file that does not say: it is never emitted, and no version in it is newer than the package. */
function unnamed(span: Package["span"]): Package {
  return { name: "", major: Number.MAX_SAFE_INTEGER, minor: 0, wire: "postern", doc: undefined, span };
}

function resolvePackage({ source, package: declaration }: Document, scope: Scope): Package {
  if (declaration === undefined) {
    const start = { source, start: 0, end: 0 };
    // A package line that could not be read has been reported.
    if (!scope.mayHave("package")) scope.diagnostics.report("package-missing", start, {});
    return unnamed(start);
  }
  const { name, version } = declaration;
  if (version === undefined) scope.diagnostics.report("package-version-missing", name.span, { name: name.text });
  const { doc, attributes } = describe(declaration, "package", scope);
  const wire = attributes.find((attribute) => attribute.name === "wire");
  const { major, minor } = version ?? unnamed(name.span);
  return { name: name.text, major, minor, wire: wordArgument(wire, "name") ?? "postern", doc, span: name.span };
}

function resolveImport(
  declaration: ImportDeclaration,
  file: LoadedFile,
  scope: Scope,
  scopes: ReadonlyMap<LoadedFile, Scope>,
): Import | undefined {
  const imported = file.imports.get(declaration);
  const from = imported && scopes.get(imported);
  if (from === undefined) {
    for (const name of declaration.names) scope.import(name, "faulty");
    return undefined;
  }
  const names = importNames(declaration, from, scope).map(([{ name, alias }, { declaration }]) => ({
    declaration,
    localName: (alias ?? name).text,
  }));
  return { module: from.module, names };
}
