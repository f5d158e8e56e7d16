/**
 * What the text around a fault shows of what its author meant: where lines begin, what stands at the left margin, and
 * which words a person takes for a type or a clause. The grammar does not look at lines; people do.
 */

import { EOF, type IToken } from "chevrotain";
import { nearest } from "../suggest.ts";
import * as t from "./tokens.ts";
import { afterTypeName, beginsDeclaration, endsArguments, isTypeWord, isWord } from "./words.ts";

/** The place where the parser stands. Tokens are counted from there: 0 is the last one read, 1 the next. */
export class Surroundings {
  readonly #text: string;
  readonly #ahead: (count: number) => IToken;

  constructor(text: string, ahead: (count: number) => IToken) {
    this.#text = text;
    this.#ahead = ahead;
  }

  /** Tells whether the next token is the first of its line. */
  atLineStart(): boolean {
    return this.#ahead(0).tokenType === EOF || this.lineEndsBetween(this.#ahead(0), this.#ahead(1));
  }

  /** Tells whether two tokens stand on different lines. */
  lineEndsBetween(before: IToken, after: IToken): boolean {
    const end = after.tokenType === EOF ? this.#text.length : after.startOffset;
    return /[\r\n]/.test(this.#text.slice(before.startOffset + before.image.length, end));
  }

  /** Tells whether a declaration, or the attributes of one, begins at the left margin. */
  atMarginDeclaration(): boolean {
    const token = this.#ahead(1);
    if (token.tokenType !== t.At && !beginsDeclaration.has(token.tokenType)) return false;
    const before = this.#text[token.startOffset - 1];
    if (before !== undefined && before !== "\n" && before !== "\r" && before !== "\ufeff") return false;
    return this.#declarationAt(this.#pastAttributes(1));
  }

  #declarationAt(ahead: number): boolean {
    const { tokenType } = this.#ahead(ahead);
    const following = this.#ahead(ahead + 1);
    if (tokenType === t.Import) return following.tokenType === t.LeftBrace;
    return beginsDeclaration.has(tokenType) && isWord(following) && following.tokenType !== t.Offers;
  }

  #pastAttributes(ahead: number): number {
    while (this.#ahead(ahead).tokenType === t.At) {
      ahead += 2;
      if (this.#ahead(ahead).tokenType !== t.LeftParen) continue;
      while (!endsArguments.has(this.#ahead(ahead).tokenType)) ahead++;
      ahead++;
    }
    return ahead;
  }

  /** `name:` and `@` come after a comma only between parameters, however deep in brackets the fault was. */
  atParameter(ahead: number): boolean {
    return (
      this.#ahead(ahead).tokenType === t.At ||
      (isWord(this.#ahead(ahead)) && this.#ahead(ahead + 1).tokenType === t.Colon)
    );
  }

  /** `name type` and `1 name`, which lack nothing but the colon; `type name` is turned round and lacks more. */
  atForgottenColon(): boolean {
    const previous = this.#ahead(0);
    if (!isWord(this.#ahead(1)) || this.atLineStart()) return false;
    if (previous.tokenType === t.Integer) return true;
    const { tokenType } = this.#ahead(1);
    return (
      !isTypeWord(previous) &&
      (tokenType === t.Own || tokenType === t.Borrow || afterTypeName.has(this.#ahead(2).tokenType))
    );
  }

  /** Tells whether `throws` was probably meant here. */
  atMisspeltClause(): boolean {
    const token = this.#ahead(1);
    return token.tokenType === t.Identifier && isWord(this.#ahead(2)) && nearest(token.image, ["throws"]) !== undefined;
  }
}
