/**
 * Peers that break the rules of streams, one by one: each ends its own channel with a reason that both sides are told,
 * before any user code has run, and nothing is left open.
 */

import * as assert from "uvu/assert";
import type { Code, RpcError } from "../../../runtime/errors.ts";
import type { Stream } from "../../../runtime/marshal/streams.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { callOf, type FacingFeed, feedFacingRaw, feedsOver, upTo } from "../../support/feed.ts";
import { openDirectory, openFile } from "../../support/open-files.ts";
import {
  type Bytes,
  credit,
  end,
  fault,
  faultCode,
  frame,
  goodbye,
  hello,
  i32,
  item,
  join,
  kind,
  result,
  stop,
  string,
  u8,
  u32,
} from "../../support/wire.ts";
import { quiet, rejection, turn, until, within } from "../../support/within.ts";

interface Violation {
  readonly what: string;
  /** What this side has done before, and which frame of the peer's tells that it is time. */
  readonly after: keyof typeof beginnings;
  readonly bytes: Bytes;
  /** Descriptors that come with it: a file and then directories, as many as asked for. */
  readonly brings?: "file" | "directory";
  readonly code?: Code;
  readonly why: RegExp;
}

/** How a conversation begins, up to where the peer goes wrong. */
const beginnings = {
  /** Nothing has happened but hellos. */
  hello: async ({ raw }: FacingFeed): Promise<void> => raw.send(hello()),
  /** This side reads stream 5 of the peer: numbers, the result of its call 1. */
  numbers: (facing: FacingFeed): Promise<void> => opened(facing, () => facing.side.feed.numbers(0).next()),
  /** The same with descriptors. */
  files: (facing: FacingFeed): Promise<void> => opened(facing, () => facing.side.feed.files("").next()),
  /** The same, and nobody reads it. */
  unread: (facing: FacingFeed): Promise<void> =>
    opened(facing, () => {
      unread = facing.side.feed.numbers(0);
      return Promise.resolve();
    }),
  /** The same, and it has been stopped. */
  stopped: async (facing: FacingFeed): Promise<void> => {
    await opened(facing, () => {
      unread = facing.side.feed.numbers(0);
      return Promise.resolve();
    });
    await within(unread!.return());
    await facing.raw.received("stop");
  },
  /** This side produces stream 1, the result of the peer's call 1, and has sent 16 items. */
  producing: async ({ side, raw }: FacingFeed): Promise<void> => {
    side.feeder.numbers = () => upTo(1000);
    raw.send(join(hello(), callOf(1, "numbers", u32(0))));
    await raw.received("item", 16);
  },
  /** This side produces stream 1, a parameter of its call 1, and the peer has not let it begin. */
  waiting: async ({ side, raw }: FacingFeed): Promise<void> => {
    raw.send(hello());
    side.feed.sum(upTo(1000)).catch(() => {});
    await raw.received("call");
  },
  /** This side reads stream 3 of the peer, a parameter of the peer's call 1. */
  summing: async ({ raw }: FacingFeed): Promise<void> => {
    raw.send(join(hello(), callOf(1, "sum", u32(3))));
    await raw.received("credit");
  },
  /** This side has a call 1 of `numbers` unanswered. */
  asked: async ({ side, raw }: FacingFeed): Promise<void> => {
    raw.send(hello());
    quiet(side.feed.numbers(0).next());
    await raw.received("call");
  },
};

let unread: Stream<number> | undefined;

async function opened({ side, raw }: FacingFeed, read: () => Promise<unknown>): Promise<void> {
  raw.send(hello());
  quiet(read() as Promise<never>);
  await raw.received("call");
  raw.send(result(1, u32(5)));
  await until(() => side.channel.counts.streamsOpen === 1);
}

const numbers = (count: number, stream = 5): Bytes =>
  join(...Array.from({ length: count }, () => item(stream, u32(1))));
const withFd = (bytes: Bytes): Bytes => {
  bytes[6] = 1;
  return bytes;
};

