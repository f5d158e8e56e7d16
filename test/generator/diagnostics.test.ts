import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Entry, table } from "../../generator/diagnostics.ts";

const test = suite("diagnostics: the table");

const entries: readonly [code: string, entry: Entry][] = Object.entries(table);

/** A message or hint as written, its gaps as `…`, without the code in it. */
function prose({ texts }: Entry["message"]): string {
  return texts.join("…").replace(/`[^`]*`/g, "");
}

/** What is code wherever it stands: attributes, scalars, punctuation, and keywords that are no English words. */
const code = /@|[{}<>|]|\/\/|\b(?:[iu](?:8|16|32|64)|sync|oneway|xSync|enum \w+ :)\b/;

for (const [name, { message, hint }] of entries) {
  test(`${name}: code stands in backticks, which are closed`, () => {
    for (const template of [message, hint ?? message]) {
      assert.is(template.texts.join("").split("`").length % 2, 1, template.texts.join("…"));
      assert.not.match(prose(template), code);
    }
  });
}

test("a message and its hint are sentences", () => {
  for (const [name, { message, hint }] of entries) {
    assert.match(message.texts.at(-1)!, /[.?]$/, name);
    if (hint !== undefined && hint.texts.join("") !== "") assert.match(hint.texts.at(-1)!, /[.:;?`]$/, name);
  }
});

test.run();
