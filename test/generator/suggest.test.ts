import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nearest } from "../../generator/suggest.ts";

const test = suite("suggest");

const words = ["interface", "struct", "string", "table", "enum", "open", "u32", "u64"];

const cases: readonly [word: string, meant: string | undefined][] = [
  ["interfce", "interface"],
  ["intreface", "interface"],
  ["interfacee", "interface"],
  ["Interface", "interface"],
  ["strct", "struct"],
  ["strnig", "string"],
  ["tabel", "table"],
  ["enmu", "enum"],
  ["u23", "u32"],
  ["opne", "open"],
  ["", undefined],
  ["x", undefined],
  ["zebra", undefined],
  ["intrfc", undefined],
  ["a".repeat(100_000), undefined],
];

for (const [word, meant] of cases) {
  test(`${word.slice(0, 20) || "nothing"} is ${meant ?? "nothing that is known"}`, () =>
    assert.is(nearest(word, words), meant));
}

test("of equally near candidates the first wins", () => {
  assert.is(nearest("cat", ["bat", "hat"]), "bat");
  assert.is(nearest("cat", ["hat", "bat"]), "hat");
});

test("a nearer candidate wins over an earlier one", () => assert.is(nearest("paths", ["patio", "path"]), "path"));

test("without candidates there is no suggestion", () => assert.is(nearest("open", []), undefined));

test("candidates may be any sequence", () => assert.is(nearest("opn", new Set(["open"])), "open"));

test.run();