const violations: readonly Violation[] = [
  { what: "an item of no stream", after: "hello", bytes: item(1, u32(1)), why: /Stream 1 is not open/ },
  { what: "an item of stream zero", after: "hello", bytes: item(0, u32(1)), why: /Stream 0 is not open/ },
  { what: "an end of no stream", after: "hello", bytes: end(1), why: /Stream 1 is not open/ },
  { what: "a credit for no stream", after: "hello", bytes: credit(1, 1), why: /Stream 1 never was/ },
  { what: "a credit for stream zero", after: "producing", bytes: credit(0, 1), why: /Stream 0 never was/ },
  { what: "a stop of no stream", after: "hello", bytes: stop(1), why: /Stream 1 never was/ },
  { what: "a stop of a stream that never was", after: "producing", bytes: stop(2), why: /Stream 2 never was/ },
  { what: "an item of another stream", after: "numbers", bytes: item(4, u32(1)), why: /Stream 4 is not open/ },
  { what: "an item of a stream of ours", after: "producing", bytes: item(1, u32(1)), why: /Stream 1 is not open/ },
  { what: "an end twice", after: "numbers", bytes: join(end(5), end(5)), why: /Stream 5 is not open/ },
  {
    what: "an item after the end",
    after: "numbers",
    bytes: join(end(5), item(5, u32(1))),
    why: /Stream 5 is not open/,
  },
  {
    what: "an end twice, unread",
    after: "unread",
    bytes: join(numbers(3), end(5), end(5)),
    why: /Stream 5 is not open/,
  },
  { what: "an end twice, stopped", after: "stopped", bytes: join(end(5), end(5)), why: /Stream 5 is not open/ },
  { what: "a seventeenth item", after: "unread", bytes: numbers(17), why: /more items unread than it may/ },
  { what: "a seventeenth item, stopped", after: "stopped", bytes: numbers(17), why: /more items unread than it may/ },
  {
    what: "a seventeenth item of a parameter",
    after: "summing",
    bytes: numbers(40, 3),
    why: /more items unread|Stream/,
  },
  { what: "a credit of nothing", after: "producing", bytes: credit(1, 0), why: /credit of 0/ },
  {
    what: "a credit for more than is unread",
    after: "producing",
    bytes: credit(1, 17),
    why: /credit of 17 .* 16 items/,
  },
  { what: "an absurd credit", after: "producing", bytes: credit(1, 0xffffffff), why: /credit of 4294967295/ },
  { what: "a credit twice", after: "waiting", bytes: join(credit(1, 16), credit(1, 16)), why: /credit of 16/ },
  {
    what: "a first credit that is too small",
    after: "waiting",
    bytes: credit(1, 1),
    why: /starts with a credit of 1\b/,
  },
  {
    what: "a first credit that is absurd",
    after: "waiting",
    bytes: credit(1, 0x7fffffff),
    why: /starts with a credit/,
  },
  {
    what: "a credit with a body",
    after: "producing",
    bytes: frame({ kind: kind.credit, id: 1, word: 8 }, u8(0)),
    why: /left over/,
  },
  { what: "a stop with a body", after: "producing", bytes: frame({ kind: kind.stop, id: 1 }, u8(0)), why: /left over/ },
  {
    what: "a stop for no reason there is",
    after: "producing",
    bytes: frame({ kind: kind.stop, id: 1, word: 2 }),
    why: /reason of 2/,
  },
  {
    what: "an item with a word",
    after: "numbers",
    bytes: frame({ kind: kind.item, id: 5, word: 1 }, u32(1)),
    why: /says nothing/,
  },
  { what: "an end of unknown status", after: "numbers", bytes: end(5, 3), why: /status 3/ },
  { what: "an end with a body", after: "numbers", bytes: end(5, 0, u8(0)), why: /left over/ },
  { what: "an end with half a fault", after: "numbers", bytes: end(5, 2, u32(1)), why: /middle of a value/ },
  {
    what: "an end with an error that the method does not declare",
    after: "numbers",
    bytes: end(5, 1, i32(77), i32(1)),
    why: /does not declare/,
  },
  { what: "an item that is too short", after: "numbers", bytes: item(5, u8(1)), why: /middle of a value/ },
  { what: "an item that is too long", after: "numbers", bytes: item(5, u32(1), u8(1)), why: /1 bytes are left over/ },
  { what: "an item without a value, unread", after: "unread", bytes: item(5), why: /middle of a value/ },
  {
    what: "an item with a descriptor that nothing names",
    after: "unread",
    bytes: withFd(item(5, u32(1))),
    brings: "file",
    why: /not named/,
  },
  {
    what: "an item with the wrong descriptor",
    after: "files",
    bytes: withFd(item(5, u32(0))),
    brings: "directory",
    why: /it is a dir/,
  },
  { what: "an item without its descriptor", after: "files", bytes: item(5, u32(0)), why: /named where 0 is next/ },
  {
    what: "a flag on an item",
    after: "numbers",
    bytes: frame({ kind: kind.item, id: 5, flags: 1 }, u32(1)),
    why: /flags/,
  },
  { what: "kind 13", after: "hello", bytes: frame({ kind: 13, id: 1 }), why: /kind 13 does not exist/ },
  { what: "a result that is stream zero", after: "asked", bytes: result(1, u32(0)), why: /Stream 0 is opened/ },
  { what: "a result without a stream", after: "asked", bytes: result(1), why: /middle of a value/ },
  {
    what: "a parameter that is stream zero",
    after: "hello",
    bytes: callOf(1, "sum", u32(0)),
    why: /Stream 0 is opened/,
  },
  { what: "a stream that is open already", after: "summing", bytes: callOf(2, "sum", u32(3)), why: /open already/ },
  {
    what: "one stream for two parameters",
    after: "hello",
    bytes: callOf(1, "pairs", u32(3), u32(3)),
    why: /open already/,
  },
  {
    what: "a stream whose call has something left over",
    after: "hello",
    bytes: callOf(1, "sum", u32(3), u8(0)),
    why: /left over/,
  },
];

