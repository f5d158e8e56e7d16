import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type * as ast from "../../../generator/syntax/ast.ts";
import { goldenPath } from "../../support/golden.ts";
import { places, read } from "../../support/reading.ts";
import { shape } from "../../support/shape.ts";

const test = suite("syntax: parse");

/** Reads one declaration that has to be right. */
function declaration<Kind extends ast.Declaration["kind"]>(kind: Kind, text: string) {
  const { document, diagnostics } = read(text);
  assert.equal(places(diagnostics), []);
  const [first, ...more] = document.declarations;
  assert.is(first?.kind, kind);
  assert.is(more.length, 0);
  // The kind was compared above.
  return first as Extract<ast.Declaration, { readonly kind: Kind }>;
}

function expression(text: string): ast.Expression {
  return declaration("const", `const A: u32 = ${text};`).value;
}

function type(text: string): ast.TypeExpression {
  return declaration("alias", `type A = ${text};`).type;
}

/** Writes an expression with all its parentheses. */
function bracketed(value: ast.Expression): string {
  if (value.kind === "binary") return `(${bracketed(value.left)} ${value.operator} ${bracketed(value.right)})`;
  if (value.kind === "unary") return `(${value.operator}${bracketed(value.operand)})`;
  if (value.kind === "name") return value.path.map((name) => name.text).join(".");
  return "text" in value ? value.text : String(value.value);
}

for (const [name, declarations] of [
  ["sandbox.idl", 22],
  ["creds.idl", 1],
  ["gfx.idl", 1],
] as const) {
  test(`the sample ${name} has no fault`, () => {
    const { document, diagnostics } = read(readFileSync(goldenPath("sample", name), "utf8"));
    assert.equal(places(diagnostics), []);
    assert.is(document.declarations.length, declarations);
    assert.equal(shape(document.package?.version), { major: 1, minor: 2 });
  });
}

test("a package of its own has a name, a version, a comment and attributes", () => {
  const { document } = read("/// Old.\n@wire(plash)\npackage acme.old.interface @ 10.20;");
  assert.is(document.package?.name.text, "acme.old.interface");
  assert.equal(shape(document.package?.version), { major: 10, minor: 20 });
  assert.is(document.package?.doc?.text, "Old.");
  assert.is(document.package?.attributes[0]?.name.text, "wire");
});

test("an import may rename, and may end with a comma", () => {
  const { document, diagnostics } = read('import { A, B as C, } from "./x.idl";');
  assert.equal(places(diagnostics), []);
  assert.equal(shape(document.imports), [
    {
      names: [
        { name: { text: "A" }, alias: undefined },
        { name: { text: "B" }, alias: { text: "C" } },
      ],
      path: { kind: "string", value: "./x.idl" },
    },
  ]);
});

const bindings: readonly [text: string, meant: string][] = [
  ["1 + 2 * 3", "(1 + (2 * 3))"],
  ["1 - 2 - 3", "((1 - 2) - 3)"],
  ["1 | 2 ^ 3 & 4 << 5 + 6 * 7", "(1 | (2 ^ (3 & (4 << (5 + (6 * 7))))))"],
  ["7 * 6 + 5 << 4 & 3 ^ 2 | 1", "((((((7 * 6) + 5) << 4) & 3) ^ 2) | 1)"],
  ["1 << 2 >> 3", "((1 << 2) >> 3)"],
  ["(1 | 2) & 3", "((1 | 2) & 3)"],
  ["-1 + ~2", "((-1) + (~2))"],
  ["- -A.b % 2", "((-(-A.b)) % 2)"],
  ["8 / 4 / 2", "((8 / 4) / 2)"],
];

for (const [text, meant] of bindings) {
  test(`${text} means ${meant}`, () => assert.is(bracketed(expression(text)), meant));
}

const integers: readonly [text: string, value: bigint, unit?: string][] = [
  ["0", 0n],
  ["1_000_000", 1_000_000n],
  ["0xFf_00", 0xff00n],
  ["0o666", 0o666n],
  ["0b1010_1010", 0b10101010n],
  ["18446744073709551616", 1n << 64n],
  ["64KiB", 64n, "KiB"],
  ["1MiB", 1n, "MiB"],
  ["2GiB", 2n, "GiB"],
  ["5ns", 5n, "ns"],
  ["5us", 5n, "us"],
  ["5ms", 5n, "ms"],
  ["30s", 30n, "s"],
  ["5m", 5n, "m"],
  ["12h", 12n, "h"],
  ["0s", 0n, "s"],
];

for (const [text, value, unit] of integers) {
  test(`${text} is an integer`, () => {
    assert.equal(shape(expression(text)), { kind: "integer", value, unit, text });
  });
}

for (const text of ["0.5", "1e-3", "1_000.25", "2.5E+10", "1e5"]) {
  test(`${text} is a float`, () => {
    assert.equal(shape(expression(text)), { kind: "float", value: Number(text.replaceAll("_", "")), text });
  });
}

