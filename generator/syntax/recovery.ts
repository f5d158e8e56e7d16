/**
 * How the parser goes on after a fault. Chevrotain's own recovery goes on at any token that could follow somewhere
 * up the stack; where members may have any name that is nearly every token, and one fault becomes ten. Here a
 * fault costs one parameter, one member or one declaration, and what ends each is plain: `,` and `)`, `;`, `}`, or a
 * declaration at the left margin; or nothing, where `repairs.ts` can tell what was meant. The methods without an access
 * modifier replace Chevrotain's by name (11.2, which is pinned); the tests of faulty files fail if one of them is no
 * longer called.
 */

import {
  type CstNode,
  CstParser,
  EOF,
  type ILookaheadStrategy,
  type IToken,
  MismatchedTokenException,
  NoViableAltException,
  type TokenType,
  tokenLabel,
} from "chevrotain";
import type { Piece } from "./ast.ts";
import { limits } from "./limits.ts";
import { invent, mayInsert, mayReplace, type Standing } from "./repairs.ts";
import { Surroundings } from "./surroundings.ts";
import * as t from "./tokens.ts";
import { declarationWord, isWord } from "./words.ts";

/** One place where the text is not what the grammar wants. */
export interface Fault {
  /** What the grammar wants, in words: "a type", "`;`". */
  readonly expected: string;
  /** The token that was wanted, when it was one token. */
  readonly wanted: TokenType | undefined;
  readonly found: IToken;
  readonly previous: IToken;
  /** The token after the one found. */
  readonly next: IToken;
  readonly rule: string;
  /** The `{` of the block that the fault is directly in. */
  readonly opening: IToken | undefined;
  /** How the parser went on: it skipped, or read on as if the wanted token stood there, or as if `found` were it. */
  outcome: "skipped" | "inserted" | "replaced";
}

/** The rules that recovery knows by name. */
export interface Landmarks {
  /** The rule of the whole file. */
  readonly file: string;
  readonly declaration: string;
  /** Rules that end with `;` or with a block. */
  readonly members: ReadonlySet<string>;
  /** Rules `{ member* }`: they take everything up to their `}` for members. */
  readonly blocks: ReadonlySet<string>;
  readonly parameter: string;
  /** The rule `( parameter, … )`: it takes everything up to its `)` for parameters. */
  readonly parameters: string;
  readonly attribute: string;
}

export interface ParserOptions {
  /** Leaves out the checks of the grammar itself, which need to be made only once, in a test. */
  readonly skipValidations: boolean;
}

/** A parser that reports each fault once and goes on at the next parameter, member or declaration. */
export abstract class RecoveringParser extends CstParser {
  readonly #landmarks: Landmarks;
  #text = "";
  #place = new Surroundings("", (count) => this.LA(count));
  #faults: Fault[] = [];
  #skipped: Piece[] = [];
  /** Where skipping stopped short: a second fault at that very token is a consequence of the first. */
  #stoppedAt: IToken | undefined;
  /** The fault just met, while its outcome is open; undefined if it was only a consequence. */
  #unsettled: Fault | undefined;

  // Chevrotain's own state and steps, which its public types leave out.
  declare protected consumeToken: () => void;
  declare protected getCurrRuleFullName: () => string;
  declare protected CST_STACK: readonly CstNode[];

  constructor(landmarks: Landmarks, lookaheadStrategy: ILookaheadStrategy, options: ParserOptions) {
    super(t.vocabulary, {
      ...options,
      maxLookahead: 2,
      recoveryEnabled: true,
      nodeLocationTracking: "onlyOffset",
      lookaheadStrategy,
    });
    this.#landmarks = landmarks;
  }

  /** The faults of the last parse, in the order they were met. */
  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** What the last parse skipped. */
  get skipped(): readonly Piece[] {
    return this.#skipped;
  }

