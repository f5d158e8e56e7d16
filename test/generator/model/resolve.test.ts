import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Code } from "../../../generator/diagnostics.ts";
import type { Const, Declaration, Interface, Type, Value } from "../../../generator/model/model.ts";
import { typeText } from "../../../generator/model/text.ts";
import { assertReported, checkText, checkTexts } from "../../support/faults.ts";
import { attributeCases, constantCases, typeCases } from "./cases.ts";

const test = suite("resolve");

for (const one of [...typeCases, ...constantCases, ...attributeCases]) {
  test(`${one[0]} is refused`, () => assertReported(one));
}

/** The declarations of a text that is expected to be free of errors. */
function declarations(text: string): ReadonlyMap<string, Declaration> {
  const { model, diagnostics } = checkText(text);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  assert.equal(
    errors.map(({ message }) => message),
    [],
  );
  return new Map(model.modules.at(-1)!.declarations.map((declaration) => [declaration.name, declaration]));
}

/** The value of the const `A`. */
function constant(type: string, expression: string, rest = ""): Value {
  return (declarations(`const A: ${type} = ${expression};\n${rest}`).get("A") as Const).value;
}

/** The type of the parameter of the first method of `I`. */
function parameterType(text: string): Type {
  return (declarations(text).get("I") as Interface).methods[0]!.parameters[0]!.type;
}

const integers: readonly [type: string, expression: string, value: bigint][] = [
  ["u32", "1 << 4", 16n],
  ["u32", "64KiB", 65536n],
  ["u32", "1MiB + 1", 1048577n],
  ["u32", "30s", 30000n],
  ["u32", "2min", 120000n],
  ["u32", "0o666", 0o666n],
  ["u64", "~0", 0xffff_ffff_ffff_ffffn],
  ["u8", "~0x0f", 0xf0n],
  ["u8", "~(1 << 7)", 0x7fn],
  ["u8", "~0 & 0x55", 0x55n],
  ["i8", "~0", -1n],
  ["i8", "-128", -128n],
  ["i64", "-(1 << 63)", -(1n << 63n)],
  ["u64", "(1 << 63) - 1 + (1 << 63)", (1n << 64n) - 1n],
  ["i32", "7 / 2 * 2 + 7 % 2", 7n],
  ["i32", "-7 / 2", -3n],
  ["u8", "1 | 2 ^ 3 & 6", 1n | (2n ^ (3n & 6n))],
  ["u8", "B + 1", 8n],
  ["u16", "C", 0xffn],
  ["u32", "1+1".concat("+1".repeat(200)), 202n],
];

for (const [type, expression, value] of integers) {
  test(`${expression.slice(0, 30)} as ${type} is ${value}`, () => {
    const found = constant(type, expression, "const B: u8 = 7;\nconst C: u8 = ~0;");
    assert.is(found.kind === "integer" && found.value, value);
  });
}

test("a literal without a unit keeps its spelling, also by way of a constant; nothing else has one", () => {
  const spelling = (expression: string) => {
    const found = constant("u32", expression, "const B: u32 = 0x1_0000;");
    return found.kind === "integer" && found.text;
  };
  assert.equal(["0o666", "0b1010", "(1_000)", "B"].map(spelling), ["0o666", "0b1010", "1_000", "0x1_0000"]);
  assert.equal(["64KiB", "1 << 4", "B + 0", "~0", "-0"].map(spelling), Array(5).fill(undefined));
});

const others: readonly [type: string, expression: string, value: unknown][] = [
  ["f64", "1 / 4.0", 0.25],
  ["f32", "2", 2],
  ["f32", "0.1", Math.fround(0.1)],
  ["f32", "3.40282356e38", 3.4028234663852886e38],
  ["f64", "TENTH", Math.fround(0.1)],
  ["f64", "-1e-3", -0.001],
  ["bool", "true", true],
  ["string<3>", '"äb"', "äb"],
];

for (const [type, expression, value] of others) {
  test(`${expression} as ${type} is ${value}`, () => {
    const found = constant(type, expression, "const TENTH: f32 = 0.1;");
    assert.is("value" in found && found.value, value);
  });
}

test("a member is a value of its enum, and a combination is a value of its flags", () => {
  const rest = "strict flags F : u8 { a = 1; b = 2; both = a | b;  }";
  const single = constant("F", "F.b", rest);
  assert.is(single.kind === "member" && single.member.value, 2n);
  assert.equal(constant("F", "F.a | F.b", rest), { kind: "integer", value: 3n });
  assert.equal(constant("F", "~F.a & F.both", rest), { kind: "integer", value: 2n });
  assert.equal(constant("F", "0", rest), { kind: "integer", value: 0n });
  assert.equal(constant("u32", "F.a | F.b", rest), { kind: "integer", value: 3n });
});