for (const text of [
  ...[
    "0x",
    "0xg",
    "0b12",
    "0o8",
    "0b",
    "07",
    "00",
    "1__0",
    "1_",
    "0x_1",
    "12ab34",
    "1.5s",
    "1_.5",

    "1e",
    "1e5s",
  ],
  ...["0X1F", "0B1", "1.5_"],
]) {
  test(`${text} is not a number`, () => {
    const { diagnostics } = read(`const A: u32 = ${text};`);
    // A unit that nobody knows is read as a unit: naming those there are is the resolver's business.
    if (text === "1e") assert.equal(places(diagnostics), []);
    else assert.equal(places(diagnostics)[0], "1:16 number-malformed");
  });
}

test("a string's escapes are read", () => {
  const value = expression('"tab\\t line\\n \\"quoted\\" \\\\ \\u{1F600} \\r é"');
  assert.equal(shape(value), { kind: "string", value: 'tab\t line\n "quoted" \\ 😀 \r é' });
});

for (const written of ["\\q", "\\x41", "\\u0041", "\\u{}", "\\u{110000}", "\\u{D800}", "\\0", "\\u{1F600"]) {
  test(`${written} is no escape`, () => {
    const { diagnostics } = read(`const A: string<4> = "a${written}";`);
    assert.equal(places(diagnostics), ["1:24 escape-malformed"]);
  });
}

for (const text of ['"', '"abc', '"abc\\"', '"\\', '"\\\\\\"']) {
  test(`${text} has no closing quote, and that is one fault`, () => {
    const { diagnostics } = read(`const A: string<4> = ${text}\nconst B: u32 = 1;`);
    assert.equal(places(diagnostics), ["1:22 string-unclosed"]);
  });
}

test("`own T?` is an optional reference", () => {
  assert.equal(shape(type("own Sink?")), {
    kind: "optional",
    inner: { kind: "reference", ownership: "own", target: { kind: "named", name: { text: "Sink" } } },
  });
});

test("a descriptor has kinds and rights, needed or possible", () => {
  assert.equal(shape(type("fd<file | dir, read, write?>")), {
    kind: "fd",
    kinds: [{ text: "file" }, { text: "dir" }],
    rights: [
      { name: { text: "read" }, optional: false },
      { name: { text: "write" }, optional: true },
    ],
  });
  assert.equal(shape(type("fd")), { kind: "fd", kinds: [], rights: [] });
});

test("types nest, and `>>` closes two of them", () => {
  const nested = type("map<string<4>, list<list<bytes<1 << 4>>, 8>, 1 + 2>");
  assert.is(nested.kind, "map");
  const limits = nested.kind === "map" ? nested.limit && bracketed(nested.limit) : undefined;
  assert.is(limits, "(1 + 2)");
});

test("a right shift in a limit stands in parentheses", () => {
  const bounded = type("string<(64 >> 2)>");
  assert.is(bounded.kind === "string" && bounded.limit && bracketed(bounded.limit), "(64 >> 2)");
});

test("attributes take names, strings, versions, durations, alternatives and named values", () => {
  const { attributes } = declaration(
    "const",
    '@a @b() @type(any) @c(drop | block, file) @d(1.10, use = "x", list = 30s,) const A: u32 = 1;',
  );
  assert.equal(
    attributes.map(({ name, arguments: list }) => [
      name.text,
      ...list.map((each) => `${each.name ? `${each.name.text} = ` : ""}${bracketed(each.value)}`),
    ]),
    [["a"], ["b"], ["type", "any"], ["c", "(drop | block)", "file"], ["d", "1.10", "use = x", "list = 30s"]],
  );
});

test("an attribute can be declared", () => {
  const declared = declaration("attribute", "attribute audit on method | interface { level: string; count: u32 = 1; }");
  assert.equal(shape(declared.targets), [{ text: "method" }, { text: "interface" }]);
  assert.equal(
    declared.parameters.map((parameter) => parameter.name.text),
    ["level", "count"],
  );
});

const memberNames = [
  ...["package", "import", "from", "as", "const", "type", "enum", "flags", "error", "union", "struct", "table"],
  ...["interface", "callback", "channel", "attribute", "on", "strict", "flexible", "resource", "sync", "oneway"],
  ...["throws", "offers", "own", "borrow", "string", "bytes", "list", "map", "stream", "fd", "void", "reserved"],
];

for (const word of memberNames) {
  test(`members and parameters may be called ${word}`, () => {
    const { diagnostics, document } = read(`
      struct A { ${word}: u32; }
      table B { 1: ${word}: u32; }
      strict union C { 1: ${word}: u32; 2: ${word}; }
      strict enum D : u8 { ${word} = 0; }
      interface E { ${word}(${word}: u32); sync ${word}(); oneway ${word}(${word}: u32, @${word} ${word}: u32); }
      channel F { ${word} offers { ${word}: E; } }
      attribute ${word} on ${word} { ${word}: u32; }
      @${word}(${word} = ${word}.${word})
      const G: u32 = D.${word};
      type H = fd<${word}, ${word}?>;
    `);
    assert.equal(places(diagnostics), []);
    const last = document.declarations[4];
    assert.equal(last?.kind === "interface" && last.methods.map((method) => method.name.text), [word, word, word]);
  });

  if (word === "void" || word === "reserved") continue;
  test(`a type may not be called ${word}`, () => {
    assert.ok(places(read(`struct ${word} { x: u32; }`).diagnostics).includes("1:8 name-is-keyword"));
  });
}

