/**
 * One rich message, cut at every offset and with every byte changed: whatever a decoder is given, it throws nothing but
 * what names the peer's fault, and leaves no descriptor open.
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { duplicateDescriptor, type Fd } from "../../../runtime/descriptor.ts";
import { LimitError, ProtocolError } from "../../../runtime/errors.ts";
import type { FdType } from "../../../runtime/marshal/attachments.ts";
import type { Decoder } from "../../../runtime/marshal/decoder.ts";
import type { Encoder } from "../../../runtime/marshal/encoder.ts";
import { enumCodec, flagsCodec } from "../../../runtime/marshal/value-codecs.ts";
import { leavesNothingOpen, openDescriptors } from "../../support/descriptor-count.ts";
import { decoderOf, encoded, freshEncoder } from "../../support/marshalling.ts";
import { openFile } from "../../support/open-files.ts";

const own: FdType<"file"> = { kinds: ["file"], required: ["read"], optional: [], ownership: "own" };
const lent: FdType<"file"> = { ...own, ownership: "borrow" };
const kind = enumCodec<number>("Kind", "u8", { other: 0, regular: 1 }, "strict");
const flags = flagsCodec<number>("Flags", "u32", 3, "strict");

function write(e: Encoder, files: readonly Fd<"file">[]): void {
  e.string("ein Pfad mit ß", 64);
  e.fd(files[0]!, lent);
  e.u64Number(12345678901);
  kind.encode(e, 1);
  e.list(["one", "two", "drei €"], 8, (e, v) => e.string(v, 16));
  e.optional(files[1], (e, v) => e.fd(v, lent));
  e.optional(undefined, (e, v: string) => e.string(v));
  flags.encode(e, 3);
  e.bytes(Uint8Array.of(1, 2, 3, 4), 8);
  e.bool(true);
  e.f64(1.5);
  e.list([[1, 2], [], [3]], 4, (e, v) => e.list(v, 4, (e, v) => e.i16(v)));
  e.list([files[2]!], 2, (e, v) => e.fd(v, lent));
  e.i64(-1n);
}

/** Reads the message to its end and returns its files. */
function read(d: Decoder): readonly Fd[] {
  d.string(64);
  const first = d.fd(own);
  d.u64Number();
  kind.decode(d);
  d.list(8, 4, (d) => d.string(16));
  const second = d.optional((d) => d.fd(lent));
  d.optional((d) => d.string());
  flags.decode(d);
  d.bytes(8);
  d.bool();
  d.f64();
  d.list(4, 4, (d) => d.list(4, 2, (d) => d.i16()));
  const others = d.list(2, 4, (d) => d.fd(own));
  d.i64();
  d.finish();
  return second === undefined ? [first, ...others] : [first, second, ...others];
}

const hostile = suite("marshal: hostile messages");
leavesNothingOpen(hostile);

let file: Fd<"file">;
let message: Uint8Array;
hostile.before(() => {
  file = openFile();
  message = encoded((e) => write(e, [file, file, file]));
});
hostile.after(() => file.close());

/** Reads bytes that come with so many descriptors; returns the fault, or nothing if there is none. */
function faultOf(bytes: Uint8Array, descriptors: number): unknown {
  const came = Array.from({ length: descriptors }, () => duplicateDescriptor(file.fd));
  const decoder = decoderOf(bytes, came);
  try {
    for (const fd of read(decoder)) fd.close();
  } catch (error) {
    return error;
  } finally {
    decoder.abandon();
  }
  return undefined;
}

function isPeersFault(error: unknown): boolean {
  return error instanceof ProtocolError || error instanceof LimitError;
}

hostile("as it is, it is read", () => {
  assert.is(faultOf(message, 3), undefined);
});

hostile("cut at any offset, it is refused", () => {
  const before = openDescriptors();
  for (let length = 0; length < message.length; length++) {
    const fault = faultOf(message.slice(0, length), 3);
    assert.instance(fault, ProtocolError, `cut at ${length}`);
  }
  assert.equal(openDescriptors(), before);
});

hostile("with bytes after it, it is refused", () => {
  for (let extra = 1; extra <= 8; extra++) {
    const longer = new Uint8Array(message.length + extra);
    longer.set(message);
    assert.instance(faultOf(longer, 3), ProtocolError);
  }
});

hostile("with any other number of descriptors, it is refused", () => {
  for (const count of [0, 1, 2, 4, 16]) assert.instance(faultOf(message, count), ProtocolError, `${count}`);
});

hostile("with any byte changed, it is read as something else or refused as the peer's fault", () => {
  const before = openDescriptors();
  let refused = 0;
  for (let offset = 0; offset < message.length; offset++) {
    for (const change of [0x01, 0x02, 0x7f, 0x80, 0xff]) {
      const changed = message.slice();
      changed[offset]! ^= change;
      const fault = faultOf(changed, 3);
      assert.ok(fault === undefined || isPeersFault(fault), `byte ${offset} xor ${change}: ${fault}`);
      if (fault !== undefined) refused++;
    }
  }
  assert.equal(openDescriptors(), before);
  assert.ok(refused > message.length, "too little of the message is checked");
});

hostile("with any length lying, it is refused before anything is allocated for it", () => {
  const view = new DataView(message.buffer, message.byteOffset);
  let lengths = 0;
  for (let offset = 0; offset + 4 <= message.length; offset++) {
    if (view.getUint32(offset, true) > 32) continue;
    for (const lie of [0x7fffffff, 0xffffffff, 0x10000]) {
      const changed = message.slice();
      new DataView(changed.buffer).setUint32(offset, lie, true);
      const fault = faultOf(changed, 3);
      assert.ok(fault === undefined || isPeersFault(fault), `${lie} at ${offset}: ${fault}`);
    }
    lengths++;
  }
  assert.ok(lengths > 10);
});

hostile("a frame that fails half-way is undone, whichever value is wrong", () => {
  const encoder = freshEncoder(100);
  encoder.begin();
  assert.throws(
    () => write(encoder, [file, file, file]),
    (error: unknown) => error instanceof LimitError,
  );
  encoder.rollback();
  assert.is(encoder.descriptors.open, 0);
  assert.is(encoder.committed, 0);
});

hostile.run();
