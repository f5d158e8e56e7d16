/**
 * Holds docs/language.md against the compiler: its grammar, examples, tables and limits. An `idl` block checks and
 * generates without a word, a `ts` block shows lines of what the block above it becomes, in order, and a `ts use` block
 * type-checks with that.
 */

import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Compiled, check, compile } from "../../generator/compile.ts";
import type { Code, Diagnostic } from "../../generator/diagnostics.ts";
import { typescript } from "../../generator/emit/typescript.ts";
import {
  type ArgumentKind,
  type AttributeShape,
  builtInAttributes,
  targets,
} from "../../generator/model/attributes.ts";
import { units } from "../../generator/model/constants.ts";
import { typeText } from "../../generator/model/text.ts";
import { descriptorKinds } from "../../generator/model/type-names.ts";
import { binding } from "../../generator/syntax/build-expression.ts";
import { vocabulary } from "../../generator/syntax/tokens.ts";
import { type Block, readPage, type Table, unquoted } from "../support/page.ts";
import { productions } from "../support/productions.ts";
import { Project } from "../support/project.ts";

const test = suite("docs: the language");

const { blocks, tables } = readPage("language.md");
const notYet = "Not generated yet";

/** The table whose first column has this head. */
function tableOf(head: string): Table {
  const found = tables.find((table) => table.head[0] === head);
  assert.ok(found !== undefined, `there is no table of ${head}`);
  return found!;
}

function column(head: string, index: number): readonly string[] {
  return tableOf(head).rows.map((row) => row[index]!);
}

/** The words of the block of plain text under a heading. */
function wordsUnder(heading: string): readonly string[] {
  const block = blocks.find((each) => each.heading === heading && each.info === "text");
  assert.ok(block !== undefined, `there is no list of words under ${heading}`);
  return block!.text.trim().split(/\s+/);
}

/** Compiles texts that are files by path; the first is the one asked for. */
function compileTexts(files: Readonly<Record<string, string>>): Promise<Compiled> {
  return compile([Object.keys(files)[0]!], { readFile: (path) => files[path], target: typescript() });
}

function compileText(text: string): Promise<Compiled> {
  return compileTexts({ "main.idl": withPackage(text) });
}

function withPackage(text: string): string {
  return /^(?:@.*\n)?package\b/m.test(text) ? text : `package t @ 1.2;\n${text}`;
}

/** The blocks that begin with a comment such as `// shapes.idl` are files that others import. */
const named = Object.fromEntries(
  blocks.flatMap(({ text }) => {
    const path = /^\/\/ (\w+\.idl)$/m.exec(text)?.[1];
    return path === undefined ? [] : [[path, text]];
  }),
);

function compileBlock({ text }: Block): Promise<Compiled> {
  return compileTexts({ "main.idl": withPackage(text), ...named });
}

function found(diagnostics: readonly Diagnostic[]): readonly Code[] {
  return [...new Set(diagnostics.map(({ code }) => code))];
}

/** What a program has that uses what a block becomes: the names that such blocks take for given. */
const given = `
import { Worker } from "node:worker_threads";
import { type Channel, connectToParent, serve, spawn, spawnOver } from "postern";
declare const channel: Channel;
declare const path: string;
`;
const givenUnder: Readonly<Record<string, string>> = {
  "Objects and callbacks": `import type { Folder } from "./generated/main.ts";\ndeclare const root: Folder;\n`,
  Channels: `import { acceptPlugin, connectAsPlugin, Files, type FilesImpl, type PluginImpl, Sandbox } from "./generated/main.ts";
    declare const files: FilesImpl;\ndeclare const main: PluginImpl;\n`,
};

/** Type-checks a use of what a block becomes. That the example leaves names unused is no fault of it. */
async function faultsOfUse(use: string, idl: Block): Promise<readonly string[]> {
  using project = new Project();
  await project.generate("main.idl", withPackage(idl.text));
  project.write("use.ts", given + givenUnder[idl.heading] + use);
  const faults = await project.typecheck();
  return faults.filter((fault) => !/ TS(6133|6192|6196|6198):/.test(fault));
}

/** Fails unless the lines of a part stand among those of the whole, in order. */
function assertExcerpt(part: string, whole: string, what: string): void {
  const lines = whole.split("\n");
  let next = 0;
  for (const line of part.split("\n").filter((each) => each !== "")) {
    const at = lines.indexOf(line, next);
    assert.ok(at >= 0, `${what} has no line, in this place, that says: ${line}`);
    next = at + 1;
  }
}

// ---------------------------------------------------------------- grammar and words

test("every production is the parser's, and every one of the parser's is there", () => {
  const written = blocks
    .filter(({ info }) => info === "ebnf")
    .flatMap(({ text }) => text.split(/^(?=\w+ : )/m))
    .map((production) => production.replace(/\s+/g, " ").trim());
  assert.equal([...written].sort(), [...productions()].sort());
});

