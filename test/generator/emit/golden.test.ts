import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../generator/compile.ts";
import type { Diagnostic } from "../../../generator/diagnostics.ts";
import { typescript } from "../../../generator/emit/typescript.ts";
import { position } from "../../../generator/source.ts";
import { goldenCases, goldenPath, matchesGolden, noStaleGoldens } from "../../support/golden.ts";

const test = suite("emit: golden files");

/** Every `.idl` of the folder is generated; `input.ts` is kept as `expected.ts`, the others under their own names. */
async function emitCase(folder: string) {
  const inputs = readdirSync(folder).filter((name) => name.endsWith(".idl"));
  const readFile = (path: string) => (inputs.includes(path) ? readFileSync(join(folder, path), "utf8") : undefined);
  return { inputs, ...(await compile(inputs, { readFile, target: typescript() })) };
}

function line({ span, code, message, hint }: Diagnostic): string {
  const { line, column } = position(span.source, span.start);
  return `${span.source.path}:${line}:${column} ${code}: ${message}\n  ${hint}\n`;
}

for (const name of goldenCases("emit")) {
  test(name, async () => {
    const folder = goldenPath("emit", name);
    const { inputs, files, diagnostics } = await emitCase(folder);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    const known = new Set(inputs);
    const expect = (path: string, text: string) => {
      known.add(path);
      matchesGolden(join(folder, path), text);
    };
    if (errors.length > 0) {
      assert.equal(files, [], "no file is made where there is an error");
      expect("expected.txt", errors.map(line).join(""));
    }
    for (const { path, text } of files) expect(path === "input.ts" ? "expected.ts" : path, text);
    noStaleGoldens(folder, known);
  });
}

test("the same model gives the same text, in whatever order its files are named", async () => {
  const folder = goldenPath("emit", "imports");
  const readFile = (path: string) => readFileSync(join(folder, path), "utf8");
  const once = await compile(["input.idl", "shapes.idl"], { readFile, target: typescript() });
  const again = await compile(["shapes.idl", "input.idl"], { readFile, target: typescript() });
  assert.equal(sorted(once.files), sorted(again.files));
  assert.is(once.files.length, 2);
});

function sorted(files: readonly { readonly path: string }[]): readonly unknown[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

test.run();
