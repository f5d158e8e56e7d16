import { suite } from "uvu";
import * as assert from "uvu/assert";
import { selectorOf } from "../../../generator/model/selector.ts";

const test = suite("selector");

// From the FNV specification's own test vectors.
const vectors: readonly [text: string, hash: number][] = [
  ["", 0x811c9dc5],
  ["a", 0xe40c292c],
  ["foobar", 0xbf9cf968],
];

for (const [text, hash] of vectors) {
  test(`the selector of "${text}" is 0x${hash.toString(16)}`, () => assert.is(selectorOf(text), hash));
}

test.run();