overEveryRoad("channel: hostile streams", (hostile, road) => {
  for (const { what, after, bytes, brings, code = "Protocol", why } of violations) {
    hostile(`${what}, after: ${after}`, async () => {
      using facing = feedFacingRaw(road);
      const { side, raw } = facing;
      await beginnings[after](facing);
      using brought = brings === "directory" ? openDirectory() : openFile();
      raw.send(bytes, brings === undefined ? [] : [brought.fd]);
      const reason = await within(side.channel.closed);
      assert.is(reason?.code, code);
      assert.match(reason!.message, why);
      const farewell = await raw.farewell();
      assert.is(farewell?.code, faultCode.Protocol);
      assert.is(side.channel.counts.streamsOpen, 0);
      await until(() => side.channel.counts.answersPending === 0);
      assert.equal(side.faults, []);
      unread?.[Symbol.dispose]();
      unread = undefined;
    });
  }

  hostile("a peer that opens more streams than calls are allowed ends its channel", async () => {
    using facing = feedFacingRaw(road, { limits: { inflight: 16 } });
    const { side, raw } = facing;
    side.feeder.numbers = () => upTo(1000);
    raw.send(hello());
    for (let id = 1; id <= 16; id++) raw.send(callOf(id, "numbers", u32(0)));
    await raw.received("return", 16);
    assert.is(side.channel.counts.streamsOpen, 16);
    raw.send(callOf(17, "ping", string("one too many")));
    assert.is((await within(side.channel.closed))?.code, "Limit");
    assert.equal(side.feeder.seen, []);
  });

  hostile("a peer that never ends the parameters it was told to stop ends its channel in time", async () => {
    using facing = feedFacingRaw(road, { limits: { inflight: 16 } });
    const { side, raw } = facing;
    side.feeder.sum = () => 1;
    raw.send(hello());
    for (let id = 1; id <= 16; id++) raw.send(callOf(id, "sum", u32(id)));
    await raw.received("stop", 16);
    assert.is(side.channel.counts.streamsOpen, 16);
    raw.send(callOf(17, "sum", u32(17)));
    assert.is((await within(side.channel.closed))?.code, "Limit");
  });

  hostile("a peer that never ends a stream it was told to stop keeps only whoever waits for that", async () => {
    using facing = feedFacingRaw(road);
    const { side, raw } = facing;
    await beginnings.stopped(facing);
    const waiting = unread![Symbol.asyncDispose]();
    let over = false;
    void waiting.then(() => {
      over = true;
    });
    raw.send(numbers(16));
    await until(() => side.channel.counts.messagesReceived === 18);
    assert.not.ok(over);
    raw.vanish();
    await within(waiting);
  });

  hostile("items after a stop are dropped, and the channel serves on", async () => {
    using facing = feedFacingRaw(road);
    const { side, raw } = facing;
    await beginnings.stopped(facing);
    raw.send(join(numbers(16), end(5, 2, fault(faultCode.Internal, "whatever")), callOf(1, "ping", string("a"))));
    await raw.received("return");
    assert.equal(side.feeder.seen, ["a"]);
    assert.is(side.channel.counts.streamsOpen, 0);
  });

  hostile("what a peer says of why it ends a stream is told its reader", async () => {
    for (const [status, body, code] of [
      [2, fault(faultCode.Internal, "broken", "x-1"), "Internal"],
      [2, fault(faultCode.Cancelled, "no"), "Cancelled"],
      [2, fault(faultCode.DeadlineExceeded, "no"), "DeadlineExceeded"],
      [2, fault(99, "no"), "Internal"],
    ] as const) {
      using facing = feedFacingRaw(road);
      await beginnings.hello(facing);
      const stream = facing.side.feed.numbers(0);
      const error = rejection(stream.next());
      await facing.raw.received("call");
      facing.raw.send(join(result(1, u32(5)), end(5, status, body)));
      assert.is(((await error) as RpcError).code, code);
    }
  });

  hostile("a goodbye between items ends the stream with its reason", async () => {
    using facing = feedFacingRaw(road);
    const { side, raw } = facing;
    await beginnings.hello(facing);
    const stream = side.feed.numbers(0);
    await raw.received("call");
    raw.send(join(result(1, u32(5)), item(5, u32(1)), goodbye(faultCode.Disconnected), item(5, u32(2))));
    assert.is(await within(side.channel.closed), undefined);
    assert.is(((await rejection(stream.next())) as RpcError).code, "Disconnected");
  });

  hostile("one channel's violation is not another's", async () => {
    using facing = feedFacingRaw(road);
    using pair = feedsOver(road);
    const stream = pair.near.feed.numbers(100);
    await beginnings.unread(facing);
    facing.raw.send(numbers(17));
    await within(facing.side.channel.closed);
    let read = 0;
    for await (const _ of stream) read++;
    assert.is(read, 100);
    await turn();
  });
});
