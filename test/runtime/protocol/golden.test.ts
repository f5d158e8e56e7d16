/**
 * Every kind of frame, byte for byte: what the writers write, what docs/protocol.md says when read by hand, and the
 * files of `test/golden/protocol`, which are for whoever writes a peer in another language, are the same.
 */

import { readdirSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { closeDescriptor, type Fd } from "../../../runtime/descriptor.ts";
import type { Encoder } from "../../../runtime/marshal/encoder.ts";
import { fnv1a } from "../../../runtime/marshal/hash.ts";
import { writeFork } from "../../../runtime/protocol/postern/fork.ts";
import { CallFlag, finishFrame, Kind, PROMISED } from "../../../runtime/protocol/postern/frame.ts";
import { writeHello } from "../../../runtime/protocol/postern/hello.ts";
import {
  beginCall,
  beginItem,
  beginResult,
  writeCancel,
  writeCredit,
  writeDeclared,
  writeEnd,
  writeFault,
  writeGoodbye,
  writeRelease,
  writeStop,
} from "../../../runtime/protocol/postern/message.ts";
import { socketPair } from "../../../runtime/transport/sockets.ts";
import { goldenPath, matchesGolden } from "../../support/golden.ts";
import { freshEncoder } from "../../support/marshalling.ts";
import { openFile } from "../../support/open-files.ts";
import { Errno$, ErrnoError } from "../../support/probe.ts";
import { hex } from "../../support/wire.ts";

interface Vector {
  readonly name: string;
  write(encoder: Encoder): void;
  /** The frame from its header to the zeros after it, as docs/protocol.md says, field by field. */
  readonly byHand: string;
}

const vectors: readonly Vector[] = [
  {
    name: "hello",
    write: (e) => writeHello(e, { limits: { message: 1 << 20, fds: 16, inflight: 1024, exports: 4096 }, offers: [] }),
    byHand: `
      2c000000 01 00 00 00 00000000 00000000
      5053544e 01000000 00001000 10000000 00040000 00100000 00000000 00000000`,
  },
  {
    name: "hello-with-offers",
    write: (e) =>
      writeHello(e, {
        limits: { message: 4096, fds: 1, inflight: 16, exports: 3 },
        offers: [
          { id: fnv1a("foobar"), name: "foobar", major: 1, minor: 258, fingerprint: "0123456789abcdef" },
          { id: -1, name: "", major: 65535, minor: 0, fingerprint: "ff00000000000000" },
        ],
      }),
    byHand: `
      5a000000 01 00 00 00 00000000 00000000
      5053544e 01000000 00100000 01000000 10000000 03000000 02000000
      68f99cbf 0100 0201 efcdab8967452301 06000000 666f6f626172
      ffffffff ffff 0000 00000000000000ff 00000000
      000000000000`,
  },
  {
    name: "call",
    write(e) {
      const start = beginCall(e, 7, 2, 0x12345678);
      e.string("/a");
      finishFrame(e, start);
    },
    byHand: "1a000000 02 00 00 00 07000000 02000000 78563412 02000000 2f61 000000000000",
  },
  {
    name: "call-with-a-descriptor",
    write(e) {
      using file = openFile();
      const start = beginCall(e, 1, 0, -2);
      e.fd(file, { kinds: ["file"], required: ["read"], optional: [], ownership: "borrow" });
      finishFrame(e, start);
    },
    byHand: "18000000 02 00 01 00 01000000 00000000 feffffff 00000000",
  },
  {
    name: "call-early",
    write(e) {
      const start = beginCall(e, 7, 2, 0x12345678, CallFlag.promised);
      e.string("/a");
      finishFrame(e, start);
    },
    byHand: "1a000000 02 08 00 00 07000000 02000000 78563412 02000000 2f61 000000000000",
  },
  {
    name: "call-to-a-promised-target",
    write: (e) => finishFrame(e, beginCall(e, 8, PROMISED + 7, 1)),
    byHand: "14000000 02 00 00 00 08000000 07000080 01000000 00000000",
  },
  {
    name: "release",
    write: (e) => writeRelease(e, 5, 2),
    byHand: "10000000 07 00 00 00 05000000 02000000",
  },
  {
    name: "release-of-a-promised-target",
    write: (e) => writeRelease(e, PROMISED + 7, 1),
    byHand: "10000000 07 00 00 00 07000080 01000000",
  },
  {
    name: "one-way",
    write(e) {
      const start = beginCall(e, 0, 3, 1);
      e.bool(true);
      finishFrame(e, start);
    },
    byHand: "15000000 03 00 00 00 00000000 03000000 01000000 01 000000",
  },
  {
    name: "return-result",
    write(e) {
      const start = beginResult(e, 7);
      e.u16(0x0102);
      finishFrame(e, start);
    },
    byHand: "12000000 04 00 00 00 07000000 00000000 0201 000000000000",
  },
  {
    name: "return-nothing",
    write: (e) => finishFrame(e, beginResult(e, 0xffffffff)),
    byHand: "10000000 04 00 00 00 ffffffff 00000000",
  },
  {
    name: "return-declared-error",
    write: (e) => writeDeclared(e, 7, Errno$, new ErrnoError("ENOENT")),
    // The id is FNV-1a of "test.Errno".
    byHand: "18000000 04 00 00 00 07000000 01000000 67c3e60f 02000000",
  },
  {
    name: "return-fault",
    write: (e) => writeFault(e, 7, { code: "Internal", message: "wrong", id: "a-1" }),
    byHand: "24000000 04 00 00 00 07000000 02000000 01000000 05000000 77726f6e67 03000000 612d31 00000000",
  },
  {
    name: "cancel",
    write: (e) => writeCancel(e, 7, false),
    byHand: "10000000 05 00 00 00 07000000 00000000",
  },
  {
    name: "item",
    write(e) {
      const start = beginItem(e, 5);
      e.u32(42);
      finishFrame(e, start);
    },
    byHand: "14000000 08 00 00 00 05000000 00000000 2a000000 00000000",
  },
  {
    name: "end",
    write: (e) => writeEnd(e, 5),
    byHand: "10000000 09 00 00 00 05000000 00000000",
  },
  {
    name: "end-declared-error",
    write: (e) => writeDeclared(e, 5, Errno$, new ErrnoError("ENOENT"), Kind.end),
    byHand: "18000000 09 00 00 00 05000000 01000000 67c3e60f 02000000",
  },
  {
    name: "end-fault",
    write: (e) => writeFault(e, 5, { code: "Cancelled", message: "", id: "" }, Kind.end),
    byHand: "1c000000 09 00 00 00 05000000 02000000 03000000 00000000 00000000 00000000",
  },
  {
    name: "credit",
    write: (e) => writeCredit(e, 5, 8),
    byHand: "10000000 0a 00 00 00 05000000 08000000",
  },
  {
    name: "stop",
    write: (e) => writeStop(e, 5, false),
    byHand: "10000000 0b 00 00 00 05000000 00000000",
  },
  {
    name: "stop-late",
    write: (e) => writeStop(e, 5, true),
    byHand: "10000000 0b 00 00 00 05000000 01000000",
  },
  {
    name: "fork",
    write: (e) => writeFork(e, openSocket()),
    byHand: "14000000 0c 00 01 00 00000000 00000000 00000000 00000000",
  },
  {
    name: "fork-that-keeps-some",
    write: (e) => writeFork(e, openSocket(), { positions: [1, 258], interfaces: [-2] }),
    byHand: "24000000 0c 00 01 00 00000000 01000000 00000000 02000000 0100 0201 01000000 feffffff 00000000",
  },
  {
    name: "goodbye",
    write: (e) => writeGoodbye(e, { code: "Disconnected", message: "", id: "" }),
    byHand: "1c000000 06 00 00 00 00000000 00000000 00000000 00000000 00000000 00000000",
  },
  {
    name: "goodbye-after-a-violation",
    write: (e) => writeGoodbye(e, { code: "Protocol", message: "é", id: "" }),
    byHand: "1e000000 06 00 00 00 00000000 00000000 06000000 02000000 c3a9 00000000 0000",
  },
];

/** One end of a pair; whoever writes it has it. */
function openSocket(): Fd {
  const [near, far] = socketPair("seqpacket");
  far.close();
  return near;
}

const golden = suite("postern's wire: golden vectors");

for (const { name, write, byHand } of vectors)
  golden(`${name} is what the document says`, () => {
    const encoder = freshEncoder();
    // Whatever the slab held before must not show.
    encoder.slab.fill(0xee);
    write(encoder);
    encoder.commit();
    const bytes = encoder.slab.slice(0, encoder.committed);
    for (const moved of encoder.take().ours) closeDescriptor(moved);
    assert.equal(inWords(bytes), inWords(hex(byHand)));
    matchesGolden(goldenPath("protocol", `${name}.txt`), inWords(bytes));
  });

golden("there is a vector for every file and a file for every vector", () => {
  assert.equal(readdirSync(goldenPath("protocol")).sort(), vectors.map(({ name }) => `${name}.txt`).sort());
});

/** Bytes as hex digits, eight bytes a line. */
function inWords(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const eight = [...bytes.subarray(at, at + 8)].map((byte) => byte.toString(16).padStart(2, "0"));
    lines.push(eight.join(" "));
  }
  return `${lines.join("\n")}\n`;
}

golden.run();
