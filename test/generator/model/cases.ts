/** One text for each way in which files cannot be loaded or names and expressions cannot be resolved. */

import type { Case } from "../../support/faults.ts";

const files = "package t @ 1.0;\n";

/** A file that imports one file too many, the last. */
function manyFiles(count: number): Record<string, string> {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const path = (i: number) => (i === count ? `«"./${i}.idl"»` : `"./${i}.idl"`);
  const imports = numbers.map((i) => `import { A${i} } from ${path(i)};`);
  const uses = numbers.map((i) => `type B${i} = A${i};`);
  const others = numbers.map((i) => [`${i}.idl`, `package p${i} @ 1.0;\ntype A${i} = u8;`]);
  return { "main.idl": files + [...imports, ...uses].join("\n"), ...Object.fromEntries(others) };
}

/** Aliases of which each is a list of the next. */
function nestedAliases(count: number): string {
  const aliases = Array.from({ length: count }, (_, i) => `type A${i} = ${i === 0 ? "u8" : `list<A${i - 1}, 2>`};`);
  return aliases.join("\n").replace("list<A15,", "list<«A15»,");
}

/** Constants of which each needs the next. */
function chained(count: number): string {
  const consts = Array.from({ length: count }, (_, i) => `const A${i}: u32 = A${i + 1};`);
  return `${consts.join("\n").replace("= A200;", "= «A200»;")}\nconst A${count}: u32 = 1;`;
}

export const loadCases: readonly Case[] = [
  ["a directory of more files than anybody has", "too-many-files", manyFiles(1_000)],
  [
    "an import of a file that is not there",
    "import-missing",
    { "main.idl": `${files}import { A } from «"./a.idl"»;\ntype B = A;` },
  ],
  [
    "an import without its ending",
    "import-missing",
    {
      "main.idl": `${files}import { A } from «"./a"»;\ntype B = A;`,
      "a.idl": `${files}type A = u8;`,
    },
  ],
  [
    "an import that could be of a package",
    "import-not-relative",
    {
      "main.idl": `${files}import { A } from «"a.idl"»;\ntype B = A;`,
      "a.idl": `${files}type A = u8;`,
    },
  ],
  [
    "a file that imports itself",
    "import-cycle",
    { "main.idl": `${files}import { A } from «"./main.idl"»;\ntype B = A;` },
  ],
  [
    "files that import each other",
    "import-cycle",
    {
      "main.idl": `${files}import { A } from "./sub/a.idl";\ntype B = A;`,
      "sub/a.idl": `${files}import { B } from «"../main.idl"»;\ntype A = B;`,
    },
  ],
  [
    "an import of a name that the file does not declare",
    "import-name-missing",
    {
      "main.idl": `${files}import { «Strat» } from "./a.idl";\ntype B = Strat;`,
      "a.idl": `${files}type Start = u8;`,
    },
  ],
  [
    "an import of a name that the file only imports",
    "import-name-missing",
    {
      "main.idl": `${files}import { «A» } from "./b.idl";\ntype C = A;`,
      "b.idl": `${files}import { A } from "./a.idl";\ntype B = A;`,
      "a.idl": `${files}type A = u8;`,
    },
  ],
  [
    "an import of a name that is declared",
    "import-clash",
    {
      "main.idl": `${files}import { «A» } from "./a.idl";\ntype A = u8;`,
      "a.idl": `package other @ 1.0;\ntype A = u8;`,
    },
  ],
  [
    "two imports of one name",
    "import-clash",
    {
      "main.idl": `${files}import { A } from "./a.idl";\nimport { «A» } from "./b.idl";\ntype C = A;`,
      "a.idl": `package a @ 1.0;\ntype A = u8;`,
      "b.idl": `package b @ 1.0;\ntype A = u8;`,
    },
  ],
  [
    "an import that is not used",
    "import-unused",
    {
      "main.idl": `${files}import { A, «B» } from "./a.idl";\ntype C = A;`,
      "a.idl": `${files}type A = u8;\ntype B = u8;`,
    },
  ],
  [
    "an import that is used under another name only",
    "import-unused",
    {
      "main.idl": `package m @ 1.0;\nimport { A as «B» } from "./a.idl";\ntype A = u8;\ntype C = A;`,
      "a.idl": `${files}type A = u8;`,
    },
  ],
  ["a file without a package", "package-missing", { "main.idl": "«»type A = u8;" }],
  ["a package without a version", "package-version-missing", "package «t»;\ntype A = u8;"],
];

