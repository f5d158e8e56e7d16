/** Holds docs/npapi.md against the bridge: its examples type-check and run, and its tables and words are complete. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as npapi from "../../generated/npapi.ts";
import type { AnyMethod } from "../../runtime/channel/interface.ts";
import * as bridge from "../../runtime/npapi/index.ts";
import { readPage, type Table } from "../support/page.ts";
import { Project } from "../support/project.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { blocks, tables } = readPage("npapi.md");
const became = tables.filter(({ head }) => head[0] === "Then");

const test = suite("docs: npapi");

test("the examples type-check, and host and plugin do what they say", async () => {
  const examples = blocks.filter(({ info }) => info.startsWith("ts "));
  using project = new Project();
  for (const { info, text } of examples) project.write(`${info.slice("ts ".length)}.ts`, text);
  assert.equal(await project.typecheck(), []);
  await project.build();
  assert.is(await project.run("host.js"), "a clock for UTC\n640 by 480\n");
});

/** The words in backquotes in a column of a table. */
function quoted({ rows }: Table, column: number): readonly string[] {
  return rows.flatMap((cells) => [...cells[column]!.matchAll(/`([^`]+)`/g)].map(([, word]) => word!));
}

test("the tables have every method of the bridge, and no other", () => {
  const interfaces = Object.values(npapi).filter((value) => typeof value === "object" && "methods" in value);
  const methods = (interfaces as { readonly methods: readonly AnyMethod[] }[])
    .flatMap((each) => each.methods)
    .map(({ fullName }) => fullName.replace("postern.npapi.", ""));
  const named = became.flatMap((table) => [...quoted(table, 1), ...quoted(table, 2)]).filter(isOurs);
  assert.equal([...new Set(named)].toSorted(), methods.toSorted());
});

function isOurs(name: string): boolean {
  return /^[A-Z]\w*\.\w+$/.test(name) || name === "AsyncCall" || name === "AudioReady";
}

test("the tables have every method that there was", () => {
  // Each side's numbers begin with service_discovery; an object's methods were served by both.
  assert.equal(
    became.map((table) => quoted(table, 0).length),
    [12, 12, 27, 3],
  );
});

function never(): never {
  throw new Error("Nobody calls it.");
}

test("what a host may give is told of, each thing", () => {
  const navigator = tables.find(({ head }) => head[0] === "The host gives")!;
  const every: Required<bridge.NavigatorHost> = {
    userAgent: "",
    offline: false,
    privateMode: false,
    window: undefined!,
    pluginElement: undefined!,
    setStatus() {},
    evaluate: never,
    fetch: never,
    openDevice2D: never,
    openDevice3D: never,
    openAudio: never,
    asyncCalls: {},
    onFault() {},
    limit: 0,
  };
  const told = quoted(navigator, 0).map((word) => /^\w+/.exec(word)![0]);
  assert.equal(told.toSorted(), Object.keys(every).toSorted());
});

/** What the page is about of what the bridge exports; the rest is about objects. */
const functions = [
  "answeringLater",
  "AsyncCallQuestions",
  "AudioState",
  "createNavigator",
  "Device3DState",
  "exportObject",
  "importObject",
  "openInstance",
  "postByAsyncCall",
  "revoke",
];

for (const name of functions)
  test(`${name} is named, and is there`, () => {
    assert.ok(readFileSync(join(root, "docs/npapi.md"), "utf8").includes(`\`${name}`));
    assert.ok(Object.keys(bridge).includes(name));
  });

test.run();
