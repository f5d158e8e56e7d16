import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { print } from "../../../generator/syntax/print.ts";
import { goldenPath } from "../../support/golden.ts";
import { places, read } from "../../support/reading.ts";
import { shape } from "../../support/shape.ts";

const test = suite("syntax: print");

function keepsItsTree(text: string): void {
  const first = read(text);
  assert.equal(places(first.diagnostics), []);
  const printed = print(first.document);
  const second = read(printed);
  assert.equal(places(second.diagnostics), [], printed);
  assert.equal(shape(second.document), shape(first.document), printed);
  assert.is(print(second.document), printed);
}

for (const name of ["sandbox.idl", "creds.idl", "gfx.idl"]) {
  test(`${name} keeps its tree`, () => keepsItsTree(readFileSync(goldenPath("sample", name), "utf8")));
}

for (const expression of [
  "1 - (2 - 3)",
  "(1 - 2) - 3",
  "(1 | 2) & 3",
  "1 | 2 & 3",
  "-(1 + 2)",
  "- - -1",
  "~(-1)",
  "1 << (2 >> 3)",
  "(1 + 2) * (3 % (4 / 5))",
  "0o666",
  "64KiB * 2",
  "1.10",
  '"\\u{0}\\n\\"\\\\ \\u{202E} é 😀"',
  "A.type",
  "true",
]) {
  test(`${expression} keeps its tree`, () => keepsItsTree(`const A: u32 = ${expression};`));
}

for (const type of [
  "string<1 | 2>",
  "string<(1 >> 2)>",
  "list<list<bytes<(8 >> 1) + 1>, 2 << 3>, N>",
  "map<u8, own Sink?, 4>?",
  "borrow fd<file | dir, read, write?>?",
  "stream<bytes<64KiB>>",
  "fd",
]) {
  test(`${type} keeps its tree`, () => keepsItsTree(`type A = ${type};`));
}

for (const [what, text] of [
  ["a version without a declaration", "package a.type @ 1.10;"],
  ["an empty doc comment", "///\n///\nstruct A {}"],
  ["a doc comment that ends in spaces", "/// a  \n///   b\nstruct A {}"],
  ["documented parameters", "interface A { a(\n/// x\n@b(1) x: u32 = 2,\n/// y\ny: u32) -> u32 throws E | F; }"],
  ["attributes of parameters", "callback A(@sensitive x: u32, @a @b(c = 1) y: u32);"],
  ["roles", "channel A { @limits(fds = 1) a offers {\n/// x\nx: B; @since(1.1) y: C; } b offers {} }"],
  ["attribute declarations", 'attribute a on b | c { d: string = "e"; }'],
] as const) {
  test(`${what} keeps its tree`, () => keepsItsTree(text));
}

test("the layout is canonical", () => {
  const { document } = read(
    'package a@1.0;import{A,B as C,}from"./a.idl";\n/// Doc.\n@x @y(1)interface D{sync a(b:u32=1,)->u32 throws E;}struct F{}',
  );
  assert.is(
    print(document),
    `package a @ 1.0;

import { A, B as C } from "./a.idl";

/// Doc.
@x
@y(1)
interface D {
  sync a(b: u32 = 1) -> u32 throws E;
}

struct F {}
`,
  );
});

test("an empty file prints as nothing", () => assert.is(print(read(" // nothing\n").document), ""));

test.run();
