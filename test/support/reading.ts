/** Reading a piece of IDL in a test. */

import { type Diagnostic, Diagnostics } from "../../generator/diagnostics.ts";
import { position } from "../../generator/source.ts";
import type { Document } from "../../generator/syntax/ast.ts";
import { parse } from "../../generator/syntax/parse.ts";

/** What came of reading a text. */
export interface Reading {
  readonly document: Document;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a text as a file of that name. */
export function read(text: string, path = "test.idl"): Reading {
  const diagnostics = new Diagnostics();
  const document = parse({ path, text }, diagnostics);
  return { document, diagnostics: diagnostics.all };
}

/** Writes diagnostics as `line:column code`, which is all that most tests look at. */
export function places(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ span, code }) => {
    const { line, column } = position(span.source, span.start);
    return `${line}:${column} ${code}`;
  });
}
