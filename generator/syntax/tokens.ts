/**
 * The tokens of the language: each with its pattern and with what a person calls it, which is the label that
 * messages use. Patterns are generous: a malformed number, an unclosed string or a name with a foreign letter is still
 * one token, so that it is one fault (lexer.ts finds it) and not the start of many.
 */

import { createToken, Lexer, type TokenType } from "chevrotain";

/** What a member may be named: any identifier, and any keyword but `true` and `false`. */
export const AnyName = createToken({ name: "AnyName", pattern: Lexer.NA, label: "a name" });

/** The binary operators that are one token; `>>` is two, because `list<list<u8>>` ends with two. */
export const Operator = createToken({ name: "Operator", pattern: Lexer.NA, label: "an operator" });

/** Letters from elsewhere are taken in so that the fault is reported once, for the whole name. */
export const Identifier = createToken({
  name: "Identifier",
  pattern: /[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*/,
  label: "a name",
  categories: [AnyName],
});

// ---------------------------------------------------------------- keywords

const reserved: TokenType[] = [];

function keyword(word: string, categories: TokenType[] = [AnyName]): TokenType {
  const name = word[0]!.toUpperCase() + word.slice(1);
  const token = createToken({ name, pattern: word, longer_alt: Identifier, label: `\`${word}\``, categories });
  reserved.push(token);
  return token;
}

export const Package = keyword("package");
export const Import = keyword("import");
export const From = keyword("from");
export const As = keyword("as");
export const Const = keyword("const");
export const Type = keyword("type");
export const Enum = keyword("enum");
export const Flags = keyword("flags");
export const ErrorKeyword = keyword("error");
export const Union = keyword("union");
export const Struct = keyword("struct");
export const Table = keyword("table");
export const Interface = keyword("interface");
export const Callback = keyword("callback");
export const Channel = keyword("channel");
export const Attribute = keyword("attribute");
export const On = keyword("on");
export const Strict = keyword("strict");
export const Flexible = keyword("flexible");
export const Resource = keyword("resource");
export const Sync = keyword("sync");
export const Oneway = keyword("oneway");
export const Throws = keyword("throws");
export const Offers = keyword("offers");
export const Own = keyword("own");
export const Borrow = keyword("borrow");
export const StringKeyword = keyword("string");
export const Bytes = keyword("bytes");
export const List = keyword("list");
export const MapKeyword = keyword("map");
export const Stream = keyword("stream");
export const Fd = keyword("fd");
export const True = keyword("true", []);
export const False = keyword("false", []);

/** What a declaration begins with, modifiers apart. */
export const declarationKeywords: readonly TokenType[] = [
  Package,
  Import,
  Const,
  Type,
  Enum,
  Flags,
  ErrorKeyword,
  Union,
  Struct,
  Table,
  Interface,
  Callback,
  Channel,
  Attribute,
];

/** What may stand before the keyword of a declaration. */
export const modifierKeywords: readonly TokenType[] = [Strict, Flexible, Resource];

/** The types that are keywords, because they take arguments. */
export const typeKeywords: readonly TokenType[] = [StringKeyword, Bytes, List, MapKeyword, Stream, Fd];

// ---------------------------------------------------------------- literals

/** A string up to its closing quote, or to the end of its line if there is none. */
export const StringLiteral = createToken({
  name: "StringLiteral",
  pattern: /"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*\\?"?/,
  label: "a text in quotes",
});

export const Float = createToken({
  name: "Float",
  pattern: /[0-9][0-9_]*(?:\.[0-9][0-9_]*(?:[eE][+-]?[0-9_]+)?|[eE][+-]?[0-9][0-9_]*)[A-Za-z0-9_]*/,
  label: "a number",
});

export const Integer = createToken({ name: "Integer", pattern: /[0-9][A-Za-z0-9_]*/, label: "a number" });

// ---------------------------------------------------------------- punctuation

function sign(name: string, text: string, categories: TokenType[] = []): TokenType {
  return createToken({ name, pattern: text, label: `\`${text}\``, categories });
}

export const Semicolon = sign("Semicolon", ";");
export const Comma = sign("Comma", ",");
export const Colon = sign("Colon", ":");
export const Dot = sign("Dot", ".");
export const Equals = sign("Equals", "=");
export const At = sign("At", "@");
export const Question = sign("Question", "?");
export const Arrow = sign("Arrow", "->");
export const LeftBrace = sign("LeftBrace", "{");
export const RightBrace = sign("RightBrace", "}");
export const LeftParen = sign("LeftParen", "(");
export const RightParen = sign("RightParen", ")");
export const Less = sign("Less", "<");
export const Greater = sign("Greater", ">");
export const Tilde = sign("Tilde", "~");
export const Star = sign("Star", "*", [Operator]);
export const Slash = sign("Slash", "/", [Operator]);
export const Percent = sign("Percent", "%", [Operator]);
export const Plus = sign("Plus", "+", [Operator]);
export const Minus = sign("Minus", "-", [Operator]);
export const ShiftLeft = sign("ShiftLeft", "<<", [Operator]);
export const Ampersand = sign("Ampersand", "&", [Operator]);
export const Caret = sign("Caret", "^", [Operator]);
export const Pipe = sign("Pipe", "|", [Operator]);

// ---------------------------------------------------------------- what the parser does not see

export const Space = createToken({ name: "Space", pattern: /[ \t\r\n]+/, group: Lexer.SKIPPED, line_breaks: true });

/** `///` and the rest of its line; four slashes are an ordinary comment. */
export const DocLine = createToken({ name: "DocLine", pattern: /\/\/\/(?!\/)[^\r\n]*/, group: "docs" });
export const LineComment = createToken({ name: "LineComment", pattern: /\/\/[^\r\n]*/, group: Lexer.SKIPPED });
export const BlockComment = createToken({
  name: "BlockComment",
  pattern: /\/\*[\s\S]*?\*\//,
  group: Lexer.SKIPPED,
  line_breaks: true,
});

/** `/*` without its end: the rest of the file. */
export const OpenComment = createToken({
  name: "OpenComment",
  pattern: /\/\*[\s\S]*/,
  group: "invalid",
  line_breaks: true,
});

/** Every other ASCII character, so that the lexer itself never fails. */
export const Unknown = createToken({
  name: "Unknown",
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this token is for.
  pattern: /[\x00-\x08\x0b\x0c\x0e-\x1f!#$'[\\\]`\x7f]+/,
  group: "invalid",
});

/** `oneway` has to be tried before `on`, which is the start of it. */
const longestFirst = [...reserved].sort((a, b) => String(b.PATTERN).length - String(a.PATTERN).length);

/** All tokens, in the order in which the lexer tries those that begin alike. */
export const vocabulary: TokenType[] = [
  Space,
  DocLine,
  LineComment,
  BlockComment,
  OpenComment,
  ...longestFirst,
  Identifier,
  Float,
  Integer,
  StringLiteral,
  Arrow,
  ShiftLeft,
  Semicolon,
  Comma,
  Colon,
  Dot,
  Equals,
  At,
  Question,
  LeftBrace,
  RightBrace,
  LeftParen,
  RightParen,
  Less,
  Greater,
  Tilde,
  Star,
  Slash,
  Percent,
  Plus,
  Minus,
  Ampersand,
  Caret,
  Pipe,
  Unknown,
  AnyName,
  Operator,
];
