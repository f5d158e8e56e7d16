/** Bytes, lists and optionals: their lengths, and who owns what they hold. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decoded, decoderOf, encoded, freshEncoder, thrownBy } from "../../support/marshalling.ts";
import { join, string, text, u8, u16, u32 } from "../../support/wire.ts";

const composites = suite("marshal: bytes, lists, optionals");

composites("bytes carry their length and themselves", () => {
  for (const value of [
    new Uint8Array(),
    Uint8Array.of(1, 2, 3),
    new Uint8Array(200_000).fill(9),
    Buffer.from("buffer"),
  ]) {
    const bytes = encoded((e) => e.bytes(value));
    assert.equal(bytes, join(u32(value.length), value));
    assert.equal(
      decoded(bytes, (d) => d.bytes()),
      new Uint8Array(value),
    );
  }
});

composites("what is not bytes is refused", () => {
  for (const value of [
    "abc",
    [1, 2],
    null,
    undefined,
    new ArrayBuffer(2),
    new Uint16Array(2),
    new DataView(new ArrayBuffer(1)),
    3,
  ])
    thrownBy(() => encoded((e) => e.bytes(value as unknown as Uint8Array)), "Invalid");
});

composites("bytes are held to their limit at both ends", () => {
  assert.equal(
    decoded(
      encoded((e) => e.bytes(Uint8Array.of(1, 2), 2)),
      (d) => d.bytes(2),
    ),
    Uint8Array.of(1, 2),
  );
  thrownBy(() => encoded((e) => e.bytes(Uint8Array.of(1, 2, 3), 2)), "Limit");
  thrownBy(() => decoded(join(u32(3), u8(1), u8(2), u8(3)), (d) => d.bytes(2)), "Limit");
  thrownBy(() => decoded(join(u32(4), u8(1), u8(2), u8(3)), (d) => d.bytes()), "Protocol");
});

composites("changing the source after it was written changes nothing", () => {
  const source = Uint8Array.of(1, 2, 3);
  const encoder = freshEncoder();
  encoder.begin();
  encoder.bytes(source);
  source.fill(9);
  assert.equal(encoder.extract().bytes, join(u32(3), Uint8Array.of(1, 2, 3)));
});

composites("bytes that were read stay when the slab they came in is used again", () => {
  const slab = join(u32(3), Uint8Array.of(1, 2, 3));
  const decoder = decoderOf(new Uint8Array());
  decoder.reset(slab, new DataView(slab.buffer), 0, slab.length, [], false);
  const read = decoder.bytes();
  slab.fill(9);
  assert.equal(read, Uint8Array.of(1, 2, 3));
});

composites("bytes of a message that is ours alone are not copied, and end where they end", () => {
  const slab = join(u32(3), Uint8Array.of(1, 2, 3, 4));
  const decoder = decoderOf(new Uint8Array());
  decoder.reset(slab, new DataView(slab.buffer), 0, slab.length, [], true);
  const read = decoder.bytes();
  assert.is(read.buffer, slab.buffer);
  assert.equal(read, Uint8Array.of(1, 2, 3));
});

composites("lists carry their count and their elements", () => {
  for (const value of [[], ["a"], ["one", "two", ""], new Array(5000).fill("x")]) {
    const bytes = encoded((e) => e.list(value, 5000, (e, v) => e.string(v)));
    assert.equal(bytes, join(u32(value.length), ...value.map(string)));
    assert.equal(
      decoded(bytes, (d) => d.list(5000, 4, (d) => d.string())),
      value,
    );
  }
});

composites("what is no list is refused, and so is a hole in one", () => {
  for (const value of ["abc", null, undefined, { length: 1, 0: "a" }, new Set(["a"]), Uint8Array.of(1)])
    thrownBy(() => encoded((e) => e.list(value as unknown as string[], 9, (e, v) => e.string(v))), "Invalid");
  thrownBy(() => encoded((e) => e.list(new Array<string>(2), 9, (e, v) => e.string(v))), "Invalid");
});

composites("lists are held to their limit at both ends", () => {
  thrownBy(() => encoded((e) => e.list([1, 2, 3], 2, (e, v) => e.u8(v))), "Limit");
  thrownBy(() => decoded(join(u32(3), u8(1), u8(2), u8(3)), (d) => d.list(2, 1, (d) => d.u8())), "Limit");
  assert.equal(
    decoded(join(u32(2), u8(1), u8(2)), (d) => d.list(undefined, 1, (d) => d.u8())),
    [1, 2],
  );
});

composites("a count that what is left cannot hold is refused before any element is read", () => {
  for (const [count, elementBytes] of [
    [3, 2],
    [0x40000000, 4],
    [0xffffffff, 1],
    [0xffffffff, 8],
    [5, 1],
  ] as const) {
    let elements = 0;
    const bytes = join(u32(count), u16(1), u16(2));
    thrownBy(() => decoded(bytes, (d) => d.list(undefined, elementBytes, () => elements++)), "Protocol");
    assert.is(elements, 0, `${count}`);
  }
});

composites("a count of elements without bytes makes no work of its own", () => {
  let elements = 0;
  thrownBy(() => decoded(u32(0xffffffff), (d) => d.list(undefined, 0, () => elements++)), "Protocol");
  assert.is(elements, 0);
});

composites("a list of values without bytes is not sent, since its peer must refuse it", () => {
  thrownBy(() => encoded((e) => e.list([1, 2], undefined, () => {})), "Invalid");
  assert.equal(
    encoded((e) => e.list([], undefined, () => {})),
    u32(0),
  );
});

composites("an optional is a flag and the value", () => {
  const write = (value: string | null | undefined): Uint8Array =>
    encoded((e) => e.optional(value, (e, v) => e.string(v)));
  assert.equal(write("a"), join(u8(1), string("a")));
  assert.equal(write(""), join(u8(1), string("")));
  assert.equal(write(undefined), u8(0));
  assert.equal(write(null), u8(0));
  assert.is(
    decoded(write("a"), (d) => d.optional((d) => d.string())),
    "a",
  );
  assert.is(
    decoded(write(undefined), (d) => d.optional((d) => d.string())),
    undefined,
  );
});

composites("falsy values are present", () => {
  assert.equal(
    encoded((e) => e.optional(0, (e, v) => e.u8(v))),
    join(u8(1), u8(0)),
  );
  assert.equal(
    encoded((e) => e.optional(false, (e, v) => e.bool(v))),
    join(u8(1), u8(0)),
  );
});

composites("an optional's flag is 0 or 1", () => {
  for (const flag of [2, 3, 128, 255])
    thrownBy(() => decoded(join(u8(flag), string("a")), (d) => d.optional((d) => d.string())), "Protocol");
  thrownBy(() => decoded(u8(1), (d) => d.optional((d) => d.u8())), "Protocol");
  thrownBy(() => decoded(join(u8(0), text("x")), (d) => d.optional((d) => d.u8())), "Protocol");
});

composites.run();
