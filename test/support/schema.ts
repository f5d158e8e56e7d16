/**
 * Schemas that chance makes: declarations of every kind that holds plain values, each using those before it, and itself
 * by way of a list. What is made is data, so that a failing one shrinks; `schema-text.ts` writes it as IDL.
 */

import fc from "fast-check";

export const integerNames = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"] as const;
export type IntegerName = (typeof integerNames)[number];

/** A type. `wide` is a 64-bit integer that is a number in JavaScript; `named` is a declaration by its index. */
export type Shape =
  | { readonly kind: "integer"; readonly name: IntegerName }
  | { readonly kind: "wide"; readonly name: "Count" | "Offset" }
  | { readonly kind: "float"; readonly name: "f32" | "f64" }
  | { readonly kind: "bool" }
  | { readonly kind: "string" | "bytes"; readonly limit: number | undefined }
  | { readonly kind: "list"; readonly element: Shape; readonly limit: number | undefined }
  | { readonly kind: "map"; readonly key: Shape; readonly value: Shape; readonly limit: number }
  | { readonly kind: "optional"; readonly inner: Shape }
  | { readonly kind: "named"; readonly at: number };

/** A field of a struct. */
export interface ShapeField {
  readonly name: string;
  readonly shape: Shape;
}

/** A field of a table. What its default is, if it may have one, `schema-text.ts` makes of the number. */
export interface ShapeTableField extends ShapeField {
  readonly ordinal: number;
  readonly default: number | undefined;
}

export interface ShapeArm {
  readonly name: string;
  readonly ordinal: number;
  readonly shape: Shape | undefined;
}

export type Declared =
  | { readonly kind: "alias"; readonly shape: Shape }
  | { readonly kind: "enum"; readonly strict: boolean; readonly base: IntegerName; readonly values: readonly bigint[] }
  | { readonly kind: "flags"; readonly strict: boolean; readonly base: IntegerName; readonly bits: readonly number[] }
  | { readonly kind: "struct"; readonly fields: readonly ShapeField[] }
  | { readonly kind: "table"; readonly fields: readonly ShapeTableField[] }
  | { readonly kind: "union"; readonly strict: boolean; readonly arms: readonly ShapeArm[] };

/** Declarations, in an order in which each uses only itself and those before it. */
export type Schema = readonly Declared[];

/** The least and the greatest of an integer type. */
export function rangeOf(name: IntegerName): readonly [bigint, bigint] {
  const bits = BigInt(name.slice(1));
  return name.startsWith("u") ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
}

/** Whether an integer type is a bigint in JavaScript. */
export function isBig(name: IntegerName): boolean {
  return name.endsWith("64");
}

/** Looks through aliases. */
export function bare(shape: Shape, schema: Schema): Shape {
  const declared = shape.kind === "named" ? schema[shape.at] : undefined;
  return declared?.kind === "alias" ? bare(declared.shape, schema) : shape;
}

/** Names that mean something to generated code or to every object, and some that do not. */
const names = [
  ...["a", "b", "c", "d", "e", "p", "v", "ordinal", "kind", "value", "constructor", "hasOwnProperty", "toString"],
  ...["then", "__proto__", "class", "await", "undefined", "default_", "valueOf", "unknown", "string", "list", "table"],
];
const name = fc.constantFrom(...names);
const ordinal = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 0xffff }));
const integerName = fc.constantFrom(...integerNames);
const limit = fc.integer({ min: 1, max: 24 });
const perhapsLimit = fc.option(limit, { nil: undefined });
const integer = fc.record({ kind: fc.constant("integer" as const), name: integerName });
const limitedString = fc.record({ kind: fc.constant("string" as const), limit });
// Which declaration that is, is settled when it is known how many stand before it.
const named = fc.record({ kind: fc.constant("named" as const), at: fc.nat(50) });

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { depthSize: "small", maxDepth: 4 },
    integer,
    fc.record({ kind: fc.constant("wide" as const), name: fc.constantFrom("Count" as const, "Offset" as const) }),
    fc.record({ kind: fc.constant("float" as const), name: fc.constantFrom("f32" as const, "f64" as const) }),
    fc.constant({ kind: "bool" as const }),
    fc.record({ kind: fc.constantFrom("string" as const, "bytes" as const), limit: perhapsLimit }),
    { weight: 4, arbitrary: named },
    fc.record({ kind: fc.constant("list" as const), element: tie("shape"), limit: perhapsLimit }),
    fc.record({
      kind: fc.constant("map" as const),
      key: fc.oneof(integer, limitedString, named),
      value: tie("shape"),
      limit,
    }),
    fc.record({ kind: fc.constant("optional" as const), inner: tie("shape") }),
  ),
}));

