import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { embeddedTemplates } from "../../../.ci/templates.ts";
import { render } from "../../../generator/emit/render.ts";
import { templates } from "../../../generator/emit/templates.ts";

const test = suite("emit: templates");

test("the embedded templates are those of the folder; run `npm run generate`", () => {
  const path = new URL("../../../generator/emit/templates.ts", import.meta.url);
  assert.fixture(readFileSync(path, "utf8"), embeddedTemplates());
});

test("a template that names what its view lacks throws", () => {
  assert.throws(() => render("banner", { source: "a.idl", hash: "0" }), /ir/);
});

test("a template prints text as it is", () => {
  const text = `<&"'\`{{x}}>`;
  assert.is(render("banner", { source: text, hash: "0", ir: 1 }).includes(text), true);
});

test("every template ends in one line ending, which is not printed", () => {
  for (const [name, text] of Object.entries(templates)) assert.match(text, /[^\n]\n$/, name);
});

test.run();
