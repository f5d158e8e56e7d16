/** Holds docs/guide.md against the package: every answer type-checks, runs, and prints what stands behind its lines. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readPage } from "../support/page.ts";
import { Project } from "../support/project.ts";
import { quiet } from "../support/within.ts";

const { blocks } = readPage("guide.md");
const idl = blocks.find(({ info }) => info === "idl")!.text;

/** The longest that an answer may be, without its imports and blank lines. */
const LINES_MAX = 10;

/** A file of the page: `ts NAME`, or `ts NAME of PROGRAM` where what it prints, PROGRAM prints. */
interface Example {
  readonly name: string;
  readonly program: string;
  readonly text: string;
}

const examples: readonly Example[] = blocks.flatMap(({ info, text }) => {
  const [, name, program = name] = /^ts (\S+)(?: of (\S+))?$/.exec(info) ?? [];
  return name === undefined ? [] : [{ name, program: program!, text }];
});

/** What the lines that print say that they print. */
function printed(text: string): readonly string[] {
  const said = [...text.matchAll(/console\.log\(.*; \/\/ (.*)$/gm)].map(([, line]) => line!);
  return said.flatMap((line) => line.split(", then "));
}

const programs = examples.filter(({ name, program, text }) => name === program && isProgram(name, text));

function isProgram(name: string, text: string): boolean {
  return text.includes("console.log") || examples.some((other) => other.name !== name && other.program === name);
}

const test = suite("docs: the guide");
const project = new Project();
const built = quiet(buildAll());

async function buildAll(): Promise<void> {
  await project.generate("guide.idl", idl);
  for (const { name, text } of examples) project.write(name, text);
  await project.build();
  mkdirSync(join(project.home, "shared"));
  writeFileSync(join(project.home, "shared/notes.txt"), "a b\nc d\n");
}

test.after(async () => {
  await built.catch(() => {});
  project[Symbol.dispose]();
});

test("all of it type-checks, under the strictest flags", async () => {
  await built;
  assert.equal(await project.typecheck(), []);
});

test("every program is known to be one", () => {
  assert.is(programs.length, 12);
});

for (const { name } of programs)
  test(`${name} prints what it says`, async () => {
    const expected = examples.filter(({ program }) => program === name).flatMap(({ text }) => printed(text));
    await built;
    const output = await project.run(name.replace(/\.ts$/, ".js"));
    assert.equal(output.trimEnd().split("\n"), expected);
  });

for (const { name, text } of programs)
  test(`${name} is short`, () => {
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("import "));
    assert.ok(lines.length <= LINES_MAX, `${lines.length} lines`);
  });

test("its first lines lead to every answer", () => {
  const page = readFileSync(fileURLToPath(new URL("../../docs/guide.md", import.meta.url)), "utf8");
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading!);
  const led = [...page.slice(0, page.indexOf("\n## ")).matchAll(/\]\(#([^)]*)\)/g)].map(([, slug]) => slug!);
  assert.equal(
    led,
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
});

test.run();
