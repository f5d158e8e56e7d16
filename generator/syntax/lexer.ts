/**
 * Turns text into tokens, and reports everything that is wrong with a token on its own: foreign characters, malformed
 * numbers, unclosed strings and comments, names too long, brackets too deep. What it has reported it remembers, so
 * that the parser can keep quiet about the consequences.
 */

import { type IToken, Lexer } from "chevrotain";
import type { Diagnostics } from "../diagnostics.ts";
import type { Source, Span } from "../source.ts";
import type { Piece } from "./ast.ts";
import { limits } from "./limits.ts";
import { isClosed, malformedEscapes, numberAdvice } from "./literals.ts";
import * as t from "./tokens.ts";

/** What the lexer found in a file. */
export interface Lexed {
  /** What the parser reads, in source order. */
  readonly tokens: IToken[];
  /** The `///` lines, in source order. */
  readonly docs: readonly IToken[];
  /** Offsets of tokens right behind something already reported; the end of the file is the text's length. */
  readonly explained: ReadonlySet<number>;
  /** Pieces that no token stands for, because a comment is never closed. */
  readonly unread: readonly Piece[];
}

let lexer: Lexer | undefined;

/** Builds the lexer; `validate` also checks the token definitions, which only a test has reason to pay for. */
export function createLexer(validate: boolean): Lexer {
  return new Lexer(t.vocabulary, {
    positionTracking: "onlyOffset",
    ensureOptimizations: true,
    skipValidations: !validate,
  });
}

/** Reads the tokens of a source whose length is within bounds. */
export function lex(source: Source, diagnostics: Diagnostics): Lexed {
  lexer ??= createLexer(false);
  // A byte order mark is a space at the start and a foreign character anywhere else; offsets stay as they are.
  const text = source.text.charCodeAt(0) === 0xfeff ? ` ${source.text.slice(1)}` : source.text;
  const { tokens, groups } = lexer.tokenize(text);
  const explained = new Set<number>();
  const { docs = [], invalid = [] } = groups as { readonly [group: string]: IToken[] };
  reportInvalid(source, tokens, invalid, explained, diagnostics);
  for (const [index, token] of tokens.entries()) {
    // The lexer keeps starts only; the parser's nodes need ends, and counting lines for them would cost more.
    token.endOffset = token.startOffset + token.image.length - 1;
    if (!inspect(source, token, diagnostics)) {
      explained.add(token.startOffset).add(tokens[index + 1]?.startOffset ?? source.text.length);
    }
  }
  const unread = invalid.filter(({ tokenType }) => tokenType === t.OpenComment).map((token) => spanOf(source, token));
  return { tokens: cutDeepNesting(source, tokens, explained, diagnostics), docs, explained, unread };
}

/** Returns the span of a token. */
export function spanOf(source: Source, token: IToken): Span {
  return { source, start: token.startOffset, end: token.startOffset + token.image.length };
}

function reportInvalid(
  source: Source,
  tokens: readonly IToken[],
  invalid: readonly IToken[],
  explained: Set<number>,
  diagnostics: Diagnostics,
): void {
  let next = 0;
  for (const token of invalid.slice(0, limits.faults)) {
    while (next < tokens.length && tokens[next]!.startOffset < token.startOffset) next++;
    explained.add(tokens[next]?.startOffset ?? source.text.length);
    const span = spanOf(source, token);
    if (token.tokenType === t.OpenComment) {
      diagnostics.report("comment-unclosed", { ...span, end: span.start + 2 }, {});
    } else {
      diagnostics.report("unexpected-character", span, { character: describeCharacter(token.image) });
    }
  }
}

/** Reports what is wrong with a token, and returns whether the parser can make sense of it nonetheless. */
function inspect(source: Source, token: IToken, diagnostics: Diagnostics): boolean {
  if (token.tokenType === t.Identifier) return inspectName(source, token, diagnostics);
  if (token.tokenType === t.StringLiteral) return inspectString(source, token, diagnostics);
  if (token.tokenType === t.Integer || token.tokenType === t.Float) inspectNumber(source, token, diagnostics);
  return true;
}

function inspectName(source: Source, token: IToken, diagnostics: Diagnostics): boolean {
  if (token.image.length > limits.nameCharacters) {
    const found = String(token.image.length);
    diagnostics.report("name-too-long", spanOf(source, token), { found, limit: String(limits.nameCharacters) });
    return true;
  }
  const foreign = /\P{ASCII}/u.exec(token.image);
  if (foreign === null) return true;
  const character = describeCharacter(foreign[0]);
  if (/[A-Za-z0-9_]/.test(token.image)) {
    diagnostics.report("foreign-letter", spanOf(source, token), { name: token.image, character });
  } else {
    diagnostics.report("unexpected-character", spanOf(source, token), { character });
  }
  return false;
}

function inspectNumber(source: Source, token: IToken, diagnostics: Diagnostics): void {
  const suggestion = numberAdvice(token.image);
  if (suggestion === undefined) return;
  diagnostics.report("number-malformed", spanOf(source, token), { text: shorten(token.image), suggestion });
}

function inspectString(source: Source, token: IToken, diagnostics: Diagnostics): boolean {
  if (!isClosed(token.image)) {
    diagnostics.report("string-unclosed", spanOf(source, token), {});
    return false;
  }
  for (const { index, escape: written } of malformedEscapes(token.image)) {
    const start = token.startOffset + index;
    diagnostics.report("escape-malformed", { source, start, end: start + written.length }, { escape: written });
  }
  return true;
}

/** Takes out what is nested too deep, up to the end of its member, before anything recurses into it. */
function cutDeepNesting(source: Source, tokens: IToken[], explained: Set<number>, diagnostics: Diagnostics): IToken[] {
  const nesting = new Nesting();
  const kept: IToken[] = [];
  let cutting = false;
  for (const token of tokens) {
    const ends = nesting.follow(token);
    if (cutting && !ends) continue;
    if (cutting) explained.add(token.startOffset);
    cutting = nesting.depth > limits.nesting;
    if (cutting) diagnostics.report("nested-too-deep", spanOf(source, token), { limit: String(limits.nesting) });
    else kept.push(token);
  }
  if (cutting) explained.add(source.text.length);
  return kept;
}

/** Follows the brackets and signs inside one member; `;`, `{` and `}` end what is open. */
class Nesting {
  readonly #open: unknown[] = [];
  #signs = 0;

  get depth(): number {
    return this.#open.length + this.#signs;
  }

  /** Takes the next token in and returns whether it ends a member. */
  follow(token: IToken): boolean {
    const type = token.tokenType;
    this.#signs = type === t.Minus || type === t.Tilde ? this.#signs + 1 : 0;
    if (type === t.Semicolon || type === t.LeftBrace || type === t.RightBrace) {
      this.#open.length = 0;
      return true;
    }
    if (type === t.LeftParen || type === t.Less) this.#open.push(type);
    // A `>` inside parentheses belongs to a shift, and would hide a level if it counted.
    else if (type === t.Greater && this.#open.at(-1) === t.Less) this.#open.pop();
    else if (type === t.RightParen) this.#closeParenthesis();
    return false;
  }

  #closeParenthesis(): void {
    while (this.#open.length > 0 && this.#open.pop() !== t.LeftParen);
  }
}

/** Names a character so that it can be recognised even where it cannot be seen. */
function describeCharacter(text: string): string {
  const point = text.codePointAt(0) ?? 0;
  const code = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  return /[\p{C}\p{Z}]/u.test(String.fromCodePoint(point)) ? code : `${String.fromCodePoint(point)} (${code})`;
}

/** Cuts a piece of source for a message. */
export function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
