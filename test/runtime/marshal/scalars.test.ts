/** Numbers and bools: the range of each type, from both ends, and everything that is not of it. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Decoder } from "../../../runtime/marshal/decoder.ts";
import type { Encoder } from "../../../runtime/marshal/encoder.ts";
import { decoded, encoded, thrownBy } from "../../support/marshalling.ts";

type Scalar = number | bigint | boolean;
type Name =
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "i8"
  | "i16"
  | "i32"
  | "i64"
  | "u64Number"
  | "i64Number"
  | "f32"
  | "f64"
  | "bool";

const MOST = Number.MAX_SAFE_INTEGER;

/** Values with the bytes that they are on the wire, as docs/protocol.md has them. */
const good: Readonly<Record<Name, readonly (readonly [Scalar, string])[]>> = {
  u8: [
    [0, "00"],
    [-0, "00"],
    [1, "01"],
    [255, "ff"],
  ],
  u16: [
    [0, "0000"],
    [0x1234, "3412"],
    [65535, "ffff"],
  ],
  u32: [
    [0, "00000000"],
    [0x12345678, "78563412"],
    [2 ** 31, "00000080"],
    [2 ** 32 - 1, "ffffffff"],
  ],
  u64: [
    [0n, "0000000000000000"],
    [0x123456789abcdef0n, "f0debc9a78563412"],
    [2n ** 64n - 1n, "ffffffffffffffff"],
  ],
  i8: [
    [-128, "80"],
    [-1, "ff"],
    [-0, "00"],
    [127, "7f"],
  ],
  i16: [
    [-32768, "0080"],
    [-2, "feff"],
    [32767, "ff7f"],
  ],
  i32: [
    [-(2 ** 31), "00000080"],
    [-1, "ffffffff"],
    [2 ** 31 - 1, "ffffff7f"],
  ],
  i64: [
    [-(2n ** 63n), "0000000000000080"],
    [-1n, "ffffffffffffffff"],
    [2n ** 63n - 1n, "ffffffffffffff7f"],
  ],
  u64Number: [
    [0, "0000000000000000"],
    [-0, "0000000000000000"],
    [2 ** 32 - 1, "ffffffff00000000"],
    [2 ** 32, "0000000001000000"],
    [2 ** 52 + 1, "0100000000001000"],
    [MOST, "ffffffffffff1f00"],
  ],
  i64Number: [
    [0, "0000000000000000"],
    [-0, "0000000000000000"],
    [-1, "ffffffffffffffff"],
    [-(2 ** 32), "00000000ffffffff"],
    [-(2 ** 32) - 1, "fffffffffeffffff"],
    [MOST, "ffffffffffff1f00"],
    [-MOST, "010000000000e0ff"],
  ],
  f32: [
    [0, "00000000"],
    [1.5, "0000c03f"],
    [-1.5, "0000c0bf"],
    [Number.POSITIVE_INFINITY, "0000807f"],
  ],
  f64: [
    [0, "0000000000000000"],
    [0.1, "9a9999999999b93f"],
    [Number.MIN_VALUE, "0100000000000000"],
    [Number.NEGATIVE_INFINITY, "000000000000f0ff"],
  ],
  bool: [
    [false, "00"],
    [true, "01"],
  ],
};

/** What no integer type takes, however it might be coerced. */
const never: readonly unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0.5,
  "1",
  "",
  true,
  null,
  undefined,
  [1],
  { valueOf: () => 1 },
  new Number(1),
  Symbol("one"),
  () => 1,
];

