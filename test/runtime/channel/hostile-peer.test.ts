/**
 * Peers that break the rules of docs/protocol.md, one by one: each ends its own channel, with the reason told to both
 * sides, before any user code has run; nothing is left open, and other channels serve on.
 */

import * as assert from "uvu/assert";
import type { Fd } from "../../../runtime/descriptor.ts";
import type { Code, RpcError } from "../../../runtime/errors.ts";
import { facingRaw, overEveryRoad, pairOver } from "../../support/channels.ts";
import { openDirectory, openFile, openForWriting } from "../../support/open-files.ts";
import { selector } from "../../support/probe.ts";
import {
  type Bytes,
  call,
  cancel,
  fault,
  faultCode,
  frame,
  goodbye,
  hello,
  i32,
  join,
  kind,
  oneway,
  result,
  string,
  text,
  u8,
  u32,
} from "../../support/wire.ts";
import { rejection, turn, until, within } from "../../support/within.ts";

interface Violation {
  readonly what: string;
  /** What the peer sends after its hello. */
  readonly bytes: Bytes;
  /** With nothing before it, not even the hello. */
  readonly first?: boolean;
  /** The descriptors that come with it. */
  readonly brings?: readonly (() => Fd)[];
  /** Where this side has a call of `words` unanswered, under the id 1. */
  readonly asked?: boolean;
  /** Where the road keeps packets apart; a stream just waits for more. */
  readonly packetsOnly?: boolean;
  /** What was right and stood before it. */
  readonly served?: readonly string[];
  readonly code?: Code;
  readonly why: RegExp;
}

/** Limits of the side that is attacked. */
const limits = { message: 8192, fds: 3, inflight: 16 };

const echo = (id: number, ...parameters: Bytes[]): Bytes => call(id, selector.echo, ...parameters);
const withFds = (descriptors: number, method: number, ...parameters: Bytes[]): Bytes =>
  frame({ kind: kind.call, id: 1, descriptors }, i32(method), ...parameters);
const files = (count: number): (() => Fd)[] => new Array(count).fill(openFile);

