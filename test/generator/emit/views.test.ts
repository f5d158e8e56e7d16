import { suite } from "uvu";
import * as assert from "uvu/assert";
import { check } from "../../../generator/compile.ts";
import { declarationViewsDiffer, isUnboundedlyDeep, type TypeDeclaration } from "../../../generator/emit/views.ts";

const test = suite("emit: the two views of a type");

/** The types that a text of IDL declares, by name. */
function typesOf(idl: string): Readonly<Record<string, TypeDeclaration>> {
  const readFile = (path: string) => (path === "a.idl" ? `package t @ 1.0;\n${idl}` : undefined);
  const { model } = check(["a.idl"], { readFile });
  const declarations = model.modules.flatMap((module) => module.declarations);
  // Only types are asked for.
  return Object.fromEntries(declarations.map((each) => [each.name, each as TypeDeclaration]));
}

for (const [what, text, differs] of [
  ["a struct of scalars", "struct T { a: u8; b: string<8>?; }", false],
  ["a struct of a struct", "struct T { a: list<S, 4>; }\nstruct S { a: u8; }", false],
  ["an enum", "strict enum T : u8 { a = 1; }", false],
  ["a table", "table T { 1: a: u8; }", true],
  ["a union of scalars", "strict union T { 1: a: u8; 2: b; }", false],
  ["a union that holds itself", "strict union T { 1: a: list<T, 4>; }", false],
  ["what holds a table in a list", "struct T { a: list<S, 4>; }\ntable S { 1: a: u8; }", true],
  [
    "what holds a table in a map, optional, through an alias",
    "type T = map<u8, A?, 4>;\ntype A = S;\ntable S { 1: a: u8; }",
    true,
  ],
  [
    "what holds a table through a circle",
    "struct T { a: list<U, 4>; }\nstrict union U { 1: t: T; 2: s: S; }\ntable S { 1: a: u8; }",
    true,
  ],
  ["a resource", "resource struct T { a: fd<file, read>; }", true],
  ["what holds an object", "interface I {}\nresource struct T { a: own I; }", true],
  ["an alias of a descriptor that is given", "type T = fd<file, read>;", false],
  ["an alias of one that is lent", "type T = borrow fd<file, read>;", true],
  ["an alias of an object", "interface I {}\ntype T = own I;", true],
] as const) {
  test(`${what} ${differs ? "is written otherwise than it is read" : "has one form for both"}`, () => {
    assert.is(declarationViewsDiffer(typesOf(text)["T"]!), differs);
  });
}

test("the answer does not depend on which type of a circle is asked first", () => {
  const text = "struct A { b: list<B, 4>; }\nstruct B { a: list<A, 4>; t: T; }\ntable T { 1: a: u8; }";
  for (const first of ["A", "B", "T"]) {
    const types = typesOf(text);
    assert.ok(declarationViewsDiffer(types[first]!));
    for (const name of ["A", "B", "T"]) assert.ok(declarationViewsDiffer(types[name]!), `${name} after ${first}`);
  }
});

for (const [what, text, deep] of [
  ["a struct of scalars", "struct T { a: u8; }", false],
  ["a struct that two of another are in", "struct T { a: S; b: list<S, 4>; }\nstruct S { a: u8; }", false],
  ["a struct that holds itself in a list", "struct T { a: list<T, 4>; }", true],
  ["a struct that holds itself if it is there", "struct T { a: T?; }", true],
  ["two structs that hold each other", "struct T { a: list<S, 4>; }\nstruct S { a: T?; }", true],
  ["a struct of one that holds itself", "struct T { a: S; }\nstruct S { a: S?; }", true],
] as const) {
  test(`${what} is ${deep ? "as deep as a peer wants" : "only so deep"}`, () => {
    assert.is(isUnboundedlyDeep(typesOf(text)["T"]!), deep);
  });
}

test("a chain of ten thousand types is followed without a stack", () => {
  const links = Array.from({ length: 10_000 }, (_, index) => `struct S${index} { a: list<S${index + 1}, 4>; }`);
  const types = typesOf(`${links.join("\n")}\ntable S10000 { 1: a: u8; }`);
  assert.ok(declarationViewsDiffer(types["S0"]!));
  assert.not.ok(isUnboundedlyDeep(types["S0"]!));
});

test.run();
