/**
 * The model: what the interfaces mean, with every name resolved, every constant computed and every limit a number.
 * It is plain data that checks read and emitters print; nothing in it comes from a syntax tree except the spans that
 * diagnostics point at. Declarations refer to each other directly, so the graph may have cycles (a struct that holds
 * a list of itself); walk types with care for that.
 */

import type { Source, Span } from "../source.ts";

/** Everything that one run of the compiler looks at. */
export interface Model {
  /** Every module, each after the modules it imports. */
  readonly modules: readonly Module[];
}

/** One `.idl` file. */
export interface Module {
  readonly source: Source;
  /** Whether the file was asked for, rather than only imported: emitters write these. */
  readonly requested: boolean;
  readonly package: Package;
  readonly imports: readonly Import[];
  /** In source order. */
  readonly declarations: readonly Declaration[];
}

/** The package a module belongs to; a module without a `package` line has no model. */
export interface Package {
  /** Dotted, as written: `acme.sandbox`. */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** The wire that every interface of the package speaks. */
  readonly wire: string;
  readonly doc: string | undefined;
  readonly span: Span;
}

/** What a module takes from another. */
export interface Import {
  readonly module: Module;
  /** The declarations named, with the name each has in the importing module. */
  readonly names: readonly ImportedName[];
}

export interface ImportedName {
  readonly declaration: Declaration;
  readonly localName: string;
}

export type Declaration =
  | Const
  | Alias
  | Enum
  | Flags
  | ErrorEnum
  | Union
  | Struct
  | Table
  | Interface
  | Callback
  | Channel
  | AttributeKind;

/** What every declaration has. */
interface Declared extends Described {
  /** As written; unique in its module. */
  readonly name: string;
  readonly nameSpan: Span;
  /** `package.Name`, unique in the model. */
  readonly qualifiedName: string;
  readonly module: Module;
}

/** What every declaration, member, method and parameter has. */
export interface Described {
  /** The text of the `///` lines, or nothing. */
  readonly doc: string | undefined;
  readonly attributes: readonly Attribute[];
  readonly span: Span;
  readonly since: Version | undefined;
  readonly deprecated: Deprecation | undefined;
  readonly sensitive: boolean;
}

export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** `@deprecated(1.2, use = "open")` */
export interface Deprecation {
  readonly version: Version;
  readonly use: string | undefined;
}

/** An attribute whose name is known and whose arguments have been checked against its declaration. */
export interface Attribute {
  readonly name: string;
  /** By parameter name, in the order of the attribute's declaration; absent ones are left out. */
  readonly arguments: ReadonlyMap<string, Value>;
  readonly span: Span;
}

export interface Const extends Declared {
  readonly kind: "const";
  readonly type: Type;
  readonly typeSpan: Span;
  readonly value: Value;
}

export interface Alias extends Declared {
  readonly kind: "alias";
  readonly type: Type;
  readonly typeSpan: Span;
}

export interface Enum extends Declared {
  readonly kind: "enum";
  readonly strict: boolean;
  readonly base: IntegerType;
  readonly members: readonly ValueMember[];
}

export interface Flags extends Declared {
  readonly kind: "flags";
  readonly strict: boolean;
  readonly base: IntegerType;
  readonly members: readonly ValueMember[];
}

/** `error Name : i32`. With `@errno` its values are Linux error numbers, positive as in errno(3). */
export interface ErrorEnum extends Declared {
  readonly kind: "error";
  readonly strict: boolean;
  readonly errno: boolean;
  readonly base: IntegerType;
  readonly members: readonly ValueMember[];
}

export interface ValueMember extends Described {
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: bigint;
}

/** A union, or with `error` a failure that carries data. */
export interface Union extends Declared {
  readonly kind: "union";
  readonly strict: boolean;
  readonly resource: boolean;
  readonly error: boolean;
  readonly members: readonly UnionMember[];
  /** Ordinals that were taken once and may not be taken again. */
  readonly reserved: readonly number[];
}

export interface UnionMember extends Described {
  readonly ordinal: number;
  readonly name: string;
  readonly nameSpan: Span;
  /** Nothing for an arm that is only its name, as `1: void;`. */
  readonly type: Type | undefined;
  /** The name's, for an arm that is only its name. */
  readonly typeSpan: Span;
}

export interface Struct extends Declared {
  readonly kind: "struct";
  readonly resource: boolean;
  readonly members: readonly Field[];
}

export interface Field extends Described {
  readonly name: string;
  readonly nameSpan: Span;
  readonly type: Type;
  readonly typeSpan: Span;
}

export interface Table extends Declared {
  readonly kind: "table";
  readonly resource: boolean;
  readonly members: readonly TableField[];
  /** Ordinals that were taken once and may not be taken again. */
  readonly reserved: readonly number[];
}

export interface TableField extends Described {
  readonly ordinal: number;
  readonly name: string;
  readonly nameSpan: Span;
  readonly type: Type;
  readonly typeSpan: Span;
  readonly default: Value | undefined;
}

export interface Interface extends Declared {
  readonly kind: "interface";
  readonly methods: readonly Method[];
  /** The first 8 bytes of a SHA-256 over the canonical text of all that the interface reaches, as 16 hex digits. */
  readonly fingerprint: string;
}

/** How a method may be called: `async` awaited, `sync` awaited or blocking, `oneway` sent and forgotten. */
export type MethodStyle = "async" | "sync" | "oneway";

