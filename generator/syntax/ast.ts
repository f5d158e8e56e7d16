/**
 * The abstract syntax tree: what a file says, in the order it says it, with nothing resolved and nothing checked.
 * Every node knows its span. A file with faults in it still has a tree; the declarations that could not be read are
 * left out of it.
 */

import type { Source, Span } from "../source.ts";

/** One file. */
export interface Document {
  readonly source: Source;
  readonly package: PackageDeclaration | undefined;
  readonly imports: readonly ImportDeclaration[];
  readonly declarations: readonly Declaration[];
  /** The pieces that could not be read, in no order: what they say is not in the tree. */
  readonly unread: readonly Piece[];
}

/** A piece of a file's text: `start` is its first offset, `end` the offset after its last. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

/** An identifier, or a keyword where a member may be named by one. */
export interface Name {
  readonly text: string;
  readonly span: Span;
}

/** The `///` lines above a thing, without the slashes and the one space after them, joined by newlines. */
export interface Doc {
  readonly text: string;
  readonly span: Span;
}

/** What may stand before any declaration, member or parameter. */
export interface Decorated {
  readonly doc: Doc | undefined;
  readonly attributes: readonly Attribute[];
  readonly span: Span;
}

/** `@name`, `@name(argument, …)`. */
export interface Attribute {
  readonly name: Name;
  readonly arguments: readonly AttributeArgument[];
  readonly span: Span;
}

/** A positional (`30s`, `file | dir`) or named (`use = "open"`) argument of an attribute. */
export interface AttributeArgument {
  readonly name: Name | undefined;
  readonly value: Expression;
  readonly span: Span;
}

/** `package acme.sandbox @ 1.2;` */
export interface PackageDeclaration extends Decorated {
  readonly name: Name;
  readonly version: Version | undefined;
}

/** `1.2`: both numbers are decimal without a sign. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly span: Span;
}

/** `import { Rect as PixelRect } from "./gfx.idl";` */
export interface ImportDeclaration {
  readonly names: readonly ImportedName[];
  readonly path: StringLiteral;
  readonly span: Span;
}

/** One name of an import; `alias` is what it is called here when that differs. */
export interface ImportedName {
  readonly name: Name;
  readonly alias: Name | undefined;
}

export type Declaration =
  | ConstDeclaration
  | AliasDeclaration
  | EnumDeclaration
  | FlagsDeclaration
  | ErrorDeclaration
  | UnionDeclaration
  | StructDeclaration
  | TableDeclaration
  | InterfaceDeclaration
  | CallbackDeclaration
  | ChannelDeclaration
  | AttributeDeclaration;

/** Whether a set of values may grow: written out, because a reviewer should see what an old peer will do. */
export type Openness = "strict" | "flexible";

/** `const PATH_MAX: u32 = 4096;` */
export interface ConstDeclaration extends Decorated {
  readonly kind: "const";
  readonly name: Name;
  readonly type: TypeExpression;
  readonly value: Expression;
}

/** `type Path = string<PATH_MAX>;` */
export interface AliasDeclaration extends Decorated {
  readonly kind: "alias";
  readonly name: Name;
  readonly type: TypeExpression;
}

/** `flexible enum FileKind : u8 { other = 0; }` */
export interface EnumDeclaration extends Decorated {
  readonly kind: "enum";
  readonly openness: Openness | undefined;
  readonly name: Name;
  readonly base: TypeExpression | undefined;
  readonly members: readonly ValueMember[];
}

/** `strict flags OpenFlags : u32 { read = 1 << 0; }` */
export interface FlagsDeclaration extends Decorated {
  readonly kind: "flags";
  readonly openness: Openness | undefined;
  readonly name: Name;
  readonly base: TypeExpression | undefined;
  readonly members: readonly ValueMember[];
}

/** `flexible error Errno : i32 { ENOENT = 2; }` */
export interface ErrorDeclaration extends Decorated {
  readonly kind: "error";
  readonly openness: Openness | undefined;
  readonly name: Name;
  readonly base: TypeExpression | undefined;
  readonly members: readonly ValueMember[];
}

/** `name = value;` of an enum, flags or error. */
export interface ValueMember extends Decorated {
  readonly name: Name;
  readonly value: Expression | undefined;
}

/** `strict resource union NPVariant { 1: void; 3: bool: bool; }`, or an `error union`. */
export interface UnionDeclaration extends Decorated {
  readonly kind: "union";
  readonly openness: Openness | undefined;
  readonly resource: boolean;
  readonly error: boolean;
  readonly name: Name;
  readonly members: readonly OrdinalMember[];
}

/** `struct Timespec { sec: i64; }` */
export interface StructDeclaration extends Decorated {
  readonly kind: "struct";
  readonly resource: boolean;
  readonly name: Name;
  readonly members: readonly FieldMember[];
}

/** `name: Type;` of a struct. A default is in the grammar so that the check can say why a struct has none. */
export interface FieldMember extends Decorated {
  readonly name: Name;
  readonly type: TypeExpression;
  readonly default: Expression | undefined;
}

/** `table Stat { 1: ino: u64; 6: reserved; }` */
export interface TableDeclaration extends Decorated {
  readonly kind: "table";
  readonly resource: boolean;
  readonly name: Name;
  readonly members: readonly OrdinalMember[];
}

/** `2: kind: FileKind = FileKind.other;`, `1: void;`, `6: reserved;`. A reserved member has no type. */
export interface OrdinalMember extends Decorated {
  readonly ordinal: IntegerLiteral;
  readonly reserved: boolean;
  readonly name: Name;
  readonly type: TypeExpression | undefined;
  readonly default: Expression | undefined;
}

