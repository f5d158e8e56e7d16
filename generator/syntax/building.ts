/** What all builders of the abstract tree share: where they report to, and how they tell places and names. */

import type { CstNode, IToken } from "chevrotain";
import type { Diagnostics } from "../diagnostics.ts";
import type { Source, Span } from "../source.ts";
import type { Name, Piece } from "./ast.ts";
import type { Docs } from "./docs.ts";

/** What a tree is built from, beside the nodes. */
export interface Building {
  readonly source: Source;
  readonly docs: Docs;
  readonly diagnostics: Diagnostics;
  /** Pieces that were not read; a node that could not be read adds itself. */
  readonly unread: Piece[];
}

/** Builds a name; of a token that was invented, the empty one. */
export function buildName(b: Building, token: IToken): Name {
  return Number.isNaN(token.startOffset) ? nameless(b) : { text: token.image, span: tokenSpan(b, token) };
}

/** Returns the name of what could not be read. */
export function nameless({ source }: Building): Name {
  return { text: "", span: { source, start: 0, end: 0 } };
}

/** Returns the span of a node; a node that has no token is nowhere, at the start. */
export function span({ source }: Building, node: CstNode): Span {
  const { startOffset = 0, endOffset = -1 } = node.location ?? {};
  return Number.isNaN(startOffset) ? { source, start: 0, end: 0 } : { source, start: startOffset, end: endOffset + 1 };
}

/** Returns the span of a token; one that was invented is nowhere, at the start. */
export function tokenSpan({ source }: Building, token: IToken): Span {
  const { startOffset, image } = token;
  return Number.isNaN(startOffset)
    ? { source, start: 0, end: 0 }
    : { source, start: startOffset, end: startOffset + image.length };
}
