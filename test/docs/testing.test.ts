/** Holds docs/testing.md against the package: its examples type-check and run, its tables and words are complete. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readPage } from "../support/page.ts";
import { Project } from "../support/project.ts";

const { blocks, tables } = readPage("testing.md");
const examples = blocks.filter(({ info }) => info === "ts");

const test = suite("docs: testing");

test("the examples type-check and do what they say", async () => {
  assert.is(examples.length, 3);
  using project = new Project();
  for (const [index, { text }] of examples.entries()) project.write(`example-${index}.ts`, text);
  assert.equal(await project.typecheck(), []);
  await project.build();
  for (const index of examples.keys()) await project.run(`example-${index}.js`);
});

test("the table has every fault there is", () => {
  const named = tables[0]!.rows.map(([fault]) => /\w+/.exec(fault!)![0]);
  assert.equal(named.sort(), ["delayMs", "disconnect", "drop", "reorder", "throw"]);
});

test.run();
