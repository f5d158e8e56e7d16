import { suite } from "uvu";
import * as assert from "uvu/assert";
import { table } from "../../generator/diagnostics.ts";
import { diagnosticsPage } from "../../generator/diagnostics-page.ts";
import { matchesGolden } from "../support/golden.ts";

const test = suite("diagnostics page");

test("docs/diagnostics.md is what the table says", () => {
  matchesGolden(new URL("../../docs/diagnostics.md", import.meta.url).pathname, diagnosticsPage());
});

test("every code has a section, and every gap is named in it", () => {
  const sections = diagnosticsPage().split("\n## ").slice(1);
  assert.is(sections.length, Object.keys(table).length);
  for (const [index, [code, { message }]] of Object.entries(table).entries()) {
    assert.ok(sections[index]!.startsWith(`${code}\n`));
    for (const gap of message.gaps)
      assert.match(sections[index]!, new RegExp(`_${gap}_|<${gap}>`), `${gap} of ${code}`);
  }
});

test.run();
