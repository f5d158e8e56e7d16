/** A schema of `schema.ts` as IDL, and the defaults of its tables, as text and as values. */

import { bare, type Declared, isBig, rangeOf, type Schema, type Shape, type ShapeTableField } from "./schema.ts";

/** A default, as it is written in the IDL and as it is read. */
export interface Default {
  readonly text: string;
  readonly value: unknown;
}

/** The name that the declaration at an index has. */
export function nameOf(at: number): string {
  return `D${at}`;
}

/** The IDL of a schema, without its package line. */
export function textOf(schema: Schema): string {
  const declarations = schema.map((declared, at) => declarationText(declared, nameOf(at), schema));
  return ["@js(number) type Count = u64;", "@js(number) type Offset = i64;", ...declarations, ""].join("\n");
}

function declarationText(declared: Declared, name: string, schema: Schema): string {
  switch (declared.kind) {
    case "alias":
      return `type ${name} = ${typeText(declared.shape)};`;
    case "enum":
      return block(
        `${openness(declared)} enum ${name} : ${declared.base}`,
        declared.values.map((value, at) => `m${at} = ${value}`),
      );
    case "flags":
      return block(
        `${openness(declared)} flags ${name} : ${declared.base}`,
        declared.bits.map((bit, at) => `m${at} = 1 << ${bit}`),
      );
    case "struct":
      return block(
        `struct ${name}`,
        declared.fields.map((field) => `${field.name}: ${typeText(field.shape)}`),
      );
    case "table":
      return block(
        `table ${name}`,
        declared.fields.map((field) => tableFieldText(field, schema)),
      );
    case "union":
      return block(
        `${openness(declared)} union ${name}`,
        declared.arms.map((arm) => `${arm.ordinal}: ${arm.name}${arm.shape ? `: ${typeText(arm.shape)}` : ""}`),
      );
  }
}

function openness({ strict }: { readonly strict: boolean }): string {
  return strict ? "strict" : "flexible";
}

function block(head: string, members: readonly string[]): string {
  return `${head} {\n${members.map((member) => `  ${member};\n`).join("")}}`;
}

function tableFieldText(field: ShapeTableField, schema: Schema): string {
  const value = defaultOf(field, schema);
  return `${field.ordinal}: ${field.name}: ${typeText(field.shape)}${value === undefined ? "" : ` = ${value.text}`}`;
}

function typeText(shape: Shape): string {
  switch (shape.kind) {
    case "integer":
    case "wide":
    case "float":
      return shape.name;
    case "bool":
      return "bool";
    case "string":
    case "bytes":
      return shape.limit === undefined ? shape.kind : `${shape.kind}<${shape.limit}>`;
    case "list":
      return `list<${typeText(shape.element)}${shape.limit === undefined ? "" : `, ${shape.limit}`}>`;
    case "map":
      return `map<${typeText(shape.key)}, ${typeText(shape.value)}, ${shape.limit}>`;
    case "optional":
      return `${typeText(shape.inner)}?`;
    case "named":
      return nameOf(shape.at);
  }
}

/** The default of a table's field; nothing where it has none, or is of a type that has none. */
export function defaultOf(field: ShapeTableField, schema: Schema): Default | undefined {
  const choice = field.default;
  if (choice === undefined) return undefined;
  const shape = bare(field.shape, schema);
  switch (shape.kind) {
    case "integer": {
      const [least, most] = rangeOf(shape.name);
      const value = pick([most, least, 0n, 1n], choice);
      return { text: `${value}`, value: isBig(shape.name) ? value : Number(value) };
    }
    case "wide": {
      const value = pick([Number.MAX_SAFE_INTEGER, 0, 2 ** 40, 7], choice);
      return { text: `${value}`, value };
    }
    case "float": {
      // All of them are exact in 32 bits as well.
      const value = pick([0.5, -2.25, 1024, -0.125], choice);
      return { text: value.toFixed(3), value };
    }
    case "bool":
      return { text: `${choice % 2 === 0}`, value: choice % 2 === 0 };
    case "string": {
      const value = pick(["", '"', "a\\", "\n", "${", "`", "é", "\u2028", "*/", "😀"], choice);
      return Buffer.byteLength(value) > (shape.limit ?? 99) ? undefined : { text: literal(value), value };
    }
    case "named":
      return namedDefault(shape.at, choice, schema);
    default:
      return undefined;
  }
}

function namedDefault(at: number, choice: number, schema: Schema): Default | undefined {
  const declared = schema[at]!;
  if (declared.kind !== "enum" && declared.kind !== "flags") return undefined;
  const values = declared.kind === "enum" ? declared.values : declared.bits.map((bit) => 1n << BigInt(bit));
  const value = pick(values, choice);
  const text = `${nameOf(at)}.m${choice % values.length}`;
  return { text, value: isBig(declared.base) ? value : Number(value) };
}

function pick<T>(values: readonly T[], choice: number): T {
  return values[choice % values.length]!;
}

/** A text as a literal of the IDL. */
function literal(text: string): string {
  const escaped = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`;
  return `"${text.replace(/[^ !#-[\]-~]/gu, escaped)}"`;
}