export interface Method extends Described {
  readonly name: string;
  readonly nameSpan: Span;
  readonly style: MethodStyle;
  readonly parameters: readonly Parameter[];
  /** Nothing when the reply is empty, or when there is none. */
  readonly result: Type | undefined;
  /** The result's type, or the name when there is no result. */
  readonly resultSpan: Span;
  readonly throws: readonly (ErrorEnum | Union)[];
  /** FNV-1a, 32 bits, of `package.Interface/method`, or of what `@selector` says in place of it. */
  readonly selector: number;
}

export interface Parameter extends Described {
  readonly name: string;
  readonly nameSpan: Span;
  readonly type: Type;
  readonly typeSpan: Span;
  readonly default: Value | undefined;
}

export interface Callback extends Declared {
  readonly kind: "callback";
  readonly parameters: readonly Parameter[];
  readonly result: Type | undefined;
  /** The result's type, or the name when there is no result. */
  readonly resultSpan: Span;
  readonly throws: readonly (ErrorEnum | Union)[];
  readonly once: boolean;
  /** FNV-1a, 32 bits, of `package.Callback/call`. */
  readonly selector: number;
  /** As an interface's. */
  readonly fingerprint: string;
}

export interface Channel extends Declared {
  readonly kind: "channel";
  readonly roles: readonly Role[];
}

export interface Role extends Described {
  readonly name: string;
  readonly nameSpan: Span;
  readonly offers: readonly Offer[];
}

export interface Offer extends Described {
  readonly name: string;
  readonly nameSpan: Span;
  readonly interface: Interface;
}

/** An attribute that a file declares for its own tools. */
export interface AttributeKind extends Declared {
  readonly kind: "attribute";
  readonly targets: readonly string[];
  readonly parameters: readonly Parameter[];
}

export type IntegerName = "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64";
export type FloatName = "f32" | "f64";

export interface IntegerType {
  readonly kind: "integer";
  readonly name: IntegerName;
  /** Whether a 64-bit integer is a JavaScript number (range-checked) in place of a bigint: `@js(number)`. */
  readonly asNumber: boolean;
}

/** A resolved type. Aliases are kept, because signatures read better with them; `underlying` looks through them. */
export type Type =
  | IntegerType
  | { readonly kind: "float"; readonly name: FloatName }
  | { readonly kind: "bool" }
  | StringType
  | BytesType
  | ListType
  | { readonly kind: "map"; readonly key: Type; readonly value: Type; readonly limit: number | undefined }
  | { readonly kind: "stream"; readonly element: Type }
  | FdType
  | { readonly kind: "optional"; readonly inner: Type }
  | { readonly kind: "reference"; readonly ownership: "own" | "borrow"; readonly target: Interface | Callback }
  | NamedType;

/** `limit` is in bytes of UTF-8; without one only the message's own limit holds. */
export interface StringType {
  readonly kind: "string";
  readonly limit: number | undefined;
}

export interface BytesType {
  readonly kind: "bytes";
  readonly limit: number | undefined;
}

export interface ListType {
  readonly kind: "list";
  readonly element: Type;
  /** In elements. */
  readonly limit: number | undefined;
}

/** What a descriptor may be, as fstat(2) tells. */
export type DescriptorKind = "file" | "dir" | "pipe" | "stream" | "seqpacket" | "dgram" | "memory" | "device";
export type DescriptorRight = "read" | "write";

export interface FdType {
  readonly kind: "fd";
  /** Empty: any kind, any right. */
  readonly kinds: readonly DescriptorKind[];
  readonly required: readonly DescriptorRight[];
  readonly optional: readonly DescriptorRight[];
  /** As written, or the default of the place: results own, parameters borrow, fields own. */
  readonly ownership: "own" | "borrow";
}

/** A use of a declaration by name. */
export interface NamedType {
  readonly kind: "named";
  readonly declaration: Alias | Enum | Flags | Struct | Table | Union;
}

/** A computed constant. */
export type Value =
  | IntegerValue
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "version"; readonly major: number; readonly minor: number }
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "member"; readonly declaration: Enum | Flags; readonly member: ValueMember };

export interface IntegerValue {
  readonly kind: "integer";
  readonly value: bigint;
  /** How it is written, when it is one literal without a unit: `0o666`, `0x1_0000`. */
  readonly text?: string;
}

/** A type that is not an alias. */
export type UnderlyingType =
  | Exclude<Type, NamedType>
  | { readonly kind: "named"; readonly declaration: Exclude<NamedType["declaration"], Alias> };

/** Looks through aliases to what a type really is. */
export function underlying(type: Type): UnderlyingType {
  let seen = type;
  while (seen.kind === "named" && seen.declaration.kind === "alias") seen = seen.declaration.type;
  // The loop's condition is the excluded case; TypeScript does not narrow through a nested discriminant.
  return seen as UnderlyingType;
}

/** A type and all that is written inside it; what an alias or another declaration stands for is not. */
export function partsOf(type: Type): readonly Type[] {
  switch (type.kind) {
    case "list":
    case "stream":
      return [type, ...partsOf(type.element)];
    case "map":
      return [type, ...partsOf(type.key), ...partsOf(type.value)];
    case "optional":
      return [type, ...partsOf(type.inner)];
    default:
      return [type];
  }
}