/** What each type refuses besides. */
const bad: Readonly<Record<Name, readonly unknown[]>> = {
  u8: [-1, 256, 2 ** 32, 1n, ...never],
  u16: [-1, 65536, 2 ** 32, 1n, ...never],
  u32: [-1, 2 ** 32, MOST, 1n, ...never],
  u64: [-1n, 2n ** 64n, 1, ...never],
  i8: [-129, 128, 255, 2 ** 32, 1n, ...never],
  i16: [-32769, 32768, 65535, 2 ** 32, 1n, ...never],
  i32: [-(2 ** 31) - 1, 2 ** 31, 2 ** 32, 1n, ...never],
  i64: [-(2n ** 63n) - 1n, 2n ** 63n, 1, ...never],
  u64Number: [-1, MOST + 1, 2 ** 64, 1n, ...never],
  i64Number: [MOST + 1, -MOST - 1, 1n, ...never],
  f32: ["1", 1n, true, null, undefined, {}, Symbol("one")],
  f64: ["1", 1n, true, null, undefined, {}, Symbol("one")],
  bool: [0, 1, "true", 1n, null, undefined, {}, new Boolean(true)],
};

/** Bytes that a type refuses to be read from. */
const badBytes: readonly (readonly [Name, string])[] = [
  ["u64Number", "0000000000002000"],
  ["u64Number", "ffffffffffffffff"],
  ["i64Number", "0000000000002000"],
  ["i64Number", "000000000000e0ff"],
  ["i64Number", "0000000000000080"],
  ["bool", "02"],
  ["bool", "ff"],
];

const scalars = suite("marshal: scalars");
const names = Object.keys(good) as Name[];

for (const name of names) {
  scalars(`${name}: what is in range has its bytes, and comes back as it was`, () => {
    for (const [value, hex] of good[name]) {
      assert.is(Buffer.from(encoded((e) => write(e, name, value))).toString("hex"), hex, `${value}`);
      // A negative zero is no integer of its own; only floats tell it apart.
      assert.is(
        decoded(new Uint8Array(Buffer.from(hex, "hex")), (d) => read(d, name)),
        typeof value === "number" ? value + 0 : value,
      );
    }
  });

  scalars(`${name}: what is not one is refused, by its name, and nothing is written`, () => {
    for (const value of bad[name]) {
      const bytes = encoded((e) => {
        const error = thrownBy(() => write(e, name, value), "Invalid");
        assert.match(error.message, name.replace("Number", ""));
      });
      assert.is(bytes.length, 0, `${String(value)} left bytes behind`);
    }
  });

  scalars(`${name}: a message that ends within one is refused`, () => {
    const whole = Buffer.from(good[name][0]![1], "hex");
    for (let length = 0; length < whole.length; length++)
      thrownBy(() => decoded(new Uint8Array(whole.subarray(0, length)), (d) => read(d, name)), "Protocol");
  });
}

scalars("bytes that no sender of ours writes are refused on reading", () => {
  for (const [name, hex] of badBytes)
    thrownBy(() => decoded(new Uint8Array(Buffer.from(hex, "hex")), (d) => read(d, name)), "Protocol");
});

scalars("floats keep NaN and the sign of zero", () => {
  for (const name of ["f32", "f64"] as const) {
    for (const value of [Number.NaN, -0]) {
      const bytes = encoded((e) => write(e, name, value));
      assert.ok(
        Object.is(
          decoded(bytes, (d) => read(d, name)),
          value,
        ),
        `${name} ${value}`,
      );
    }
  }
});

scalars("f32 rounds to what it can hold", () => {
  assert.is(
    decoded(
      encoded((e) => e.f32(0.1)),
      (d) => d.f32(),
    ),
    Math.fround(0.1),
  );
  assert.is(
    decoded(
      encoded((e) => e.f32(1e300)),
      (d) => d.f32(),
    ),
    Number.POSITIVE_INFINITY,
  );
});

scalars("a message must be used up exactly", () => {
  const error = thrownBy(() => decoded(new Uint8Array(3), (d) => d.u16()), "Protocol");
  assert.match(error.message, "1 bytes are left over");
});

function write(encoder: Encoder, name: Name, value: unknown): void {
  // Half of these tests are about values that the types forbid and JavaScript does not.
  (encoder[name] as (value: unknown) => void).call(encoder, value);
}

function read(decoder: Decoder, name: Name): Scalar {
  return decoder[name]();
}

scalars.run();
