/**
 * The names that a file knows: what it declares and what it imports. Types, constants, errors, interfaces and
 * attributes share one space of names, so that a name means one thing wherever it stands.
 */

import type { Diagnostics } from "../diagnostics.ts";
import type { Span } from "../source.ts";
import type { ImportDeclaration, ImportedName } from "../syntax/ast.ts";
import type { Binding, Faulty } from "./binding.ts";
import type { Building } from "./building.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { Trail } from "./lazy.ts";
import type { Declaration, Module } from "./model.ts";
import type { Unread } from "./unread.ts";

interface Entry {
  readonly binding: Binding | Faulty;
  /** For an import: where it stands. */
  readonly imported: Span | undefined;
  used: boolean;
}

/** The most names that suggestions are looked for among. */
const mostCandidates = 2_000;

/** The most suggestions of one file: whoever needs more did not mistype. */
const mostSuggestions = 100;

/** The names of one file. */
export class Scope {
  readonly module: Building<Module>;
  readonly diagnostics: Diagnostics;
  readonly trail: Trail;
  readonly #entries = new Map<string, Entry>();
  readonly #unread: Unread;
  readonly #whole: Span;
  #suggested = 0;

  constructor(module: Building<Module>, trail: Trail, unread: Unread) {
    this.module = module;
    this.diagnostics = trail.diagnostics;
    this.trail = trail;
    this.#unread = unread;
    this.#whole = { source: module.source, start: 0, end: module.source.text.length };
  }

  /** Adds a declaration; of two with one name the first is meant, and a check reports the second. */
  declare(binding: Binding): void {
    const name = binding.syntax.name.text;
    if (!this.#entries.has(name)) this.#entries.set(name, { binding, imported: undefined, used: true });
  }

  /** Adds a name of an import; returns false, having reported it, when the file has that name already. */
  import(name: ImportedName, binding: Binding | Faulty): boolean {
    const local = name.alias ?? name.name;
    const earlier = this.#entries.get(local.text);
    if (earlier === undefined) {
      this.#entries.set(local.text, { binding, imported: local.span, used: false });
      return true;
    }
    const first = earlier.imported ?? (earlier.binding === "faulty" ? undefined : earlier.binding.syntax.name.span);
    const notes = first === undefined ? [] : [{ span: first, message: "It is introduced here." }];
    this.diagnostics.report("import-clash", local.span, { name: local.text }, notes);
    return false;
  }

  /** What a name means here; nothing when the file does not know it. */
  find(name: string): Binding | Faulty | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return this.mayHave(name) ? "faulty" : undefined;
    entry.used = true;
    return entry.binding;
  }

  /** What the file itself declares under a name; what it only imports is not passed on. */
  findOwn(name: string): Binding | Faulty | undefined {
    const entry = this.#entries.get(name);
    if (entry?.imported !== undefined) return undefined;
    return entry?.binding ?? (this.mayHave(name) ? "faulty" : undefined);
  }

  /** Tells whether a name may be declared in what could not be read: of this file, or of one declaration of any. */
  mayHave(name: string, within: Span = this.#whole): boolean {
    return this.#unread.mentions(name, within);
  }

  /**
   * The names whose declarations are of a wanted kind, for suggestions. In a file with very many names, or very many
   * unknown ones, there are none: comparing them all would take longer than the rest of the compiler.
   */
  names(wanted: (declaration: Building<Declaration>) => boolean): readonly string[] {
    if (this.#entries.size > mostCandidates || this.#suggested++ >= mostSuggestions) return [];
    return [...this.#entries]
      .filter(([, { binding }]) => binding !== "faulty" && wanted(binding.declaration))
      .map(([name]) => name);
  }

  /** Warns of imports that nothing in the file has asked for; of none when a faulty part could have. */
  reportUnused(): void {
    if (this.diagnostics.hasErrorWithin(this.#whole)) return;
    for (const [name, { imported, used }] of this.#entries) {
      if (imported !== undefined && !used) this.diagnostics.report("import-unused", imported, { name });
    }
  }
}

/** Binds what a file imports from another; names that the other does not declare are reported. */
export function importNames(
  declaration: ImportDeclaration,
  from: Scope,
  into: Scope,
): readonly [ImportedName, Binding][] {
  const bound: [ImportedName, Binding][] = [];
  for (const imported of declaration.names) {
    const binding = from.findOwn(imported.name.text);
    if (binding === undefined) reportMissing(imported, declaration, from, into.diagnostics);
    if (into.import(imported, binding ?? "faulty") && binding !== undefined && binding !== "faulty") {
      bound.push([imported, binding]);
    }
  }
  return bound;
}

function reportMissing(
  imported: ImportedName,
  { path }: ImportDeclaration,
  from: Scope,
  diagnostics: Diagnostics,
): void {
  const name = imported.name.text;
  const otherwise = `Declare \`${name}\` there, or import the file that declares it.`;
  const suggestion = didYouMean(
    name,
    from.names(() => true),
    otherwise,
  );
  diagnostics.report("import-name-missing", imported.name.span, { path: path.value, name, suggestion });
}