export const typeCases: readonly Case[] = [
  ["a type nobody declares", "type-unknown", "type A = list<«Missing», 3>;"],
  ["a neighbour's name for an integer", "type-unknown", "struct A { a: «int32»; b: «uint8_t»; }"],
  ["a constant for a type", "type-expected", "const A: u8 = 1;\ntype B = «A»;"],
  ["an error for a type", "type-expected", "strict error E : u8 { a = 1; }\nstruct B { e: «E»; }"],
  ["an error union for a type", "type-expected", "strict error union E { 1: a; }\nstruct B { e: «E»; }"],
  ["a channel for a type", "type-expected", "channel C { a offers {} b offers {} }\ninterface I { a(c: «C»); }"],
  ["an interface that nobody holds", "ownership-missing", "interface I { a(b: «I»); }"],
  ["a callback that nobody holds", "ownership-missing", "callback C();\ninterface I { a() -> list<«C», 4>; }"],
  ["an owned number", "ownership-misplaced", "interface I { a(b: «own u8»); }"],
  ["an alias owned twice", "ownership-misplaced", "interface I {}\ntype J = own I;\ninterface K { a(b: «own J»); }"],
  ["an owned struct", "ownership-misplaced", "struct S { a: u8; }\ninterface I { a(b: «borrow S»); }"],
  ["an alias that makes an optional type optional", "optional-twice", "type A = u8?;\ntype B = «A?»;"],
  ["a limit of zero", "limit-invalid", "type A = string<«0»>;"],
  ["a negative limit", "limit-invalid", "type A = list<u8, «-1»>;"],
  ["a limit that does not fit 32 bits", "limit-invalid", "type A = bytes<«4GiB»>;"],
  ["a limit that is a text", "limit-invalid", 'type A = bytes<«"4"»>;'],
  ["a broken limit of a map", "limit-invalid", "type A = map<u8, u8, «0.5»>;"],
  ["a map from floats", "map-key", "type A = map<«f64», u8, 2>;"],
  ["a map from strings without a limit", "map-key", "type A = map<«string», u8, 2>;"],
  ["a map from booleans", "map-key", "type S = map<string<9>, u8, 2>;\ntype A = map<«bool», u8, 2>;"],
  [
    "a map from structs",
    "map-key",
    "struct S { a: u8; }\ntype A = list<u8, 2>;\ninterface I { a(m: map<«S», u8, 2>); }",
  ],
  ["a map from descriptors by an alias", "map-key", "type A = fd;\ninterface I { a(m: map<«A», u8, 2>); }"],
  ["a descriptor of an unknown kind", "descriptor-kind-unknown", "type A = fd<«flie», read>;"],
  ["a right where the kind should be", "descriptor-kind-unknown", "type A = fd<«read»>;"],
  ["an unknown right", "descriptor-right-unknown", "type A = fd<file, «execute»>;"],
  ["a kind said twice", "descriptor-repeated", "type A = fd<file | «file»>;"],
  ["a right that must and may be there", "descriptor-repeated", "type A = fd<file, read, «read»?>;"],
  ["lists of lists of lists", "type-too-deep", nestedAliases(40)],
  ["an enum without a base", "base-missing", "strict enum «E» { a = 1; }"],
  ["a base that is a float", "base-not-integer", "strict enum E : «f32» { a = 1; }"],
  ["an enum of unknown growth", "openness-missing", "enum «E» : u8 { a = 1; }"],
  ["flags of unknown growth", "openness-missing", "flags «F» : u8 { a = 1; }"],
  ["an error of unknown growth", "openness-missing", "error «E» : u8 { a = 1; }"],
  ["a union of unknown growth", "openness-missing", "union «U» { 1: a; }"],
  ["a member without a value", "value-missing", "strict enum E : u8 { a = 1; «b»; }"],
  ["a default in a struct", "default-misplaced", "struct S { a: u8 = «1»; }"],
  ["a default in a union", "default-misplaced", "strict union U { 1: a: u8 = «1»; }"],
  ["a default of an optional parameter", "default-on-optional", "interface I { a(b: «u8?» = 1); }"],
  ["a field of a table without a type", "field-type-missing", "table T { 1: «a»; }"],
  ["the ordinal zero", "ordinal-invalid", "table T { «0»: a: u8; }"],
  ["an ordinal beyond 16 bits", "ordinal-invalid", "strict union U { 1: a; «65536»: b; }"],
  ["a thrown struct", "error-expected", "struct S { a: u8; }\ninterface I { a() throws «S»; }"],
  ["a thrown name that nobody declares", "error-unknown", "interface I { a() throws «Errno»; }"],
  [
    "an offered struct",
    "interface-expected",
    "struct S { a: u8; }\ninterface I {}\nchannel C { a offers { s: «S»; } b offers { i: I; } }",
  ],
  ["an offer that nobody declares", "interface-unknown", "channel C { a offers { s: «Files»; } b offers {} }"],
  ["a call that waits and does not", "sync-oneway", "interface I { sync «oneway» a(); }"],
  ["a call that waits twice", "modifier-repeated", "interface I { sync «sync» a(); }"],
  ["a definition by way of itself", "definition-cycle", "type A = list<«A», 2>;"],
  ["definitions by way of each other", "definition-cycle", "type A = list<B, 2>;\ntype B = C;\ntype C = «A»?;"],
  ["constants by way of each other", "definition-cycle", "const A: u8 = B + 1;\nconst B: u8 = «A» - 1;"],
  ["members by way of each other", "definition-cycle", "strict flags F : u8 { a = b; b = «a»; }"],
  ["a limit by way of what it limits", "definition-cycle", "const A: B = 1;\ntype B = string<«A»>;"],
];

