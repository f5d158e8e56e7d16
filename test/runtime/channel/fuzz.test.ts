/**
 * Frames that chance has put together and damaged: a channel either serves on or ends with a reason, and nothing stays
 * open. Deterministic; another seed comes from `POSTERN_SEED`, and a failure prints the one it was found with.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { offer } from "../../../runtime/channel/interface.ts";
import type { Code } from "../../../runtime/errors.ts";
import { facingRaw, overEveryRoad } from "../../support/channels.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { Page } from "../../support/generated/pages.ts";
import { openFile } from "../../support/open-files.ts";
import { pageSelector, ServedPage, Shelf } from "../../support/pages.ts";
import { selector } from "../../support/probe.ts";
import type { RawPeer } from "../../support/raw-peer.ts";
import {
  type Bytes,
  call,
  cancel,
  fault,
  frame,
  goodbye,
  hello,
  i32,
  kind,
  oneway,
  release,
  result,
  string,
  u8,
  u32,
} from "../../support/wire.ts";
import { turn, until, within } from "../../support/within.ts";

const seed = Number(process.env["POSTERN_SEED"] ?? 20_240_601);

const PROMISED = 0x80000000;

/** A frame that is right, or nearly, and how many descriptors it names. */
type Specimen = readonly [Bytes, number];

const specimens: readonly Specimen[] = [
  [hello(), 0],
  [call(1, selector.echo, string("a")), 0],
  [call(2, selector.wait, string("b")), 0],
  [call(3, selector.words, u32(2), string("c"), string("d")), 0],
  [call(4, selector.label, u8(1), string("e")), 0],
  [call(5, selector.blob, u32(3), u8(1), u8(2), u8(3)), 0],
  [frame({ kind: kind.call, id: 6, descriptors: 1 }, u32(selector.read), u32(0)), 1],
  [frame({ kind: kind.call, id: 7, descriptors: 1 }, u32(selector.keep), u32(0), u8(1), string("f")), 1],
  [frame({ kind: kind.call, id: 8, descriptors: 2 }, u32(selector.many), u32(2), u32(0), u32(1)), 2],
  [oneway(selector.note, string("g")), 0],
  [cancel(2), 0],
  [result(1, string("h")), 0],
  [frame({ kind: kind.return, id: 2, descriptors: 1 }, u32(0)), 1],
  [frame({ kind: kind.return, id: 1, word: 1 }, i32(5), i32(1)), 0],
  [frame({ kind: kind.return, id: 1, word: 2 }, fault(1, "i", "j")), 0],
  [goodbye(0), 0],
];

/** Of calls to a page that may not be there yet: those of `1` and `2` are early. */
const earlySpecimens: readonly Specimen[] = [
  [frame({ kind: kind.call, id: 1, flags: 8 }, i32(pageSelector("open")), string("slow1")), 0],
  [frame({ kind: kind.call, id: 1, flags: 8 }, i32(pageSelector("open")), string("a")), 0],
  [frame({ kind: kind.call, id: 2, flags: 8, word: PROMISED + 1 }, i32(pageSelector("open")), string("slow2")), 0],
  [frame({ kind: kind.call, id: 2, flags: 8, word: PROMISED + 1 }, i32(pageSelector("open")), string("missing")), 0],
  [frame({ kind: kind.call, id: 3, word: PROMISED + 1 }, i32(pageSelector("title"))), 0],
  [frame({ kind: kind.call, id: 4, word: PROMISED + 2, flags: 4 }, i32(pageSelector("title")), u32(1)), 0],
  [frame({ kind: kind.call, id: 5, word: PROMISED + 1, descriptors: 1 }, i32(pageSelector("size")), u32(0)), 1],
  [frame({ kind: kind.call, id: 6, word: PROMISED + 2, descriptors: 1 }, i32(pageSelector("size")), u32(0)), 1],
  [frame({ kind: kind.call, id: 7, word: PROMISED + 1, reserved: 1 }, i32(pageSelector("keep")), u32(0), u32(18)), 0],
  [frame({ kind: kind.oneway, word: PROMISED + 2 }, i32(pageSelector("note")), string("b")), 0],
  ...[1, 2, 3, 5, 7].map((id): Specimen => [cancel(id), 0]),
  ...[PROMISED + 1, PROMISED + 2, 1].map((id): Specimen => [release(id), 0]),
];