for (const word of ["true", "false"]) {
  test(`nothing may be called ${word}`, () => {
    assert.equal(places(read(`struct A { ${word}: u32; }`).diagnostics), ["1:12 token-unexpected"]);
    assert.equal(places(read(`struct ${word} { x: u32; }`).diagnostics), ["1:8 name-is-keyword"]);
  });
}

test("words that begin with a keyword are names", () => {
  const { diagnostics } = read("struct onewayish { ones: u32; trueish: typed; sync_: u32; structs: asA; }");
  assert.equal(places(diagnostics), []);
});

test("a member without a type that is called reserved keeps its ordinal free", () => {
  const { members } = declaration("table", "table A { 1: reserved; 2: reserved: u32; }");
  assert.equal(
    members.map((member) => member.reserved),
    [true, false],
  );
});

test("modifiers stand in any order before what takes them", () => {
  assert.is(declaration("union", "resource strict union A { 1: a; }").resource, true);
  assert.is(declaration("union", "strict resource union A { 1: a; }").openness, "strict");
  assert.is(declaration("union", "flexible error union A { 1: a; }").error, true);
  assert.is(declaration("table", "resource table A {}").resource, true);
  assert.is(declaration("error", "flexible error A : i32 {}").openness, "flexible");
});

test("comments are skipped wherever a space may be", () => {
  const { diagnostics } = read("/* a */ const /* b\n */ A // c\n : u32 /**/ = /* /* */ 1; //// d");
  assert.equal(places(diagnostics), []);
});

test("a doc comment loses its slashes and one space, and its lines stay lines", () => {
  const { doc } = declaration("struct", "///One\n///  two  \n///\n/// three\r\nstruct A {}");
  assert.is(doc?.text, "One\n two\n\nthree");
});

test("a byte order mark and Windows line endings change nothing but offsets", () => {
  const { document, diagnostics } = read("\ufeff/// Doc.\r\npackage a @ 1.0;\r\n");
  assert.equal(places(diagnostics), []);
  assert.is(document.package?.doc?.text, "Doc.");
  assert.is(document.package?.name.span.start, 19);
});

for (const text of ["", "\ufeff", " \n\t\r\n", "// only a comment", "/* only a comment */"]) {
  test(`${JSON.stringify(text)} is an empty file`, () => {
    const { document, diagnostics } = read(text);
    assert.equal(places(diagnostics), []);
    assert.equal(shape(document), { package: undefined, imports: [], declarations: [], unread: [] });
  });
}

test("every span covers exactly what it is for", () => {
  const text = "@a(b = 1) flexible enum E : u8 { /// doc\n  x = 1 + -2; }\ntype T = own list<fd<file, read?>, 4>?;";
  const { document } = read(text);
  const cut = ({ start, end }: { readonly start: number; readonly end: number }) => text.slice(start, end);
  const [first, second] = document.declarations;
  assert.ok(first?.kind === "enum" && second?.kind === "alias");
  assert.is(cut(first.span), text.slice(0, text.indexOf("\ntype")));
  assert.is(cut(first.attributes[0]!.span), "@a(b = 1)");
  assert.is(cut(first.attributes[0]!.arguments[0]!.span), "b = 1");
  assert.is(cut(first.name.span), "E");
  assert.is(cut(first.base!.span), "u8");
  assert.is(cut(first.members[0]!.span), "x = 1 + -2;");
  assert.is(cut(first.members[0]!.value!.span), "1 + -2");
  assert.is(cut(second.type.span), "own list<fd<file, read?>, 4>?");
  assert.is(second.type.kind === "optional" && cut(second.type.inner.span), "own list<fd<file, read?>, 4>");
});

test("a faulty member is left out and its neighbours stay", () => {
  const { document } = read("struct A { a: u32; b: ; c: u32; } interface B { x(; y(); }");
  const [first, second] = document.declarations;
  assert.equal(first?.kind === "struct" && first.members.map((member) => member.name.text), ["a", "c"]);
  assert.equal(second?.kind === "interface" && second.methods.map((method) => method.name.text), ["y"]);
});

test("no tree has a name that was invented", () => {
  for (const text of ["struct { a: u32; }", "const : u32 = 1;", "interface { a(); }", "interface A { e() throws ; }"]) {
    assert.not.match(JSON.stringify(shape(read(text).document)), '"text":""');
  }
});

test("one reading leaves nothing behind for the next", () => {
  const faulty = "struct A { x: ";
  const first = places(read(faulty).diagnostics);
  assert.equal(places(read("struct A {}").diagnostics), []);
  assert.equal(places(read(faulty).diagnostics), first);
});

test.run();
