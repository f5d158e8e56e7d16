import { suite } from "uvu";
import * as assert from "uvu/assert";
import { limits } from "../../../generator/syntax/limits.ts";
import { places, read } from "../../support/reading.ts";

const test = suite("syntax: limits");

const many = 100_000;

/** Hostile texts and the one thing to say about each. */
const bombs: readonly [what: string, text: string, expected: string][] = [
  ["nested lists", `type A = ${"list<".repeat(many)}u8${">".repeat(many)};`, "nested-too-deep"],
  ["nested lists without an end", `type A = ${"list<".repeat(many)}`, "nested-too-deep"],
  ["nested parentheses", `const A: u32 = ${"(".repeat(many)}1${")".repeat(many)};`, "nested-too-deep"],
  ["signs in a row", `const A: u32 = ${"-".repeat(many)}1;`, "nested-too-deep"],
  ["signs and parentheses by turns", `const A: u32 = ${"-(".repeat(many)}1;`, "nested-too-deep"],
  ["parentheses hidden behind shifts", `const A: u32 = ${"(1>>".repeat(many)}1;`, "nested-too-deep"],
  ["lists hidden behind shifts", `type A = ${"map<string<(1>>1)>,".repeat(many)}u8;`, "nested-too-deep"],
  ["a long sum", `const A: u32 = ${"1+".repeat(many)}1;`, "expression-too-long"],
  ["a long name", `struct ${"A".repeat(1 << 20)} {}`, "name-too-long"],
  ["zero bytes", "\0".repeat(1 << 20), "unexpected-character"],
  ["a long file", " ".repeat(limits.fileCharacters + 1), "file-too-large"],
];

for (const [what, text, expected] of bombs) {
  test(`${what}: one diagnostic`, () => {
    const { diagnostics } = read(text);
    assert.is(diagnostics[0]?.code, expected);
    assert.ok(diagnostics.length <= 2, places(diagnostics).join(", "));
    for (const { message } of diagnostics) assert.ok(message.length < 200);
  });
}

const crowds: readonly [what: string, piece: string][] = [
  ["opening braces", "{"],
  ["closing braces", "}"],
  ["semicolons", ";"],
  ["at signs", "@a("],
  ["quotes", '"\n'],
  ["backslashes", '"\\'],
  ["open comments", "/*"],
  ["doc comments", "///\n"],
  ["open interfaces", "interface A {\n"],
  ["parameters", "interface A { a(b c, "],
  ["misspelt declarations", "strct A\n"],
  ["attributes at the margin", "\n@a(1)"],
];

for (const [what, piece] of crowds) {
  test(`a crowd of ${what} ends in a bounded number of diagnostics`, () => {
    const { diagnostics } = read(piece.repeat(30_000));
    assert.ok(diagnostics.length >= 1);
    const syntax = diagnostics.filter(({ code }) => code !== "string-unclosed" && code !== "doc-stray");
    assert.ok(syntax.length <= limits.faults + 1, `${syntax.length} diagnostics`);
  });
}

test("what stays within a bound is taken", () => {
  const deep = limits.nesting - 1;
  const texts = [
    `struct ${"A".repeat(limits.nameCharacters)} {}`,
    `type A = ${"list<".repeat(deep)}u8${">".repeat(deep)};`,
    `const A: u32 = ${"(".repeat(deep)}1${")".repeat(deep)};`,
    `const A: u32 = ${"1+".repeat(limits.operators)}1;`,
  ];
  for (const text of texts) assert.equal(places(read(text).diagnostics), []);
});

test("a member that nests too deep is left out and the faults after it are still found", () => {
  const { diagnostics } = read(`struct A {\n  a: ${"list<".repeat(100)}u8;\n  b: ;\n}`);
  assert.equal(places(diagnostics), [`2:${6 + limits.nesting * 5 + 4} nested-too-deep`, "3:6 token-unexpected"]);
});

test("declarations beyond the bound are one diagnostic and left out", () => {
  const { document, diagnostics } = read("type A=B;\n".repeat(limits.declarations + 10));
  assert.equal(places(diagnostics), [`${limits.declarations + 1}:1 too-many-declarations`]);
  assert.is(document.declarations.length, limits.declarations);
});

test("the package line and imports are no declarations, and what is left out is quiet about its comments", () => {
  const head = `package a @ 1.0;\n${'import { A } from "./b.idl";\n'.repeat(10)}`;
  const full = head + "type A=B;\n".repeat(limits.declarations);
  assert.is(read(full).document.declarations.length, limits.declarations);
  assert.equal(places(read(full).diagnostics), []);
  const { document, diagnostics } = read(`${full}/// Doc.\ntype C=D;\n/// Doc.\ntype E=F;\n`);
  assert.equal(places(diagnostics), [`${limits.declarations + 13}:1 too-many-declarations`]);
  assert.is(document.unread.length, 1);
});

test("faults beyond the bound are one diagnostic", () => {
  const { diagnostics } = read("const A: = 1;\n".repeat(limits.faults + 10));
  assert.is(diagnostics.length, limits.faults + 1);
  assert.is(diagnostics.at(-1)?.code, "too-many-faults");
});

test.run();
