/**
 * Calls that block their thread: the answer is taken as it comes, everything else waits its turn, and what could never
 * end is told apart. Over sockets the peer is a raw one that has sent its answers beforehand, or another thread.
 */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { CallContext } from "../../../runtime/channel/interface.ts";
import {
  CancelError,
  LimitError,
  PeerError,
  ProtocolError,
  type RpcError,
  TransportError,
} from "../../../runtime/errors.ts";
import { socketPair, unixSocket } from "../../../runtime/transport/unix-socket.ts";
import { facingRaw, overEveryRoad, pairOver, Side } from "../../support/channels.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { openFile, somePath, someText } from "../../support/open-files.ts";
import { ErrnoError, type Probe, selector } from "../../support/probe.ts";
import { overLoopback } from "../../support/roads.ts";
import {
  call,
  cancel,
  faultCode,
  frame,
  goodbye,
  hello,
  join,
  kind,
  oneway,
  result,
  string,
  u32,
} from "../../support/wire.ts";
import { turn, until, within } from "../../support/within.ts";

const bounded = { timeoutMs: 10_000 };

/** What a function throws. */
function thrown(act: () => unknown): RpcError {
  try {
    act();
  } catch (error) {
    return error as RpcError;
  }
  throw new Error("it was to throw");
}