test("the keywords are those of the lexer", () => {
  const keywords = vocabulary.map(({ PATTERN }) => PATTERN).filter((word) => /^[a-z]+$/.test(String(word)));
  assert.equal([...wordsUnder("Lexical structure")], keywords.map(String).sort());
});

test("the tokens in the table are those that the productions name", () => {
  const inGrammar = productions().flatMap((production) => production.match(/(?<!")\b[A-Z]\w+\b/g) ?? []);
  assert.equal(column("Token", 0).map(unquoted).sort(), [...new Set(inGrammar)].sort());
});

test("operators stand in the order in which they bind", () => {
  const [, ...rows] = column("Operators, tightest first", 0);
  const written = rows.map((row) => row.split(", ").map(unquoted));
  const levels = [...new Set(Object.values(binding))].sort((a, b) => b - a);
  const operators = Object.entries(binding);
  assert.equal(
    written,
    levels.map((level) => operators.filter(([, each]) => each === level).map(([operator]) => operator)),
  );
});

test("the units are the compiler's", () => {
  const rows = tableOf("Unit").rows.map(([unit, factor]) => [unquoted(unit!), factor]);
  assert.equal(
    rows,
    [...units].map(([unit, factor]) => [unit, String(factor)]),
  );
});

test("the kinds of descriptors are the compiler's", () => {
  assert.equal(column("Kind", 0).map(unquoted), [...descriptorKinds]);
});

// ---------------------------------------------------------------- attributes

test("every built-in attribute is in the tables as it is declared, and no other is", () => {
  const purposes = tableOf("Attribute").rows.map(([name, doc]) => [unquoted(name!), doc]);
  const usage = tableOf("Written").rows.map((row) => row.map(unquoted));
  assert.equal(
    purposes,
    builtInAttributes.map(({ name, doc }) => [`@${name}`, doc]),
  );
  assert.equal(
    usage,
    builtInAttributes.map((attribute) => [usageOf(attribute), placesOf(attribute)]),
  );
});

function usageOf({ name, arguments: parameters }: AttributeShape): string {
  return parameters.length === 0 ? `@${name}` : `@${name}(${parameters.map(argumentText).join(", ")})`;
}

function argumentText({ name, required, type }: ArgumentKind): string {
  const mark = required ? "" : "?";
  if (type.kind === "choice") return `${name}${mark}: ${type.of.join(" | ")}`;
  return `${name}${mark}: ${type.kind === "typed" ? typeText(type.type) : type.kind}`;
}

function placesOf({ targets: allowed }: AttributeShape): string {
  const left = targets.filter((target) => !allowed.includes(target));
  return left.length === 1 ? `all but ${left[0]}` : allowed.join(", ");
}

test("what an attribute may stand on is listed whole", () => {
  assert.equal(wordsUnder("Attributes"), [...targets]);
});

// ---------------------------------------------------------------- examples

test("the first example is an excerpt of idl/files.idl", () => {
  const file = readFileSync(new URL("../../idl/files.idl", import.meta.url), "utf8");
  assertExcerpt(blocks[0]!.text, file, "idl/files.idl");
});

for (const [index, block] of blocks.entries()) {
  const { heading, info, text } = block;
  const [language, fault] = info.split(" ");
  const name = `${info} block ${index + 1}, under ${heading}`;
  if (language === "idl" && fault !== undefined) {
    test(`${name}: is refused for what it says`, async () => {
      assert.equal(found((await compileBlock(block)).diagnostics), [fault]);
    });
  } else if (language === "idl" && heading === notYet) {
    test(`${name}: is right, and cannot be generated yet`, async () => {
      assert.equal(found((await compileBlock(block)).diagnostics), ["not-emitted-yet"]);
    });
  } else if (language === "idl") {
    test(`${name}: generates without a word`, async () => {
      const { diagnostics, files } = await compileBlock(block);
      assert.equal(found(diagnostics), []);
      assert.is(files.length, 1);
    });
  } else if (info === "ts use") {
    test(`${name}: is a use of what the nearest block above it becomes`, async () => {
      const idl = blocks.slice(0, index).findLast((each) => each.info === "idl")!;
      assert.equal(await faultsOfUse(text, idl), []);
    });
  } else if (language === "ts") {
    test(`${name}: is what the block above becomes`, async () => {
      const { files } = await compileBlock(blocks[index - 1]!);
      assertExcerpt(text, files[0]!.text, "the generated code");
    });
  }
}

test("every block says what it is", () => {
  const languages = new Set(blocks.map(({ info }) => info.split(" ")[0]!));
  assert.equal([...languages].sort(), ["ebnf", "idl", "text", "ts"]);
});

// ---------------------------------------------------------------- what cannot be generated yet

/** One use of each construct in the table. */
const unsupported: Readonly<Record<string, string>> = {
  "@wire(plash), @wire(srpc)": "@wire(plash)\npackage t @ 1.0;",
};

test("every construct in the table of what is missing is known here", () => {
  assert.equal(column("Construct", 0).map(unquoted), Object.keys(unsupported));
});

for (const [construct, text] of Object.entries(unsupported)) {
  test(`${construct} is checked and not generated`, async () => {
    const { diagnostics, files } = await compileText(text);
    assert.equal(found(diagnostics), ["not-emitted-yet"]);
    assert.equal(files, []);
  });
}

// ---------------------------------------------------------------- limits

/** For each limit a text, or files, that has `n` of what it counts. */
const sized: Readonly<Record<string, (n: number) => string | Readonly<Record<string, string>>>> = {
  "UTF-16 code units of a file": (n) => "package t @ 1.0;".padEnd(n, " "),
  "characters of a name": (n) => `struct ${"A".repeat(n)} {}`,
  "brackets and signs open at once in one member": (n) => `const A: u32 = ${"(".repeat(n)}1${")".repeat(n)};`,
  "operators of an expression": (n) => `const A: u32 = 1${"+1".repeat(n)};`,
  "declarations of a file": (n) => times(n, (i) => `type T${i} = u8;`),
  // Reading stops at the last of them.
  "syntax faults of a file before reading stops": (n) => times(n - 1, (i) => `const A${i}: = 1;`),
  "files of one run, with all that they import": chainOfFiles,
  "definitions that one definition goes through": (n) =>
    `${times(n - 1, (i) => `const A${i}: u8 = A${i + 1};`)}\nconst A${n - 1}: u8 = 1;`,
  "levels of a type, through aliases": (n) => `type T = ${"list<".repeat(n - 1)}u8${", 1>".repeat(n - 1)};`,
  "structs inside one another": (n) => `${times(n - 1, (i) => `struct S${i} { s: S${i + 1}; }`)}\nstruct S${n - 1} {}`,
  "N of `string<N>`, `bytes<N>`, `list<T, N>`, `map<K, V, N>`": (n) => `type T = string<${n}>;`,
  "ordinal of a table or union": (n) => `table T { ${n}: a: u8; }`,
  "bits of a shift": (n) => `const A: u64 = 1 << ${n};`,
  "bits of a result, with its sign": (n) => `const A: u8 = (-1 << 63) * (1 << 63) * (1 << ${n - 127}) * 0;`,
  "bytes of a text in a built-in attribute": (n) => `interface I { @selector("${"a".repeat(n)}") m(); }`,
  "number of an `@errno` member": (n) => `@errno\nstrict error E : i32 { E1 = ${n}; }`,
  "either part of a package's version": (n) => `package t @ ${n}.${n};`,
  "methods of an interface": (n) => `interface I { ${times(n, (i) => `m${i}();`)} }`,
  "parameters of a method, callback or attribute": (n) => `interface I { m(${times(n, (i) => `p${i}: u8,`)}); }`,
  "members of an enum, flags or error": (n) => `strict enum E : u32 { ${times(n, (i) => `m${i} = ${i};`)} }`,
  "fields of a struct or table": (n) => `struct S { ${times(n, (i) => `f${i}: u8;`)} }`,
  "arms of a union": (n) => `strict union U { ${times(n, (i) => `${i + 1}: a${i};`)} }`,
  "offers of a role": (n) => `interface I {}\nchannel C { a offers { ${times(n, (i) => `o${i}: I;`)} } b offers {} }`,
};

function times(n: number, piece: (index: number) => string): string {
  return Array.from({ length: n }, (_, index) => piece(index)).join("\n");
}

function chainOfFiles(n: number): Readonly<Record<string, string>> {
  const files = Array.from({ length: n }, (_, i) => {
    const next = i + 1 < n ? `import { T${i + 1} } from "./f${i + 1}.idl";` : "";
    return [`f${i}.idl`, `package t @ 1.0;\n${next}\ntype T${i} = u8;`] as const;
  });
  return Object.fromEntries(files);
}

function codesOf(made: string | Readonly<Record<string, string>>): readonly string[] {
  const files = typeof made === "string" ? { "main.idl": withPackage(made) } : made;
  return found(check([Object.keys(files)[0]!], { readFile: (path) => files[path] }).diagnostics);
}

test("every limit in the table is known here", () => {
  assert.equal(column("What", 0), Object.keys(sized));
});

for (const [what, most, code] of tableOf("What").rows) {
  const limit = Number(most!.replaceAll(",", ""));
  const expected = unquoted(code!);
  test(`${what}: ${most} are taken, one more is ${expected}`, () => {
    assert.not.ok(codesOf(sized[what!]!(limit)).includes(expected));
    assert.ok(codesOf(sized[what!]!(limit + 1)).includes(expected));
  });
}

test.run();
