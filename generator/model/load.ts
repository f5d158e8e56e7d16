/**
 * Reads the files that were asked for and, by way of their imports, all that they need. Files are found through the
 * reader that is passed in; paths are joined as POSIX joins them, so the same run finds the same files everywhere.
 */

import { posix } from "node:path";
import type { Diagnostics, Note } from "../diagnostics.ts";
import type { Source, Span } from "../source.ts";
import type { Document, ImportDeclaration } from "../syntax/ast.ts";
import { parse } from "../syntax/parse.ts";
import { didYouMean } from "./did-you-mean.ts";

/** Reads a file whole; returns nothing when there is none, or when it cannot be read. */
export type ReadFile = (path: string) => string | undefined;

/** One file with the files that its imports lead to. */
export interface LoadedFile {
  readonly document: Document;
  /** Whether it was asked for, rather than only imported. */
  readonly requested: boolean;
  /** An import that leads nowhere is not in it; that has been reported. */
  readonly imports: ReadonlyMap<ImportDeclaration, LoadedFile>;
}

/** The most files of one run; far above any real project, far below what a machine cannot hold. */
export const maxFiles = 1_000;

/** Loads files and what they import, each once, and returns every file after the files it imports. */
export function load(entries: readonly string[], readFile: ReadFile, diagnostics: Diagnostics): readonly LoadedFile[] {
  return new Loader(entries, readFile, diagnostics).load();
}

/** A file on the way to being loaded: `next` is the index of the import to follow when it is its turn again. */
interface Visit {
  readonly path: string;
  readonly file: LoadedFile & { readonly imports: Map<ImportDeclaration, LoadedFile> };
  next: number;
}

class Loader {
  readonly #entries: ReadonlySet<string>;
  readonly #readFile: ReadFile;
  readonly #diagnostics: Diagnostics;
  readonly #loaded = new Map<string, LoadedFile | undefined>();
  /** The file being loaded, last, and the files whose imports led to it; a stack, since imports may be deep. */
  readonly #path: Visit[] = [];
  readonly #finished: LoadedFile[] = [];
  #full = false;

  constructor(entries: readonly string[], readFile: ReadFile, diagnostics: Diagnostics) {
    this.#entries = new Set(entries.map((entry) => posix.normalize(entry)));
    this.#readFile = readFile;
    this.#diagnostics = diagnostics;
  }

  load(): readonly LoadedFile[] {
    for (const entry of this.#entries) {
      if (!this.#loaded.has(entry)) this.#loadEntry(entry);
    }
    return this.#finished;
  }

  #loadEntry(path: string): void {
    const source: Source = { path, text: "" };
    const nowhere: Span = { source, start: 0, end: 0 };
    if (this.#enter(path, nowhere) === undefined && !this.#full) {
      this.#diagnostics.report("file-unreadable", nowhere, { path });
    }
    while (this.#path.length > 0) this.#step(this.#path.at(-1)!);
  }

  /** Follows one import of a file, or finishes the file when it has no more. */
  #step(visit: Visit): void {
    const declaration = visit.file.document.imports[visit.next++];
    if (declaration !== undefined) {
      this.#follow(declaration, visit);
    } else {
      this.#path.pop();
      this.#finished.push(visit.file);
    }
  }

  #follow(declaration: ImportDeclaration, from: Visit): void {
    const written = declaration.path.value;
    const span = declaration.path.span;
    if (!/^\.\.?\//.test(written)) this.#diagnostics.report("import-not-relative", span, { path: written });
    const path = posix.join(posix.dirname(from.path), written);
    const start = this.#path.findIndex((visit) => visit.path === path);
    if (start >= 0) {
      this.#reportCycle(start, span);
      return;
    }
    const file = this.#loaded.has(path) ? this.#loaded.get(path) : this.#enter(path, span);
    if (file !== undefined) from.file.imports.set(declaration, file);
    else if (!this.#full) this.#reportMissing(path, written, from.path, span);
  }

  /** Reads and parses a file and puts it on the stack, so that its own imports come next. */
  #enter(path: string, span: Span): LoadedFile | undefined {
    if (this.#full) return undefined;
    if (this.#loaded.size >= maxFiles) {
      this.#full = true;
      this.#diagnostics.report("too-many-files", span, { limit: String(maxFiles) });
      return undefined;
    }
    const text = this.#readFile(path);
    const document = text === undefined ? undefined : parse({ path, text }, this.#diagnostics);
    if (document === undefined) {
      this.#loaded.set(path, undefined);
      return undefined;
    }
    const file = { document, requested: this.#entries.has(path), imports: new Map<ImportDeclaration, LoadedFile>() };
    this.#loaded.set(path, file);
    this.#path.push({ path, file, next: 0 });
    return file;
  }

  #reportCycle(start: number, span: Span): void {
    const chain = this.#path.slice(start);
    const notes = chain.slice(0, -1).map(({ path, file, next }, index): Note => {
      const declaration = file.document.imports[next - 1]!;
      return { span: declaration.path.span, message: `\`${path}\` imports \`${chain[index + 1]!.path}\` here.` };
    });
    const by =
      chain.length > 1
        ? ` by way of ${chain
            .slice(1)
            .map((visit) => `\`${visit.path}\``)
            .join(", ")}`
        : "";
    this.#diagnostics.report("import-cycle", span, { path: chain[0]!.path, by }, notes);
  }

  #reportMissing(path: string, written: string, importer: string, span: Span): void {
    const here = posix.dirname(importer);
    const asImport = (known: string) => `./${posix.relative(here, known)}`.replace(/^\.\/\.\.\//, "../");
    const candidates = [...this.#loaded].filter(([, file]) => file !== undefined).map(([known]) => asImport(known));
    const suggestion =
      !written.endsWith(".idl") && this.#readFile(`${path}.idl`) !== undefined
        ? `Did you mean \`"${written}.idl"\`?`
        : didYouMean(written, candidates, `The import leads to \`${path}\`; check the path.`);
    this.#diagnostics.report("import-missing", span, { path: written, suggestion });
  }
}
