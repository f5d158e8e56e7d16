import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { report } from "../../../generator/report.ts";
import { goldenCases, goldenPath, matchesGolden, noStaleGoldens } from "../../support/golden.ts";
import { places, read } from "../../support/reading.ts";

const test = suite("syntax: golden files");

const cases = goldenCases("syntax");

for (const name of cases) {
  test(name, () => {
    const folder = goldenPath("syntax", name);
    const { diagnostics } = read(readFileSync(join(folder, "input.idl"), "utf8"), "input.idl");
    assert.ok(diagnostics.length > 0, "a golden case is a faulty file");
    matchesGolden(join(folder, "expected.txt"), report(diagnostics, { format: "text" }));
    noStaleGoldens(folder, new Set(["input.idl", "expected.txt"]));
  });
}

test("of ten faults in one file all ten are reported, in order and with at most three more", () => {
  const text = readFileSync(join(goldenPath("syntax", "ten-faults"), "input.idl"), "utf8");
  const marked = text.split("\n").flatMap((line, index) => (/\/\/ \d+$/.test(line) ? [index + 1] : []));
  assert.is(marked.length, 10);
  const lines = places(read(text).diagnostics).map((place) => Number(place.split(":")[0]));
  assert.equal(
    lines,
    [...lines].sort((a, b) => a - b),
  );
  for (const line of marked) assert.ok(lines.includes(line), `line ${line} has a fault that was not reported`);
  assert.ok(lines.length <= 13, `${lines.length} reports for ten faults`);
});

test("no case is missing from the list", () => {
  assert.equal(cases, [
    ...["docs", "lexical", "line-endings", "neighbours", "placement", "punctuation", "ten-faults", "unclosed"],
  ]);
});

test.run();