/** One packet: some specimens one after the other, bytes of which are then changed, cut off or made up. */
const packetOf = (from: readonly Specimen[]) =>
  fc.record({
    frames: fc.array(fc.constantFrom(...from), { minLength: 1, maxLength: 4 }),
    changes: fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 3 }),
    noise: fc.option(fc.uint8Array({ maxLength: 64 }), { freq: 8, nil: undefined }),
    cut: fc.option(fc.nat(200), { freq: 8, nil: undefined }),
    extraDescriptors: fc.option(fc.integer({ min: -1, max: 2 }), { freq: 8, nil: undefined }),
  });
const packet = packetOf(specimens);

type Packet = typeof packet extends fc.Arbitrary<infer T> ? T : never;

function bytesOf({ frames, changes, noise, cut }: Packet): Bytes {
  const bytes = Buffer.concat([...frames.map(([whole]) => whole), noise ?? new Uint8Array()]);
  for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
  return new Uint8Array(bytes.subarray(0, cut ?? bytes.length));
}

function descriptorsOf({ frames, extraDescriptors }: Packet): number {
  const named = frames.reduce((sum, [, descriptors]) => sum + descriptors, 0);
  return Math.max(0, named + (extraDescriptors ?? 0));
}

/** Sends a packet with as many descriptors as it is to have. */
function send(raw: RawPeer, packet: Packet): void {
  const files = Array.from({ length: descriptorsOf(packet) }, openFile);
  raw.send(
    bytesOf(packet),
    files.map(({ fd }) => fd),
  );
  for (const file of files) file.close();
}

const peersFaults: readonly (Code | undefined)[] = ["Protocol", "Limit", "Disconnected", "Transport", undefined];

overEveryRoad("channel: fuzz", (fuzz, road) => {
  fuzz("whatever comes, a channel serves on or ends with a reason, and nothing stays open", async () => {
    const property = fc.asyncProperty(
      fc.array(packet, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (packets, greets) => {
        const before = openDescriptors();
        {
          using facing = facingRaw(road, { limits: { message: 4096, fds: 3, inflight: 16 } });
          const { side, raw } = facing;
          const asked = [side.probe.echo("x"), side.probe.open("/x")];
          for (const call of asked)
            call.then(
              (value) => typeof value === "object" && value.close(),
              () => {},
            );
          if (greets) raw.send(hello());
          for (const packet of packets) {
            send(raw, packet);
            await turn();
          }
          raw.vanish();
          const reason = await within(side.channel.closed, "the end of the channel");
          assert.ok(peersFaults.includes(reason?.code), `ended with ${reason}`);
          await Promise.allSettled(asked);
        }
        await until(() => openDescriptors().length === before.length, "every descriptor to be closed");
      },
    );
    await fc.assert(property, { numRuns: 150, seed });
  });

  fuzz("whatever comes of early calls, and whenever they are answered, nothing stays", async () => {
    const step = fc.record({ packet: packetOf(earlySpecimens), damaged: fc.boolean(), answers: fc.boolean() });
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const before = openDescriptors();
      const shelf = new Shelf();
      {
        const options = { offers: [offer(Page, new ServedPage(shelf, "top"))], onFault() {} };
        using facing = facingRaw(road, options);
        const { side, raw } = facing;
        raw.send(hello());
        for (const { packet, damaged, answers } of steps) {
          const { frames } = packet;
          send(
            raw,
            damaged ? packet : { frames, changes: [], noise: undefined, cut: undefined, extraDescriptors: undefined },
          );
          await turn();
          for (const { answer } of shelf.slow.values()) if (answers) answer();
        }
        raw.vanish();
        const reason = await within(side.channel.closed, "the end of the channel");
        assert.ok(peersFaults.includes(reason?.code), `ended with ${reason}`);
        await until(() => side.channel.counts.answersPending === 0, "every handler to give up");
        const { objectsPromised, objectsExported, objectsImported } = side.channel.counts;
        assert.equal([objectsPromised, objectsExported, objectsImported], [0, 0, 0]);
      }
      await until(() => openDescriptors().length === before.length, "every descriptor to be closed");
    });
    await fc.assert(property, { numRuns: 150, seed });
  });
});
