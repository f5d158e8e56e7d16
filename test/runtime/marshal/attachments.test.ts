/** Descriptors beside the bytes: checked, counted, moved or lent, and closed exactly once on every way out. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fd } from "../../../runtime/descriptor.ts";
import type { FdType } from "../../../runtime/marshal/attachments.ts";
import type { Encoder } from "../../../runtime/marshal/encoder.ts";
import { isOpen, leavesNothingOpen } from "../../support/descriptor-count.ts";
import { decoderOf, freshEncoder, thrownBy } from "../../support/marshalling.ts";
import { openDirectory, openFile, openForWriting, openMemory } from "../../support/open-files.ts";
import { join, u32 } from "../../support/wire.ts";

const own: FdType<"file"> = { kinds: ["file"], required: ["read"], optional: ["write"], ownership: "own" };
const borrow: FdType<"file"> = { ...own, ownership: "borrow" };
const anything: FdType = { kinds: [], required: [], optional: [], ownership: "own" };

const outgoing = suite("marshal: descriptors that leave");
leavesNothingOpen(outgoing);

function opened(limit?: number): Encoder {
  const encoder = freshEncoder(1 << 20, limit);
  encoder.begin();
  return encoder;
}

outgoing("what is given away moves when the frame is committed, not before", () => {
  const file = openFile();
  const number = file.fd;
  const encoder = opened();
  encoder.fd(file, own);
  assert.not.ok(file.closed);
  assert.not.ok(encoder.commit(), "nothing is lent");
  assert.ok(file.closed);
  const { numbers, ours } = encoder.take();
  assert.equal([numbers, ours], [[number], [number]]);
  Fd.adopt(number).close();
});

outgoing("what is lent stays the lender's, and must leave at once", () => {
  using file = openFile();
  const encoder = opened();
  encoder.fd(file, borrow);
  encoder.fd(file.fd, borrow);
  encoder.fd({ fd: file.fd }, borrow);
  assert.ok(encoder.commit());
  assert.not.ok(file.closed);
  const { numbers, ours } = encoder.take();
  assert.equal([numbers, ours], [[file.fd, file.fd, file.fd], []]);
});

outgoing("each is written as its index in its own frame", () => {
  using file = openFile();
  const encoder = opened();
  encoder.fd(file, borrow);
  encoder.commit();
  encoder.begin();
  encoder.fd(file, borrow);
  encoder.fd(file, borrow);
  assert.is(encoder.descriptors.open, 2);
  const start = encoder.position - encoder.frameBytes;
  assert.equal(encoder.slab.slice(start, encoder.position), join(u32(0), u32(1)));
});

outgoing("rollback leaves every descriptor its owner's", () => {
  using file = openFile();
  const encoder = opened();
  encoder.fd(file, own);
  encoder.rollback();
  assert.not.ok(file.closed);
  assert.equal(encoder.take(), { numbers: [], ours: [] });
});

outgoing("a frame that is taken out owns its descriptors: moved ones and duplicates of lent ones", () => {
  using lent = openFile();
  const given = openFile();
  const number = given.fd;
  const encoder = opened();
  encoder.fd(lent, borrow);
  encoder.fd(given, own);
  const { descriptors } = encoder.extract();
  assert.ok(given.closed);
  assert.not.ok(lent.closed);
  assert.is(descriptors[1], number);
  assert.is.not(descriptors[0], lent.fd);
  encoder.append({ bytes: new Uint8Array(4), descriptors });
  assert.equal(encoder.take().ours, descriptors);
  for (const descriptor of descriptors) Fd.adopt(descriptor).close();
});

outgoing("a frame that cannot be taken out leaves every descriptor its owner's", () => {
  using given = openFile();
  const encoder = opened();
  encoder.fd(given, own);
  const lent = openFile();
  encoder.fd(lent, borrow);
  lent.close();
  thrownBy(() => encoder.extract(), "Invalid");
  assert.not.ok(given.closed);
});

/** What is refused, with a word of why. */
const refused: readonly (readonly [string, FdType<"file">, () => unknown, RegExp])[] = [
  ["a directory for a file", borrow, openDirectory, /it is a dir and must be file/],
  ["a device for a file", borrow, openForWriting, /it is a device/],
  ["an end that cannot be read", { ...borrow, kinds: ["device"] as never }, openForWriting, /must allow read/],
  ["memory that may be written", { ...borrow, optional: [] }, openMemory, /may not allow write/],
  [
    "a file that may not be written",
    { ...borrow, required: ["write"] },
    openFile,
    /may not allow read|must allow write/,
  ],
];

for (const [what, type, open, why] of refused)
  outgoing(`${what} is refused, stays its owner's, and leaves no trace`, () => {
    using fd = open() as Fd<"file">;
    const encoder = opened();
    assert.match(thrownBy(() => encoder.fd(fd, type), "Invalid").message, why);
    assert.not.ok(fd.closed);
    assert.is(encoder.descriptors.open, 0);
  });

outgoing("memory passes for a file, and anything where no kind is named", () => {
  using memory = openMemory();
  using directory = openDirectory();
  const encoder = opened();
  encoder.fd(memory as Fd as Fd<"file">, borrow);
  encoder.fd(directory, anything);
  assert.is(encoder.descriptors.open, 2);
  encoder.rollback();
});

