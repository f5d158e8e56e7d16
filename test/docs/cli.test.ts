/** Holds docs/cli.md against the command: its help, its formats and how it chooses import extensions. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chooseExtension } from "../../generator/project.ts";
import { formats, help, parseCommand } from "../../generator/usage.ts";
import { readPage, unquoted } from "../support/page.ts";

const test = suite("docs: the command");

const { blocks, tables } = readPage("cli.md");

function rowsOf(head: string): readonly (readonly string[])[] {
  return tables.find((table) => table.head[0] === head)!.rows;
}

test("the help is shown as it is printed", () => {
  assert.equal(
    blocks.map(({ text }) => text),
    [help.postern, help.generate, help.check],
  );
});

test("every format is in the table, and its help says where it goes", () => {
  assert.equal(
    rowsOf("Format").map(([name]) => unquoted(name!)),
    [...formats],
  );
  const toStdout = rowsOf("Format").filter(([, , stream]) => stream === "stdout");
  const names = toStdout.map(([name]) => unquoted(name!)).join(" and ");
  assert.ok(help.check.includes(`${names} go to stdout, the others to stderr`));
});

/** A tsconfig.json for each row of the table of extensions, in its order. */
const projects: readonly (readonly object[])[] = [
  [{ allowImportingTsExtensions: true }, { rewriteRelativeImportExtensions: true, module: "nodenext" }],
  [{ moduleResolution: "bundler" }, { module: "preserve" }],
  [{ module: "node16" }, { module: "nodenext" }],
  [{}, { module: "esnext" }],
];

test("import extensions are chosen as the table says", () => {
  const rows = rowsOf("What is found");
  assert.is(rows.length, projects.length);
  for (const [index, [, extension]] of rows.entries()) {
    for (const compilerOptions of projects[index]!) {
      const config = JSON.stringify({ compilerOptions });
      const chosen = chooseExtension("/p/out", (path) => (path === "/p/tsconfig.json" ? config : undefined));
      assert.is(chosen.extension, unquoted(extension!), config);
    }
  }
});

test("the extensions of the table are what --import-extension takes", () => {
  for (const [, extension] of rowsOf("What is found")) {
    const words = ["generate", "a.idl", "--out", "o", "--import-extension", unquoted(extension!)];
    assert.not.throws(() => parseCommand(words));
  }
});

test.run();