export const constantCases: readonly Case[] = [
  ["a constant nobody declares", "name-unknown", "const A: u8 = «B» + 1;"],
  ["a member nobody declares", "member-unknown", "strict enum E : u8 { red = 1; }\nconst A: E = E.«rde»;"],
  ["a type for a constant", "constant-expected", "struct S { a: u8; }\nconst A: u8 = «S»;"],
  ["an enum for one of its members", "constant-expected", "strict enum E : u8 { a = 1; }\nconst A: E = «E»;"],
  ["a member of a struct", "constant-expected", "struct S { a: u8; }\nconst A: u8 = «S».a;"],
  ["an unknown unit", "unit-unknown", "const A: u32 = «64KB»;"],
  ["a negated text", "operand-invalid", 'const A: i8 = «-"a"»;'],
  ["a complemented float", "operand-invalid", "const A: f64 = «~0.5»;"],
  ["a shifted float", "operand-invalid", "const A: f64 = «0.5 << 1»;"],
  ["a sum of booleans", "operand-invalid", "const A: bool = «true + false»;"],
  [
    "a combination of enum members",
    "operand-invalid",
    "strict enum E : u8 { a = 1; b = 2; }\nconst A: E = «E.a | E.b»;",
  ],
  ["a sum of flags", "operand-invalid", "strict flags F : u8 { a = 1; b = 2; }\nconst A: F = «F.a + F.b»;"],
  [
    "flags of two kinds in one",
    "operands-differ",
    "strict flags F : u8 { a = 1; }\nstrict flags G : u8 { a = 1; }\nconst A: F = «F.a | G.a»;",
  ],
  ["a flag and a number in one", "operands-differ", "strict flags F : u8 { a = 1; }\nconst A: F = «F.a | 2»;"],
  ["a division by zero", "division-by-zero", "const A: u8 = 1 / («2 - 2»);"],
  ["a remainder by zero", "division-by-zero", "const A: u8 = 1 % «0»;"],
  ["a float divided by zero", "division-by-zero", "const A: f32 = 1.5 / «0»;"],
  ["a shift by too much", "shift-invalid", "const A: u64 = 1 << «64»;"],
  ["a shift by less than nothing", "shift-invalid", "const A: u64 = 1 >> «-1»;"],
  ["a result that no type holds", "constant-too-large", "const A: u64 = «1 << 63 << 63 << 2» >> 63;"],
  ["a number one too large", "value-out-of-range", "const A: u8 = «256»;"],
  ["a number one too small", "value-out-of-range", "const A: i8 = «-129»;"],
  ["a negative number without a sign", "value-out-of-range", "const A: u64 = «-1»;"],
  [
    "a number that JavaScript does not hold",
    "value-out-of-range",
    "@js(number)\ntype N = u64;\nconst A: N = «1 << 53»;",
  ],
  ["a member that does not fit its base", "value-out-of-range", "strict enum E : u8 { a = «300»; }"],
  ["a default that does not fit", "value-out-of-range", "table T { 1: a: u16 = «70000»; }"],
  ["a float beyond 32 bits", "value-out-of-range", "const A: f32 = «1e39»;"],
  ["a text for a number", "value-wrong-type", 'const A: u8 = «"1"»;'],
  ["a float for an integer", "value-wrong-type", "const A: u8 = «1.5»;"],
  ["a number for a boolean", "value-wrong-type", "interface I { a(b: bool = «1»); }"],
  ["a number for an enum", "value-wrong-type", "strict enum E : u8 { a = 1; }\ntable T { 1: e: E = «1»; }"],
  [
    "a member of another enum",
    "value-wrong-type",
    "strict enum E : u8 { a = 1; }\nstrict enum F : u8 { a = 1; }\ntable T { 1: e: E = «F.a»; }",
  ],
  ["a number other than zero for flags", "value-wrong-type", "strict flags F : u8 { a = 1; }\nconst A: F = «1»;"],
  ["a chain of constants that nobody can follow", "definition-too-deep", chained(250)],
  ["a constant struct", "value-wrong-type", "struct S { a: u8; }\nconst A: S = «1»;"],
  ["a default text longer than its type", "string-too-long", 'interface I { a(b: string<3> = «"äö"»); }'],
];

