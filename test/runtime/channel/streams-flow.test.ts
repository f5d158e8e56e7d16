/** How fast streams go: no faster than they are read, without keeping anybody else waiting; and what they may hold. */

import * as assert from "uvu/assert";
import type { CallContext } from "../../../runtime/channel/interface.ts";
import type { Fd } from "../../../runtime/descriptor.ts";
import type { RpcError } from "../../../runtime/errors.ts";
import type { Stream } from "../../../runtime/marshal/streams.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { callOf, type FeedSide, feedFacingRaw, feedsOver, upTo } from "../../support/feed.ts";
import { collectGarbage } from "../../support/garbage.ts";
import { openFile } from "../../support/open-files.ts";
import { credit, end, hello, item, join, result, stop, string, u32 } from "../../support/wire.ts";
import { quiet, rejection, turn, until, within } from "../../support/within.ts";

/** Serves numbers without end and counts how many were asked for. */
function counting(side: FeedSide): { given: number; done: boolean } {
  const count = { given: 0, done: false };
  side.feeder.numbers = function* () {
    try {
      for (;;) yield count.given++;
    } finally {
      count.done = true;
    }
  };
  return count;
}

/** Waits until a number has stopped changing. */
async function settled(value: () => number): Promise<number> {
  for (let last = -1; last !== value(); await turn(5)) last = value();
  return value();
}

