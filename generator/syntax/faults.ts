/**
 * Says in words what the parser found wrong. The parser knows what it wanted and what stood there; here is what a
 * person most likely meant by it: a slip of the keyboard, or the habits of a neighbouring language.
 */

import { EOF, type IToken } from "chevrotain";
import type { Diagnostics } from "../diagnostics.ts";
import type { Source, Span } from "../source.ts";
import { nearest } from "../suggest.ts";
import { shorten, spanOf } from "./lexer.ts";
import type { Fault } from "./recovery.ts";
import * as t from "./tokens.ts";
import { beginsDeclaration, declarationWord, isTypeWord, isWord } from "./words.ts";

/** Reports one fault, unless the lexer has already explained what stands there. */
export function reportFault(
  source: Source,
  fault: Fault,
  explained: ReadonlySet<number>,
  diagnostics: Diagnostics,
): void {
  const place = spanAt(source, fault.found);
  if (explained.has(place.start)) return;
  const report = new FaultReport(source, fault, diagnostics);
  if (fault.outcome === "inserted" && report.missing()) return;
  if (fault.rule === "declaration") report.declaration();
  else report.member();
}

class FaultReport {
  readonly #source: Source;
  readonly #fault: Fault;
  readonly #diagnostics: Diagnostics;

  constructor(source: Source, fault: Fault, diagnostics: Diagnostics) {
    this.#source = source;
    this.#fault = fault;
    this.#diagnostics = diagnostics;
  }

