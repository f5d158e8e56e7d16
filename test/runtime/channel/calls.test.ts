/** Calls and one-ways between two channels: many at once, in order, and never more than the peer takes. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { defaultLimits, minimumLimits } from "../../../runtime/limits.ts";
import { facingRaw, overEveryRoad, pairOver } from "../../support/channels.ts";
import { overLoopback, overSeqpacket } from "../../support/roads.ts";
import { hello, join, result, string } from "../../support/wire.ts";
import { rejection, turn, until, within } from "../../support/within.ts";

overEveryRoad("channel: calls", (calls, road) => {
  calls("a call is answered", async () => {
    using pair = pairOver(road);
    assert.is(await within(pair.near.probe.echo("hello")), "hello");
  });

  calls("every shape of value crosses and comes back", async () => {
    using pair = pairOver(road);
    const { probe } = pair.near;
    assert.is(await within(probe.echo("")), "");
    assert.is(await within(probe.echo("日本 😀")), "日本 😀");
    assert.is(await within(probe.label(undefined)), undefined);
    assert.is(await within(probe.label("")), "");
    assert.equal(await within(probe.words(["a", "", "c"])), ["a", "", "c"]);
    assert.equal(await within(probe.blob(Uint8Array.of(1, 2, 3))), Uint8Array.of(1, 2, 3));
  });

  calls("either side may call, in both directions at once", async () => {
    using pair = pairOver(road);
    const both = [pair.near.probe.echo("from near"), pair.far.probe.echo("from far")];
    assert.equal(await within(Promise.all(both)), ["from near", "from far"]);
  });

  calls("a message longer than any packet crosses whole", async () => {
    using pair = pairOver(road);
    const long = new Uint8Array(900_000).map((_, index) => index);
    assert.equal(await within(pair.near.probe.blob(long)), long);
  });

  calls("bytes that a handler was given are its own, also after later messages", async () => {
    using pair = pairOver(road);
    const seen: Uint8Array[] = [];
    pair.far.prober.blob = (bytes) => {
      seen.push(bytes);
      return bytes;
    };
    const sent = Array.from({ length: 50 }, (_, index) => new Uint8Array(100).fill(index));
    await within(Promise.all(sent.map((bytes) => pair.near.probe.blob(bytes))));
    await within(pair.near.probe.blob(new Uint8Array(60_000).fill(0xff)));
    assert.equal(seen.slice(0, 50), sent);
  });

  calls("a thousand calls in flight each get their own answer", async () => {
    using pair = pairOver(road);
    const texts = Array.from({ length: 1000 }, (_, index) => `call ${index}`);
    assert.equal(await within(Promise.all(texts.map((text) => pair.near.probe.echo(text)))), texts);
    assert.equal(
      pair.far.prober.seen,
      texts.map((text) => `echo ${text}`),
    );
    assert.is(pair.near.channel.counts.callsPending, 0);
    assert.is(pair.far.channel.counts.answersPending, 0);
  });

  calls("answers find their calls in whatever order they come", async () => {
    using pair = pairOver(road);
    const { waiting } = pair.far.prober;
    const settled: string[] = [];
    const pending = ["a", "b", "c", "d"].map((text) =>
      pair.near.probe.wait(text).then((answer) => settled.push(answer)),
    );
    await until(() => waiting.length === 4);
    for (const index of [2, 0, 3, 1]) {
      waiting[index]!.answer(waiting[index]!.text.toUpperCase());
      await until(() => settled.includes(waiting[index]!.text.toUpperCase()));
    }
    await within(Promise.all(pending));
    assert.equal(settled, ["C", "A", "D", "B"]);
  });

  calls("a call may be answered from within the serving of another", async () => {
    using pair = pairOver(road);
    pair.far.prober.wait = async (text) => `${await pair.far.probe.echo(text)} and back`;
    assert.is(await within(pair.near.probe.wait("there")), "there and back");
  });

  calls("calls and one-ways are handled in the order in which they were made", async () => {
    using pair = pairOver(road);
    const expected: string[] = [];
    for (let index = 0; index < 300; index++) {
      if (index % 3 === 0) pair.near.probe.echo(`${index}`);
      else pair.near.probe.note(`${index}`);
      expected.push(`${index % 3 === 0 ? "echo" : "note"} ${index}`);
    }
    await within(pair.near.probe.echo("last"));
    assert.equal(pair.far.prober.seen, [...expected, "echo last"]);
  });

  calls("order is kept when some frames are long and some short", async () => {
    using pair = pairOver(road);
    const sizes = [10, 200_000, 1, 70_000, 5, 131_072, 3, 300_000, 0];
    for (const size of sizes) pair.near.probe.note("x".repeat(size));
    await within(pair.near.probe.echo("last"));
    assert.equal(
      pair.far.prober.seen.slice(0, -1).map((text) => text.length - "note ".length),
      sizes,
    );
  });

  calls("what is over the peer's least limits waits for its hello, and what is behind it too", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const long = "x".repeat(minimumLimits.message);
    side.probe.note("short");
    const pending = side.probe.echo(long);
    side.probe.note("behind");
    await raw.received("oneway", 1);
    await turn(5);
    assert.equal([raw.of("oneway").length, raw.of("call").length], [1, 0]);
    raw.send(hello());
    await raw.received("oneway", 2);
    assert.equal(
      raw.frames.map(({ kind }) => kind),
      [1, 3, 2, 3],
    );
    raw.send(result(1, string("done")));
    assert.is(await within(pending), "done");
  });

  calls("the 17th call waits for the peer's hello", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const pending = Array.from({ length: 40 }, (_, index) => side.probe.echo(`${index}`));
    await raw.received("call", 16);
    await turn(5);
    assert.is(raw.of("call").length, 16);
    raw.send(hello());
    const sent = await raw.received("call", 40);
    assert.equal(
      sent.map(({ id }) => id),
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    raw.send(join(...sent.map(({ id }) => result(id, string(`answer ${id}`)))));
    assert.equal(
      await within(Promise.all(pending)),
      sent.map(({ id }) => `answer ${id}`),
    );
  });

  calls("no more calls are in flight than the peer takes; the rest wait in order and all are answered", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello({ inflight: 20 }));
    const pending = Array.from({ length: 100 }, (_, index) => side.probe.echo(`${index}`));
    const noted = side.probe.note("after all");
    let answered = 0;
    while (answered < 100) {
      const expected = Math.min(100, answered + 20);
      const sent = await raw.received("call", expected);
      await turn(3);
      assert.is(raw.of("call").length, expected, "more calls than allowed");
      assert.is(raw.of("oneway").length, expected === 100 ? 1 : 0, "the one-way overtook");
      // Three at a time, the latest first.
      const some = sent.slice(answered, answered + 3).reverse();
      raw.send(join(...some.map(({ id }) => result(id, string(`answer ${id}`)))));
      answered += some.length;
      await until(() => side.channel.counts.callsPending === 100 - answered);
    }
    await within(noted);
    assert.is(
      new Set(await within(Promise.all(pending))).size,
      raw.of("call").reduce((most, { id }) => Math.max(most, id), 0),
    );
  });

  calls("a peer that takes 16 calls at a time is served a thousand by a well-behaved one", async () => {
    using pair = pairOver(road, { far: { limits: { inflight: 16 } } });
    pair.far.prober.wait = async (text) => {
      await turn();
      return text;
    };
    const texts = Array.from({ length: 1000 }, (_, index) => `${index}`);
    assert.equal(
      await within(Promise.all(texts.map((text) => pair.near.probe.wait(text))), "a thousand", 30_000),
      texts,
    );
  });

  calls("a call too long for the peer's hello is refused by itself when the hello comes", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const long = rejection(side.probe.echo("x".repeat(10_000)));
    const short = side.probe.echo("short");
    raw.send(hello({ message: 4096 }));
    assert.match(String(await long), /LimitError.*longer/);
    const [sent] = await raw.received("call");
    raw.send(result(sent!.id, string("answered")));
    assert.is(await within(short), "answered");
    assert.is(side.channel.counts.callsPending, 0);
  });

  calls("a value over the peer's limits is refused before anything is sent", async () => {
    using pair = pairOver(road, { far: { limits: { message: 4096 } } });
    await within(pair.near.probe.echo("hello"));
    const before = pair.near.channel.counts.messagesSent;
    assert.match(String(await rejection(pair.near.probe.echo("x".repeat(4096)))), /LimitError: test\.Probe\.echo: /);
    assert.match(String(await rejection(pair.near.probe.note("x".repeat(4096)))), /LimitError: test\.Probe\.note: /);
    await turn();
    assert.is(pair.near.channel.counts.messagesSent, before);
    assert.is(await within(pair.near.probe.echo("still fine")), "still fine");
  });

  calls("a value that is not of its type is refused by the method's name, and nothing is sent", async () => {
    using pair = pairOver(road);
    for (const value of [1, undefined, null, "\ud800", {}])
      assert.match(String(await rejection(pair.near.probe.echo(value as string))), /InvalidError: test\.Probe\.echo: /);
    assert.match(String(await rejection(pair.near.probe.note(7 as never))), /InvalidError: test\.Probe\.note: /);
    assert.is(await within(pair.near.probe.echo("still fine")), "still fine");
    assert.equal(pair.far.prober.seen, ["echo still fine"]);
  });

  calls("a one-way that fails rejects nobody who does not look", async () => {
    using pair = pairOver(road);
    pair.near.probe.note(7 as never);
    pair.near.channel.close();
    pair.near.probe.note("too late");
    await turn(3);
  });

  calls("a call made while the values of another are read is refused, and so is that other", async () => {
    using pair = pairOver(road);
    const inner: Promise<unknown>[] = [];
    const words = ["a"];
    Object.defineProperty(words, 0, {
      get() {
        inner.push(rejection(pair.near.probe.echo("inner")));
        throw new Error("the getter's own");
      },
    });
    assert.match(String(await rejection(pair.near.probe.words(words))), /the getter's own/);
    assert.match(String(await inner[0]), /InvalidError.*while the values of another/);
    assert.is(await within(pair.near.probe.echo("still fine")), "still fine");
    assert.is(pair.near.channel.counts.callsPending, 0);
  });

  calls("calls made in one turn leave together, and so do their answers", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello());
    await until(() => side.channel.counts.messagesReceived === 1);
    for (let index = 0; index < 10; index++) side.probe.note(`${index}`);
    assert.is(raw.of("oneway").length, 0);
    await raw.received("oneway", 10);
  });

  calls("counts are of what crossed", async () => {
    using pair = pairOver(road);
    await within(Promise.all([pair.near.probe.echo("a"), pair.near.probe.echo("b")]));
    pair.near.probe.note("c");
    await until(() => pair.far.prober.seen.length === 3);
    const { near, far } = pair;
    const counts = near.channel.counts;
    assert.equal([counts.callsMade, counts.callsServed, counts.callsPending], [2, 0, 0]);
    assert.equal([far.channel.counts.callsMade, far.channel.counts.callsServed], [0, 3]);
    // Hello, two calls and the one-way; hello and two returns.
    assert.equal([counts.messagesSent, counts.messagesReceived], [4, 3]);
    assert.equal([far.channel.counts.messagesSent, far.channel.counts.messagesReceived], [3, 4]);
    assert.ok(counts.bytesSent >= far.channel.counts.bytesReceived);
    assert.is(counts.bytesSent % 8, 0);
  });

  calls("two channels of one process do not mix", async () => {
    using first = pairOver(road);
    using second = pairOver(road);
    const texts = Array.from({ length: 100 }, (_, index) => `${index}`);
    const answers = await within(
      Promise.all(texts.flatMap((text) => [first.near.probe.echo(`1 ${text}`), second.near.probe.echo(`2 ${text}`)])),
    );
    assert.equal(
      answers,
      texts.flatMap((text) => [`1 ${text}`, `2 ${text}`]),
    );
    assert.ok(first.far.prober.seen.every((text) => text.startsWith("echo 1 ")));
    first.near.channel.close();
    await within(first.far.channel.closed);
    assert.is(await within(second.near.probe.echo("goes on")), "goes on");
  });
});

const options = suite("channel: options");

options("impossible limits are refused", () => {
  for (const limits of [{ message: 100 }, { fds: 0 }, { inflight: 1 }, { queue: 1 }, { fds: 254 }])
    assert.throws(
      () => pairOver(overLoopback, { near: { limits } }),
      (error: unknown) => error instanceof RangeError,
    );
});

options("the hello says the limits that were given", async () => {
  using facing = facingRaw(overSeqpacket, { limits: { message: 5000, fds: 3, inflight: 17 } });
  const [said] = await facing.raw.received("hello");
  const view = new DataView(said!.body.buffer, said!.body.byteOffset);
  assert.equal(
    [8, 12, 16].map((at) => view.getUint32(at, true)),
    [5000, 3, 17],
  );
  assert.ok(defaultLimits.message > 5000);
});

options.run();
