/** The queue of an instance's asynchronous calls: their order, their turns, what fails, and what a destruction does. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import { acceptThread, connectAsThread, NPError, NPUpcalls } from "../../../generated/npapi.ts";
import { Channel } from "../../../runtime/channel/channel.ts";
import type { EndOptions } from "../../../runtime/channel/roles.ts";
import { type CallContext, type CallOptions, channelOver, LimitError, type RpcError } from "../../../runtime/index.ts";
import { fnv1a } from "../../../runtime/marshal/hash.ts";
import { AsyncCalls, type AsyncCallsOptions } from "../../../runtime/npapi/async-calls.ts";
import { unixSocket } from "../../../runtime/transport/unix-socket.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { collectGarbage } from "../../support/garbage.ts";
import { RawPeer } from "../../support/raw-peer.ts";
import type { Road } from "../../support/roads.ts";
import { faultCode, frame, hello, i32, join, kind, oneway, result, u32 } from "../../support/wire.ts";
import { gate, turn, until, within } from "../../support/within.ts";

/** A thread of a plugin, on a channel of its own to the host. */
class Thread implements Disposable {
  readonly upcalls: NPUpcalls;
  readonly channel: Channel;
  readonly hostChannel: Channel;

  constructor(road: Road, calls: AsyncCalls, options: EndOptions = {}) {
    const [ours, theirs] = road.pair();
    this.hostChannel = acceptThread((own) => new Channel(ours, own), { upcalls: calls }, options).channel;
    // What a run throws is reported at its own end, too.
    const quietly = { onFault: () => {}, ...options };
    const { channel, host } = connectAsThread((own) => new Channel(theirs, own), {}, quietly);
    this.channel = channel;
    this.upcalls = host.upcalls;
  }

  ask(run: (context: CallContext) => unknown): void {
    this.upcalls.pluginThreadAsyncCall(async (context) => void (await run(context)));
  }

  [Symbol.dispose](): void {
    this.channel.close();
    this.hostChannel.close();
  }
}

/** A queue with the faults that it has told of. */
function queue(options: AsyncCallsOptions = {}): { readonly calls: AsyncCalls; readonly faults: unknown[] } {
  const faults: unknown[] = [];
  return { calls: new AsyncCalls({ onFault: (reason) => faults.push(reason), ...options }), faults };
}

/** Code that counts how often it is called, and how often it is let go of. */
function counted(): { readonly run: () => void; readonly counts: { calls: number; letGo: number } } {
  const counts = { calls: 0, letGo: 0 };
  const run = (): void => void counts.calls++;
  return { run: Object.assign(run, { [Symbol.dispose]: () => void counts.letGo++ }), counts };
}

