import { suite } from "uvu";
import * as assert from "uvu/assert";
import { assertReported, checkText } from "../../support/faults.ts";
import { ruleCases } from "./cases.ts";

const test = suite("rules");

for (const one of ruleCases) test(`${one[0]} is reported`, () => assertReported(one));

const accepted: readonly [sentence: string, text: string][] = [
  ["an interface without methods", "interface Subscription {}"],
  ["an empty struct", "struct S {}"],
  [
    "an empty struct wherever something else takes bytes",
    "struct S {}\nstruct T { s: S; b: bool; }\ninterface I { a(b: list<S?, 4>, c: map<u8, S, 4>, d: list<T, 4>) -> stream<S>; }",
  ],
  ["a struct in itself through a list", "struct S { a: list<S, 4>; }"],
  ["a struct in itself through a question mark", "struct S { a: S?; }"],
  ["a struct in itself through a union", "struct S { a: U; }\nstrict union U { 1: none; 2: s: S; }"],
  ["a combination of named flags", "strict flags F : u8 { a = 1; b = 2; both = a | b; }"],
  ["an optional parameter before a required one", "interface I { a(b: u8?, c: u8); }"],
  ["defaults behind the required ones", "interface I { a(b: u8, c: u8 = 1, d: u8?, e: u8 = 2); }"],
  ["a method called xSync beside one that never blocks", "interface I { open(); openSync(); }"],
  ["members in capitals in an error", "strict error E : i32 { NO_SUCH_PLACE = 1; }"],
  [
    "maps from integers, enums and short strings",
    "strict enum E : u8 { a = 1; }\ntype A = map<u8, u8>;\ntype B = map<E, u8>;\ntype C = map<string<9>, u8>;",
  ],
  ["a struct of another package that is newer than this one", "package t @ 1.0;\ntype A = u8;"],
  ["an old thing that a new one uses", "@since(1.1)\ntype A = u8;\n@since(1.2)\ninterface I { a(b: A); }"],
  [
    "a new method of an old interface that uses a new type",
    "@since(1.1)\ntype A = u8;\ninterface I { @since(1.1) a(b: A); }",
  ],
  ["a borrowed parameter inside a list", "interface I { a(b: list<borrow I, 3>); }"],
  ["a borrowed parameter by an alias", "type A = borrow fd<file>;\ninterface I { a(b: A); }"],
  [
    "an attribute of every type that constants have, without limits",
    "strict enum E : u8 { a = 1; }\ntype A = string<9>;\nattribute b on method { a: A; c: u64?; d: f32; e: E = E.a; f: bool?; g: string; }",
  ],
  ["a deadline of almost 25 days", "interface I { @deadline(596h) a(); }"],
  ["a selector with an interface", 'interface I { @selector("acme.old.I/open") a(); @selector("open_2") b(); }'],
  ["a stream by an alias", "type A = stream<u8>;\ninterface I { a(b: A) -> A; }"],
  ["a channel whose one end offers nothing", "interface I {}\nchannel C { a offers { i: I; } b offers {} }"],
  [
    "an object lent home to the end that offers its kind",
    "interface I { a(b: borrow I); }\nchannel C { a offers { i: I; } b offers {} }",
  ],
  [
    "an object given to the end that also gives such objects away",
    "interface I { a(b: own I); c() -> own I; }\nchannel C { a offers { i: I; } b offers {} }",
  ],
  [
    "an object given to the end that offers its kind, as the other does",
    "interface I { a(b: own I); }\nchannel C { a offers { i: I; } b offers { i: I; } }",
  ],
  [
    "an object given to the other end's own kind",
    "interface I {}\ninterface J { a(b: own I); }\nchannel C { a offers { i: I; } b offers { j: J; } }",
  ],
  [
    "a oneway call that gives an object away, and one that lends a descriptor",
    "interface I { oneway a(b: own I); oneway c(d: borrow fd); }",
  ],
  ["an end without exports where no object passes", "channel C { @limits(exports = 0) a offers {} b offers {} }"],
  ["a gap between ordinals", "table T { 1: a: u8; 5: b: u8; 3: reserved; }"],
  ["a resource that holds a resource", "resource struct S { a: fd; }\nresource table T { 1: s: S; }"],
  ["the word license in passing", "/// Shows the license dialogue.\ntype A = u8;"],
];

for (const [sentence, text] of accepted) {
  test(`${sentence} is fine`, () => {
    assert.equal(
      checkText(text).diagnostics.map(({ message }) => message),
      [],
    );
  });
}

test("a note points at the earlier of two things", () => {
  const [fault] = checkText("type A = u8;\nstruct A { a: u8; }").diagnostics;
  const [note] = fault!.notes;
  assert.is(note!.message, "`A` is declared here first.");
  assert.is(note!.span.start, "package t @ 1.2;\ntype ".length);
});

const styled: readonly [text: string, hint: string][] = [
  ["type http_path = u8;", "Call it `HttpPath`."],
  ["const pathMax: u8 = 1;", "Call it `PATH_MAX`."],
  ["interface I { Read_Link(); }", "Call it `readLink`."],
  ["interface I { HTTPOpen(); }", "Call it `httpOpen`."],
];

for (const [text, hint] of styled) {
  test(`the hint for ${text} is: ${hint}`, () => assert.is(checkText(text).diagnostics[0]?.hint, hint));
}

test.run();
