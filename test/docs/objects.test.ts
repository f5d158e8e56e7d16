/** Holds docs/objects.md against the bridge: its examples type-check and run, and its names are those of the code. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as bridge from "../../runtime/npapi/index.ts";
import { isOfFunctions, neverCrosses } from "../../runtime/npapi/reach.ts";
import { readPage } from "../support/page.ts";
import { typecheck } from "../support/typecheck.ts";
import { within } from "../support/within.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const text = readFileSync(join(root, "docs/objects.md"), "utf8");
const { blocks } = readPage("objects.md");

/** An example as a module of this repository, where the package's entries are sources. */
function moduleOf(example: string): string {
  const here = example.replaceAll(/"postern\/(npapi|testing)"/g, `"${join(root, "runtime/$1/index.ts")}"`);
  return `import * as assert from "uvu/assert";\n${here}\nexport {};\n`;
}

const test = suite("docs: objects");

test("the example type-checks and does what it says", async () => {
  const [example] = blocks.filter(({ info }) => info === "ts");
  const folder = mkdtempSync(join(root, "node_modules/.examples-"));
  try {
    const path = join(folder, "example.mts");
    writeFileSync(path, moduleOf(example!.text));
    assert.equal(await typecheck([path]), []);
    await within(import(pathToFileURL(path).href), "the example");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the policy is that of the code", async () => {
  const written = blocks.find(({ info }) => info === "ts of Policy")!.text;
  const folder = mkdtempSync(join(root, "node_modules/.examples-"));
  try {
    const path = join(folder, "policy.mts");
    const code = `import type { Policy as Real } from "${join(root, "runtime/npapi/index.ts")}";\n${written}
      export const there: Real = {} as Policy;\nexport const back: Policy = {} as Real;\n`;
    writeFileSync(path, code);
    assert.equal(await typecheck([path]), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the names that never cross are all there, and no others", () => {
  const [objects, functions] = [/^\* (.*), of any object\.$/m, /^\* (.*) of functions\./m].map((line) =>
    [...line.exec(text)![1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
  );
  const known = [...Object.getOwnPropertyNames(Object.prototype), ...Object.getOwnPropertyNames(Function.prototype)];
  const every = [...new Set([...known, "prototype"])];
  assert.equal(objects!.toSorted(), every.filter(neverCrosses).toSorted());
  assert.equal(functions!.toSorted(), every.filter(isOfFunctions).toSorted());
});

for (const name of [
  ...["allOf", "exportObject", "get", "has", "importObject", "importObjectSync", "invokeSync", "isRemote", "keys"],
  ...["only", "post", "readOnly", "remove", "RemoteError", "revoke", "set"],
])
  test(`${name} is told of, and is there`, () => {
    assert.ok(Object.hasOwn(bridge, name));
    assert.match(text, new RegExp(`\\b${name}\\b`));
  });

test.run();
