import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Diagnostics } from "../../../generator/diagnostics.ts";
import { load, maxFiles } from "../../../generator/model/load.ts";
import { assertReported, checkTexts } from "../../support/faults.ts";
import { loadCases } from "./cases.ts";

const test = suite("load");

for (const one of loadCases) test(`${one[0]} is refused`, () => assertReported(one));

/** The paths loaded, in order, and how often each was read. */
function loaded(entries: readonly string[], files: Readonly<Record<string, string>>) {
  const reads: string[] = [];
  const diagnostics = new Diagnostics();
  const readFile = (path: string) => {
    reads.push(path);
    return files[path];
  };
  const order = load(entries, readFile, diagnostics);
  return { order, reads, paths: order.map(({ document }) => document.source.path), found: diagnostics.all };
}

test("a file comes after the files it imports, and each is read once", () => {
  const { paths, reads, found } = loaded(["x/main.idl"], {
    "x/main.idl": 'import { A } from "./a.idl"; import { B } from "../b.idl";',
    "x/a.idl": 'import { B } from "./../b.idl";',
    "b.idl": "",
  });
  assert.equal(paths, ["b.idl", "x/a.idl", "x/main.idl"]);
  assert.equal(reads, ["x/main.idl", "x/a.idl", "b.idl"]);
  assert.equal(found, []);
});

test("only what was asked for is requested, however it was spelled", () => {
  const files = { "a.idl": 'import { B } from "./b.idl";', "b.idl": "", "c.idl": "" };
  const { order } = loaded(["./a.idl", "x/../c.idl", "a.idl"], files);
  assert.equal(
    order.map(({ document, requested }) => [document.source.path, requested]),
    [
      ["b.idl", false],
      ["a.idl", true],
      ["c.idl", true],
    ],
  );
});

test("a file that was asked for and is not there is reported at its path", () => {
  const { found } = loaded(["a.idl", "b.idl"], { "b.idl": "" });
  assert.equal(
    found.map(({ code, span }) => [code, span.source.path]),
    [["file-unreadable", "a.idl"]],
  );
});

test("a cycle is told from its beginning, step by step", () => {
  const { found } = loaded(["main.idl"], {
    "main.idl": 'import { A } from "./a.idl";',
    "a.idl": 'import { B } from "./b.idl";',
    "b.idl": 'import { A } from "./a.idl";',
  });
  assert.equal(found[0]!.message, "`a.idl` imports itself by way of `b.idl`.");
  assert.equal(
    found[0]!.notes.map(({ message }) => message),
    ["`a.idl` imports `b.idl` here."],
  );
});

test("a missing ending is suggested", () => {
  const { found } = loaded(["main.idl"], { "main.idl": 'import { A } from "./a";', "a.idl": "" });
  assert.equal(found[0]!.hint, 'Did you mean `"./a.idl"`?');
});

test("a misspelt path is suggested from the files that are known", () => {
  const { found } = loaded(["main.idl"], {
    "main.idl": 'import { A } from "./creds.idl"; import { B } from "./cerds.idl";',
    "creds.idl": "",
  });
  assert.equal(found[0]!.hint, "Did you mean `./creds.idl`?");
});

test("a chain of ten thousand files ends in one diagnostic", () => {
  const link = (path: string) => Number(/\d+/.exec(path)?.[0] ?? 0);
  const readFile = (path: string) => `package t @ 1.0;\nimport { A } from "./${link(path) + 1}.idl";`;
  const diagnostics = new Diagnostics();
  const files = load(["0.idl"], readFile, diagnostics);
  assert.is(files.length, maxFiles);
  assert.equal(
    diagnostics.all.map(({ code }) => code),
    ["too-many-files"],
  );
});

test("what a missing file would have declared is not complained about again", () => {
  const { diagnostics } = checkTexts({
    "main.idl": 'package t @ 1.0;\nimport { A } from "./a.idl";\nstruct S { a: A; b: list<A, 2>; }',
  });
  assert.equal(
    diagnostics.map(({ code }) => code),
    ["import-missing"],
  );
});

test.run();