overEveryRoad("channel: blocking", (blocking, road) => {
  blocking("a call returns its answer, before the event loop has turned", () => {
    using facing = facingRaw(road);
    facing.raw.send(join(hello(), result(1, string("answer"))));
    assert.is(facing.side.probe.echoSync("question", bounded), "answer");
  });

  blocking("answers in several packets, to several calls, are each taken", () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello());
    for (const text of ["one", "two", "three"]) {
      raw.send(result(1, string(text)));
      assert.is(side.probe.echoSync(text), text);
    }
  });

  blocking("a long answer is put together", () => {
    using facing = facingRaw(road);
    const long = "x".repeat(40_000);
    facing.raw.send(join(hello(), result(1, string(long))));
    assert.is(facing.side.probe.echoSync("question", bounded), long);
  });

  blocking("calls that were pending get their answers meanwhile, and in the end", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const before = side.probe.echo("before");
    const after = side.probe.echo("after");
    raw.send(join(hello(), result(1, string("first")), result(3, string("blocked"))));
    assert.is(side.probe.echoSync("now", bounded), "blocked");
    assert.is(await within(before), "first");
    raw.send(result(2, string("second")));
    assert.is(await within(after), "second");
  });

  blocking("what comes meanwhile is served afterwards, in order, and before what comes later", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(
      join(
        hello(),
        call(5, selector.echo, string("a")),
        oneway(selector.note, string("b")),
        call(6, selector.echo, string("c")),
        result(1, string("answer")),
        oneway(selector.note, string("d")),
      ),
    );
    assert.is(side.probe.echoSync("question", bounded), "answer");
    assert.equal(side.prober.seen, []);
    raw.send(oneway(selector.note, string("e")));
    await until(() => side.prober.seen.length === 5);
    assert.equal(side.prober.seen, ["echo a", "note b", "echo c", "note d", "note e"]);
    const returns = await raw.received("return", 2);
    assert.equal(
      returns.map(({ id }) => id),
      [5, 6],
    );
  });

  blocking("a cancel that comes meanwhile does not overtake its call", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), call(5, selector.wait, string("a")), cancel(5), result(1, string("answer"))));
    side.probe.echoSync("question", bounded);
    await until(() => side.prober.waiting[0]?.context.signal.aborted === true);
    side.prober.waiting[0]!.answer();
    await raw.received("return");
  });

  blocking("what waits brings its descriptors, also if it is never served", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    using file = openFile();
    const reading = frame({ kind: kind.call, id: 5, descriptors: 1 }, u32(selector.read), u32(0));
    raw.send(join(hello(), reading, result(1, string("answer"))), [file.fd]);
    side.probe.echoSync("question", bounded);
    const [read] = await raw.received("return");
    assert.ok(new TextDecoder().decode(read!.body).includes(someText));
    raw.send(join(reading, result(1, string("answer"))), [file.fd]);
    side.probe.echoSync("question", bounded);
    side.channel.close();
  });

  blocking(
    "the one-ways that a peer sent before its goodbye are handled afterwards, and its calls are not",
    async () => {
      using facing = facingRaw(road);
      const { side, raw } = facing;
      using file = openFile();
      raw.send(
        join(
          hello(),
          oneway(selector.note, string("a")),
          frame({ kind: kind.call, id: 5, descriptors: 1 }, u32(selector.keep), u32(0)),
          oneway(selector.note, string("b")),
          goodbye(faultCode.Disconnected),
        ),
        [file.fd],
      );
      const error = thrown(() => side.probe.echoSync("question", bounded));
      assert.equal([error.code, error.message], ["Disconnected", "The channel was closed by the peer."]);
      assert.equal(side.prober.seen, []);
      assert.is(await within(side.channel.closed), undefined);
      assert.equal(side.prober.seen, ["note a", "note b"]);
    },
  );

  blocking("what a peer sent before its goodbye is not handled once this end has closed, too", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), oneway(selector.note, string("a")), goodbye(faultCode.Disconnected)));
    assert.is(thrown(() => side.probe.echoSync("question", bounded)).code, "Disconnected");
    side.channel.close();
    assert.is(await within(side.channel.closed), undefined);
    await turn(3);
    assert.equal(side.prober.seen, []);
  });

  blocking("what a peer sent before a violation is not handled", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), oneway(selector.note, string("a")), result(9)));
    assert.is(thrown(() => side.probe.echoSync("question", bounded)).code, "Protocol");
    assert.is((await within(side.channel.closed))?.code, "Protocol");
    await turn(3);
    assert.equal(side.prober.seen, []);
  });

  blocking("a handler that blocks is waited for by what came with its call and after it, in order", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    side.prober.echo = (text) => {
      side.prober.seen.push(`echo ${text}`);
      return side.probe.waitSync("inner", bounded);
    };
    raw.send(join(hello(), call(5, selector.echo, string("outer")), oneway(selector.note, string("same packet"))));
    raw.send(join(oneway(selector.note, string("next packet")), result(1, string("inner answer"))));
    const [answer] = await raw.received("return");
    assert.equal(answer!.body, string("inner answer"));
    await until(() => side.prober.seen.length === 3);
    assert.equal(side.prober.seen, ["echo outer", "note same packet", "note next packet"]);
  });

  blocking("calls may block inside one another", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    side.prober.echo = () => {
      const one = side.probe.waitSync("one", bounded);
      raw.send(result(1, string("2")));
      return one + side.probe.waitSync("two", bounded);
    };
    raw.send(join(hello(), call(5, selector.echo, string("outer")), result(1, string("1"))));
    const [answer] = await raw.received("return");
    assert.equal(answer!.body, string("12"));
  });

  blocking("a declared error is thrown as itself", () => {
    using facing = facingRaw(road);
    const errno = frame({ kind: kind.return, id: 1, word: 1 }, u32(0x0fe6c367), u32(2));
    facing.raw.send(join(hello(), errno));
    const error = thrown(() => facing.side.probe.openSync("/no/such"));
    assert.instance(error, ErrnoError);
    assert.is(error.message, thrown(() => readFileSync("/no/such")).message);
  });

  blocking("what is wrong with a value is thrown at once, and the next call works", () => {
    using facing = facingRaw(road);
    assert.match(thrown(() => facing.side.probe.echoSync(7 as never)).message, /test\.Probe\.echo: 7 is not a string/);
    facing.raw.send(join(hello(), result(1, string("answer"))));
    assert.is(facing.side.probe.echoSync("question", bounded), "answer");
  });

  blocking("a timeout is thrown, tells the peer, and keeps the id until the late answer", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello());
    const error = thrown(() => side.probe.echoSync("question", { timeoutMs: 10 }));
    // Within one thread, what has not come by then cannot come at all, in however much time.
    assert.is(error.code, road.answersWhileBlocked ? "Deadlock" : "DeadlineExceeded");
    assert.is(error instanceof CancelError, !road.answersWhileBlocked);
    assert.is((await raw.received("cancel"))[0]!.id, 1);
    raw.send(result(2, string("second")));
    assert.is(side.probe.echoSync("again", bounded), "second");
    assert.is(side.channel.counts.callsPending, 1);
    raw.send(join(result(1, string("late")), result(2, string("third"))));
    assert.is(side.probe.echoSync("and again", bounded), "third");
    assert.is(side.channel.counts.callsPending, 0);
  });

  blocking("a timeout of nothing takes only what is there", () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), result(1, string("there"))));
    assert.is(side.probe.echoSync("question", { timeoutMs: 0 }), "there");
    assert.is(thrown(() => side.probe.echoSync("question", { timeoutMs: 0 })).code, "DeadlineExceeded");
  });

  blocking("the peer's goodbye ends the wait", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), goodbye(faultCode.Disconnected)));
    const error = thrown(() => side.probe.echoSync("question", bounded));
    assert.instance(error, TransportError);
    assert.equal([error.code, error.message], ["Disconnected", "The channel was closed by the peer."]);
    assert.is(await within(side.channel.closed), undefined);
  });

  blocking("a peer that is gone ends the wait", () => {
    using facing = facingRaw(road);
    facing.raw.send(hello());
    facing.raw.vanish();
    const error = thrown(() => facing.side.probe.echoSync("question", bounded));
    assert.equal([error.code, error.message], ["Disconnected", "The peer is gone."]);
  });

  blocking("what the peer must not send ends the wait with what is wrong", async () => {
    using facing = facingRaw(road);
    facing.raw.send(join(hello(), frame({ kind: 9 })));
    assert.instance(
      thrown(() => facing.side.probe.echoSync("question", bounded)),
      ProtocolError,
    );
    assert.is((await facing.raw.farewell())?.code, faultCode.Protocol);
  });

  blocking("more than may wait behind the call ends the channel", async () => {
    using facing = facingRaw(road, { limits: { queue: 10_000 } });
    const { side, raw } = facing;
    raw.send(join(hello(), ...Array.from({ length: 11 }, () => oneway(selector.note, string("x".repeat(1000))))));
    assert.instance(
      thrown(() => side.probe.echoSync("question", bounded)),
      LimitError,
    );
    assert.is((await raw.farewell())?.code, faultCode.Limit);
    assert.equal(side.prober.seen, []);
  });

  blocking("a lot that waited behind the call does not stop what comes after it", async () => {
    using facing = facingRaw(road, { limits: { queue: 10_000 } });
    const { side, raw } = facing;
    const half = oneway(selector.note, string("x".repeat(6000)));
    for (let round = 1; round <= 3; round++) {
      raw.send(join(...(round === 1 ? [hello()] : []), half, result(1, string("answer"))));
      assert.is(side.probe.echoSync("question", bounded), "answer");
      await until(() => side.prober.seen.length === 2 * round - 1);
      raw.send(oneway(selector.note, string("after")));
      await until(() => side.prober.seen.length === 2 * round);
    }
  });

  blocking("after the end a call throws the reason, every time", () => {
    using facing = facingRaw(road);
    facing.side.channel.close();
    const reasons = [
      thrown(() => facing.side.probe.echoSync("a", bounded)),
      thrown(() => facing.side.probe.echoSync("b")),
    ];
    assert.is(reasons[0], reasons[1]);
    assert.is(reasons[0]!.code, "Disconnected");
  });
});