overEveryRoad("asynchronous calls", (test: Test, road: Road) => {
  test("five thousand run in the order in which they were asked for, and none is left", async () => {
    const { calls, faults } = queue();
    using thread = new Thread(road, calls);
    const order: number[] = [];
    for (let number = 0; number < 5000; number++) thread.ask(() => order.push(number));
    await until(() => order.length === 5000, "the last call", 60_000);
    assert.equal(
      order,
      Array.from({ length: 5000 }, (_, number) => number),
    );
    await until(() => thread.hostChannel.counts.callsPending === 0, "the last return");
    assert.equal([calls.pending, faults.length], [0, 0]);
    assert.equal([thread.channel.counts.objectsExported, thread.hostChannel.counts.objectsImported], [0, 0]);
  });

  test("no more calls wait than may, although the peer gives one and the same object each time", async () => {
    const { calls, faults } = queue({ waiting: 100 });
    const [ours, theirs] = road.pair();
    using channel = acceptThread((own) => new Channel(ours, own), { upcalls: calls }).channel;
    using raw = new RawPeer(theirs);
    raw.send(hello());
    const ask = fnv1a("postern.npapi.NPUpcalls/pluginThreadAsyncCall");
    const again = frame({ kind: kind.oneway, reserved: 1 }, i32(ask), u32(0), u32(7 * 2));
    for (let packet = 0; packet < 20; packet++) raw.send(join(...Array.from({ length: 100 }, () => again)));
    await until(() => channel.counts.callsServed === 2000, "all that was asked for");
    assert.ok(calls.pending <= 100, `${calls.pending} calls wait`);
    assert.ok(faults[0] instanceof LimitError);
    assert.ok(faults.length < 10, `${faults.length} faults`);
    calls.destroy();
  });

  test("threads share one queue, which has the order in which the host read of them", async () => {
    const { calls } = queue();
    const asked: string[] = [];
    const serve = (name: string): AsyncCalls => {
      const named = Object.create(calls) as AsyncCalls;
      named.pluginThreadAsyncCall = (run) => {
        asked.push(name);
        calls.pluginThreadAsyncCall(run);
      };
      return named;
    };
    using one = new Thread(road, serve("one"));
    using other = new Thread(road, serve("other"));
    const ran: string[] = [];
    for (let round = 0; round < 50; round++) {
      one.ask(() => ran.push("one"));
      if (round % 7 === 0) await turn();
      other.ask(() => ran.push("other"));
    }
    await until(() => ran.length === 100, "the last call");
    assert.equal(ran, asked);
  });

  test("the next one runs only when the last has returned", async () => {
    const { calls } = queue();
    using thread = new Thread(road, calls);
    const { passed, open } = gate();
    const order: string[] = [];
    thread.ask(async () => {
      order.push("first begins");
      await passed;
      order.push("first ends");
    });
    thread.ask(() => order.push("second"));
    await until(() => order.length === 1 && calls.pending === 1, "the first call");
    await turn(20);
    assert.equal(order, ["first begins"]);
    open();
    await until(() => order.length === 3, "the second call");
    assert.equal(order, ["first begins", "first ends", "second"]);
  });

  test("other work of the event loop gets turns between them", async () => {
    const { calls } = queue();
    using thread = new Thread(road, calls);
    let ran = 0;
    let most = 0;
    let last = 0;
    let watching = true;
    const watch = (): void => {
      most = Math.max(most, ran - last);
      last = ran;
      if (watching) setImmediate(watch);
    };
    watch();
    for (let number = 0; number < 200; number++) thread.ask(() => ran++);
    await until(() => ran === 200, "the last call");
    watching = false;
    assert.is(most, 1);
  });

  test("one that asks again comes after all that were asked before it", async () => {
    const { calls } = queue();
    using thread = new Thread(road, calls);
    const order: string[] = [];
    thread.ask(() => {
      order.push("first");
      thread.ask(() => order.push("again"));
    });
    for (const name of ["second", "third"]) thread.ask(() => order.push(name));
    await until(() => order.length === 4, "the last call");
    assert.equal(order, ["first", "second", "third", "again"]);
  });

  test("none is made on behalf of what its host was doing when it read of it", async () => {
    const under = new AsyncLocalStorage<string>();
    const { calls } = queue();
    const take = calls.pluginThreadAsyncCall.bind(calls);
    const seen: unknown[] = [];
    calls.pluginThreadAsyncCall = (run) => {
      const noted = Object.assign(
        async (options?: CallOptions) => {
          seen.push(under.getStore());
          await run(options);
        },
        { [Symbol.dispose]: () => run[Symbol.dispose]() },
      );
      under.run("a call of the plugin's", () => take(noted));
    };
    using thread = new Thread(road, calls);
    for (let count = 0; count < 3; count++) thread.ask(() => {});
    await until(() => seen.length === 3 && thread.hostChannel.counts.callsPending === 0, "the last call");
    assert.equal(seen, [undefined, undefined, undefined]);
  });

  test("one that throws, at once or later, is told of and stops nothing", async () => {
    const { calls, faults } = queue();
    using thread = new Thread(road, calls);
    let ran = 0;
    thread.upcalls.pluginThreadAsyncCall(() => {
      throw new Error("at once");
    });
    thread.ask(() => turn().then(() => Promise.reject(new Error("later"))));
    thread.ask(() => ran++);
    await until(() => ran === 1, "the last call");
    assert.equal(
      faults.map((fault) => (fault as RpcError).code),
      ["Internal", "Internal"],
    );
  });

  test("a hook for faults that throws stops nothing either, and is heard of", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const broken = new Error("the hook's own");
      const calls = new AsyncCalls({
        onFault() {
          throw broken;
        },
      });
      using thread = new Thread(road, calls);
      let ran = 0;
      thread.ask(() => Promise.reject(new Error("as asked")));
      thread.ask(() => ran++);
      await until(() => ran === 1 && unhandled.length === 1, "the last call");
      await until(() => thread.hostChannel.counts.callsPending === 0, "its return");
      assert.equal(unhandled, [broken]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });

  test("one that takes too long is told so, and the queue goes on", async () => {
    const { calls, faults } = queue({ timeoutMs: 20 });
    using thread = new Thread(road, calls);
    const order: string[] = [];
    thread.ask(({ signal }) => new Promise(() => signal.addEventListener("abort", () => order.push("told"))));
    thread.ask(() => order.push("next"));
    await until(() => order.length === 2, "the next call");
    assert.equal(order.toSorted(), ["next", "told"]);
    assert.is((faults[0] as RpcError).code, "DeadlineExceeded");
  });

  test("one that never returns holds its own instance's queue and no other", async () => {
    const stuck = queue();
    const free = queue();
    using hangs = new Thread(road, stuck.calls);
    using goesOn = new Thread(road, free.calls);
    let behind = 0;
    let ran = 0;
    hangs.ask(() => new Promise(() => {}));
    hangs.ask(() => behind++);
    for (let number = 0; number < 20; number++) goesOn.ask(() => ran++);
    await until(() => ran === 20, "the other instance's calls");
    assert.equal([behind, stuck.calls.pending], [0, 1]);
  });

  test("a destruction in the middle calls nothing more and lets go of everything, once", async () => {
    const { calls, faults } = queue();
    using thread = new Thread(road, calls);
    const before = counted();
    const after = counted();
    let aborted = 0;
    thread.upcalls.pluginThreadAsyncCall(before.run);
    thread.ask(({ signal }) => new Promise(() => signal.addEventListener("abort", () => aborted++)));
    for (let number = 0; number < 500; number++) thread.upcalls.pluginThreadAsyncCall(after.run);
    await until(() => calls.pending === 500 && before.counts.calls === 1, "the call in the middle");
    calls.destroy();
    calls.destroy();
    await until(() => after.counts.letGo === 500 && aborted === 1, "all to be let go of");
    await turn(20);
    assert.equal(after.counts, { calls: 0, letGo: 500 });
    assert.equal([calls.pending, faults.length], [0, 0]);
    assert.equal([thread.channel.counts.objectsExported, thread.hostChannel.counts.objectsImported], [0, 0]);
  });

  test("a destruction between two turns calls nothing either", async () => {
    const { calls } = queue();
    using thread = new Thread(road, calls);
    const asked = counted();
    const serve = calls.pluginThreadAsyncCall.bind(calls);
    calls.pluginThreadAsyncCall = (run) => {
      serve(run);
      calls.destroy();
    };
    thread.upcalls.pluginThreadAsyncCall(asked.run);
    await until(() => asked.counts.letGo === 1, "it to be let go of");
    await turn(5);
    assert.is(asked.counts.calls, 0);
  });

  test("what is asked for after the destruction is let go of", async () => {
    const { calls } = queue();
    using thread = new Thread(road, calls);
    calls.destroy();
    const late = counted();
    for (let number = 0; number < 3; number++) thread.upcalls.pluginThreadAsyncCall(late.run);
    await until(() => late.counts.letGo === 3, "all to be let go of");
    assert.equal([late.counts.calls, calls.pending], [0, 0]);
  });

  test("a thread that is gone costs each of its calls a fault, and the queue goes on to another's", async () => {
    const { calls, faults } = queue();
    const { passed, open } = gate();
    using stays = new Thread(road, calls);
    let ran = 0;
    {
      using goes = new Thread(road, calls);
      stays.ask(() => passed);
      await until(() => calls.pending === 0 && stays.hostChannel.counts.callsPending === 1, "the first call");
      for (let number = 0; number < 10; number++) goes.ask(() => {});
      stays.ask(() => ran++);
      await until(() => calls.pending === 11, "all to wait");
    }
    open();
    await until(() => ran === 1, "the call behind them");
    assert.equal(
      faults.map((fault) => (fault as RpcError).code),
      Array.from({ length: 10 }, () => "Disconnected"),
    );
  });

  test("calls that nobody could make any more are not reported as forgotten", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    try {
      const { calls } = queue();
      {
        using thread = new Thread(road, calls);
        thread.ask(() => new Promise(() => {}));
        for (let number = 0; number < 20; number++) thread.ask(() => {});
        await until(() => calls.pending === 20, "all to wait");
      }
      await until(() => calls.pending === 0, "the end of all");
      for (let round = 0; round < 5; round++) {
        collectGarbage();
        await turn();
      }
      assert.equal(warnings, []);
    } finally {
      process.off("warning", note);
    }
  });

  test("more of them than the channel's limit are refused to whoever asks", async () => {
    const { calls } = queue();
    const few = { limits: { exports: 10 } };
    using thread = new Thread(road, calls, few);
    const { passed, open } = gate();
    let ran = 0;
    const asked = Array.from({ length: 14 }, (_, number) =>
      thread.upcalls.pluginThreadAsyncCall(() => (number === 0 ? passed : void ran++)),
    );
    const refused = await Promise.allSettled(asked);
    const reasons = refused.filter((settled) => settled.status === "rejected").map(({ reason }) => reason as unknown);
    assert.is(reasons.length, 4);
    for (const reason of reasons) assert.instance(reason, LimitError);
    open();
    await until(() => ran === 9, "the rest");
  });
});

