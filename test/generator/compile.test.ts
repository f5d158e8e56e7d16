import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rules } from "../../generator/check/rules.ts";
import { check, compile } from "../../generator/compile.ts";
import { Diagnostics, table } from "../../generator/diagnostics.ts";
import type { Target } from "../../generator/emit/target.ts";
import { load } from "../../generator/model/load.ts";
import { resolve } from "../../generator/model/resolve.ts";
import { checkText } from "../support/faults.ts";
import { goldenPath } from "../support/golden.ts";
import { ruleCases } from "./check/cases.ts";
import { attributeCases, constantCases, loadCases, typeCases } from "./model/cases.ts";

const test = suite("compile");

const fine = { readFile: () => "package t @ 1.0;\ntype A = u8;" };
const faulty = { readFile: () => "package t @ 1.0;\ntype A = Missing;" };

/** A target that prints the names of the declarations, or complains of them. */
function target(complain: boolean): Target {
  return {
    name: "names",
    async emit(model, diagnostics) {
      const declarations = model.modules.flatMap((module) => module.declarations);
      if (complain) {
        const values = { what: "Nothing", consequence: "Nothing is." };
        for (const { nameSpan } of declarations) diagnostics.report("not-emitted-yet", nameSpan, values);
        return [];
      }
      return declarations.map(({ name, module }) => ({ path: "names.txt", text: name, source: module.source.path }));
    },
  };
}

test("what is free of faults is emitted", async () => {
  const { files, diagnostics } = await compile(["a.idl"], { ...fine, target: target(false) });
  assert.equal(files, [{ path: "names.txt", text: "A", source: "a.idl" }]);
  assert.equal(diagnostics, []);
});

test("what has faults is not emitted", async () => {
  const { files, diagnostics } = await compile(["a.idl"], { ...faulty, target: target(false) });
  assert.equal(files, []);
  assert.equal(
    diagnostics.map(({ code }) => code),
    ["type-unknown"],
  );
});

test("what the target reports is among the diagnostics", async () => {
  const { diagnostics } = await compile(["a.idl"], { ...fine, target: target(true) });
  assert.equal(
    diagnostics.map(({ code }) => code),
    ["not-emitted-yet"],
  );
});

test("the sample of the language has nothing to complain about", () => {
  const path = goldenPath("sample", "sandbox.idl");
  const { diagnostics, model } = check([path], { readFile: (file) => readFileSync(file, "utf8") });
  assert.equal(
    diagnostics.map(({ message }) => message),
    [],
  );
  assert.is(model.modules.length, 3);
});

test("a text truncated anywhere is diagnosed without an exception", () => {
  const text = readFileSync(goldenPath("sample", "sandbox.idl"), "utf8");
  for (let end = 0; end < text.length; end += 97) {
    const { diagnostics } = check(["a.idl"], { readFile: () => text.slice(0, end) });
    assert.ok(diagnostics.length > 0, `truncated at ${end}`);
  }
});

test("every diagnostic of these rooms is provoked by a test", () => {
  const provoked = new Set<string>(
    [...loadCases, ...typeCases, ...constantCases, ...attributeCases, ...ruleCases].map(([, code]) => code),
  );
  // These have tests of their own.
  for (const code of ["file-unreadable"]) provoked.add(code);
  const codes = Object.keys(table);
  const ours = codes.slice(codes.indexOf("file-unreadable"), codes.indexOf("channel-roles") + 1);
  assert.equal(
    ours.filter((code) => !provoked.has(code)),
    [],
  );
});

test("a rule adds nothing to a model that it has been through before", () => {
  const { model } = checkText("interface I { sync a() -> u8; }");
  const diagnostics = new Diagnostics();
  for (const rule of rules) rule(model, diagnostics);
  assert.equal(diagnostics.all, []);
});

test("the same text gives the same model twice", () => {
  const files = () => load(["a.idl"], fine.readFile, new Diagnostics());
  const [first, second] = [resolve(files(), new Diagnostics()), resolve(files(), new Diagnostics())];
  assert.equal(
    first.modules[0]!.declarations.map(({ qualifiedName }) => qualifiedName),
    second.modules[0]!.declarations.map(({ qualifiedName }) => qualifiedName),
  );
});

test.run();