const complements: readonly [openness: string, expression: string, value: bigint][] = [
  ["strict", "~F.a", 6n],
  ["strict", "~(F.a | F.c)", 2n],
  ["strict", "~~F.a", 1n],
  ["strict", "~F.a ^ F.b", 4n],
  ["strict", "~NONE", 7n],
  ["strict", "~ONE", 6n],
  ["strict", "NONE | F.b", 2n],
  ["flexible", "~F.a", 0xfen],
  ["flexible", "~F.a & F.all", 6n],
  ["flexible", "~NONE", 0xffn],
];

for (const [openness, expression, value] of complements) {
  test(`of ${openness} flags ${expression} is ${value}`, () => {
    // The flags stand behind what uses them, so that their bits are not known yet.
    const rest = `const NONE: F = 0;\nconst ONE: F = F.a;
      ${openness} flags F : u8 { a = 1; b = 2; all = a | b | c; c = 4; }`;
    const found = constant("F", expression, rest);
    assert.is(found.kind === "member" ? found.member.value : "value" in found && found.value, value);
  });
}

test("the default of a parameter of strict flags has no bit without a name", () => {
  const [method] = (
    declarations("strict flags F : u8 { a = 1; b = 2; c = 4; }\ninterface I { m(f: F = ~F.a); }").get("I") as Interface
  ).methods;
  assert.equal(method!.parameters[0]!.default, { kind: "integer", value: 6n });
});

test("a name means a member beside it before it means a constant", () => {
  const found = declarations("const a: u8 = 9;\nstrict flags F : u8 { a = 1; b = 2; c = a | b; }").get("F");
  assert.equal(found?.kind === "flags" && found.members.map(({ value }) => value), [1n, 2n, 3n]);
});

test("declarations may be used above where they stand", () => {
  const type = parameterType(
    "interface I { a(b: B); }\ntype B = list<C, N>;\nconst N: M = 3;\ntype M = u8;\ntype C = string<N>;",
  );
  assert.is(typeText(type), "B");
});

test("a descriptor that does not say is borrowed by a parameter and owned by a result", () => {
  const text = "type D = list<S, 2>;\ntype S = fd<stream, read>;\ninterface I { a(d: D, s: own S) -> D; }";
  const method = (declarations(text).get("I") as Interface).methods[0]!;
  assert.is(typeText(method.parameters[0]!.type), "list<borrow fd<stream, read>, 2>");
  assert.is(typeText(method.parameters[1]!.type), "own fd<stream, read>");
  assert.is(typeText(method.result!), "list<own fd<stream, read>, 2>");
});

test("a 64-bit integer is a number where its alias says so", () => {
  const type = declarations("@js(number)\ntype N = M;\ntype M = u64;").get("N");
  assert.equal(type?.kind === "alias" && type.type, { kind: "integer", name: "u64", asNumber: true });
});

test("attributes are resolved with their arguments by name", () => {
  const text = `attribute audit on method { level: string<8>; code: u8 = 1; note: string<8>?; }
    interface I { @since(1.1) @deprecated(1.2, use = "b") @sensitive @deadline(30s) @audit("high", code = 1 << 2) a(); b(); }`;
  const method = (declarations(text).get("I") as Interface).methods[0]!;
  assert.equal(method.since, { major: 1, minor: 1 });
  assert.equal(method.deprecated, { version: { major: 1, minor: 2 }, use: "b" });
  assert.ok(method.sensitive);
  const audit = method.attributes.find(({ name }) => name === "audit")!;
  assert.equal(
    [...audit.arguments],
    [
      ["level", { kind: "string", value: "high" }],
      ["code", { kind: "integer", value: 4n }],
    ],
  );
  const deadline = method.attributes.find(({ name }) => name === "deadline")!;
  assert.equal(deadline.arguments.get("time"), { kind: "integer", value: 30_000n });
});

test("1.10 is a later version than 1.9", () => {
  const { diagnostics } = checkText("package t @ 1.10;\n@since(1.9)\ntype A = u8;\n@since(1.10)\ntype B = A;");
  assert.equal(diagnostics, []);
});

test("a renamed method keeps its selector", () => {
  const [before] = (declarations("interface I { a(); }").get("I") as Interface).methods;
  const [after] = (declarations('interface I { @selector("a") b(); }').get("I") as Interface).methods;
  const [moved] = (declarations('interface J { @selector("t.I/a") b(); }').get("J") as Interface).methods;
  assert.is(after!.selector, before!.selector);
  assert.is(moved!.selector, before!.selector);
});

