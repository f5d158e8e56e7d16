/**
 * Frames that chance has put together and damaged: a channel either serves on or ends with a reason, and nothing stays
 * open. Deterministic; another seed comes from `POSTERN_SEED`, and a failure prints the one it was found with.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Code } from "../../../runtime/errors.ts";
import { facingRaw, overEveryRoad } from "../../support/channels.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { openFile } from "../../support/open-files.ts";
import { selector } from "../../support/probe.ts";
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
  result,
  string,
  u8,
  u32,
} from "../../support/wire.ts";
import { turn, until, within } from "../../support/within.ts";

const seed = Number(process.env["POSTERN_SEED"] ?? 20_240_601);

/** Frames that are right, or nearly, and how many descriptors they name. */
const specimens: readonly (readonly [Bytes, number])[] = [
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

/** One packet: some specimens one after the other, bytes of which are then changed, cut off or made up. */
const packet = fc.record({
  frames: fc.array(fc.nat(specimens.length - 1), { minLength: 1, maxLength: 4 }),
  changes: fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 3 }),
  noise: fc.option(fc.uint8Array({ maxLength: 64 }), { freq: 8, nil: undefined }),
  cut: fc.option(fc.nat(200), { freq: 8, nil: undefined }),
  extraDescriptors: fc.option(fc.integer({ min: -1, max: 2 }), { freq: 8, nil: undefined }),
});

type Packet = typeof packet extends fc.Arbitrary<infer T> ? T : never;

function bytesOf({ frames, changes, noise, cut }: Packet): Bytes {
  const bytes = Buffer.concat([...frames.map((index) => specimens[index]![0]), noise ?? new Uint8Array()]);
  for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
  return new Uint8Array(bytes.subarray(0, cut ?? bytes.length));
}

function descriptorsOf({ frames, extraDescriptors }: Packet): number {
  const named = frames.reduce((sum, index) => sum + specimens[index]![1], 0);
  return Math.max(0, named + (extraDescriptors ?? 0));
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
            const files = Array.from({ length: descriptorsOf(packet) }, openFile);
            raw.send(
              bytesOf(packet),
              files.map(({ fd }) => fd),
            );
            for (const file of files) file.close();
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
});
