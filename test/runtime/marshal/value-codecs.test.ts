/** Enums and flags: strict ones hold both ends to what is listed, flexible ones carry what is new. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Codec } from "../../../runtime/marshal/codec.ts";
import { enumCodec, flagsCodec, type IntegerName } from "../../../runtime/marshal/value-codecs.ts";
import { decoded, encoded, thrownBy } from "../../support/marshalling.ts";
import { hex } from "../../support/wire.ts";

type Integer = number | bigint;

interface Case {
  readonly what: string;
  readonly codec: Codec<Integer>;
  /** Values with their bytes. */
  readonly good: readonly (readonly [Integer, string])[];
  /** What is refused on sending. */
  readonly bad: readonly unknown[];
  /** What is refused on receiving. */
  readonly badBytes: readonly string[];
}

const kinds = { other: 0, regular: 1, last: 200 };
const signed = { none: 0, minus: -1 };
const wide = { zero: 0n, top: 2n ** 63n };
const wrongTypes: readonly unknown[] = ["1", null, undefined, {}, [1], true];

const cases: readonly Case[] = [
  {
    what: "a strict enum",
    codec: enumCodec<Integer>("Kind", "u8", kinds, "strict"),
    good: [
      [0, "00"],
      [200, "c8"],
    ],
    bad: [2, 255, 256, -1, 0.5, 1n, "regular", ...wrongTypes],
    badBytes: ["02", "ff"],
  },
  {
    what: "a flexible enum",
    codec: enumCodec<Integer>("Kind", "u8", kinds, "flexible"),
    good: [
      [0, "00"],
      [2, "02"],
      [255, "ff"],
    ],
    bad: [256, -1, 0.5, 1n, "regular", ...wrongTypes],
    badBytes: [],
  },
  {
    what: "a strict enum of a signed base",
    codec: enumCodec<Integer>("Signed", "i16", signed, "strict"),
    good: [[-1, "ffff"]],
    bad: [1, 65535, ...wrongTypes],
    badBytes: ["0100", "feff"],
  },
  {
    what: "a strict enum of a 64-bit base",
    codec: enumCodec<Integer>("Wide", "u64", wide, "strict"),
    good: [[2n ** 63n, "0000000000000080"]],
    bad: [1n, 0, 2n ** 64n, ...wrongTypes],
    badBytes: ["0100000000000000"],
  },
  {
    what: "strict flags",
    codec: flagsCodec<Integer>("Flags", "u32", 0x80000003, "strict"),
    good: [
      [0, "00000000"],
      [3, "03000000"],
      [0x80000003, "03000080"],
    ],
    bad: [4, 0x80000004, -1, 0x40000000, 1.5, 2 ** 32, 1n, ...wrongTypes],
    badBytes: ["04000000", "03000040", "ffffffff"],
  },
  {
    what: "flexible flags",
    codec: flagsCodec<Integer>("Flags", "u8", 3, "flexible"),
    good: [
      [3, "03"],
      [255, "ff"],
    ],
    bad: [256, -1, 1n, ...wrongTypes],
    badBytes: [],
  },
  {
    what: "strict flags of a 64-bit base",
    codec: flagsCodec<Integer>("Wide", "u64", 2n ** 63n + 1n, "strict"),
    good: [
      [0n, "0000000000000000"],
      [2n ** 63n + 1n, "0100000000000080"],
    ],
    bad: [2n, 2n ** 62n, -1n, 1, 2n ** 64n, ...wrongTypes],
    badBytes: ["0200000000000000", "0000000000000040"],
  },
];

const codecs = suite("marshal: enums and flags");

for (const { what, codec, good, bad, badBytes } of cases) {
  codecs(`${what} carries what is its`, () => {
    for (const [value, digits] of good) {
      assert.equal(
        encoded((e) => codec.encode(e, value)),
        hex(digits),
      );
      assert.is(decoded(hex(digits), codec.decode), value);
    }
  });

  codecs(`${what} refuses what is not`, () => {
    for (const value of bad) thrownBy(() => encoded((e) => codec.encode(e, value as Integer)), "Invalid");
    for (const digits of badBytes) thrownBy(() => decoded(hex(digits), codec.decode), "Protocol");
  });
}

codecs("every base has its width", () => {
  const widths: Readonly<Record<IntegerName, number>> = {
    u8: 1,
    u16: 2,
    u32: 4,
    u64: 8,
    i8: 1,
    i16: 2,
    i32: 4,
    i64: 8,
  };
  for (const [base, width] of Object.entries(widths) as [IntegerName, number][]) {
    const one = width === 8 ? 1n : 1;
    const codec = enumCodec<Integer>("Base", base, { one }, "strict");
    assert.is(encoded((e) => codec.encode(e, one)).length, width, base);
  }
});

codecs("a refusal names the set and the value", () => {
  const codec = enumCodec<number>("FileKind", "u8", kinds, "strict");
  assert.match(thrownBy(() => encoded((e) => codec.encode(e, 9)), "Invalid").message, "9 is not a value of FileKind");
  assert.match(thrownBy(() => decoded(hex("09"), codec.decode), "Protocol").message, "9 is not a value of FileKind");
});

codecs.run();
