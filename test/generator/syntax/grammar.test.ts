import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cstDeclarations } from "../../../generator/syntax/generate-cst.ts";
import { createLexer } from "../../../generator/syntax/lexer.ts";
import { Parser } from "../../../generator/syntax/parser.ts";

const test = suite("syntax: grammar");

test("the token definitions pass Chevrotain's checks", () => {
  assert.equal(createLexer(true).lexerDefinitionErrors, []);
});

test("the grammar passes Chevrotain's checks at two tokens of lookahead", () => {
  assert.not.throws(() => new Parser({ skipValidations: false }));
});

test("cst.d.ts is what the grammar makes of it", () => {
  const path = new URL("../../../generator/syntax/cst.d.ts", import.meta.url);
  assert.fixture(readFileSync(path, "utf8"), cstDeclarations());
});

test("every rule has its production above it", () => {
  const text = readFileSync(new URL("../../../generator/syntax/parser.ts", import.meta.url), "utf8");
  const rules = [...text.matchAll(/^ {2}readonly (\w+) = this\.RULE\("(\w+)"/gm)];
  assert.ok(rules.length > 30);
  for (const [line, property, name] of rules) {
    assert.is(property, name);
    const above = text.slice(0, text.indexOf(line)).trimEnd();
    const comment = above.slice(above.lastIndexOf("/**"));
    assert.match(
      comment,
      new RegExp(`${name!.replace("Declaration", "(?:Declaration)?")} :`),
      `${name} lacks its production`,
    );
    assert.ok(comment.endsWith("*/"), `${name} lacks its production`);
  }
});

test.run();