/** `interface OpenService { … }` */
export interface InterfaceDeclaration extends Decorated {
  readonly kind: "interface";
  readonly name: Name;
  readonly methods: readonly MethodDeclaration[];
}

/** `sync open(path: Path) -> fd<file, read> throws Errno;` */
export interface MethodDeclaration extends Decorated {
  readonly modifiers: readonly Modifier[];
  readonly name: Name;
  readonly parameters: readonly Parameter[];
  readonly result: TypeExpression | undefined;
  readonly throws: readonly NamedType[];
}

/** `sync` or `oneway`, as written; whether they go together is for a check. */
export interface Modifier {
  readonly kind: "sync" | "oneway";
  readonly span: Span;
}

/** `mode: u32 = 0o666` */
export interface Parameter extends Decorated {
  readonly name: Name;
  readonly type: TypeExpression;
  readonly default: Expression | undefined;
}

/** `callback OnConnect(conn: own fd<seqpacket>) throws Errno;` */
export interface CallbackDeclaration extends Decorated {
  readonly kind: "callback";
  readonly name: Name;
  readonly parameters: readonly Parameter[];
  readonly result: TypeExpression | undefined;
  readonly throws: readonly NamedType[];
}

/** `channel Sandbox { broker offers { files: OpenService; } }` */
export interface ChannelDeclaration extends Decorated {
  readonly kind: "channel";
  readonly name: Name;
  readonly roles: readonly Role[];
}

/** One end of a channel and what it offers. */
export interface Role extends Decorated {
  readonly name: Name;
  readonly offers: readonly Offer[];
}

/** `files: OpenService;` */
export interface Offer extends Decorated {
  readonly name: Name;
  readonly type: NamedType;
}

/** `attribute audit on method | interface { level: string; }` */
export interface AttributeDeclaration extends Decorated {
  readonly kind: "attribute";
  readonly name: Name;
  readonly targets: readonly Name[];
  readonly parameters: readonly Parameter[];
}

export type TypeExpression =
  | NamedType
  | BoundedType
  | ListType
  | MapType
  | StreamType
  | FdType
  | ReferenceType
  | OptionalType;

/** A declared or built-in type by its name: `Path`, `u32`, `bool`. */
export interface NamedType {
  readonly kind: "named";
  readonly name: Name;
  readonly span: Span;
}

/** `string<N>`, `bytes<N>`; the limit is in bytes (of UTF-8, for a string). */
export interface BoundedType {
  readonly kind: "string" | "bytes";
  readonly limit: Expression | undefined;
  readonly span: Span;
}

/** `list<T, N>` */
export interface ListType {
  readonly kind: "list";
  readonly element: TypeExpression;
  readonly limit: Expression | undefined;
  readonly span: Span;
}

/** `map<K, V>`, `map<K, V, N>` */
export interface MapType {
  readonly kind: "map";
  readonly key: TypeExpression;
  readonly value: TypeExpression;
  readonly limit: Expression | undefined;
  readonly span: Span;
}

/** `stream<T>` */
export interface StreamType {
  readonly kind: "stream";
  readonly element: TypeExpression;
  readonly span: Span;
}

/** `fd`, `fd<file | dir, read, write?>` */
export interface FdType {
  readonly kind: "fd";
  readonly kinds: readonly Name[];
  readonly rights: readonly Right[];
  readonly span: Span;
}

/** `read` must be there, `read?` may be. */
export interface Right {
  readonly name: Name;
  readonly optional: boolean;
}

/** `own T`, `borrow T` */
export interface ReferenceType {
  readonly kind: "reference";
  readonly ownership: "own" | "borrow";
  readonly target: TypeExpression;
  readonly span: Span;
}

/** `T?` */
export interface OptionalType {
  readonly kind: "optional";
  readonly inner: TypeExpression;
  readonly span: Span;
}

export type Expression =
  | IntegerLiteral
  | FloatLiteral
  | StringLiteral
  | BooleanLiteral
  | NameExpression
  | UnaryExpression
  | BinaryExpression
  | UnreadableExpression;

/** `0x1f`, `0o666`, `64KiB`, `30s`: the value of the digits, the unit, and the whole as written. */
export interface IntegerLiteral {
  readonly kind: "integer";
  readonly value: bigint;
  readonly unit: string | undefined;
  readonly text: string;
  readonly span: Span;
}

/** `0.5`, `1e-3`. The text as written stays, because a version `1.10` is not `1.1`. */
export interface FloatLiteral {
  readonly kind: "float";
  readonly value: number;
  readonly text: string;
  readonly span: Span;
}

/** `"text"`, its escapes already read. */
export interface StringLiteral {
  readonly kind: "string";
  readonly value: string;
  readonly span: Span;
}

/** `true`, `false` */
export interface BooleanLiteral {
  readonly kind: "boolean";
  readonly value: boolean;
  readonly span: Span;
}

/** `PATH_MAX`, `FileKind.other`: one or two names. */
export interface NameExpression {
  readonly kind: "name";
  readonly path: readonly Name[];
  readonly span: Span;
}

/** `-x`, `~x` */
export interface UnaryExpression {
  readonly kind: "unary";
  readonly operator: "-" | "~";
  readonly operand: Expression;
  readonly span: Span;
}

/** Operators bind as in C and JavaScript, tightest first: `* / %`, `+ -`, `<< >>`, `&`, `^`, `|`. */
export interface BinaryExpression {
  readonly kind: "binary";
  readonly operator: "*" | "/" | "%" | "+" | "-" | "<<" | ">>" | "&" | "^" | "|";
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

/** A malformed number or text, or an expression too long to read: it stands for no value, and has been reported. */
export interface UnreadableExpression {
  readonly kind: "unreadable";
  readonly text: string;
  readonly span: Span;
}
