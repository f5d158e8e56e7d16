/**
 * When a missing or wrong token is made good, so that the parser reads on as if nothing were amiss: where what follows
 * shows that nothing else can have been meant.
 */

import { EOF, type IToken, type TokenType } from "chevrotain";
import { nearest } from "../suggest.ts";
import type { Surroundings } from "./surroundings.ts";
import * as t from "./tokens.ts";
import { afterName, afterParameters, afterType, wordsInside } from "./words.ts";

/** Where the parser stands when it misses a token. */
export interface Standing {
  /** The rule being read. */
  readonly rule: string;
  /** Whether that is a block `{ member* }`. */
  readonly isBlock: boolean;
  readonly place: Surroundings;
  /** The token so many ahead, the next being 1. */
  readonly look: (count: number) => IToken;
}

/** Tells whether a token was only forgotten: it is read as if it stood before the next one. */
export function mayInsert(wanted: TokenType, at: Standing): boolean {
  const { place, rule, isBlock } = at;
  const found = at.look(1).tokenType;
  switch (wanted) {
    case t.Semicolon:
      return found === t.RightBrace || found === EOF || (place.atLineStart() && !place.atMisspeltClause());
    case t.RightBrace:
      return isBlock;
    case t.LeftBrace:
      return place.atLineStart() && found !== EOF;
    case t.Greater:
      return afterType.has(found) || place.atLineStart();
    case t.RightParen:
      return afterParameters.has(found) || place.atMarginDeclaration() || (rule === "attribute" && place.atLineStart());
    case t.Colon:
      return place.atForgottenColon();
    case t.Identifier:
      return inDeclarationHead(at) && afterName.has(found);
    default:
      return false;
  }
}

/**
 * Tells whether the next token stands for the one wanted: a comma for a semicolon, something at the end of its line for
 * the brace of a body, a misspelt keyword, or a keyword or literal where a declaration has its name.
 */
export function mayReplace(wanted: TokenType, at: Standing): boolean {
  const { tokenType, image } = at.look(1);
  if (wanted === t.Semicolon) return tokenType === t.Comma;
  if (wanted === t.LeftBrace) return atBodyStart(at);
  if (wordsInside.has(wanted))
    return tokenType === t.Identifier && nearest(image, [String(wanted.PATTERN)]) !== undefined;
  if (wanted !== t.Identifier || tokenType === EOF || !inDeclarationHead(at)) return false;
  return !afterName.has(tokenType) && afterName.has(at.look(2).tokenType);
}

/** Makes the token that was forgotten; it is nowhere in the text. */
export function invent(wanted: TokenType): IToken {
  return {
    image: "",
    startOffset: Number.NaN,
    endOffset: Number.NaN,
    tokenType: wanted,
    tokenTypeIdx: wanted.tokenTypeIdx!,
    isInsertedInRecovery: true,
  };
}

function atBodyStart({ isBlock, place, look }: Standing): boolean {
  return isBlock && !place.atLineStart() && place.lineEndsBetween(look(1), look(2));
}

/** Only there is a name worth inventing, because a body follows that can be read all the same. */
function inDeclarationHead({ rule }: Standing): boolean {
  return rule.endsWith("Declaration");
}