overEveryRoad("asynchronous calls of a hostile plugin", (test: Test, road: Road) => {
  const [method] = NPUpcalls.methods;
  /** A request to call the plugin's object of this number. */
  const ask = (object: number) =>
    frame({ kind: kind.oneway, reserved: 1 }, i32(method!.selector), u32(0), u32(object << 1));

  test("more of them than it may have lose it its channel, and nobody else anything", async () => {
    const { calls, faults } = queue();
    using other = new Thread(road, calls);
    const [ours, theirs] = road.pair();
    const { channel } = acceptThread((own) => new Channel(ours, own), { upcalls: calls }, { limits: { exports: 5 } });
    using raw = new RawPeer(theirs);
    // The first is being made and never returns; five may wait, and the next is one too many.
    raw.send(join(hello(), ask(0)));
    await raw.received("call");
    raw.send(join(...[1, 2, 3, 4, 5, 6, 7].map(ask)));
    assert.is((await raw.farewell())?.code, faultCode.Limit);
    let ran = 0;
    other.ask(() => ran++);
    await until(() => ran === 1, "the other thread's call");
    assert.equal(
      faults.map((fault) => (fault as RpcError).code),
      // The one that was being made, and those that waited.
      Array.from({ length: 6 }, () => "Limit"),
    );
    assert.is(channel.counts.objectsImported, 0);
  });

  test("one object that is asked for again and again is called each time", async () => {
    const { calls, faults } = queue();
    const [ours, theirs] = road.pair();
    const { channel } = acceptThread((own) => new Channel(ours, own), { upcalls: calls });
    using raw = new RawPeer(theirs);
    raw.send(join(hello(), ask(3), ask(3), ask(3)));
    for (let count = 1; count <= 3; count++) {
      const asked = await raw.received("call", count);
      raw.send(result(asked[count - 1]!.id));
    }
    await until(() => calls.pending === 0 && channel.counts.callsPending === 0, "the last call");
    assert.equal(faults, []);
    channel.close();
  });
});