const withinOneThread = suite("channel: blocking within one thread");
leavesNothingOpen(withinOneThread);

withinOneThread("a handler that answers at once is waited for", () => {
  using pair = pairOver(overLoopback);
  assert.is(pair.near.probe.echoSync("hello"), "hello");
  using file = pair.near.probe.openSync(somePath);
  assert.is(file.kind, "file");
});

withinOneThread("a handler that would answer later is a deadlock, by its name, and its handler is told", async () => {
  using pair = pairOver(overLoopback);
  assert.is(thrown(() => pair.near.probe.waitSync("for a while", bounded)).code, "Deadlock");
  const error = thrown(() => pair.near.probe.waitSync("for ever"));
  assert.instance(error, PeerError);
  assert.is(error.code, "Deadlock");
  assert.match(error.message, "test.Probe.wait would block for ever");
  await until(() => pair.far.prober.waiting.every(({ context }) => context.signal.aborted));
  for (const { answer } of pair.far.prober.waiting) answer();
  await until(() => pair.near.channel.counts.callsPending === 0);
  assert.is(pair.near.probe.echoSync("still fine"), "still fine");
});

withinOneThread("a call on behalf of the call that blocks is served, however deep", () => {
  using pair = pairOver(overLoopback);
  const deeper = (probe: Probe) => (text: string) => {
    const depth = Number(text);
    return depth === 0 ? "bottom" : probe.echoSync(String(depth - 1));
  };
  pair.far.prober.echo = deeper(pair.far.probe);
  pair.near.prober.echo = deeper(pair.near.probe);
  assert.is(pair.near.probe.echoSync("100"), "bottom");
});

