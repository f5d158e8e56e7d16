/**
 * Interfaces that were written to hurt, through the whole pipeline: each ends in a bounded number of diagnostics with
 * short texts, never in an exception, and nothing is generated.
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../generator/compile.ts";
import { typescript } from "../../generator/emit/typescript.ts";
import { maxFiles, type ReadFile } from "../../generator/model/load.ts";
import { report } from "../../generator/report.ts";

const test = suite("hostile interfaces");

const many = 10_000;
const megabyte = 1 << 20;

/** One file. */
function alone(text: string): ReadFile {
  return (path) => (path === "0.idl" ? `package t @ 1.0;\n${text}` : undefined);
}

/** As many files as are asked for: the one of a number is made of it. */
function numbered(make: (number: number) => string): ReadFile {
  return (path) => `package t${Number.parseInt(path, 10)} @ 1.0;\n${make(Number.parseInt(path, 10))}`;
}

function repeat(make: (index: number) => string, times = many): string {
  return Array.from({ length: times }, (_, index) => make(index)).join("\n");
}

const importOf = (number: number, name = `A${number}`): string => `import { ${name} } from "./${number}.idl";`;
const field = (type: string): string => `struct S { a: ${type}; }`;

/** What is hostile, and the errors that it is refused with: no others. */
const cases: readonly [what: string, readFile: ReadFile, codes: readonly string[]][] = [
  ["lists in lists", alone(field(`${"list<".repeat(many)}u8${", 2>".repeat(many)}`)), ["nested-too-deep"]],
  ["optionals in a row", alone(field(`u8${"?".repeat(many)}`)), ["token-unexpected"]],
  ["braces in braces", alone("struct S {".repeat(many)), ["declaration-nested"]],
  ["parentheses in parentheses", alone(`const A: u8 = ${"(".repeat(many)}1${")".repeat(many)};`), ["nested-too-deep"]],
  ["aliases of aliases", alone(repeat((i) => `type A${i} = ${i === 0 ? "u8" : `A${i - 1}`};`)), ["type-too-deep"]],
  [
    "lists of each other that double with each",
    alone(repeat((i) => `type A${i} = ${i === 0 ? "u8" : `map<u8, list<A${i - 1}, 2>, 2>`};`, 200)),
    ["type-too-deep"],
  ],
  [
    "structs that double with each",
    alone(repeat((i) => `struct S${i} { ${i === 0 ? "a: u8;" : `a: S${i - 1}; b: S${i - 1};`} }`, 200)),
    ["struct-too-deep"],
  ],
  [
    "constants of constants",
    alone(repeat((i) => `const C${i}: u8 = C${i + 1};`)),
    ["definition-too-deep", "name-unknown"],
  ],
  [
    "a number that is squared again and again",
    alone(repeat((i) => `const C${i}: u64 = ${"0xffff * ".repeat(200)}1;`, 50)),
    ["constant-too-large"],
  ],
  [
    "a circle of structs",
    alone(repeat((i) => `struct S${i} { a: S${(i + 1) % 1000}; }`, 1000)),
    ["infinite-size", "struct-too-deep"],
  ],
  ["a circle of aliases", alone(repeat((i) => `type A${i} = A${(i + 1) % 1000};`, 1000)), ["definition-too-deep"]],
  ["a name of a megabyte", alone(`struct ${"A".repeat(megabyte)} { a: u8; }`), ["name-too-long"]],
  ["a field's name of a megabyte", alone(`struct S { ${"a".repeat(megabyte)}: u8; }`), ["name-too-long"]],
  ["a type of a megabyte", alone(field("A".repeat(megabyte))), ["name-too-long", "type-unknown"]],
  ["a number of a megabyte", alone(`const A: u64 = ${"9".repeat(megabyte)};`), ["value-out-of-range"]],
  ["a path of a megabyte", alone(`import { A } from "./${"a".repeat(megabyte)}.idl";`), ["import-missing"]],
  [
    "an attribute's text of a megabyte",
    alone(`interface I { @selector("${"a".repeat(megabyte)}") a(); }`),
    ["string-too-long"],
  ],
  [
    "ten thousand imports of files that are not there",
    alone(repeat((i) => importOf(i + 1))),
    ["import-missing", "too-many-files"],
  ],
  [
    "ten thousand imports of files that are",
    (path) =>
      path === "0.idl"
        ? `package t @ 1.0;\n${repeat((i) => importOf(i + 1))}`
        : `package t @ 1.0;\nstruct A${Number.parseInt(path, 10)} { a: u8; }`,
    ["too-many-files"],
  ],
  [
    "a chain of ten thousand files",
    numbered((number) => importOf(number + 1)),
    ["import-name-missing", "too-many-files"],
  ],
  ["a file that imports itself ten thousand times", alone(repeat(() => importOf(0))), ["import-clash", "import-cycle"]],
  [
    "a circle of files",
    numbered((number) => importOf((number + 1) % (maxFiles - 1))),
    ["import-cycle", "import-name-missing"],
  ],
  [
    "files that all import each other",
    numbered(() => repeat((other) => importOf(other), 60)),
    ["import-cycle", "import-name-missing"],
  ],
];

for (const [what, readFile, codes] of cases) {
  test(`${what}: diagnostics, and nothing generated`, async () => {
    const { files, diagnostics } = await compile(["0.idl"], { readFile, target: typescript() });
    const found = new Set<string>(diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code));
    assert.equal([...found].sort(), [...codes].sort());
    assert.equal(files, []);
    assert.ok(diagnostics.length <= 2 * many, `${diagnostics.length} diagnostics`);
    for (const { message } of diagnostics) assert.ok(message.length < 2_000, `${message.length} characters`);
    assert.ok(report(diagnostics, { format: "text" }).length < 64 * megabyte);
  });
}

test.run();