const violations: readonly Violation[] = [
  // 1: the road
  {
    what: "something other than zeros between frames",
    bytes: echo(1, string("abc")).fill(1, -1),
    served: ["echo abc"],
    why: /other than zeros/,
  },
  {
    what: "a packet that ends in a header",
    bytes: echo(1, string("a")).slice(0, 12),
    packetsOnly: true,
    why: /packet ends/,
  },
  {
    what: "a descriptor that no frame names",
    bytes: echo(1, string("a")),
    brings: files(1),
    served: ["echo a"],
    why: /no frame names/,
  },
  {
    what: "a descriptor less than the frame names",
    bytes: withFds(2, selector.read, u32(0)),
    brings: files(1),
    why: /names 2 descriptors and came with 1/,
  },
  {
    what: "a descriptor that is named and does not come",
    bytes: withFds(1, selector.read, u32(0)),
    why: /names 1 descriptors/,
  },

  // 2: the frame
  { what: "a frame of no length", bytes: frame({ kind: kind.cancel, length: 0 }), why: /shorter than its header/ },
  {
    what: "a frame shorter than its header",
    bytes: frame({ kind: kind.cancel, length: 15 }),
    why: /shorter than its header/,
  },
  {
    what: "a frame longer than this end takes",
    bytes: frame({ kind: kind.call, id: 1, length: 8193 }),
    code: "Limit",
    why: /8193 bytes is longer than the 8192/,
  },
  {
    what: "a frame of four gigabytes",
    bytes: frame({ kind: kind.call, id: 1, length: 0xffffffff }),
    code: "Limit",
    why: /longer than/,
  },
  {
    what: "a frame that is too long with descriptors",
    bytes: frame({ kind: kind.call, id: 1, length: 9000, descriptors: 2 }),
    brings: files(2),
    code: "Limit",
    why: /longer than/,
  },
  {
    what: "more descriptors than this end takes",
    bytes: withFds(4, selector.many, u32(0)),
    brings: files(4),
    code: "Limit",
    why: /4 descriptors; 3 are allowed/,
  },
  { what: "kind 0", bytes: frame({ kind: 0 }), why: /kind 0 does not exist/ },
  { what: "kind 99", bytes: frame({ kind: 99, descriptors: 2 }), brings: files(2), why: /kind 99 does not exist/ },
  { what: "kind 255", bytes: frame({ kind: 255 }), why: /kind 255 does not exist/ },
  { what: "a flag", bytes: frame({ kind: kind.call, id: 1, flags: 16 }, u32(selector.echo), string("")), why: /flags/ },
  {
    what: "a flag, with descriptors",
    bytes: frame({ kind: kind.call, id: 1, flags: 128, descriptors: 1 }, u32(selector.read), u32(0)),
    brings: files(1),
    why: /flags/,
  },
  {
    what: "a reference that nothing names",
    bytes: frame({ kind: kind.call, id: 1, reserved: 1 }, u32(selector.echo), string(""), u32(0)),
    why: /1 objects of the message are not named/,
  },
  {
    what: "a reference that nothing names, with a descriptor",
    bytes: frame({ kind: kind.call, id: 1, descriptors: 1, reserved: 1 }, u32(selector.keep), u32(0), u8(0), u32(0)),
    brings: files(1),
    why: /1 objects of the message are not named/,
  },
  {
    what: "more references than the frame has room for",
    bytes: frame({ kind: kind.call, id: 1, reserved: 9 }, u32(selector.echo), string("")),
    why: /no room for its 9 references/,
  },
  {
    what: "giving back an object that it does not hold",
    bytes: frame({ kind: kind.release, id: 7, word: 1 }),
    why: /gives back 1 references to object 7/,
  },
  {
    what: "giving back an offer",
    bytes: frame({ kind: kind.release, id: 0, word: 1 }),
    why: /gives back 1 references to object 0/,
  },
  { what: "a call with the id zero", bytes: echo(0, string("")), why: /id zero/ },
  {
    what: "a one-way with an id",
    bytes: frame({ kind: kind.oneway, id: 1 }, u32(selector.note), string("")),
    why: /one-way has an id/,
  },
  { what: "a goodbye with an id", bytes: frame({ kind: kind.goodbye, id: 1 }, fault(0)), why: /says nothing/ },
  {
    what: "a goodbye with a word",
    bytes: frame({ kind: kind.goodbye, word: 0x80000000 }, fault(0)),
    why: /says nothing/,
  },
  { what: "a cancel with a word", bytes: frame({ kind: kind.cancel, id: 1, word: 2 }), why: /says nothing/ },
  { what: "a cancel with a body", bytes: frame({ kind: kind.cancel, id: 1 }, u8(0)), why: /left over/ },
  {
    what: "a cancel with a descriptor",
    bytes: frame({ kind: kind.cancel, id: 1, descriptors: 1 }),
    brings: files(1),
    why: /not named/,
  },

  // 3: values
  { what: "a call without a selector", bytes: frame({ kind: kind.call, id: 1 }), why: /middle of a value/ },
  { what: "half a selector", bytes: frame({ kind: kind.call, id: 1 }, u8(1), u8(0)), why: /middle of a value/ },
  { what: "no parameters", bytes: echo(1), why: /middle of a value/ },
  { what: "a parameter too many", bytes: echo(1, string("a"), u8(0)), why: /1 bytes are left over/ },
  { what: "a string longer than its message", bytes: echo(1, u32(5), text("abcd")), why: /longer than its message/ },
  {
    what: "a string of two gigabytes",
    bytes: call(1, selector.open, u32(0x7fffffff)),
    code: "Limit",
    why: /limit of 4096/,
  },
  {
    what: "a string over its limit",
    bytes: call(1, selector.open, string("x".repeat(4097))),
    code: "Limit",
    why: /4097 is longer than its limit/,
  },
  { what: "a string that is not UTF-8", bytes: echo(1, u32(2), u8(0xc0), u8(0xaf)), why: /not UTF-8/ },
  {
    what: "a list that counts more than there is",
    bytes: call(1, selector.words, u32(1000), string("a")),
    why: /longer than its message/,
  },
  {
    what: "a list over its limit",
    bytes: call(1, selector.words, u32(1001), new Uint8Array(4004)),
    code: "Limit",
    why: /limit of 1000/,
  },
  {
    what: "an optional that is neither there nor not",
    bytes: call(1, selector.label, u8(2), string("a")),
    why: /bool is 2/,
  },
  {
    what: "a descriptor by the wrong index",
    bytes: withFds(1, selector.read, u32(1)),
    brings: files(1),
    why: /Descriptor 1 is named where 0 is next/,
  },
  {
    what: "one descriptor twice",
    bytes: withFds(2, selector.many, u32(2), u32(0), u32(0)),
    brings: files(2),
    why: /Descriptor 0 is named where 1 is next/,
  },
  {
    what: "descriptors out of order",
    bytes: withFds(2, selector.many, u32(2), u32(1), u32(0)),
    brings: files(2),
    why: /named where 0 is next/,
  },
  {
    what: "a descriptor that no value names",
    bytes: withFds(2, selector.read, u32(0)),
    brings: files(2),
    why: /1 descriptors of the message are not named/,
  },
  {
    what: "a value whose descriptor is missing",
    bytes: withFds(1, selector.many, u32(2), u32(0), u32(1)),
    brings: files(1),
    why: /Descriptor 1 is named/,
  },
  {
    what: "a directory for a file",
    bytes: withFds(1, selector.read, u32(0)),
    brings: [openDirectory],
    why: /it is a dir/,
  },
  {
    what: "a good file and then a device",
    bytes: withFds(2, selector.many, u32(2), u32(0), u32(1)),
    brings: [openFile, openForWriting],
    why: /it is a device/,
  },
  {
    what: "what is wrong behind a good descriptor",
    bytes: withFds(1, selector.keep, u32(0), u8(1), u32(65)),
    brings: files(1),
    code: "Limit",
    why: /limit of 64/,
  },

  // 4: hello
  {
    what: "a call before the hello",
    bytes: join(echo(1, string("a")), hello()),
    first: true,
    why: /hello is not its first/,
  },
  {
    what: "a one-way before the hello",
    bytes: oneway(selector.note, string("a")),
    first: true,
    why: /hello is not its first/,
  },
  { what: "a return before the hello", bytes: result(1), first: true, asked: true, why: /hello is not its first/ },
  { what: "a cancel before the hello", bytes: cancel(1), first: true, why: /hello is not its first/ },
  { what: "a goodbye before the hello", bytes: goodbye(0), first: true, why: /hello is not its first/ },
  { what: "a second hello", bytes: hello(), why: /not its only one/ },
  { what: "a hello with an id", bytes: hello().fill(1, 8, 9), first: true, why: /says nothing/ },
  { what: "a hello with a word", bytes: hello().fill(1, 12, 13), first: true, why: /says nothing/ },
  { what: "a hello with a descriptor", bytes: hello().fill(1, 6, 7), first: true, brings: files(1), why: /not named/ },
  { what: "another magic", bytes: hello({ magic: "PSTM" }), first: true, why: /does not speak postern/ },
  { what: "another version", bytes: hello({ version: 2 }), first: true, why: /version 2/ },
  { what: "a limit below the least", bytes: hello({ inflight: 15 }), first: true, why: /limit on inflight is 15/ },
  { what: "offers that are not there", bytes: hello({ offers: 1 }), first: true, why: /longer than its message/ },
  { what: "offers that are not counted", bytes: hello({ tail: u32(0) }), first: true, why: /left over/ },
  {
    what: "a greeting in another language",
    bytes: text("GET / HTTP/1.1\r\nHost: a\r\n\r\n......"),
    first: true,
    code: "Limit",
    why: /longer than/,
  },

  // 5: calls
  { what: "a call made as a one-way", bytes: oneway(selector.echo, string("a")), why: /came as a one-way/ },
  { what: "a one-way made as a call", bytes: call(1, selector.note, string("a")), why: /came as a call/ },
  { what: "an answer to a call that was not made", bytes: result(1), why: /call 1, which is not open/ },
  { what: "an answer to call zero", bytes: result(0), asked: true, why: /call 0, which is not open/ },
  { what: "an answer to another call", bytes: result(2), asked: true, why: /call 2, which is not open/ },
  {
    what: "two answers to one call",
    bytes: join(result(1, u32(0)), result(1, u32(0))),
    asked: true,
    why: /call 1, which is not open/,
  },
  {
    what: "an answer of unknown status",
    bytes: frame({ kind: kind.return, id: 1, word: 3 }),
    asked: true,
    why: /status 3/,
  },
  { what: "a result cut short", bytes: result(1, u32(1)), asked: true, why: /longer than its message/ },
  { what: "a result with more behind it", bytes: result(1, u32(0), u8(0)), asked: true, why: /left over/ },
  {
    what: "a result with a descriptor that it does not name",
    bytes: frame({ kind: kind.return, id: 1, descriptors: 1 }, u32(0)),
    asked: true,
    brings: files(1),
    why: /not named/,
  },
  {
    what: "an error that the method does not declare",
    bytes: frame({ kind: kind.return, id: 1, word: 1 }, i32(5), i32(1)),
    asked: true,
    why: /does not declare/,
  },
  {
    what: "a fault cut short",
    bytes: frame({ kind: kind.return, id: 1, word: 2 }, fault(1, "abc").slice(0, 8)),
    asked: true,
    why: /longer than its message/,
  },
  { what: "a goodbye cut short", bytes: frame({ kind: kind.goodbye }, u32(0)), why: /middle of a value/ },
  {
    what: "a goodbye with a descriptor",
    bytes: frame({ kind: kind.goodbye, descriptors: 1 }, fault(0)),
    brings: files(1),
    why: /not named/,
  },
];