withinOneThread("a call on behalf of the call that blocks whose handler must wait is a deadlock, and named", () => {
  using pair = pairOver(overLoopback);
  pair.far.prober.echo = () => pair.far.probe.echoSync("back");
  pair.near.prober.echo = async () => "later";
  const error = thrown(() => pair.near.probe.echoSync("there"));
  assert.is(error.code, "Deadlock");
});

withinOneThread("a one-way's handler may block too", async () => {
  using pair = pairOver(overLoopback);
  const answers: string[] = [];
  pair.far.prober.note = (text: string, _context?: CallContext) => {
    answers.push(pair.far.probe.echoSync(text));
  };
  await within(pair.near.probe.note("noted"));
  await until(() => answers.length === 1);
  assert.equal(answers, ["noted"]);
});

withinOneThread.run();

const acrossThreads = suite("channel: blocking across threads");
leavesNothingOpen(acrossThreads);

/** Settles when the thread serves; tsx has messages of its own on the same port. */
function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message) => message === "ready" && resolve());
    worker.on("error", reject);
  });
}

for (const type of ["seqpacket", "stream"] as const)
  acrossThreads(`another thread answers, over ${type}`, async () => {
    const [ours, theirs] = socketPair(type);
    const worker = new Worker(new URL("../../support/probe-worker.mjs", import.meta.url), {
      workerData: { fd: theirs.release() },
    });
    using side = new Side((framing) => unixSocket(ours, framing));
    await within(ready(worker), "the thread's start", 60_000);
    assert.is(side.probe.echoSync("hello", bounded), "hello");
    assert.is(side.probe.waitSync("a while", bounded), "a while");
    using file = side.probe.openSync(somePath, bounded);
    assert.ok(readFileSync(file.fd, "utf8").startsWith(someText));
    assert.is(
      thrown(() => side.probe.openSync("/no/such", bounded)).message,
      thrown(() => readFileSync("/no/such")).message,
    );
    for (let index = 0; index < 500; index++) assert.is(side.probe.echoSync(`${index}`, bounded), `${index}`);
    const pending = side.probe.wait("pending");
    assert.is(side.probe.echoSync("x".repeat(300_000), bounded).length, 300_000);
    assert.is(await within(pending), "pending");
    side.channel.close();
    await within(once(worker, "exit"), "the thread's end");
    await turn();
  });

acrossThreads.run();
