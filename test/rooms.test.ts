/**
 * The walls between the rooms, held by reading every import: which room may know which, nothing imported in a circle,
 * and nothing from outside but what docs/architecture.md names.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A file's imports by kind: of files of this repository, relative to its root, and of packages by name. */
interface Imports {
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

const importing = /^\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

function importsOf(file: string): Imports {
  const specifiers = [...readFileSync(join(root, file), "utf8").matchAll(importing)].map(
    (match) => (match[1] ?? match[2] ?? match[3])!,
  );
  const files = specifiers.filter((specifier) => specifier.startsWith("."));
  return {
    files: files.map((specifier) => join(dirname(file), specifier)),
    packages: specifiers.filter((specifier) => !specifier.startsWith(".")),
  };
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => relative(root, join(root, folder, name)));
}

const files = ["generator", "runtime", "generated"].flatMap(sources);
const graph = new Map(files.map((file) => [file, importsOf(file)]));

/** A wall: files under `room` may import files under `allowed` and nothing else of this repository. */
interface Wall {
  readonly room: string;
  readonly allowed: readonly string[];
}

const common = ["generator/source.ts", "generator/diagnostics.ts", "generator/suggest.ts"];
const walls: readonly Wall[] = [
  { room: "generator/syntax/", allowed: ["generator/syntax/", ...common] },
  {
    room: "generator/model/",
    allowed: ["generator/model/", "generator/syntax/ast.ts", "generator/syntax/parse.ts", ...common],
  },
  { room: "generator/check/", allowed: ["generator/check/", "generator/model/model.ts", ...common] },
  {
    room: "generator/emit/",
    allowed: ["generator/emit/", "generator/model/model.ts", "generator/model/layout.ts", ...common],
  },
  { room: "generator/", allowed: ["generator/"] },
  {
    room: "runtime/marshal/",
    allowed: [
      "runtime/marshal/",
      "runtime/errors.ts",
      "runtime/limits.ts",
      "runtime/descriptor.ts",
      "runtime/system-error.ts",
    ],
  },
  {
    room: "runtime/protocol/",
    allowed: [
      "runtime/protocol/",
      "runtime/marshal/",
      "runtime/errors.ts",
      "runtime/limits.ts",
      "runtime/descriptor.ts",
      "runtime/transport/transport.ts",
    ],
  },
  {
    room: "runtime/channel/",
    allowed: [
      "runtime/channel/",
      "runtime/protocol/",
      "runtime/marshal/",
      "runtime/errors.ts",
      "runtime/limits.ts",
      "runtime/descriptor.ts",
      "runtime/transport/transport.ts",
    ],
  },
  {
    room: "runtime/transport/",
    allowed: [
      "runtime/transport/",
      "runtime/native/",
      "runtime/errors.ts",
      "runtime/limits.ts",
      "runtime/descriptor.ts",
      "runtime/system-error.ts",
    ],
  },
  { room: "runtime/native/", allowed: ["runtime/native/", "runtime/errors.ts"] },
  { room: "runtime/files/", allowed: ["runtime/", "generated/"] },
  { room: "runtime/npapi/", allowed: ["runtime/", "generated/"] },
  { room: "runtime/sockets/", allowed: ["runtime/", "generated/"] },
  { room: "runtime/", allowed: ["runtime/"] },
  { room: "generated/", allowed: ["generated/", "runtime/codegen.ts"] },
];

/** The packages that each room may import; Node's own modules are allowed everywhere but where `nodeless` says. */
const packages: ReadonlyMap<string, readonly string[]> = new Map([
  ["generator/syntax/", ["chevrotain"]],
  ["generator/emit/", ["ts-morph", "handlebars"]],
  ["runtime/native/", ["node-gyp-build"]],
]);

const rooms = suite("rooms");

for (const [file, imports] of graph) {
  const wall = walls.find(({ room }) => file.startsWith(room));
  rooms(`${file} keeps to its room`, () => {
    assert.ok(wall !== undefined, "is in no room");
    const strangers = imports.files.filter((target) => !wall!.allowed.some((allowed) => target.startsWith(allowed)));
    assert.equal(strangers, []);
  });
}

rooms("what is for tests is imported by nothing else", () => {
  const importers = [...graph].filter(([file]) => !file.startsWith("runtime/testing/"));
  const importing = importers.filter(([, imports]) => imports.files.some((to) => to.startsWith("runtime/testing/")));
  assert.equal(
    importing.map(([file]) => file),
    [],
  );
});

rooms("packages from outside are those of their room", () => {
  const strangers = [...graph].flatMap(([file, imports]) => {
    const allowed = [...packages].find(([room]) => file.startsWith(room))?.[1] ?? [];
    return imports.packages
      .filter((name) => !name.startsWith("node:") && !allowed.includes(name))
      .map((name) => `${file}: ${name}`);
  });
  assert.equal(strangers, []);
});

rooms("only main.ts and the runtime's way into a process touch `process`", () => {
  const touching = files
    .filter((file) => file.startsWith("generator/"))
    .filter((file) => /\bprocess\.|from "node:process"/.test(readFileSync(join(root, file), "utf8")));
  assert.equal(touching, ["generator/main.ts"]);
});

rooms("the pipeline touches no file system", () => {
  const pure = files.filter((file) => /^generator\/(compile|syntax\/|model\/|check\/|emit\/)/.test(file));
  const touching = pure.filter((file) =>
    graph.get(file)!.packages.some((name) => /^node:(fs|child_process)/.test(name)),
  );
  assert.equal(touching, []);
});

rooms("a circle of imports is found", () => {
  const circular = new Map([
    ["a", ["b"]],
    ["b", ["c"]],
    ["c", ["a"]],
  ]);
  assert.equal(circle(circular), ["a", "b", "c", "a"]);
});

rooms("nothing is imported in a circle", () => {
  assert.equal(circle(new Map([...graph].map(([file, imports]) => [file, imports.files]))), undefined);
});

/** Finds one circle in a graph, as the path that closes it. */
function circle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of edges.get(node) ?? []) {
      const found = visit(next, [...path, node]);
      if (found !== undefined) return found;
    }
    done.add(node);
    return undefined;
  };
  for (const node of edges.keys()) {
    const found = visit(node, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

rooms.run();
