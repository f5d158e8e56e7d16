/**
 * Schemas and values that chance makes, through the compiler, the code that it generates and back: what is read is what
 * was written, with defaults filled in. Deterministic; another seed comes from `POSTERN_SEED`, and a failure prints the
 * one it was found with, the schema and the values.
 */

import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Generated, generated } from "../support/generated.ts";
import { decoded, encoded } from "../support/marshalling.ts";
import { anySchema, bare, type Schema } from "../support/schema.ts";
import { nameOf, textOf } from "../support/schema-text.ts";
import { readOf, valuesOf } from "../support/schema-values.ts";
import { seed } from "../support/seed.ts";

const test = suite("properties: schemas");

/** Values of one declaration of a schema. */
interface Sample {
  readonly at: number;
  readonly values: readonly unknown[];
}

/** A schema, and values of each of its declarations. */
const sampled = anySchema.chain((schema) => {
  const samples = schema.map((_, at) =>
    fc.record({ at: fc.constant(at), values: fc.array(valuesOf({ kind: "named", at }, schema), { minLength: 1 }) }),
  );
  return fc.record({ schema: fc.constant(schema), samples: fc.tuple(...samples) });
});

const parameters = { seed, numRuns: 40 };

test("what is read is what was written, with defaults filled in, and can be written again", async () => {
  const property = fc.asyncProperty(sampled, async ({ schema, samples }) => {
    const module = await load(schema);
    for (const sample of samples) comesBack(module, schema, sample);
  });
  await fc.assert(property, parameters);
});

/** Loads what a schema becomes; what the compiler says against it is told with the text. */
async function load(schema: Schema): Promise<Generated> {
  const text = textOf(schema);
  try {
    return await generated(text);
  } catch (cause) {
    throw new Error(`refused:\n${text}`, { cause });
  }
}

function comesBack(module: Generated, schema: Schema, { at, values }: Sample): void {
  const shape = { kind: "named", at } as const;
  // An alias has no codec of its own.
  if (bare(shape, schema) !== shape) return;
  const codec = module[`${nameOf(at)}$`]!;
  for (const value of values) {
    const bytes = encoded((e) => codec.encode(e, value));
    const read = decoded(bytes, codec.decode);
    // Node's comparison, which tells -0 from 0, and null from undefined.
    deepStrictEqual(read, readOf(shape, value, schema));
    const again = encoded((e) => codec.encode(e, read));
    deepStrictEqual(decoded(again, codec.decode), read);
  }
}

test("the schemas are not all alike: every kind of declaration and type comes up", () => {
  const kinds = new Set<string>();
  for (const schema of fc.sample(anySchema, parameters))
    JSON.stringify(schema, (key, value: unknown) => {
      if (key === "kind") kinds.add(String(value));
      return typeof value === "bigint" ? String(value) : value;
    });
  const all = ["alias", "enum", "flags", "struct", "table", "union", "integer", "wide", "float", "bool", "string"];
  assert.equal([...kinds].sort(), [...all, "bytes", "list", "map", "optional", "named"].sort());
});

test.run();