overEveryRoad("channels of other threads", (test: Test, road: Road) => {
  test("the calls of one join the instance's queue, and it ends with its plugin's end", async () => {
    const { calls } = queue();
    using main = new Thread(road, calls);
    const { passed, open } = gate();
    const order: string[] = [];
    const fd = calls.openChannel();
    assert.equal([fd.kind, calls.channels], ["seqpacket", 1]);
    const { channel, host } = connectAsThread((own) => channelOver(fd, own), {});
    main.ask(() => passed);
    await until(() => main.hostChannel.counts.callsPending === 1, "the first call");
    host.upcalls.pluginThreadAsyncCall(() => void order.push("thread"));
    await until(() => calls.pending === 1, "the thread's call to wait");
    main.ask(() => order.push("main"));
    open();
    await until(() => order.length === 2, "the last call");
    assert.equal(order, ["thread", "main"]);
    channel.close();
    await until(() => calls.channels === 0, "the host's end of it");
  });

  test("no more are open at a time than may be, and one that ends makes room", async () => {
    const { calls } = queue({ channels: 2 });
    using _ = new Thread(road, calls);
    using first = calls.openChannel();
    using second = calls.openChannel();
    assert.throws(
      () => calls.openChannel(),
      (error: unknown) => error instanceof NPError && error.code === "outOfMemory",
    );
    first.close();
    await until(() => calls.channels === 1, "the end of the first");
    calls.openChannel().close();
    second.close();
    await until(() => calls.channels === 0, "the end of all");
  });

  test("a destruction closes them, and no other is opened", async () => {
    const before = openDescriptors().length;
    const { calls } = queue();
    const channels = Array.from({ length: 3 }, () => {
      const fd = calls.openChannel();
      return connectAsThread((own) => channelOver(fd, own), {}).channel;
    });
    calls.destroy();
    for (const channel of channels) assert.is(await within(channel.closed, "its end"), undefined);
    assert.throws(
      () => calls.openChannel(),
      (error: unknown) => error instanceof NPError && error.code === "invalidInstance",
    );
    await until(() => openDescriptors().length === before, "the end of every descriptor");
  });

  test("none of them is forked, so that the destruction closes all that there are", async () => {
    const { calls } = queue();
    const fd = calls.openChannel();
    using thread = connectAsThread((own) => channelOver(fd, own), {}).channel;
    const refused = await within(thread.fork().closed, "the end of the fork");
    assert.match(refused?.message ?? "", /As many channels are forked/);
    calls.destroy();
    await within(thread.closed, "its end");
  });

  test("a thread that breaks the rules loses its own channel and nothing else", async () => {
    const { calls } = queue();
    using main = new Thread(road, calls);
    const fd = calls.openChannel();
    using raw = new RawPeer((framing) => unixSocket(fd, framing, { spin: 0 }));
    const [method] = NPUpcalls.methods;
    // It names an object, and brings none.
    raw.send(join(hello(), oneway(method!.selector, u32(0))));
    assert.is((await raw.farewell())?.code, faultCode.Protocol);
    let ran = 0;
    main.ask(() => ran++);
    await until(() => ran === 1, "the main thread's call");
    await until(() => calls.channels === 0, "its end");
  });
});