  /** Reports punctuation that is not there, at the place where it belongs: behind the token before it. */
  missing(): boolean {
    const { wanted, expected, previous, found, opening } = this.#fault;
    if (wanted === t.Identifier) return false;
    const { end } = spanAt(this.#source, previous);
    const behind = { source: this.#source, start: end, end };
    if (wanted === t.RightBrace) {
      const notes = opening ? [{ span: spanAt(this.#source, opening), message: "The block begins here." }] : [];
      const block = ruleNames[this.#fault.rule] ?? "the block";
      this.#diagnostics.report("block-unclosed", behind, { found: describe(found), block }, notes);
      return true;
    }
    this.#diagnostics.report("token-missing", behind, { expected, previous: describe(previous) });
    return true;
  }

  /** Reports what stands where a declaration should begin. */
  declaration(): void {
    const { found } = this.#fault;
    const span = spanAt(this.#source, found);
    if (found.tokenType === t.RightBrace) this.#diagnostics.report("brace-stray", span, {});
    else if (found.tokenType === t.Semicolon) this.#diagnostics.report("semicolon-stray", span, {});
    else if (found.tokenType === EOF) this.#unexpected("");
    else if (Object.hasOwn(foreignDeclarations, found.image)) {
      this.#diagnostics.report("foreign-keyword", span, {
        found: describe(found),
        advice: foreignDeclarations[found.image]!,
      });
    } else this.#diagnostics.report("declaration-unknown", span, { found: describe(found), advice: advise(found) });
  }

  /** Reports what is wrong inside a declaration. */
  member(): void {
    if (this.#strayOrNested() || this.#foreign() || this.#turnedRound() || this.#keywordForName()) return;
    if (this.#fault.rule === "type" && this.#fault.found.tokenType === t.Question) {
      this.#diagnostics.report("optional-before-type", spanAt(this.#source, this.#fault.found), {});
      return;
    }
    this.#unexpected(this.#misspelling() ?? shapes[this.#fault.rule] ?? "");
  }

  #unexpected(advice: string): void {
    const { found, expected } = this.#fault;
    const span = spanAt(this.#source, found);
    this.#diagnostics.report("token-unexpected", span, { found: describe(found), expected, advice });
  }

  #strayOrNested(): boolean {
    const { found, previous, next, rule } = this.#fault;
    if (shapes[rule] === undefined) return false;
    const first = previous.tokenType;
    if (found.tokenType === t.Semicolon && (first === t.LeftBrace || first === t.Semicolon || first === t.RightBrace)) {
      this.#diagnostics.report("semicolon-stray", spanAt(this.#source, found), {});
      return true;
    }
    const keyword = isDeclarationWord(previous) && isWord(found) ? previous : found;
    if (!isDeclarationWord(keyword) || !isWord(keyword === found ? next : found)) return false;
    const span = spanAt(this.#source, keyword);
    this.#diagnostics.report("declaration-nested", span, { found: describe(keyword) });
    return true;
  }

  #foreign(): boolean {
    const { found, previous, rule } = this.#fault;
    if (shapes[rule] === undefined) return false;
    const word = [previous, found].find((token) => isWord(token) && Object.hasOwn(foreignMembers, token.image));
    if (word === undefined || (word === found && rule !== "ordinalMember")) return false;
    const advice = foreignMembers[word.image]!;
    this.#diagnostics.report("foreign-keyword", spanAt(this.#source, word), { found: describe(word), advice });
    return true;
  }

  #turnedRound(): boolean {
    const { found, previous, next, rule } = this.#fault;
    const numbered = rule === "ordinalMember" && isTypeWord(found) && isWord(next);
    const plain = (rule === "fieldMember" || rule === "parameter") && isTypeWord(previous) && isWord(found);
    if (!numbered && !plain) return false;
    const [type, name] = numbered ? [found, next] : [previous, found];
    const rewrite = `${numbered ? "1: " : ""}${name.image}: ${type.image}`;
    const span = spanAt(this.#source, type);
    this.#diagnostics.report("type-before-name", span, { type: describe(type), name: describe(name), rewrite });
    return true;
  }

  #keywordForName(): boolean {
    const { found, outcome, rule, wanted } = this.#fault;
    if (outcome !== "replaced" || wanted !== t.Identifier || !isKeyword(found)) return false;
    const what = ruleNames[rule] ?? "this";
    this.#diagnostics.report("name-is-keyword", spanAt(this.#source, found), { found: describe(found), what });
    return true;
  }

  #misspelling(): string | undefined {
    const { found, previous, rule } = this.#fault;
    const words = clauses[rule];
    if (words === undefined) return undefined;
    for (const token of [found, previous]) {
      const meant = token.tokenType === t.Identifier ? nearest(token.image, words) : undefined;
      if (meant !== undefined) return `Did you mean \`${meant}\`${token === found ? "" : ` for ${describe(token)}`}?`;
    }
    return undefined;
  }
}

/** Words that begin declarations elsewhere, and what this language has for them. */
const foreignDeclarations: { readonly [word: string]: string } = {
  message: "Write `table` for a record that may grow, `struct` for one that may not.",
  record: "Write `table` for a record that may grow, `struct` for one that may not.",
  class: "Write `interface` for methods, `struct` or `table` for fields.",
  dictionary: "Write `table` for a record that may grow, `struct` for one that may not.",
  service: "Write `interface`; what a peer offers is listed in a `channel`.",
  protocol: "Write `interface`; what a peer offers is listed in a `channel`.",
  trait: "Write `interface`.",
  world: "Write `channel`.",
  rpc: "Methods stand inside an `interface`.",
  fn: "Methods stand inside an `interface`, without a keyword.",
  func: "Methods stand inside an `interface`, without a keyword.",
  function: "Write `callback` for a single function; methods stand inside an `interface`.",
  typedef: "Write `type Name = Type;`.",
  using: 'Write `type Name = Type;`, or `import { Name } from "./file.idl";`.',
  alias: "Write `type Name = Type;`.",
  let: "Write `const NAME: Type = value;`.",
  exception: "Write `error union Name { … }`.",
  bits: "Write `flags`.",
  bitfield: "Write `flags`.",
  variant: "Write `union`.",
  oneof: "Write `union`.",
  namespace: "Write `package name @ 1.0;` at the top of the file.",
  module: "Write `package name @ 1.0;` at the top of the file.",
  library: "Write `package name @ 1.0;` at the top of the file.",
  include: 'Write `import { Name } from "./file.idl";`.',
  syntax: "Remove the line; the language has one syntax.",
  option: "Write an attribute, `@name(value)`, above what it is for.",
  extend: "Compose by offering more interfaces; nothing is extended.",
  export: "Remove it; every declaration can be imported.",
  public: "Remove it; every declaration can be imported.",
};

/** Words that begin members elsewhere, and what this language has for them. */
const foreignMembers: { readonly [word: string]: string } = {
  rpc: "A method has no keyword: `name(parameter: Type) -> Result;`",
  fn: "A method has no keyword: `name(parameter: Type) -> Result;`",
  func: "A method has no keyword: `name(parameter: Type) -> Result;`",
  function: "A method has no keyword: `name(parameter: Type) -> Result;`",
  def: "A method has no keyword: `name(parameter: Type) -> Result;`",
  async: "Remove it; every method is asynchronous, and `sync` adds the blocking form.",
  void: "Remove it; a method without `->` returns nothing.",
  optional: "Write the `?` behind the type: `name: Type?`",
  required: "Remove it; what has no `?` behind its type is always there.",
  repeated: "Write a list: `name: list<Type, 64>`.",
  readonly: "Remove it; values that were received are read-only.",
  public: "Remove it; every member can be used.",
};

/** How each kind of member is written, for those who wrote it otherwise. */
const shapes: { readonly [rule: string]: string } = {
  valueMember: "A member is written `name = value;`",
  ordinalMember: "A member is written `1: name: Type;`",
  fieldMember: "A field is written `name: Type;`",
  method: "A method is written `name(parameter: Type) -> Result throws Error;`",
  parameters: "Parameters stand in parentheses: `name(parameter: Type)`.",
  parameter: "A parameter is written `name: Type`.",
  role: "An end of a channel is written `name offers { … }`",
  offer: "An offer is written `name: Interface;`",
};

/** The words that a rule may have inside. */
const clauses: { readonly [rule: string]: readonly string[] } = {
  method: ["sync", "oneway", "throws"],
  parameters: ["sync", "oneway"],
  callbackDeclaration: ["throws"],
  role: ["offers"],
  importDeclaration: ["from"],
  importedName: ["as"],
  attributeDeclaration: ["on"],
};

/** What a rule reads, as part of a sentence. */
const ruleNames: { readonly [rule: string]: string } = {
  constDeclaration: "a const",
  aliasDeclaration: "a type",
  enumDeclaration: "an enum",
  flagsDeclaration: "a set of flags",
  errorDeclaration: "an error",
  unionDeclaration: "a union",
  structDeclaration: "a struct",
  tableDeclaration: "a table",
  interfaceDeclaration: "an interface",
  callbackDeclaration: "a callback",
  channelDeclaration: "a channel",
  interfaceBody: "the interface",
  channelBody: "the channel",
  fieldBody: "the fields",
  valueBody: "the values",
  ordinalBody: "the members",
  roleBody: "the offers",
};

function isDeclarationWord(token: IToken): boolean {
  return beginsDeclaration.has(token.tokenType);
}

function isKeyword(token: IToken): boolean {
  return (
    token.tokenType === t.True || token.tokenType === t.False || (isWord(token) && token.tokenType !== t.Identifier)
  );
}

function advise(found: IToken): string {
  const meant = declarationWord(found.image);
  if (meant !== undefined) return `Did you mean ${meant.LABEL}?`;
  return `Declarations begin with ${t.declarationKeywords.map(({ LABEL }) => LABEL).join(", ")}.`;
}

function describe(token: IToken): string {
  return token.tokenType === EOF ? "the end of the file" : `\`${shorten(token.image)}\``;
}

function spanAt(source: Source, token: IToken): Span {
  const { length } = source.text;
  return token.tokenType === EOF ? { source, start: length, end: length } : spanOf(source, token);
}
