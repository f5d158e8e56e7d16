import { suite } from "uvu";
import * as assert from "uvu/assert";
import { places, read } from "../../support/reading.ts";

const test = suite("syntax: recovery");

/** Faulty texts and all that should be said about them. */
const cases: readonly [what: string, text: string, expected: readonly string[]][] = [
  [
    "a missing semicolon is told at the end of its line",
    "const A: u32 = 1   // one\nconst B: u32 = 2;",
    ["1:17 token-missing"],
  ],
  ["a missing semicolon before a brace", "struct A { x: u32 }", ["1:18 token-missing"]],
  ["a missing semicolon at the end of the file", "const A: u32 = 1", ["1:17 token-missing"]],
  [
    "two faults of one parameter list",
    "interface A { a(x: , y: u32, z: ?u8); }",
    ["1:20 token-unexpected", "1:33 optional-before-type"],
  ],
  [
    "a fault deep in brackets of a parameter",
    "interface A { a(x: map<list<, u8>, y: u32, ?: u8); }",
    ["1:29 token-unexpected", "1:44 token-unexpected"],
  ],
  ["two faults of one block", "struct A { a: ; b: u32; c u32; }", ["1:15 token-unexpected", "1:26 token-missing"]],
  ["faults of two declarations", "const A: = 1; const B: = 2;", ["1:10 token-unexpected", "1:24 token-unexpected"]],
  [
    "the body of a misspelt declaration is read",
    "strct A {\n  x: ;\n}",
    ["1:1 declaration-unknown", "2:6 token-unexpected"],
  ],
  [
    "the body of a nameless declaration is read",
    "struct {\n  x: ;\n}",
    ["1:8 token-unexpected", "2:6 token-unexpected"],
  ],
  [
    "the body of a foreign declaration is not",
    "message A {\n  string x = 1;\n  {{}}\n}\nconst B: = 1;",
    ["1:1 foreign-keyword", "5:10 token-unexpected"],
  ],
  ["a block that is never closed", "struct A {\n  x: u32;\n", ["2:10 block-unclosed"]],
  ["a declaration at the margin closes a block", "interface A {\n  a();\nstruct B {}\n", ["2:7 block-unclosed"]],
  ["so does one with attributes", "interface A {\n  a();\n@b(1)\n@c\nstruct B {}\n", ["2:7 block-unclosed"]],
  [
    "an indented declaration does not",
    "interface A {\n  struct B { x: u32; }\n  c(;\n}",
    ["2:3 declaration-nested", "3:5 token-unexpected"],
  ],
  ["a brace too many", "struct A {}\n}\nstruct B { x: ; }", ["2:1 brace-stray", "3:15 token-unexpected"]],
  [
    "semicolons too many",
    "struct A {};;\nstruct B { ; x: u32;; }",
    ["1:12 semicolon-stray", "1:13 semicolon-stray", "2:12 semicolon-stray", "2:21 semicolon-stray"],
  ],
  ["commas for semicolons", "strict enum A : u8 { a = 0, b = 1, }", ["1:27 token-unexpected", "1:34 token-unexpected"]],
  ["a foreign character says enough", "const A: u32 = #;", ["1:16 unexpected-character"]],
  ["a foreign letter says enough", "strüct A {}", ["1:1 foreign-letter"]],
  ["an unclosed comment says enough", "struct A {\n/* x: u32; }", ["2:1 comment-unclosed"]],
  ["an attribute left open", "@since(1.1\nstruct A {}", ["1:11 token-missing"]],
  ["attributes on nothing", "struct A {}\n@a", ["2:3 token-unexpected"]],
  [
    "a faulty role and a faulty offer",
    "channel A { a offrs { x: ; } b { y: C; } }",
    ["1:15 token-unexpected", "1:26 token-unexpected", "1:32 token-unexpected"],
  ],
  [
    "a default and a semicolon between parameters",
    "interface A { a(x: u32; y: u32); b(); }",
    ["1:23 token-missing", "1:26 token-unexpected"],
  ],
];

for (const [what, text, expected] of cases) {
  test(what, () => assert.equal(places(read(text).diagnostics), expected));
}

/** Misspellings and what the hint should ask. */
const misspellings: readonly [text: string, meant: string][] = [
  ["interfce A {}", "`interface`"],
  ["Struct A {}", "`struct`"],
  ["strict enm A : u8 { a = 0; }", "`enum`"],
  ["flexibel enum A : u8 { a = 0; }", "`flexible`"],
  ["calback A();", "`callback`"],
  ["interface A { snyc a(); }", "`sync`"],
  ["interface A { one_way a(); }", "`oneway`"],
  ["interface A { a() throw E; }", "`throws`"],
  ["callback A() trows E;", "`throws`"],
  ["channel A { a offer { b: C; } }", "`offers`"],
  ['import { A } form "./a.idl";', "`from`"],
];

for (const [text, meant] of misspellings) {
  test(`${text} has one fault and a suggestion`, () => {
    const { diagnostics } = read(text);
    assert.is(diagnostics.length, 1);
    assert.match(diagnostics[0]!.hint ?? "", meant);
  });
}

test("a word like no keyword gets the list of keywords", () => {
  const { diagnostics } = read("zebra A {}");
  assert.match(diagnostics[0]!.hint ?? "", "`package`, `import`, `const`");
});

test("an unclosed block is told with the place where it begins", () => {
  const [fault] = read("struct A {\n  x: u32;\n").diagnostics;
  assert.is(fault!.notes[0]!.span.start, 9);
});

test.run();
