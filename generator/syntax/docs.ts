/** Gives each `///` comment to what stands below it, and reports those that have nothing below them. */

import type { IToken } from "chevrotain";
import type { Diagnostics } from "../diagnostics.ts";
import type { Source } from "../source.ts";
import type { Doc, Piece } from "./ast.ts";
import { type Lexed, spanOf } from "./lexer.ts";

/** The doc comments of a file, by the offset of the token below them, until something claims them. */
export class Docs {
  readonly #source: Source;
  readonly #waiting = new Map<number, IToken[]>();

  constructor(source: Source, { tokens, docs }: Lexed) {
    this.#source = source;
    let next = 0;
    for (const line of docs) {
      while (next < tokens.length && tokens[next]!.startOffset < line.startOffset) next++;
      // Behind code on its line, a comment means what it follows; nothing in the language is documented that way.
      const below = this.#opensLine(line) ? (tokens[next]?.startOffset ?? source.text.length) : line.startOffset;
      const lines = this.#waiting.get(below);
      if (lines === undefined) this.#waiting.set(below, [line]);
      else lines.push(line);
    }
  }

  /** Takes the comment above the thing that begins at an offset. */
  claim(offset: number): Doc | undefined {
    const lines = this.#waiting.get(offset);
    if (lines === undefined) return undefined;
    this.#waiting.delete(offset);
    const first = spanOf(this.#source, lines[0]!);
    const last = spanOf(this.#source, lines.at(-1)!);
    return { text: lines.map(textOf).join("\n"), span: { ...first, end: last.end } };
  }

  /** Reports what was not claimed, except in the pieces that were not read. */
  reportStray(unread: readonly Piece[], diagnostics: Diagnostics): void {
    const pieces = [...unread].sort((a, b) => a.start - b.start);
    let next = 0;
    let readFrom = 0;
    for (const [below, lines] of [...this.#waiting].sort(([a], [b]) => a - b)) {
      for (; next < pieces.length && pieces[next]!.start <= below; next++) {
        readFrom = Math.max(readFrom, pieces[next]!.end);
      }
      if (below >= readFrom) diagnostics.report("doc-stray", spanOf(this.#source, lines[0]!), {});
    }
  }

  #opensLine(line: IToken): boolean {
    const { text } = this.#source;
    let before = line.startOffset - 1;
    while (text[before] === " " || text[before] === "\t" || text[before] === "\ufeff") before--;
    return before < 0 || text[before] === "\n" || text[before] === "\r";
  }
}

function textOf(line: IToken): string {
  return line.image.slice(3).replace(/^ /, "").trimEnd();
}
