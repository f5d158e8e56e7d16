/** The room's door: text in, tree and diagnostics out. It never throws, whatever the text. */

import type { Diagnostics } from "../diagnostics.ts";
import type { Source } from "../source.ts";
import type { Document } from "./ast.ts";
import { buildDocument } from "./build-ast.ts";
import { Docs } from "./docs.ts";
import { reportFault } from "./faults.ts";
import { lex } from "./lexer.ts";
import { limits } from "./limits.ts";
import { Parser } from "./parser.ts";

export { greatestVersionPart, readVersion } from "./literals.ts";

let parser: Parser | undefined;

/**
 * Reads a file. Everything wrong with it is reported, and what could be read is in the document: a faulty member is
 * left out of its declaration, a declaration with a faulty head is left out of the file.
 */
export function parse(source: Source, diagnostics: Diagnostics): Document {
  const found = source.text.length;
  if (found > limits.fileCharacters) {
    const values = { found: String(found), limit: String(limits.fileCharacters) };
    diagnostics.report("file-too-large", { source, start: 0, end: 0 }, values);
    return { source, package: undefined, imports: [], declarations: [], unread: [{ start: 0, end: found }] };
  }
  const lexed = lex(source, diagnostics);
  parser ??= new Parser({ skipValidations: true });
  const tree = parser.parse(source.text, lexed.tokens);
  for (const fault of parser.faults) reportFault(source, fault, lexed.explained, diagnostics);
  if (parser.faults.length >= limits.faults) {
    const end = source.text.length;
    diagnostics.report("too-many-faults", { source, start: end, end }, { limit: String(limits.faults) });
  }
  const docs = new Docs(source, lexed);
  const unread = [...lexed.unread, ...parser.skipped];
  const document = buildDocument({ source, docs, diagnostics, unread }, tree);
  docs.reportStray(unread, diagnostics);
  return document;
}