const suggestions: readonly [text: string, hint: string][] = [
  ["type A = int32;", "Did you mean `i32`?"],
  ["type A = int;", "Did you mean `i32`?"],
  ["type A = boolean;", "Did you mean `bool`?"],
  ["type A = uint8_t;", "Did you mean `u8`?"],
  ["type A = float;", "Did you mean `f32`?"],
  ["type A = double;", "Did you mean `f64`?"],
  ["type A = Buffer;", "Did you mean `bytes`?"],
  ["type Path = u8;\ntype A = Paht;", "Did you mean `Path`?"],
  ["type A = Somewhere;", "Declare `Somewhere`, or import it from the file that does."],
  ["type A = constructor;", "Declare `constructor`, or import it from the file that does."],
  ["const A: u32 = 1KB;", "Did you mean `KiB`?"],
  ["strict enum E : u8 { red = 1; }\nconst A: E = E.rde;", "Did you mean `red`?"],
  ["@sinse(1.0)\ntype A = u8;", "Did you mean `since`?"],
  ["@js(nubmer)\ntype A = u64;", "Did you mean `number`?"],
  ["@limits(inflihgt = 2)\ninterface I {}", "Did you mean `inflight`?"],
  ["strict error Errno : i32 { a = 1; }\ninterface I { a() throws Erno; }", "Did you mean `Errno`?"],
  [
    "type A = fd<directory>;",
    "The kinds are `file`, `dir`, `pipe`, `stream`, `seqpacket`, `dgram`, `memory`, `device`.",
  ],
];

for (const [text, hint] of suggestions) {
  test(`the hint for ${text.split("\n").at(-1)} is: ${hint}`, () => {
    assert.is(checkText(text).diagnostics[0]?.hint, hint);
  });
}

const hostile: readonly [sentence: string, text: string, codes: readonly Code[]][] = [
  [
    "names of JavaScript's own objects",
    "struct __proto__ { constructor: u8; toString: u8; }\ntype A = hasOwnProperty;",
    ["type-unknown"],
  ],
  ["four thousand aliases in a row", row((i) => `type A${i} = ${i === 0 ? "u8" : `A${i - 1}`};`), ["type-too-deep"]],
  [
    "four thousand structs in a row",
    row((i) => `struct S${i} { a: ${i === 0 ? "u8" : `S${i - 1}`}; }`),
    ["struct-too-deep"],
  ],
  [
    "thirty maps from maps to maps",
    `type A0 = fd;${row((i) => (i < 30 ? `type A${i + 1} = map<A${i}, A${i}, 2>;` : ""))}`,
    ["map-key"],
  ],
  [
    "four thousand constants backwards",
    row((i) => `const A${i}: u32 = A${i + 1};`).concat("\nconst A4000: u32 = 1;"),
    ["definition-too-deep"],
  ],
  [
    "structs that hold two of each other",
    row((i) => `struct S${i} { a: S${(i + 1) % 4_000}; b: S${(i + 7) % 4_000}; }`),
    ["struct-too-deep", "infinite-size"],
  ],
];

function row(line: (index: number) => string): string {
  return Array.from({ length: 4_000 }, (_, index) => line(index)).join("\n");
}

for (const [sentence, text, codes] of hostile) {
  test(`${sentence} are diagnosed and do no harm`, () => {
    const found = new Set(
      checkText(text)
        .diagnostics.filter(({ severity }) => severity === "error")
        .map(({ code }) => code),
    );
    assert.equal([...found], codes);
  });
}