overEveryRoad("channel: the flow of streams", (flow, road) => {
  flow("a producer is 16 items ahead of its reader, and follows it", async () => {
    using pair = feedsOver(road);
    const count = counting(pair.far);
    const stream = pair.near.feed.numbers(0);
    assert.is(await settled(() => count.given), 16);
    for (let read = 1; read <= 7; read++) await within(stream.next());
    assert.is(await settled(() => count.given), 16);
    await within(stream.next());
    assert.is(await settled(() => count.given), 24);
    await within(stream[Symbol.asyncDispose]());
    assert.ok(count.done);
  });

  flow("a caller's source is pulled only when the peer asks for it", async () => {
    using pair = feedsOver(road);
    let given = 0;
    let kept!: Stream<number>;
    let answer!: () => void;
    pair.far.feeder.sum = (numbers) => {
      kept = numbers;
      return new Promise((resolve) => {
        answer = () => resolve(1);
      });
    };
    function* source(): Generator<number> {
      for (;;) yield given++;
    }
    const pending = quiet(pair.near.feed.sum(source()));
    await turn();
    assert.is(await settled(() => given), 16);
    for (let read = 0; read < 8; read++) assert.is((await within(kept.next())).value, read);
    assert.is(await settled(() => given), 24);
    answer();
    await within(pending);
  });

  flow("large items count by their bytes: one long one at a time, however many may be unread", async () => {
    using pair = feedsOver(road);
    let given = 0;
    pair.far.feeder.blobs = function* (size) {
      for (;;) {
        given++;
        yield new Uint8Array(size);
      }
    };
    const stream = pair.near.feed.blobs(100_000);
    // The third passes the 256 KiB that may be unread, and is the last.
    assert.is(await settled(() => given), 3);
    await within(stream.next());
    assert.is(await settled(() => given), 3);
    await within(stream.next());
    assert.is(await settled(() => given), 5);
    await within(stream.return());
    const long = pair.near.feed.blobs(1_000_000);
    given = 0;
    for (let read = 0; read < 20; read++) assert.is((await within(long.next())).value!.length, 1_000_000);
    await within(long.return());
  });

  flow("a stream that nobody reads keeps nobody else waiting", async () => {
    using pair = feedsOver(road);
    counting(pair.far);
    const lazy = Array.from({ length: 20 }, () => pair.near.feed.numbers(0));
    const large = pair.near.feed.blobs(500_000);
    pair.far.feeder.lines = () => Array.from({ length: 100 }, (_, index) => `${index}`);
    await turn(3);
    let lines = 0;
    for await (const line of pair.near.feed.lines("")) assert.is(line, `${lines++}`);
    assert.is(lines, 100);
    assert.is(await within(pair.near.feed.ping("a")), "a");
    assert.is(await within(pair.far.feed.ping("b")), "b");
    assert.is(await within(pair.near.feed.sum(upTo(100))), 4950);
    for (const stream of [...lazy, large]) stream[Symbol.dispose]();
    await until(() => pair.near.channel.counts.streamsOpen === 0);
  });

  flow("what a generator yields without waiting leaves together", async () => {
    using facing = feedFacingRaw(road);
    const { side, raw } = facing;
    side.feeder.numbers = async function* (to) {
      yield* upTo(to);
    };
    raw.send(join(hello(), callOf(1, "numbers", u32(15))));
    await raw.received("end");
    assert.equal(
      raw.of("item").map(({ id, body }) => [id, body[0]]),
      Array.from({ length: 15 }, (_, index) => [1, index]),
    );
    assert.equal(
      raw.of("end").map(({ id, word, body }) => [id, word, body.length]),
      [[1, 0, 0]],
    );
  });

  flow("an item is one frame, and eight of them one grant", async () => {
    using pair = feedsOver(road);
    await within(pair.near.feed.ping("hello"));
    const before = pair.near.channel.counts;
    let read = 0;
    for await (const _ of pair.near.feed.numbers(160)) read++;
    const after = pair.near.channel.counts;
    assert.is(read, 160);
    // A return, the items and their end; a call and its grants.
    assert.is(after.messagesReceived - before.messagesReceived, 1 + 160 + 1);
    assert.ok(after.messagesSent - before.messagesSent <= 1 + 20);
  });

  flow("a producer waits while its peer does not read its socket", async () => {
    const [one, other] = road.pair();
    using pair = feedsOver({ ...road, pair: () => [one, other] });
    let given = 0;
    pair.far.feeder.blobs = function* (size) {
      for (;;) {
        given++;
        yield new Uint8Array(size);
      }
    };
    const streams = Array.from({ length: 40 }, () => pair.near.feed.blobs(250_000));
    for (const stream of streams) assert.is((await within(stream.next())).value!.length, 250_000);
    for (const stream of streams) await within(stream[Symbol.asyncDispose](), "the end of a stalled stream");
    assert.ok(given >= 40);
  });

  // ---------------------------------------------------------------- blocking calls

  if (road.answersWhileBlocked)
    flow("while a call blocks, items come and no user code runs", async () => {
      using pair = feedsOver(road);
      const count = counting(pair.far);
      let pulled = 0;
      function* source(): Generator<number> {
        for (;;) yield pulled++;
      }
      const pending = rejection(pair.near.feed.sum(source()));
      const stream = pair.near.feed.numbers(0);
      pair.far.feeder.now = () => 9;
      assert.is(pair.near.feed.nowSync(), 9);
      assert.equal([pulled, count.given], [0, 0]);
      assert.is((await within(stream.next())).value, 0);
      pair.near.channel.close();
      await pending;
    });

  // ---------------------------------------------------------------- descriptors and objects

  flow("descriptors are items like any other, in either direction", async () => {
    using pair = feedsOver(road);
    const before = openDescriptors().length;
    pair.far.feeder.files = function* () {
      for (let count = 0; count < 40; count++) yield openFile();
    };
    let read = 0;
    for await (using file of pair.near.feed.files("")) {
      assert.is(file.kind, "file");
      read++;
    }
    assert.is(read, 40);
    assert.is(openDescriptors().length, before);
    assert.is(await within(pair.near.feed.keep(Array.from({ length: 20 }, () => openFile()))), 20);
    assert.is(openDescriptors().length, before + 20);
    for (const file of pair.far.feeder.kept) file.close();
  });

  const waysToForget: readonly [string, (stream: Stream<Fd>, pair: { near: FeedSide; far: FeedSide }) => unknown][] = [
    ["its reader leaves", (stream) => stream.return()],
    ["it is disposed of", (stream) => stream[Symbol.dispose]()],
    ["this end closes the channel", (_, { near }) => near.channel.close()],
    ["the other end closes the channel", (_, { far }) => far.channel.close()],
  ];
  for (const [when, forget] of waysToForget) {
    flow(`descriptors that nobody has read are closed when ${when}`, async () => {
      using pair = feedsOver(road);
      const before = openDescriptors().length;
      const stream = pair.near.feed.files("");
      await until(() => pair.near.channel.counts.descriptorsReceived >= 16);
      (await within(stream.next())).value!.close();
      await forget(stream, pair);
      await until(() => pair.far.channel.counts.streamsOpen === 0 && openDescriptors().length <= before, "their close");
    });
  }

  flow("descriptors that come after the reader has left are closed", async () => {
    using facing = feedFacingRaw(road);
    const { side, raw } = facing;
    const stream = side.feed.files("");
    await raw.received("call");
    raw.send(join(hello(), result(1, u32(5))));
    await until(() => side.channel.counts.streamsOpen === 1);
    await within(stream.return());
    await raw.received("stop");
    const before = openDescriptors().length;
    using file = openFile();
    const brought = item(5, u32(0));
    brought[6] = 1;
    raw.send(brought, [file.fd]);
    raw.send(end(5));
    await until(() => side.channel.counts.streamsOpen === 0);
    assert.is(openDescriptors().length, before + 1);
  });

  flow("an Fd that was yielded and never sent is closed", async () => {
    using pair = feedsOver(road);
    const given: Fd[] = [];
    let release!: () => void;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    pair.far.feeder.files = async function* () {
      const file = openFile();
      given.push(file);
      await held;
      yield file;
    };
    const stream = pair.near.feed.files("");
    await until(() => given.length === 1);
    await within(stream.return());
    await until(() => pair.near.channel.counts.callsPending === 0);
    await turn(3);
    release();
    await until(() => given[0]!.closed);
  });

  flow("objects are items too, and those that nobody has read are given back", async () => {
    using pair = feedsOver(road);
    for await (using cell of pair.near.feed.cells()) assert.ok((await within(cell.get())) > 0);
    await until(() => pair.far.channel.counts.objectsExported === 0);
    const stream = pair.near.feed.cells();
    await until(() => pair.near.channel.counts.objectsImported === 2);
    await within(stream.return());
    await until(() => pair.near.channel.counts.objectsImported === 0 && pair.far.channel.counts.objectsExported === 0);
  });

  // ---------------------------------------------------------------- forgotten and unread

  flow("a stream that is never read is stopped when it is collected, and reported once", async () => {
    using pair = feedsOver(road);
    const count = counting(pair.far);
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warn);
    try {
      (() => void pair.near.feed.numbers(0))();
      await until(() => count.given === 16 && pair.near.channel.counts.messagesReceived >= 18);
      await until(() => {
        collectGarbage();
        return pair.near.channel.counts.streamsOpen === 0;
      }, "the collection of the stream");
      await until(() => count.done && warnings.length > 0);
      const ours = warnings.filter((warning) => (warning as NodeJS.ErrnoException).code === "POSTERN_STREAM_COLLECTED");
      assert.is(ours.length, 1);
      assert.match(ours[0]!.message, "test.streams.Feed.numbers");
    } finally {
      process.off("warning", warn);
    }
  });

  flow("a stream that is being read is not collected", async () => {
    using pair = feedsOver(road);
    let give!: (number: number) => void;
    pair.far.feeder.numbers = async function* () {
      yield await new Promise<number>((resolve) => {
        give = resolve;
      });
    };
    const next = pair.near.feed.numbers(0).next();
    await until(() => give !== undefined);
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await turn();
    }
    give(7);
    assert.equal(await within(next), { value: 7, done: false });
  });

  // ---------------------------------------------------------------- limits

  flow("streams count among the calls in flight: what is too many waits, in order, at its own end", async () => {
    using pair = feedsOver(road, { far: { limits: { inflight: 16 } } });
    await within(pair.near.feed.ping("hello"));
    counting(pair.far);
    const open = Array.from({ length: 16 }, () => pair.near.feed.numbers(0));
    for (const stream of open) await within(stream.next());
    const waiting = pair.near.feed.ping("late");
    await turn(5);
    assert.equal(pair.far.feeder.seen, ["hello"]);
    await within(open[3]!.return());
    assert.is(await within(waiting), "late");
    for (const stream of open) stream[Symbol.dispose]();
    await until(() => pair.far.channel.counts.streamsOpen === 0);
  });

  flow("the streams of parameters count as well, and calls that wait for one another go on", async () => {
    using pair = feedsOver(road, { far: { limits: { inflight: 16 } } });
    const sums = Array.from({ length: 60 }, (_, index) => pair.near.feed.sum(upTo(index)));
    const pairs = Array.from({ length: 20 }, async () => {
      let sum = 0;
      for await (const number of pair.near.feed.pairs(upTo(20), upTo(20))) sum += number;
      return sum;
    });
    assert.equal(
      await within(Promise.all(sums)),
      Array.from({ length: 60 }, (_, index) => (index * (index - 1)) / 2),
    );
    assert.equal(await within(Promise.all(pairs)), new Array(20).fill(380));
    await until(() => pair.far.channel.counts.streamsOpen === 0 && pair.near.channel.counts.streamsOpen === 0);
  });

  flow("a thousand streams are opened and left, and nothing stays", async () => {
    using pair = feedsOver(road);
    counting(pair.far);
    for (let round = 0; round < 10; round++) {
      const streams = Array.from({ length: 100 }, () => pair.near.feed.numbers(0));
      await within(Promise.all(streams.map((stream) => stream.next())));
      await within(Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]())));
    }
    assert.equal([pair.near.channel.counts.streamsOpen, pair.far.channel.counts.streamsOpen], [0, 0]);
    assert.equal([pair.near.faults, pair.far.faults], [[], []]);
  });

  flow("an item that is longer than the peer takes is the producer's fault and not the peer's", async () => {
    using pair = feedsOver(road, { near: { limits: { message: 8192 } } });
    const { value } = await within(pair.near.feed.blobs(8000).next());
    assert.is(value!.length, 8000);
    assert.is(((await rejection(pair.near.feed.blobs(9000).next())) as RpcError).code, "Internal");
    assert.is((pair.far.faults[0]!.thrown as RpcError).code, "Limit");
    assert.is(await within(pair.near.feed.ping("still there")), "still there");
  });

  flow("a call that is never sent, because it does not fit the peer, gives its streams up", async () => {
    using facing = feedFacingRaw(road);
    const { side, raw } = facing;
    const failed = rejection(side.feed.lines("x".repeat(4090)).next());
    const summing = side.feed.sum([1]).catch(() => {});
    raw.send(hello({ message: 4096 }));
    assert.is(((await failed) as RpcError).code, "Limit");
    await raw.received("call");
    assert.is(side.channel.counts.streamsOpen, 1);
    raw.vanish();
    await within(summing);
  });

  // ---------------------------------------------------------------- what is said, frame by frame

  flow("a method that the peer does not have takes no items, and its source is let go of", async () => {
    using facing = feedFacingRaw(road);
    const { side, raw } = facing;
    let pulled = 0;
    function* source(): Generator<number> {
      for (;;) yield pulled++;
    }
    const failed = rejection(side.feed.sum(source()));
    await raw.received("call");
    raw.send(join(hello(), frameOfFault(1)));
    assert.is(((await failed) as RpcError).code, "Unimplemented");
    await until(() => side.channel.counts.streamsOpen === 0);
    assert.equal([pulled, raw.of("item").length, raw.of("end").length], [0, 0, 0]);
  });

  flow("a call with a stream that this end does not know is answered, and says nothing of the stream", async () => {
    using facing = feedFacingRaw(road);
    const { side, raw } = facing;
    const unknown = callOf(1, "sum", u32(1));
    unknown[16]! ^= 0xff;
    raw.send(join(hello(), unknown));
    const [answer] = await raw.received("return");
    assert.is(answer!.word, 2);
    assert.equal([raw.of("credit").length, side.channel.counts.streamsOpen], [0, 0]);
    raw.send(callOf(2, "ping", string("a")));
    await raw.received("return", 2);
  });

  flow("a credit or a stop that crosses with the end of its stream is nothing to complain of", async () => {
    using facing = feedFacingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), callOf(1, "numbers", u32(2))));
    await raw.received("end");
    raw.send(join(credit(1, 8), stop(1), stop(1), callOf(2, "ping", string("a"))));
    await raw.received("return", 2);
    assert.equal(side.feeder.seen, ["a"]);
  });

  flow("no stream of a channel has the name of another before it", async () => {
    using facing = feedFacingRaw(road);
    const { raw } = facing;
    raw.send(hello());
    for (let id = 1; id <= 5; id++) {
      raw.send(callOf(id, "numbers", u32(0)));
      await raw.received("end", id);
    }
    assert.equal(
      raw.of("end").map(({ id }) => id),
      [1, 2, 3, 4, 5],
    );
  });

  flow("a signal that is looked at late says what it was told", async () => {
    using pair = feedsOver(road);
    let context!: CallContext;
    pair.far.feeder.numbers = function* (_to, given) {
      context = given;
      for (;;) yield 1;
    };
    const stream = pair.near.feed.numbers(0);
    await within(stream.next());
    await within(stream[Symbol.asyncDispose]());
    assert.is((context.signal.reason as RpcError).code, "Cancelled");
  });
});

/** A return that says the peer has no such method. */
function frameOfFault(id: number): Uint8Array {
  const bytes = result(id, u32(2), string("no"), string(""));
  bytes[12] = 2;
  return bytes;
}
