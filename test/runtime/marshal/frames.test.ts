/** The encoder's slab: frames one after the other, grown, undone, taken out and put back, and never too long. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Encoder } from "../../../runtime/marshal/encoder.ts";
import { freshEncoder, thrownBy } from "../../support/marshalling.ts";
import { join, u8, u32 } from "../../support/wire.ts";

const frames = suite("marshal: frames");

frames("frames lie one after the other, zeros up to multiples of eight between them", () => {
  const encoder = freshEncoder();
  encoder.slab.fill(0xee);
  for (const length of [1, 7, 8, 9]) {
    const start = encoder.begin();
    for (let index = 0; index < length; index++) encoder.u8(length);
    assert.is(encoder.frameBytes, length);
    assert.not.ok(encoder.commit());
    assert.is(start % 8, 0);
  }
  const padded = (length: number): Uint8Array => {
    const bytes = new Uint8Array(Math.ceil(length / 8) * 8);
    return bytes.fill(length, 0, length);
  };
  assert.is(encoder.committed, 8 + 8 + 8 + 16);
  assert.equal(encoder.slab.slice(0, encoder.committed), join(padded(1), padded(7), padded(8), padded(9)));
});

frames("the slab grows in the middle of a frame and keeps what is there, by every route", () => {
  const encoder = freshEncoder();
  const first = encoder.slab.length;
  for (const write of [
    () => encoder.bytes(new Uint8Array(first).fill(5)),
    () => encoder.string("é".repeat(first)),
    () => encoder.string("s".repeat(3 * first)),
    () => {
      for (let index = 0; index < 8 * first; index++) encoder.u32(index);
    },
  ]) {
    encoder.take();
    const start = encoder.begin();
    encoder.u32(0xabcdef01);
    write();
    encoder.u32(0x10fedcba);
    const end = encoder.position;
    encoder.commit();
    assert.is(encoder.view.getUint32(start, true), 0xabcdef01);
    assert.is(encoder.view.getUint32(end - 4, true), 0x10fedcba);
    assert.is(encoder.view.buffer, encoder.slab.buffer);
    assert.ok(encoder.committed <= encoder.slab.length);
  }
});

frames("whatever is being written when the slab grows is written into the new one", () => {
  const writers: Readonly<Record<string, (encoder: Encoder) => void>> = {
    u8: (e) => e.u8(1),
    u16: (e) => e.u16(1),
    u32: (e) => e.u32(1),
    u64: (e) => e.u64(1n),
    i8: (e) => e.i8(1),
    i16: (e) => e.i16(1),
    i32: (e) => e.i32(1),
    i64: (e) => e.i64(1n),
    u64Number: (e) => e.u64Number(1),
    i64Number: (e) => e.i64Number(1),
    f32: (e) => e.f32(1),
    f64: (e) => e.f64(1),
    bool: (e) => e.bool(true),
    optional: (e) => e.optional("", (e, v) => e.string(v)),
    string: (e) => e.string("a"),
    bytes: (e) => e.bytes(Uint8Array.of(1)),
  };
  for (const [name, write] of Object.entries(writers)) {
    const encoder = freshEncoder();
    const first = encoder.slab;
    encoder.begin();
    write(encoder);
    const one = encoder.slab.slice(0, encoder.position);
    let start = 0;
    while (encoder.slab === first) {
      start = encoder.position;
      write(encoder);
    }
    assert.equal(encoder.slab.slice(start, encoder.position), one, name);
  }
});

frames("the zeros after a frame that fills the slab make it grow too", () => {
  const encoder = freshEncoder();
  const size = encoder.slab.length;
  encoder.begin();
  encoder.bytes(new Uint8Array(size - 4 - 1));
  encoder.commit();
  assert.is(encoder.committed, size);
  encoder.begin();
  encoder.u8(1);
  encoder.commit();
  assert.is(encoder.committed, size + 8);
  assert.equal(encoder.slab.slice(size, size + 8), join(u8(1), new Uint8Array(7)));
});

frames("a slab that one large message made big is given up after it", () => {
  const encoder = freshEncoder();
  const first = encoder.slab.length;
  encoder.begin();
  encoder.bytes(new Uint8Array(5 << 20));
  encoder.commit();
  encoder.take();
  assert.is(encoder.slab.length, first);
});

frames("rollback undoes the open frame and only that", () => {
  const encoder = freshEncoder();
  encoder.begin();
  encoder.u32(1);
  encoder.commit();
  encoder.begin();
  encoder.u32(2);
  encoder.rollback();
  assert.is(encoder.begin(), 8);
  encoder.u32(3);
  encoder.commit();
  assert.equal(encoder.slab.slice(0, 16), join(u32(1), u32(0), u32(3), u32(0)));
});

frames("a frame is taken out as a copy, and put back as it was", () => {
  const encoder = freshEncoder();
  encoder.begin();
  encoder.u32(7);
  encoder.u8(8);
  const message = encoder.extract();
  assert.equal([message.bytes, message.descriptors], [join(u32(7), u8(8)), []]);
  assert.is(encoder.committed, 0);
  encoder.begin();
  encoder.u32(9);
  encoder.commit();
  encoder.append(message);
  assert.equal(encoder.slab.slice(0, encoder.committed), join(u32(9), u32(0), u32(7), u8(8), new Uint8Array(3)));
});

frames("no frame is opened while another is open", () => {
  const encoder = freshEncoder();
  encoder.begin();
  encoder.u8(1);
  thrownBy(() => encoder.begin(), "Invalid");
  encoder.u8(2);
  assert.equal(encoder.extract().bytes, Uint8Array.of(1, 2));
});

frames("no frame grows over the peer's limit, by any route, and the limit itself fits", () => {
  const routes = [
    (size: number) => (e: Encoder) => e.bytes(new Uint8Array(size - 4)),
    (size: number) => (e: Encoder) => e.string("x".repeat(size - 4)),
    (size: number) => (e: Encoder) => e.list(new Array(size - 4).fill(1), undefined, (e, v) => e.u8(v)),
  ];
  for (const route of routes) {
    const fits = freshEncoder(1000);
    fits.begin();
    route(1000)(fits);
    assert.is(fits.frameBytes, 1000);
    fits.commit();
    // The limit is of a frame, not of all frames together.
    fits.begin();
    route(1000)(fits);
    const over = freshEncoder(1000);
    over.begin();
    thrownBy(() => route(1001)(over), "Limit");
  }
});

frames.run();
