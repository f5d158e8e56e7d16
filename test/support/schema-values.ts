/** Values of the types of a schema: any that may be written, and what is read of one. */

import fc from "fast-check";
import { type IntegerName, isBig, rangeOf, type Schema, type Shape } from "./schema.ts";
import { defaultOf } from "./schema-text.ts";

/** Lists, maps and optionals that lie in so many others are empty: what holds lists of itself must end. */
const MOST_LEVELS = 3;

type Values = fc.Arbitrary<unknown>;
type Record = { readonly [name: string]: unknown };

/** Any value that may be written for a type; `level` is how many lists, maps and optionals it lies in. */
export function valuesOf(shape: Shape, schema: Schema, level = 0): Values {
  switch (shape.kind) {
    case "integer":
      return integers(shape.name);
    case "wide":
      return shape.name === "Count" ? fc.maxSafeNat() : fc.maxSafeInteger();
    case "float":
      return shape.name === "f32" ? fc.float() : fc.double();
    case "bool":
      return fc.boolean();
    case "string":
      return strings(shape.limit ?? 40);
    case "bytes":
      return fc.uint8Array({ maxLength: shape.limit ?? 40 });
    case "list":
      if (level === MOST_LEVELS) return fc.constant([]);
      return fc.array(valuesOf(shape.element, schema, level + 1), { maxLength: Math.min(shape.limit ?? 3, 3) });
    case "map": {
      if (level === MOST_LEVELS) return fc.constant(new Map());
      const entry = fc.tuple(valuesOf(shape.key, schema, level + 1), valuesOf(shape.value, schema, level + 1));
      return fc.array(entry, { maxLength: Math.min(shape.limit, 3) }).map((entries) => new Map(entries));
    }
    case "optional":
      if (level === MOST_LEVELS) return fc.constant(undefined);
      return perhaps(valuesOf(shape.inner, schema, level + 1));
    case "named":
      return namedValues(shape.at, schema, level);
  }
}

function namedValues(at: number, schema: Schema, level: number): Values {
  const declared = schema[at]!;
  switch (declared.kind) {
    case "alias":
      return valuesOf(declared.shape, schema, level);
    case "enum":
      return declared.strict ? fc.constantFrom(...declared.values.map(as(declared.base))) : integers(declared.base);
    case "flags":
      return declared.strict ? combinations(declared.bits).map(as(declared.base)) : integers(declared.base);
    case "struct":
      return fc.record(fieldsOf(declared.fields, (shape) => valuesOf(shape, schema, level)));
    case "table":
      return fc.record(
        fieldsOf(declared.fields, (shape) => perhaps(valuesOf(shape, schema, level))),
        { requiredKeys: [] },
      );
    case "union": {
      const known = declared.arms.map(({ name, shape }): Values => {
        const kind = fc.constant(armName(name, declared.strict));
        return shape === undefined ? fc.record({ kind }) : fc.record({ kind, value: valuesOf(shape, schema, level) });
      });
      return fc.oneof(...known, ...(declared.strict ? [] : [unknownArms(declared.arms)]));
    }
  }
}

function integers(name: IntegerName): Values {
  const [min, max] = rangeOf(name);
  return fc.oneof(fc.constantFrom(min, max), fc.bigInt({ min, max })).map(as(name));
}

/** What an integer of a type is in JavaScript. */
function as(name: IntegerName): (value: bigint) => bigint | number {
  return (value) => (isBig(name) ? value : Number(value));
}

function combinations(bits: readonly number[]): fc.Arbitrary<bigint> {
  return fc.subarray([...bits]).map((some) => some.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n));
}

/** Texts of so many bytes at most: short ones of any characters, and ASCII up to the last byte. */
function strings(bytes: number): Values {
  const any = fc.string({ unit: "binary", maxLength: bytes >> 2 });
  return fc.oneof(any, fc.string({ unit: "binary-ascii", maxLength: bytes }));
}

function perhaps(values: Values): Values {
  return fc.oneof({ weight: 3, arbitrary: values }, fc.constantFrom(undefined, null));
}

function unknownArms(arms: readonly { readonly ordinal: number }[]): Values {
  const ordinal = fc.integer({ min: 1, max: 0xffff }).filter((one) => !arms.some((arm) => arm.ordinal === one));
  return fc.record({ kind: fc.constant("unknown"), ordinal, value: fc.uint8Array({ maxLength: 20 }) });
}

function fieldsOf<T>(
  fields: readonly { readonly name: string; readonly shape: Shape }[],
  make: (shape: Shape) => T,
): { [name: string]: T } {
  return Object.fromEntries(fields.map(({ name, shape }) => [fieldName(name), make(shape)]));
}

/** What a field is called in TypeScript. */
function fieldName(name: string): string {
  return name in Object.prototype || name === "then" ? `${name}$` : name;
}

/** What an arm is called in TypeScript. */
function armName(name: string, strict: boolean): string {
  return name === "__proto__" || (name === "unknown" && !strict) ? `${name}$` : name;
}

/** What a value that was written is when it is read: the same, with what was left out filled in. */
export function readOf(shape: Shape, value: unknown, schema: Schema): unknown {
  switch (shape.kind) {
    case "optional":
      return value == null ? undefined : readOf(shape.inner, value, schema);
    case "list":
      // Of a list's type, as all values here are of the type that they are given for.
      return (value as readonly unknown[]).map((element) => readOf(shape.element, element, schema));
    case "map": {
      const entries = [...(value as ReadonlyMap<unknown, unknown>)];
      return new Map(entries.map(([key, held]) => [key, readOf(shape.value, held, schema)]));
    }
    case "named":
      return namedRead(shape.at, value, schema);
    default:
      return value;
  }
}

function namedRead(at: number, value: unknown, schema: Schema): unknown {
  const declared = schema[at]!;
  switch (declared.kind) {
    case "alias":
      return readOf(declared.shape, value, schema);
    case "struct": {
      const fields = declared.fields.map(({ name, shape }) => {
        const key = fieldName(name);
        return [key, readOf(shape, (value as Record)[key], schema)];
      });
      return Object.fromEntries(fields);
    }
    case "table": {
      const fields = declared.fields.map((field) => {
        const key = fieldName(field.name);
        const written = Object.hasOwn(value as Record, key) ? (value as Record)[key] : undefined;
        return [key, written == null ? defaultOf(field, schema)?.value : readOf(field.shape, written, schema)];
      });
      return Object.fromEntries(fields);
    }
    case "union": {
      const { kind, value: held } = value as Record;
      const arm = declared.arms.find(({ name }) => armName(name, declared.strict) === kind);
      if (arm === undefined) return { ...(value as Record) };
      return arm.shape === undefined ? { kind } : { kind, value: readOf(arm.shape, held, schema) };
    }
    default:
      return value;
  }
}
