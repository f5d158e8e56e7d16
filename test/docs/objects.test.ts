/** Holds docs/objects.md against the bridge: its examples type-check and run, and its names are those of the code. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as bridge from "../../runtime/npapi/index.ts";
import { isOfFunctions, neverCrosses } from "../../runtime/npapi/reach.ts";
import { readPage } from "../support/page.ts";
import { Project } from "../support/project.ts";

const text = readFileSync(fileURLToPath(new URL("../../docs/objects.md", import.meta.url)), "utf8");
const { blocks } = readPage("objects.md");

const test = suite("docs: objects");

test("the example type-checks and does what it says", async () => {
  const [example] = blocks.filter(({ info }) => info === "ts");
  using project = new Project();
  project.write("example.ts", example!.text);
  assert.equal(await project.typecheck(), []);
  await project.build();
  await project.run("example.js");
});

test("the policy is that of the code", async () => {
  const written = blocks.find(({ info }) => info === "ts of Policy")!.text;
  using project = new Project();
  const code = `import type { Policy as Real } from "postern/npapi";\n${written}
    export const there: Real = {} as Policy;\nexport const back: Policy = {} as Real;\n`;
  project.write("policy.ts", code);
  assert.equal(await project.typecheck(), []);
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
