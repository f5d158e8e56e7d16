/** Holds docs/testing.md against the package: its examples type-check and run, its tables and words are complete. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readPage } from "../support/page.ts";
import { typecheck } from "../support/typecheck.ts";
import { within } from "../support/within.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { blocks, tables } = readPage("testing.md");
const examples = blocks.filter(({ info }) => info === "ts");

/** An example as a module of this repository, where the package's entries are sources. */
function moduleOf(text: string): string {
  const here = text
    .replaceAll('"postern/testing"', `"${join(root, "runtime/testing/index.ts")}"`)
    .replaceAll(/"postern\/generated\/(\w+)"/g, `"${join(root, "generated/$1.ts")}"`);
  return `import * as assert from "uvu/assert";\n${here}\nexport {};\n`;
}

/** Writes the examples as files, for as long as `use` takes. */
async function withModules(use: (paths: readonly string[]) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(root, "node_modules/.examples-"));
  try {
    const paths = examples.map((_, index) => join(folder, `example-${index}.mts`));
    for (const [index, { text }] of examples.entries()) writeFileSync(paths[index]!, moduleOf(text));
    await use(paths);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const test = suite("docs: testing");

test("the examples type-check", async () => {
  assert.ok(examples.length >= 3);
  await withModules(async (paths) => assert.equal(await typecheck(paths), []));
});

test("the examples do what they say", async () => {
  await withModules(async (paths) => {
    for (const path of paths) await within(import(pathToFileURL(path).href), path);
  });
});

test("the table has every fault there is", () => {
  const named = tables[0]!.rows.map(([fault]) => /\w+/.exec(fault!)![0]);
  assert.equal(named.sort(), ["delayMs", "disconnect", "drop", "reorder", "throw"]);
});

test.run();
