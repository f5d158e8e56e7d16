/** Strings: UTF-8 of every width and by every route, limits in bytes, and what is not UTF-8. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decoded, encoded, freshEncoder, thrownBy } from "../../support/marshalling.ts";
import { hex, join, string, text, u32 } from "../../support/wire.ts";

const strings = suite("marshal: strings");

const samples: readonly string[] = [
  "",
  "a",
  "\0",
  "fifteen letters",
  "sixteen letters!",
  "a".repeat(64 * 1024),
  "é",
  "\u0080\u07ff",
  "\u0800\uffff",
  "日本語",
  "😀",
  "\u{10000}\u{10ffff}",
  `${"a".repeat(14)}é`,
  "é".repeat(5000),
  "\ufffd",
  "a\ufffdb",
  "\ufffd".repeat(100),
  "\ufeffwith a mark",
  "\ufeff\ufffd",
  "mixed: ß→😀 and 日本 ".repeat(500),
];

strings("every width and length has its UTF-8 on the wire, and comes back as it was", () => {
  for (const sample of samples) {
    const bytes = encoded((e) => e.string(sample));
    assert.equal(bytes, string(sample), JSON.stringify(sample.slice(0, 20)));
    assert.is(
      decoded(bytes, (d) => d.string()),
      sample,
    );
  }
});

strings("half a surrogate pair is refused, wherever it is", () => {
  for (const half of ["\ud800", "\udfff"])
    for (const sample of [
      half,
      `a${half}`,
      `${half}a`,
      `${"a".repeat(40)}${half}`,
      `${half}${"é".repeat(40)}`,
      half + half,
    ])
      thrownBy(() => encoded((e) => e.string(sample)), "Invalid");
  thrownBy(() => encoded((e) => e.string("\ude00\ud83d")), "Invalid");
});

strings("what is no string is refused", () => {
  for (const value of [1, null, undefined, true, 1n, {}, ["a"], new String("a"), Symbol("a"), Buffer.from("a")])
    thrownBy(() => encoded((e) => e.string(value as string)), "Invalid");
});

const notUtf8: readonly (readonly [string, string])[] = [
  ["a stray continuation", "80"],
  ["a start without its end", "c3"],
  ["a start followed by ASCII", "c3 41"],
  ["an overlong slash of two bytes", "c0 af"],
  ["an overlong slash of three", "e0 80 af"],
  ["an overlong slash of four", "f0 80 80 af"],
  ["an overlong NUL", "c0 80"],
  ["a high surrogate", "ed a0 80"],
  ["a low surrogate", "ed bf bf"],
  ["a surrogate pair as two threes", "ed a0 bd ed b8 80"],
  ["beyond U+10FFFF", "f4 90 80 80"],
  ["a byte that never occurs", "ff"],
  ["a five-byte start", "f8 88 80 80 80"],
  ["three bytes of four", "f0 9f 98"],
  ["bad bytes after a good U+FFFD", "ef bf bd ff"],
  ["bad bytes in a long text", `${"61".repeat(300)} c3 ${"61".repeat(300)}`],
];

for (const [what, digits] of notUtf8)
  strings(`${what} is not UTF-8 and refused`, () => {
    const bytes = hex(digits);
    const error = thrownBy(() => decoded(join(u32(bytes.length), bytes), (d) => d.string()), "Protocol");
    assert.match(error.message, "not UTF-8");
  });

/** A text, and its length in bytes. */
const measured: readonly (readonly [string, number])[] = [
  ["abcd", 4],
  ["éé", 4],
  ["日", 3],
  ["😀", 4],
  ["a".repeat(100), 100],
  ["é".repeat(100), 200],
];

strings("limits count bytes, not characters, at both ends", () => {
  for (const [sample, bytes] of measured) {
    assert.is(encoded((e) => e.string(sample, bytes)).length, 4 + bytes);
    assert.is(
      decoded(string(sample), (d) => d.string(bytes)),
      sample,
    );
    thrownBy(() => encoded((e) => e.string(sample, bytes - 1)), "Limit");
    thrownBy(() => decoded(string(sample), (d) => d.string(bytes - 1)), "Limit");
  }
});

strings("a string over its limit leaves the frame as it was before it", () => {
  const encoder = freshEncoder();
  encoder.begin();
  encoder.u8(7);
  thrownBy(() => encoder.string("éé", 3), "Limit");
  thrownBy(() => encoder.string("\ud800"), "Invalid");
  encoder.u8(8);
  assert.equal(encoder.extract().bytes, new Uint8Array([7, 8]));
});

strings("a length is compared with what is left before anything is read", () => {
  for (const length of [2, 3, 4, 0xffff, 0x7fffffff, 0xffffffff])
    thrownBy(() => decoded(join(u32(length), text("a")), (d) => d.string()), "Protocol");
});

strings("a length is compared with its limit first", () => {
  thrownBy(() => decoded(join(u32(0xffffffff), text("a")), (d) => d.string(4096)), "Limit");
});

strings("a text fits the frame if its bytes do, though three for each character would not", () => {
  for (const [sample, bytes] of measured) {
    const encoder = freshEncoder(4 + bytes);
    encoder.begin();
    encoder.string(sample);
    assert.is(encoder.frameBytes, 4 + bytes);
    encoder.rollback();
    const smaller = freshEncoder(3 + bytes);
    smaller.begin();
    thrownBy(() => smaller.string(sample), "Limit");
  }
});

strings.run();