overEveryRoad("channel: a hostile peer", (hostile, road) => {
  for (const violation of violations) {
    if (violation.packetsOnly === true && road.name === "stream") continue;
    hostile(violation.what, async () => {
      using other = pairOver(road);
      using facing = facingRaw(road, { limits });
      const { side, raw } = facing;
      const pending = violation.asked === true ? rejection(side.probe.words([])) : undefined;
      if (pending !== undefined) await raw.received("call");
      if (violation.first !== true) raw.send(hello());
      await until(() => side.channel.counts.messagesReceived === (violation.first === true ? 0 : 1));

      const brought = (violation.brings ?? []).map((open) => open());
      raw.send(
        violation.bytes,
        brought.map(({ fd }) => fd),
      );
      for (const fd of brought) fd.close();

      const reason = await within(side.channel.closed);
      const code = violation.code ?? "Protocol";
      assert.is(reason?.code, code, reason?.message);
      assert.match(reason!.message, violation.why);
      assert.equal(await raw.farewell(), { code: faultCode[code as "Protocol"], message: reason!.message, id: "" });
      if (!violation.what.startsWith("two answers")) assert.is(await (pending ?? reason), reason);
      assert.equal(side.prober.seen, violation.served ?? []);
      assert.is(side.prober.kept.length, 0);
      assert.is(await within(other.near.probe.echo("fine")), "fine");
    });
  }

  hostile("a call whose id is in use", async () => {
    using facing = facingRaw(road, { limits });
    const { side, raw } = facing;
    raw.send(join(hello(), call(7, selector.wait, string("a")), call(7, selector.wait, string("b"))));
    const reason = await within(side.channel.closed);
    assert.match(reason!.message, /Call 7 is not answered yet and comes again/);
    assert.equal(side.prober.seen, ["wait a"]);
    assert.is((await raw.farewell())?.code, faultCode.Protocol);
  });

  hostile("more calls than this end takes unanswered", async () => {
    using facing = facingRaw(road, { limits });
    const { side, raw } = facing;
    raw.send(join(hello(), ...Array.from({ length: 17 }, (_, index) => call(index + 1, selector.wait, string("a")))));
    const reason = await within(side.channel.closed);
    assert.is(reason!.code, "Limit");
    assert.is(side.prober.seen.length, 16);
    assert.is((await raw.farewell())?.code, faultCode.Limit);
    for (const { context } of side.prober.waiting) assert.is((context.signal.reason as RpcError).code, "Disconnected");
  });

  hostile("an end in the middle of a frame", async () => {
    using facing = facingRaw(road, { limits });
    const { side, raw } = facing;
    raw.send(hello());
    await until(() => side.channel.counts.messagesReceived === 1);
    const brought = openFile();
    raw.send(withFds(1, selector.keep, u32(0), u8(1), string("abcdefghijkl")).slice(0, 24), [brought.fd]);
    brought.close();
    await turn(3);
    raw.vanish();
    assert.match((await within(side.channel.closed))!.message, /middle of a frame/);
  });

  hostile("the frames before a violation are served, the ones behind it are not", async () => {
    using facing = facingRaw(road, { limits });
    const { side, raw } = facing;
    raw.send(join(hello(), echo(1, string("before")), frame({ kind: 9 }), echo(2, string("behind"))));
    await raw.farewell();
    assert.equal(side.prober.seen, ["echo before"]);
    assert.equal(
      raw.of("return").map(({ id }) => id),
      [1],
    );
    assert.is(raw.frames.at(-1)!.kind, kind.goodbye);
  });

  hostile("a thousand of them, one after the other", async () => {
    for (let round = 0; round < 1000; round++) {
      using facing = facingRaw(road, { limits });
      const { bytes, brings = [], first } = violations[round % violations.length]!;
      const brought = brings.map((open) => open());
      facing.raw.send(
        first === true ? bytes : join(hello(), bytes),
        brought.map(({ fd }) => fd),
      );
      for (const fd of brought) fd.close();
      if (round % 3 === 0) await turn();
    }
  });
});
