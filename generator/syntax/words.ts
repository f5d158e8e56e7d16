/** Classes of tokens by which recovery and messages tell what a person may have meant. */

import { EOF, type IToken, type TokenType } from "chevrotain";
import { nearest } from "../suggest.ts";
import * as t from "./tokens.ts";

/** What the first word of a declaration may be. */
export const beginsDeclaration: ReadonlySet<TokenType> = new Set([...t.declarationKeywords, ...t.modifierKeywords]);
/** Keywords inside declarations that are worth recognising when misspelt. */
export const wordsInside: ReadonlySet<TokenType> = new Set([t.From, t.On, t.Offers]);
/** What follows the name of a declaration. */
export const afterName: ReadonlySet<TokenType> = new Set([t.LeftBrace, t.Colon, t.Equals, t.LeftParen, t.Semicolon]);
/** What shows that a type has ended, though its `>` is missing. */
export const afterType: ReadonlySet<TokenType> = new Set([
  ...[t.Semicolon, t.Comma, t.RightParen, t.Equals, t.Question, t.LeftBrace, t.RightBrace, t.Arrow, t.Throws, EOF],
]);
/** What follows a type that is a name. */
export const afterTypeName: ReadonlySet<TokenType> = new Set([
  ...[t.Semicolon, t.Comma, t.RightParen, t.Equals, t.Question, t.Less],
]);
/** What shows that a list in parentheses has ended, though its `)` is missing. */
export const afterParameters: ReadonlySet<TokenType> = new Set([
  ...[t.Semicolon, t.LeftBrace, t.RightBrace, t.Arrow, t.Throws, t.At, EOF],
]);
/** What ends the arguments of an attribute, rightly or not. */
export const endsArguments: ReadonlySet<TokenType> = new Set([
  t.RightParen,
  t.Semicolon,
  t.LeftBrace,
  t.RightBrace,
  EOF,
]);

/** Finds the keyword that a misspelt first word of a declaration was meant to be. */
export function declarationWord(word: string): TokenType | undefined {
  const meant = nearest(
    word,
    [...beginsDeclaration].map((type) => String(type.PATTERN)),
  );
  return [...beginsDeclaration].find((type) => type.PATTERN === meant);
}

/** Tells whether a token is a name or a keyword that may serve as one. */
export function isWord(token: IToken): boolean {
  return token.tokenType === t.Identifier || (token.tokenType.CATEGORIES?.includes(t.AnyName) ?? false);
}

const scalars =
  /^(?:u|i|f|int|uint|sint|float)(?:8|16|32|64)(?:_t)?$|^(?:bool|boolean|int|long|short|char|double|float)$/;

/** Tells whether a word can only be meant as a type, in this language or in a neighbouring one. */
export function isTypeWord(token: IToken): boolean {
  return t.typeKeywords.includes(token.tokenType) || scalars.test(token.image);
}