outgoing("a closed or moved Fd is refused", () => {
  const closed = openFile();
  closed.close();
  const moved = openFile();
  const number = moved.release();
  for (const fd of [closed, moved]) {
    thrownBy(() => opened().fd(fd, own), "Invalid");
    thrownBy(() => opened().fd(fd, borrow), "Invalid");
  }
  Fd.adopt(number).close();
});

outgoing("what is no descriptor is refused", () => {
  for (const value of [-1, 1.5, Number.NaN, "3", {}, { fd: -1 }, { fd: "3" }, 1 << 30])
    thrownBy(() => opened().fd(value as number, borrow), "Invalid");
});

outgoing("a bare number cannot be given away", () => {
  using file = openFile();
  const error = thrownBy(() => opened().fd(file.fd, own), "Invalid");
  assert.match(error.message, "Fd.adopt");
  thrownBy(() => opened().fd({ fd: file.fd }, own), "Invalid");
  assert.not.ok(file.closed);
});

outgoing("one Fd cannot be given away twice in one frame, and is whole afterwards", () => {
  using file = openFile();
  const encoder = opened();
  encoder.fd(file, own);
  assert.match(thrownBy(() => encoder.fd(file, own), "Invalid").message, "twice");
  encoder.rollback();
  assert.not.ok(file.closed);
});

outgoing("a frame has no more than the peer takes", () => {
  using file = openFile();
  const encoder = opened(2);
  encoder.fd(file, borrow);
  encoder.fd(file, borrow);
  thrownBy(() => encoder.fd(file, borrow), "Limit");
  encoder.commit();
  encoder.begin();
  encoder.fd(file, borrow);
  encoder.rollback();
});

outgoing.run();

const incoming = suite("marshal: descriptors that come");
leavesNothingOpen(incoming);

/** So many files, as numbers that whoever is told of them owns. */
function numbers(count: number): number[] {
  return Array.from({ length: count }, () => openFile().release());
}

incoming("each is claimed once, in order, and is the claimer's once the message ends", () => {
  const came = numbers(2);
  const decoder = decoderOf(join(u32(0), u32(1)), came);
  const claimed = [decoder.fd(own), decoder.fd(own)];
  decoder.finish();
  decoder.abandon();
  assert.equal(
    claimed.map((fd) => fd.fd),
    came,
  );
  for (const fd of claimed) fd.close();
});

/** Indexes as they stand in a message with so many descriptors. */
const misnamed: readonly (readonly [string, readonly number[], number])[] = [
  ["an index without a descriptor", [0], 0],
  ["an index past the last", [0, 1], 1],
  ["a descriptor named twice", [0, 0], 2],
  ["descriptors out of order", [1, 0], 2],
  ["a gap", [0, 2], 3],
  ["an absurd index", [0xffffffff], 1],
  ["a negative index", [0x80000000], 1],
  ["a descriptor left over", [0], 2],
  ["all left over", [], 3],
];

for (const [what, indexes, count] of misnamed)
  incoming(`${what} is refused, and every descriptor is closed once`, () => {
    const came = numbers(count);
    const decoder = decoderOf(join(...indexes.map(u32)), came);
    const claimed: Fd[] = [];
    thrownBy(() => {
      for (const _ of indexes) claimed.push(decoder.fd(own));
      decoder.finish();
    }, "Protocol");
    decoder.abandon();
    // A second close would close whatever had got the number by then.
    const others = numbers(count);
    decoder.abandon();
    for (const fd of claimed) fd.close();
    assert.ok(others.every(isOpen));
    for (const other of others) Fd.adopt(other).close();
  });

/** What a peer may not pass for what. */
const unfit: readonly (readonly [string, FdType<"file">, () => Fd, RegExp])[] = [
  ["a directory for a file", own, openDirectory, /it is a dir/],
  ["a device for a file", own, openForWriting, /it is a device/],
  ["memory that may be written", { ...own, optional: [] }, openMemory, /may not allow write/],
  ["a file that may not be written", { ...own, required: ["read", "write"] }, openFile, /must allow write/],
];

for (const [what, type, open, why] of unfit)
  incoming(`${what} is refused and closed`, () => {
    const decoder = decoderOf(u32(0), [open().release()]);
    assert.match(thrownBy(() => decoder.fd(type), "Protocol").message, why);
    decoder.abandon();
  });

incoming("only what was lent is listed as lent", () => {
  const decoder = decoderOf(join(u32(0), u32(1), u32(2)), numbers(3));
  const claimed = [decoder.fd(borrow), decoder.fd(own), decoder.fd(borrow)];
  decoder.finish();
  assert.equal(decoder.descriptors.lent, [claimed[0], claimed[2]]);
  for (const fd of claimed) fd.close();
});

incoming("what one message lent is not the next one's", () => {
  const decoder = decoderOf(u32(0), numbers(1));
  decoder.fd(borrow).close();
  decoder.finish();
  decoder.reset(new Uint8Array(), new DataView(new ArrayBuffer(0)), 0, 0, [], false);
  assert.equal(decoder.descriptors.lent, []);
});

incoming("abandoning a message without descriptors leaves those of the one before alone", () => {
  const decoder = decoderOf(u32(0), numbers(1));
  using kept = decoder.fd(own);
  decoder.finish();
  decoder.reset(new Uint8Array(), new DataView(new ArrayBuffer(0)), 0, 0, [], false);
  decoder.abandon();
  assert.not.ok(kept.closed);
});

incoming.run();