const strict = fc.boolean();
const enumDeclared = integerName.chain((base) => {
  const [min, max] = rangeOf(base);
  const values = fc.uniqueArray(fc.bigInt({ min, max }), { minLength: 1, maxLength: 5 });
  return fc.record({ kind: fc.constant("enum" as const), strict, base: fc.constant(base), values });
});
const flagsDeclared = integerName.chain((base) => {
  // The sign is no flag.
  const most = Number(base.slice(1)) - (base.startsWith("i") ? 2 : 1);
  const bits = fc.uniqueArray(fc.nat(most), { minLength: 1, maxLength: 6 });
  return fc.record({ kind: fc.constant("flags" as const), strict, base: fc.constant(base), bits });
});
const structDeclared = fc.record({
  kind: fc.constant("struct" as const),
  // A struct without fields has no bytes, and lists of such are not sent.
  fields: fc.uniqueArray(fc.record({ name, shape }), { minLength: 1, maxLength: 6, selector: (one) => one.name }),
});
const tableDeclared = fc.record({
  kind: fc.constant("table" as const),
  fields: fc
    .uniqueArray(fc.record({ name, ordinal, shape, default: fc.option(fc.nat(9), { nil: undefined }) }), {
      maxLength: 6,
      selector: (one) => one.name,
    })
    .map(withDistinctOrdinals),
});
const unionDeclared = fc.record({
  kind: fc.constant("union" as const),
  strict,
  arms: fc
    .uniqueArray(fc.record({ name, ordinal, shape: fc.option(shape, { nil: undefined }) }), {
      minLength: 1,
      maxLength: 5,
      selector: (one) => one.name,
    })
    .map(withDistinctOrdinals),
});

function withDistinctOrdinals<T extends { readonly ordinal: number }>(members: readonly T[]): readonly T[] {
  return members.filter(({ ordinal }, index) => members.findIndex((other) => other.ordinal === ordinal) === index);
}

/** A schema, of which every declaration is in order and none has values that grow without end. */
export const anySchema: fc.Arbitrary<Schema> = fc
  .array(
    fc.oneof(
      fc.record({ kind: fc.constant("alias" as const), shape }),
      enumDeclared,
      flagsDeclared,
      { weight: 3, arbitrary: structDeclared },
      { weight: 4, arbitrary: tableDeclared },
      { weight: 3, arbitrary: unionDeclared },
    ),
    { minLength: 3, maxLength: 14 },
  )
  .map(settle);

/** How many scalars a value may be made of: declarations that use each other often would double it with every one. */
const MOST_SCALARS = 200;

/** Makes declarations out of what chance has put together: picks what names stand for and mends what is not allowed. */
function settle(raw: Schema): Schema {
  const settled: Declared[] = [];
  const sizes: number[] = [];
  for (const declared of raw) {
    const settling = new Settling(settled, sizes, declared.kind === "alias");
    settled.push(settling.declared(declared));
    sizes.push(settling.size);
  }
  return settled;
}

/** One declaration on its way to being in order. */
class Settling {
  /** The scalars of a value of it so far. */
  size = 1;
  readonly #before: readonly Declared[];
  readonly #sizes: readonly number[];
  readonly #isAlias: boolean;

  constructor(before: readonly Declared[], sizes: readonly number[], isAlias: boolean) {
    this.#before = before;
    this.#sizes = sizes;
    this.#isAlias = isAlias;
  }

  declared(raw: Declared): Declared {
    switch (raw.kind) {
      case "alias":
        return { ...raw, shape: this.#shape(raw.shape) };
      case "struct":
        return { ...raw, fields: raw.fields.map((field) => ({ ...field, shape: this.#shape(field.shape) })) };
      case "table":
        return { ...raw, fields: raw.fields.map((field) => ({ ...field, shape: this.#required(field.shape) })) };
      case "union":
        return { ...raw, arms: raw.arms.map((arm) => ({ ...arm, shape: arm.shape && this.#shape(arm.shape) })) };
      default:
        return raw;
    }
  }

  #shape(raw: Shape, times = 1): Shape {
    switch (raw.kind) {
      case "named":
        return this.#named(raw.at, times);
      case "list":
        return { ...raw, element: this.#shape(raw.element, times * 2) };
      case "map":
        return { ...raw, key: this.#key(raw.key), value: this.#shape(raw.value, times * 2) };
      case "optional":
        return { ...raw, inner: this.#required(raw.inner, times) };
      default:
        this.size += times;
        return raw;
    }
  }

  #named(pick: number, times: number): Shape {
    const here = this.#before.length;
    const at = pick % (here + 1);
    // An alias cannot be of itself, not even by way of a list.
    const size = at === here ? (this.#isAlias ? Number.POSITIVE_INFINITY : 12) : this.#sizes[at]!;
    if (this.size + size * times > MOST_SCALARS) return { kind: "bool" };
    this.size += size * times;
    const named: Shape = { kind: "named", at };
    return at === here ? { kind: "list", element: named, limit: 2 } : named;
  }

  /** A type that is not optional, through aliases neither. */
  #required(raw: Shape, times = 1): Shape {
    const settled = this.#shape(raw, times);
    const seen = bare(settled, this.#before);
    return seen.kind === "optional" ? seen.inner : settled;
  }

  /** A type that can be a map's key: of what has a name, only an enum. */
  #key(raw: Shape): Shape {
    if (raw.kind !== "named") return raw;
    const enums = this.#before.flatMap(({ kind }, at) => (kind === "enum" ? [at] : []));
    return enums.length === 0 ? { kind: "integer", name: "u16" } : { kind: "named", at: enums[raw.at % enums.length]! };
  }
}
