/**
 * The names that stand in pieces of text that could not be read. What they name may be declared there, so that where
 * one of them is unknown nobody can say that it should not be.
 */

import type { Source, Span } from "../source.ts";
import type { Document } from "../syntax/ast.ts";

/** The unread pieces of the files of one run, searched for names when one is first asked for. */
export class Unread {
  readonly #documents = new Map<Source, Document>();
  /** The offsets at which each name stands. */
  readonly #names = new Map<Source, ReadonlyMap<string, readonly number[]>>();

  constructor(documents: Iterable<Document>) {
    for (const document of documents) this.#documents.set(document.source, document);
  }

  /** Tells whether a name stands in a piece of a span that could not be read. */
  mentions(name: string, { source, start, end }: Span): boolean {
    let names = this.#names.get(source);
    if (names === undefined) {
      names = namesIn(this.#documents.get(source));
      this.#names.set(source, names);
    }
    return names.get(name)?.some((offset) => offset >= start && offset < end) ?? false;
  }
}

function namesIn(document: Document | undefined): ReadonlyMap<string, readonly number[]> {
  const names = new Map<string, number[]>();
  for (const { start, end } of document?.unread ?? []) {
    for (const { index, 0: name } of document!.source.text.slice(start, end).matchAll(/[A-Za-z_]\w*/g)) {
      const offsets = names.get(name);
      if (offsets === undefined) names.set(name, [start + index]);
      else offsets.push(start + index);
    }
  }
  return names;
}