export const attributeCases: readonly Case[] = [
  ["an attribute that nobody declares", "attribute-unknown", "@«sinse»(1.0)\ntype A = u8;"],
  ["an attribute on the wrong thing", "attribute-misplaced", "«@once»\ninterface I {}"],
  ["an attribute said twice", "attribute-repeated", "@since(1.0) «@since(1.1)»\ntype A = u8;"],
  ["an attribute for what does not exist", "attribute-target-unknown", "attribute audit on «metod» {}"],
  ["an attribute called as one of the language", "attribute-built-in", "attribute «since» on method {}"],
  ["an argument that is not taken", "argument-unknown", 'interface I { @deprecated(1.0, «usage» = "b") a(); b(); }'],
  ["an argument that is missing", "argument-missing", "«@since»\ntype A = u8;"],
  ["an argument given twice", "argument-repeated", "@since(1.0, «version = 1.1»)\ntype A = u8;"],
  ["an argument too many", "argument-extra", "callback A();\n@once(«1»)\ncallback B();"],
  ["an argument after one with a name", "argument-after-named", "@limits(message = 1, «2»)\ninterface I {}"],
  ["a version that is a number", "argument-invalid", "@since(«1»)\ntype A = u8;"],
  ["a version that has more than 16 bits", "argument-invalid", "@since(«0.65536»)\ntype A = u8;"],
  ["a version that is a calculation", "argument-invalid", "@since(«1.0 + 1.0»)\ntype A = u8;"],
  ["a word that is not one of the choices", "argument-invalid", "@wire(«plahs»)\npackage t @ 1.0;\ntype A = u8;"],
  ["a text for a word", "argument-invalid", 'interface I { @unstable(«"x"») a(); }'],
  ["a limit that is a text", "value-wrong-type", '@limits(fds = «"8"»)\ninterface I {}'],
  [
    "a wrong argument of a declared attribute",
    "value-wrong-type",
    "attribute audit on method { level: string<8>; }\ninterface I { @audit(«1») a(); }",
  ],
  [
    "a missing argument of a declared attribute",
    "argument-missing",
    "attribute audit on method { level: string<8>; }\ninterface I { «@audit» a(); }",
  ],
  [
    "a declared attribute on the wrong thing",
    "attribute-misplaced",
    "attribute audit on method {}\n«@audit»\ninterface I {}",
  ],
  ["a small integer that chooses its JavaScript form", "representation-invalid", "«@js(number)»\ntype A = u32;"],
];
