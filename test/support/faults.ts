/**
 * Small IDL texts in which what should be complained about stands between `«` and `»`. A case fails when anything
 * marked is not reported, and also when anything else is.
 */

import * as assert from "uvu/assert";
import { type Checked, check } from "../../generator/compile.ts";
import type { Code, Diagnostic } from "../../generator/diagnostics.ts";

/** A sentence, the code that it is reported under, and the text: one file, or several by path, `main.idl` first. */
export type Case = readonly [sentence: string, code: Code, text: string | Readonly<Record<string, string>>];

/** Checks texts that are files by path; the first is the one asked for. */
export function checkTexts(files: Readonly<Record<string, string>>): Checked {
  return check([Object.keys(files)[0]!], { readFile: (path) => files[path] });
}

/** Checks one text, which begins with a package line unless it has one. */
export function checkText(text: string): Checked {
  return checkTexts({ "main.idl": withPackage(text) });
}

/** Fails unless a case is reported at its marks, under its code, and nowhere else. */
export function assertReported([, code, text]: Case): void {
  const files = typeof text === "string" ? { "main.idl": withPackage(text) } : text;
  const marked = Object.entries(files).map(([path, content]) => [path, unmark(content)] as const);
  const { diagnostics } = checkTexts(Object.fromEntries(marked.map(([path, { clean }]) => [path, clean])));
  const expected = marked.flatMap(([path, { marks }]) => marks.map((mark) => `${code} at ${path}:${mark}`));
  assert.equal(diagnostics.map(inWords).sort(), expected.sort());
  for (const { message, hint } of diagnostics) {
    assert.not.match(`${message} ${hint}`, /undefined|\[object/);
    assert.match(message, /[.?]$/);
    for (const name of namesIn(Object.values(files).join("\n"))) {
      assert.not.match(`${message} ${hint}`.replace(/`[^`]*`/g, ""), new RegExp(`\\b${name}\\b`), "a bare name");
    }
  }
}

function inWords({ code, span: { source, start, end } }: Diagnostic): string {
  return `${code} at ${source.path}:${start}-${end} ${source.text.slice(start, end)}`;
}

/** The names of a text that are no English words, for their capitals, digits or underscores. */
function namesIn(text: string): ReadonlySet<string> {
  return new Set(text.match(/\b[a-z]+[A-Z0-9_]\w*|\b[A-Z]+[0-9_]\w*/g));
}

function withPackage(text: string): string {
  return /^(?:@.*\n)?«?package\b/.test(text) ? text : `package t @ 1.2;\n${text}`;
}

function unmark(text: string): { readonly clean: string; readonly marks: readonly string[] } {
  const marks: string[] = [];
  let clean = "";
  let start = 0;
  for (const piece of text.split(/([«»])/)) {
    if (piece === "«") start = clean.length;
    else if (piece === "»") marks.push(`${start}-${clean.length} ${clean.slice(start)}`);
    else clean += piece;
  }
  return { clean, marks };
}
