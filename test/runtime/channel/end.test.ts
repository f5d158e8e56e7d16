/** The end of a channel, from either side and by any cause: told once, to everybody, with one reason. */

import * as assert from "uvu/assert";
import { ProtocolError, type RpcError, TransportError } from "../../../runtime/errors.ts";
import { facingRaw, overEveryRoad, pairOver } from "../../support/channels.ts";
import { openFile, somePath } from "../../support/open-files.ts";
import { selector } from "../../support/probe.ts";
import type { RawPeer } from "../../support/raw-peer.ts";
import {
  call,
  faultCode,
  frame,
  goodbye,
  hello,
  i32,
  join,
  kind,
  oneway,
  readFault,
  string,
  u32,
} from "../../support/wire.ts";
import { rejection, turn, until, within } from "../../support/within.ts";

overEveryRoad("channel: the end", (end, road) => {
  end(
    "closing tells every pending call of both sides, each side with one reason, and is an orderly end for both",
    async () => {
      using pair = pairOver(road);
      const { near, far } = pair;
      const nears = [rejection(near.probe.wait("1")), rejection(near.probe.wait("2"))];
      const fars = [rejection(far.probe.wait("3")), rejection(far.probe.wait("4"))];
      await until(() => far.prober.waiting.length === 2 && near.prober.waiting.length === 2);
      near.channel.close();
      const [one, two] = (await within(Promise.all(nears))) as RpcError[];
      const [three, four] = (await within(Promise.all(fars))) as RpcError[];
      assert.is(one, two);
      assert.is(three, four);
      assert.instance(one, TransportError);
      assert.equal([one!.code, one!.message], ["Disconnected", "The channel was closed by this end."]);
      assert.equal([three!.code, three!.message], ["Disconnected", "The channel was closed by the peer."]);
      assert.equal(await within(Promise.all([near.channel.closed, far.channel.closed])), [undefined, undefined]);
      assert.is(near.channel.counts.callsPending, 0);
      assert.is(far.channel.counts.callsPending, 0);
    },
  );

  end("what was sent before the end is delivered, though the peer had not read it yet", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    await within(near.probe.echo("up"));
    const text = "x".repeat(100_000);
    for (let sent = 0; sent < 40; sent++) near.probe.note(text);
    near.channel.close();
    assert.is(await within(far.channel.closed), undefined);
    assert.is(far.prober.seen.filter((seen) => seen === `note ${text}`).length, 40);
  });

  end("handlers at work are told of it on both sides, and what they return is dropped", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    near.probe.wait("1").catch(() => {});
    far.probe.wait("2").catch(() => {});
    await until(() => far.prober.waiting.length === 1 && near.prober.waiting.length === 1);
    const waiting = [near.prober.waiting[0]!, far.prober.waiting[0]!];
    const signals = waiting.map(({ context }) => context.signal);
    near.channel.close();
    await until(() => signals.every((signal) => signal.aborted));
    for (const signal of signals) assert.is((signal.reason as RpcError).code, "Disconnected");
    assert.is(far.channel.counts.answersPending, 1);
    for (const { answer } of waiting) answer();
    await until(() => far.channel.counts.answersPending === 0);
    assert.equal([near.faults, far.faults], [[], []]);
  });

  end("a handler that fails after the end is logged, and nobody else is told", async () => {
    using pair = pairOver(road);
    pair.near.probe.wait("1").catch(() => {});
    await until(() => pair.far.prober.waiting.length === 1);
    pair.near.channel.close();
    await within(pair.far.channel.closed);
    pair.far.prober.waiting[0]!.fail(new Error("late"));
    await until(() => pair.far.faults.length === 1);
  });

  end("what a handler opens for a peer that is gone is closed", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    const file = openFile();
    let open = (): void => {};
    far.prober.open = () =>
      new Promise((resolve) => {
        open = () => resolve(file);
      });
    const pending = rejection(near.probe.open(somePath));
    await until(() => far.channel.counts.callsServed === 1);
    near.channel.close();
    await within(far.channel.closed);
    await pending;
    open();
    await until(() => file.closed);
  });

  end("after the end every call is refused with its reason, and what it was to give away stays", async () => {
    using pair = pairOver(road);
    const { probe, channel } = pair.near;
    await within(probe.echo("hello"));
    channel.close();
    const reasons = await Promise.all([rejection(probe.echo("a")), rejection(probe.note("b"))]);
    assert.is(reasons[0], reasons[1]);
    using file = openFile();
    assert.is(await rejection(probe.keep(file)), reasons[0]);
    assert.not.ok(file.closed);
  });

  end("closing again, or disposing, does nothing", async () => {
    using pair = pairOver(road);
    const { channel } = pair.near;
    channel.close();
    channel.close();
    channel[Symbol.dispose]();
    assert.is(await within(channel.closed), undefined);
    await within(pair.far.channel.closed);
    pair.far.channel.close();
    assert.is(await within(pair.far.channel.closed), undefined);
  });

  end("both sides may close at once", async () => {
    using pair = pairOver(road);
    await within(pair.near.probe.echo("hello"));
    pair.near.channel.close();
    pair.far.channel.close();
    assert.equal(await within(Promise.all([pair.near.channel.closed, pair.far.channel.closed])), [
      undefined,
      undefined,
    ]);
  });

  end("what was sent before is delivered before", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    await within(near.probe.echo("hello"));
    for (let index = 0; index < 100; index++) near.probe.note(`${index}`);
    near.channel.close();
    await within(far.channel.closed);
    assert.is(far.prober.seen.length, 101);
  });

  end("a channel that closes before it has heard anything says hello and goodbye", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    side.channel.close();
    assert.equal(await raw.farewell(), { code: faultCode.Disconnected, message: "", id: "" });
    assert.equal(
      raw.frames.map((said) => said.kind),
      [kind.hello, kind.goodbye],
    );
  });

  end("a peer that says goodbye in order is answered in order", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const pending = rejection(side.probe.echo("x"));
    raw.send(join(hello(), goodbye(faultCode.Disconnected)));
    assert.is(await within(side.channel.closed), undefined);
    assert.is(((await pending) as RpcError).message, "The channel was closed by the peer.");
    assert.is((await raw.farewell())?.code, faultCode.Disconnected);
  });

  end("a peer that says why it ends the channel is quoted", async () => {
    for (const code of [faultCode.Protocol, faultCode.Limit, faultCode.Internal, 77]) {
      using facing = facingRaw(road);
      const { side, raw } = facing;
      const pending = rejection(side.probe.echo("x"));
      raw.send(join(hello(), goodbye(code, "you said too much")));
      const reason = await within(side.channel.closed);
      assert.instance(reason, TransportError);
      assert.equal([reason!.code, reason!.message], ["Disconnected", "The peer ended the channel: you said too much"]);
      assert.is(await pending, reason);
    }
  });

  end("a peer that goes without a word is gone", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const pending = [rejection(side.probe.echo("x")), rejection(side.probe.wait("y"))];
    await raw.received("call", 2);
    raw.send(join(hello(), call(1, selector.wait, string("z"))));
    await until(() => side.prober.waiting.length === 1);
    const { signal } = side.prober.waiting[0]!.context;
    raw.vanish();
    const reason = await within(side.channel.closed);
    assert.instance(reason, TransportError);
    assert.equal([reason!.code, reason!.message], ["Disconnected", "The peer is gone."]);
    assert.equal(await Promise.all(pending), [reason, reason]);
    assert.is(signal.reason, reason);
    side.prober.waiting[0]!.answer();
  });

  end("nothing that follows a goodbye is handled, and its descriptors are closed", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    using file = openFile();
    raw.send(
      join(
        hello(),
        goodbye(faultCode.Disconnected),
        oneway(selector.note, string("too late")),
        frame({ kind: kind.call, id: 1, descriptors: 1 }, u32(selector.keep), u32(0)),
      ),
      [file.fd],
    );
    assert.is(await within(side.channel.closed), undefined);
    await turn(3);
    assert.equal(side.prober.seen, []);
  });

  end("what was held back for the peer's hello is sent before the goodbye, however often this end closes", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const long = "x".repeat(5000);
    void side.probe.note(long);
    const call = rejection(side.probe.echo("never answered"));
    side.channel.close();
    side.channel.close();
    assert.is(((await call) as RpcError).code, "Disconnected");
    assert.is(await within(side.channel.closed), undefined);
    await raw.received("hello");
    assert.equal([raw.of("oneway").length, raw.of("goodbye").length], [0, 0]);
    raw.send(join(hello(), oneway(selector.note, string("too late"))));
    assert.is((await raw.farewell())?.code, faultCode.Disconnected);
    const left = raw.frames.filter((frame) => frame.kind === kind.oneway || frame.kind === kind.goodbye);
    assert.equal(
      left.map((frame) => frame.kind),
      [kind.oneway, kind.goodbye],
    );
    assert.equal(left[0]!.body, join(u32(selector.note), string(long)));
    assert.equal(side.prober.seen, []);
  });

  for (const [what, go] of [
    ["goes", (raw: RawPeer) => raw.vanish()],
    ["says something else", (raw: RawPeer) => raw.send(oneway(selector.note, string("first")))],
  ] as const)
    end(`what was held back for the hello of a peer that ${what} is closed`, async () => {
      using facing = facingRaw(road);
      const { side, raw } = facing;
      const files = [openFile(), openFile()];
      const call = rejection(side.probe.many(files));
      await turn();
      side.channel.close();
      await call;
      go(raw);
      await within(raw.ended);
      assert.ok(files.every(({ closed }) => closed));
      assert.equal(side.prober.seen, []);
    });

  if (road.answersWhileBlocked)
    end("a peer that never says hello is not waited for without end", async () => {
      using facing = facingRaw(road);
      void facing.side.probe.note("x".repeat(5000));
      facing.side.channel.close();
      assert.is((await facing.raw.farewell())?.code, faultCode.Disconnected);
      assert.is(facing.raw.of("oneway").length, 0);
    });

  end("a handler may close its own channel, and nothing behind its call is handled", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    side.prober.echo = () => {
      side.channel.close();
      return "dropped";
    };
    raw.send(join(hello(), call(1, selector.echo, string("x")), oneway(selector.note, string("behind"))));
    assert.is((await raw.farewell())?.code, faultCode.Disconnected);
    assert.is(raw.of("return").length, 0);
    assert.equal(side.prober.seen, []);
  });

  end("a violation tells this side's callers and handlers, and the peer", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const pending = [rejection(side.probe.echo("x")), rejection(side.probe.echo("y"))];
    await raw.received("call", 2);
    raw.send(join(hello(), call(1, selector.wait, string("z"))));
    await until(() => side.prober.waiting.length === 1);
    const { signal } = side.prober.waiting[0]!.context;
    raw.send(frame({ kind: 99 }));
    const reason = await within(side.channel.closed);
    assert.instance(reason, ProtocolError);
    assert.equal(await Promise.all(pending), [reason, reason]);
    assert.equal([(signal.reason as RpcError).code, (signal.reason as RpcError).cause], ["Disconnected", reason]);
    assert.equal(await raw.farewell(), { code: faultCode.Protocol, message: reason!.message, id: "" });
    side.prober.waiting[0]!.answer();
  });

  end("an answer that cannot be read ends the channel, and its call and all others get the reason", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const pending = [rejection(side.probe.words([])), rejection(side.probe.echo("y"))];
    await raw.received("call", 2);
    raw.send(join(hello(), frame({ kind: kind.return, id: 1 }, u32(0xffffff))));
    const reason = await within(side.channel.closed);
    assert.equal(await Promise.all(pending), [reason, reason]);
  });

  end("the goodbye after a long reason still fits the least peer", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello({ message: 4096, fds: 1, inflight: 16 }));
    const long = rejection(side.probe.fail("x"));
    await raw.received("call");
    raw.send(frame({ kind: kind.return, id: 1, word: 1 }, i32(12345)));
    assert.instance(await long, ProtocolError);
    await raw.farewell();
    const last = raw.of("goodbye")[0]!;
    assert.ok(last.body.length < 4096);
    assert.match(readFault(last.body).message, "does not declare");
  });
});