  /** Takes a file's tokens, and its text for telling where lines begin; the rules read from there. */
  protected begin(text: string, tokens: IToken[]): void {
    this.input = tokens;
    this.#text = text;
    this.#place = new Surroundings(text, (count) => this.LA(count));
    this.#faults = [];
    this.#skipped = [];
    this.#stoppedAt = undefined;
  }

  // ---------------------------------------------------------------- Chevrotain's hooks

  SAVE_ERROR(error: Mismatch | NoViableAltException): Error {
    this.#unsettled = undefined;
    if (this.#isConsequence(error)) return error;
    this.#unsettled = {
      expected: error.message,
      wanted: error instanceof Mismatch ? error.wanted : undefined,
      found: error.token,
      previous: this.LA(0),
      next: this.LA(2),
      rule: this.getCurrRuleFullName(),
      opening: this.#opening(),
      outcome: "skipped",
    };
    this.#faults.push(this.#unsettled);
    return error;
  }

  consumeInternalError(wanted: TokenType): never {
    throw this.SAVE_ERROR(new Mismatch(wanted, this.LA(1), this.LA(0)));
  }

  raiseNoAltException(_occurrence: number, expected: string | undefined): never {
    throw this.SAVE_ERROR(new NoViableAltException(expected ?? this.getCurrRuleFullName(), this.LA(1), this.LA(0)));
  }

