/** Holds docs/sockets.md against the package: its examples type-check, its C compiles, and its names are there. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as postern from "../../runtime/index.ts";
import { readPage } from "../support/page.ts";
import { Project } from "../support/project.ts";

const text = readFileSync(fileURLToPath(new URL("../../docs/sockets.md", import.meta.url)), "utf8");
const { blocks } = readPage("sockets.md");

const test = suite("docs: sockets");

test("the examples type-check", async () => {
  const examples = blocks.filter(({ info }) => info === "ts");
  assert.is(examples.length, 7);
  using project = new Project();
  await project.generate("meeting.idl", blocks.find(({ info }) => info === "idl")!.text);
  for (const [index, example] of examples.entries()) project.write(`example-${index}.ts`, shown(example.text));
  assert.equal(await project.typecheck(), []);
});

/** An example whose last names are for its readers to use. */
function shown(example: string): string {
  const names = [...example.matchAll(/^(?:const|using) (?:\{ )?(\w+)/gm)].map(([, name]) => name!);
  return `${example}\nvoid [${names.join(", ")}];\n`;
}

test("the C compiles", () => {
  const program = `#include <sys/socket.h>\n#include <sys/uio.h>\nvoid hello(int fd) {\n${
    blocks.find(({ info }) => info === "c")!.text
  }}\n`;
  execFileSync("cc", ["-x", "c", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-"], { input: program });
});

for (const name of [
  ...["accept", "acceptSync", "boundFromParent", "boundSocket", "boundSocketOver", "connect", "connectThrough"],
  ...["makeSocket", "serve", "socketFactory", "spawnBound"],
])
  test(`${name} is told of, and is there`, () => {
    assert.type(Object.entries(postern).find(([exported]) => exported === name)?.[1], "function");
    assert.match(text, new RegExp(`\\b${name}\\b`));
  });

test.run();