const followOns: readonly [sentence: string, text: string, codes: readonly Code[]][] = [
  [
    "what uses a faulty alias",
    "type A = Missing;\nstruct S { a: A; b: list<A, 2>; }\ninterface I { a(b: A) -> A; }",
    ["type-unknown"],
  ],
  ["what uses a faulty constant", "const A: u8 = 1 / 0;\nconst B: u8 = A;\ntype C = string<A>;", ["division-by-zero"]],
  ["a resource whose member is faulty", "resource struct S { a: Missing; }", ["type-unknown"]],
  ["an enum whose only member is faulty", "strict enum E : u8 { a = 256; }\nconst A: E = E.a;", ["value-out-of-range"]],
  ["what uses a declaration that cannot be parsed", "struct A(u8);\ntype B = A;", ["token-unexpected"]],
  ["what uses a declaration of another language", "message A { u8 x = 1; }\ntype B = A;", ["foreign-keyword"]],
  ["what uses a name behind an unclosed comment", "type B = A;\n/* one\ntype A = u8;", ["comment-unclosed"]],
  [
    "what uses a callback with a faulty parameter",
    "callback A(b: , c: u8);\ninterface I { m(a: own A); }",
    ["token-unexpected"],
  ],
  ["what uses a faulty member", "strict enum E : u8 { a = 1; b : 2; }\nconst A: E = E.b;", ["token-unexpected"]],
  ["an import whose path is not closed", 'import { A, B } from "./a.idl;\ntype C = A;', ["string-unclosed"]],
  ["what throws a faulty error", "exception E { u8 x = 1; }\ninterface I { m() throws E; }", ["foreign-keyword"]],
  [
    "what offers a faulty interface",
    "service A { m(); }\nchannel C { a offers { x: A; } b offers {} }",
    ["foreign-keyword"],
  ],
  ["an enum that is never closed", "strict enum E : u8 {", ["block-unclosed"]],
  ["a channel with a faulty end", "channel C { a offers {} b offrs {} }", ["token-unexpected"]],
  ["a replacement that is faulty", 'interface I { a(b: ); @deprecated(1.0, use = "a") c(); }', ["token-unexpected"]],
  ["values that are not numbers", "strict enum E : u8 { a = 08; b = 09; }", ["number-malformed", "number-malformed"]],
  ["a limit that is not a number", "type A = string<0777>;", ["number-malformed"]],
  [
    "a default that is no text",
    'interface I { m(a: string<1> = "\\q\\q"); }',
    ["escape-malformed", "escape-malformed"],
  ],
  ["an argument that is not a number", "interface I { @deadline(09) m(); }", ["number-malformed"]],
  ["an ordinal that is not a number", "table T { 08: a: u8; 1: b: u8; }", ["number-malformed"]],
  ["what is newer than a faulty version", "package t @ 1;\n@since(1.1)\ntype A = u8;", ["version-malformed"]],
  ["a faulty package line", "package @ 1.0;\ntype A = u8;", ["token-unexpected"]],
];

for (const [sentence, text, codes] of followOns) {
  test(`${sentence} is not complained about again`, () => {
    assert.equal(
      checkText(text).diagnostics.map(({ code }) => code),
      codes,
    );
  });
}

test("what follows from a faulty import is quiet in the file that imports", () => {
  const { diagnostics } = checkTexts({
    "main.idl": 'package m @ 1.0;\nimport { A } from "./a.idl";\nstruct S { a: A; }',
    "a.idl": "package a @ 1.0;\nmessage A { u8 x = 1; }",
  });
  assert.equal(
    diagnostics.map(({ code }) => code),
    ["foreign-keyword"],
  );
});

const independent: readonly [sentence: string, text: string, codes: readonly Code[]][] = [
  ["a type that nothing unread mentions", "message A { u8 x = 1; }\ntype B = C;", ["foreign-keyword", "type-unknown"]],
  [
    "a member that nothing unread mentions",
    "strict enum E : u8 { a = 1; b : 2; }\nconst A: E = E.c;",
    ["token-unexpected", "member-unknown"],
  ],
  ["an empty enum behind an unclosed one", "strict enum E : u8 {\nstrict enum F : u8 {}", ["block-unclosed", "empty"]],
  [
    "a channel that lacks an end, with a fault in the other",
    "channel C { a offers { x: ; } }",
    ["channel-roles", "token-unexpected"],
  ],
  [
    "a scalar that something unread mentions",
    "message A { u8 x = 1; }\nconst B: u8 = 256;",
    ["foreign-keyword", "value-out-of-range"],
  ],
];

for (const [sentence, text, codes] of independent) {
  test(`${sentence} is complained about beside a syntax fault`, () => {
    assert.equal(
      checkText(text).diagnostics.map(({ code }) => code),
      codes,
    );
  });
}

test("every fault of a file is found in one run, in the order of the file", () => {
  const text = "type A = Missing;\nconst b: u8 = 256;\nstruct S { a: own u8; }\ninterface I { oneway a() -> u8; }";
  assert.equal(
    checkText(text).diagnostics.map(({ code }) => code),
    ["type-unknown", "name-style", "value-out-of-range", "ownership-misplaced", "oneway-with-result"],
  );
});

test("an import brings a name under its alias, and modules stand after what they import", () => {
  const { model, diagnostics } = checkTexts({
    "main.idl": 'package m @ 1.0;\nimport { Rect as Area } from "./gfx.idl";\nstruct S { a: Area; }',
    "gfx.idl": "package g @ 1.0;\nstruct Rect { a: u8; }",
  });
  assert.equal(diagnostics, []);
  const [gfx, main] = model.modules;
  assert.equal([gfx!.source.path, main!.source.path], ["gfx.idl", "main.idl"]);
  assert.equal([gfx!.requested, main!.requested], [false, true]);
  const [imported] = main!.imports;
  assert.is(imported!.module, gfx);
  assert.is(imported!.names[0]!.localName, "Area");
  assert.is(imported!.names[0]!.declaration, gfx!.declarations[0]);
});

test.run();