  /** After a token that is missing or wrong: invents it, takes the one found for it, or gives the rule up. */
  consumeInternalRecovery(wanted: TokenType, _index: number, error: unknown): IToken {
    if (!(error instanceof Mismatch) || this.#faults.length >= limits.faults) throw error;
    if (mayReplace(wanted, this.#standing())) {
      this.#settle("replaced");
      const found = this.LA(1);
      this.consumeToken();
      return found;
    }
    if (!mayInsert(wanted, this.#standing())) throw error;
    this.#settle("inserted");
    return invent(wanted);
  }

  /** The blocks' lookahead takes everything in, so there is never anything left over behind a repetition. */
  shouldInRepetitionRecoveryBeTried(): boolean {
    return false;
  }

  findReSyncTokenType(): TokenType {
    return EOF;
  }

  isInCurrentRuleReSyncSet(): boolean {
    const { members, declaration, parameter } = this.#landmarks;
    const rule = this.getCurrRuleFullName();
    return rule === declaration || rule === parameter || members.has(rule);
  }

  reSyncTo(): IToken[] {
    if (this.#faults.length >= limits.faults) return this.#giveUp();
    const start = this.LA(1).startOffset;
    const rule = this.getCurrRuleFullName();
    const finished =
      rule === this.#landmarks.parameter
        ? this.#skipParameter()
        : this.#skipMember(rule === this.#landmarks.declaration);
    this.#stoppedAt = finished ? undefined : this.LA(1);
    const end = this.LA(0);
    this.#skipped.push({ start, end: end.startOffset + end.image.length });
    return [];
  }

  // ---------------------------------------------------------------- what the lookahead asks

  /** Tells whether a block goes on: it has not met its `}`, the end of the file, or a declaration at the margin. */
  inBlock(): boolean {
    const type = this.LA(1).tokenType;
    return type !== t.RightBrace && type !== EOF && !this.#place.atMarginDeclaration();
  }

  /** Tells whether the file goes on. */
  inFile(): boolean {
    return this.LA(1).tokenType !== EOF;
  }

  /** Tells whether a parameter list has a first parameter, however malformed. */
  inParameters(): boolean {
    return this.LA(1).tokenType !== t.RightParen;
  }

  /** Tells whether a comma stands before a further parameter, and not before the closing parenthesis. */
  atNextParameter(): boolean {
    return this.LA(1).tokenType === t.Comma && this.LA(2).tokenType !== t.RightParen;
  }

  /** Takes a misspelt keyword for the one that was meant, so that the rest of the declaration is read. */
  respell(): boolean {
    const token = this.LA(1);
    if (token.tokenType !== t.Identifier || !isWord(this.LA(2))) return false;
    const meant = declarationWord(token.image);
    if (meant === undefined) return false;
    this.SAVE_ERROR(new NoViableAltException("a declaration", token, this.LA(0)));
    this.#settle("replaced");
    token.tokenType = meant;
    token.tokenTypeIdx = meant.tokenTypeIdx!;
    return true;
  }

  // ---------------------------------------------------------------- skipping

  /** Skips a member or declaration through its `;` or block, and tells whether that end was reached. */
  #skipMember(isDeclaration: boolean): boolean {
    let depth = 0;
    for (let first = true; ; first = false) {
      const type = this.LA(1).tokenType;
      if (type === EOF) return false;
      // A declaration has to consume something, or the file would never end.
      if (!(first && isDeclaration && this.#nothingRead()) && this.#place.atMarginDeclaration()) return false;
      if (type === t.RightBrace && depth === 0 && !isDeclaration) return false;
      this.consumeToken();
      if (type === t.LeftBrace) depth++;
      if (type === t.RightBrace && --depth <= 0) return true;
      if (type === t.Semicolon && depth === 0) return true;
    }
  }

  /** Skips to the comma before the next parameter or to the end of the list, and tells whether it got there. */
  #skipParameter(): boolean {
    for (let depth = 0; ; this.consumeToken()) {
      const type = this.LA(1).tokenType;
      if (type === EOF || type === t.Semicolon || type === t.LeftBrace || type === t.RightBrace) return false;
      if (type === t.RightParen && depth-- === 0) return true;
      if (type === t.LeftParen) depth++;
      if (type === t.Comma && this.#place.atParameter(2)) return true;
    }
  }

  /** Skips the rest of the file. */
  #giveUp(): IToken[] {
    const start = this.LA(1).startOffset;
    while (this.LA(1).tokenType !== EOF) this.consumeToken();
    this.#stoppedAt = this.LA(1);
    this.#skipped.push({ start, end: this.#text.length });
    return [];
  }

  #nothingRead(): boolean {
    const last = this.#skipped.at(-1)?.end ?? 0;
    const previous = this.LA(0);
    return previous.tokenType === EOF || previous.startOffset < last || endsDeclaration(previous);
  }

  // ---------------------------------------------------------------- what a fault is

  /** Tells whether an error follows from the fault before it: nothing was read between the two. */
  #isConsequence(error: Mismatch | NoViableAltException): boolean {
    if (error.token === this.#stoppedAt || this.#faults.length >= limits.faults) return true;
    const last = this.#faults.at(-1);
    const closesBlock = error instanceof Mismatch && error.wanted === t.RightBrace;
    if (last?.outcome !== "inserted" || last.found !== error.token || closesBlock) return false;
    // A semicolon ends its member: whatever is wrong from there on is a fault of the next.
    return last.wanted !== t.Semicolon && last.wanted !== t.RightBrace;
  }

  #opening(): IToken | undefined {
    const brace = this.CST_STACK.at(-1)?.children["LeftBrace"]?.[0];
    return brace !== undefined && "image" in brace ? brace : undefined;
  }

  #settle(outcome: Fault["outcome"]): void {
    if (this.#unsettled !== undefined) this.#unsettled.outcome = outcome;
  }

  #standing(): Standing {
    const rule = this.getCurrRuleFullName();
    return { rule, isBlock: this.#landmarks.blocks.has(rule), place: this.#place, look: (count) => this.LA(count) };
  }
}

/** A token other than the one wanted; its message is what people call the wanted one. */
class Mismatch extends MismatchedTokenException {
  readonly wanted: TokenType;

  constructor(wanted: TokenType, found: IToken, previous: IToken) {
    super(tokenLabel(wanted), found, previous);
    this.wanted = wanted;
  }
}

function endsDeclaration(token: IToken): boolean {
  return token.tokenType === t.Semicolon || token.tokenType === t.RightBrace;
}
