/** Objects, callbacks and channel blocks through generated code, over every road. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../generator/compile.ts";
import { typescript } from "../../../generator/emit/typescript.ts";
import { Channel } from "../../../runtime/channel/channel.ts";
import type { InternalFault } from "../../../runtime/channel/failures.ts";
import { dup, same } from "../../../runtime/channel/reference.ts";
import { CancelError, InvalidError, LimitError, PeerError } from "../../../runtime/errors.ts";
import { defaultLimits } from "../../../runtime/limits.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { matchesGolden } from "../../support/golden.ts";
import { RawPeer } from "../../support/raw-peer.ts";
import type { Road } from "../../support/roads.ts";
import { typecheck } from "../../support/typecheck.ts";
import { hello } from "../../support/wire.ts";
import { quiet, rejection, turn, until, within } from "../../support/within.ts";
import {
  acceptGuest,
  type Counter,
  type CounterImpl,
  connectAsGuest,
  Desk,
  type DeskImpl,
  type Done,
  ErrnoError,
  Office,
  type OfficeHost,
  type OfficeHostImpl,
  type Pair,
  type Told,
  TroubleError,
} from "./generated/objects.ts";

const folder = join(import.meta.dirname, "generated");

class Counting implements CounterImpl {
  disposed = false;
  #count: number;

  constructor(start: number) {
    this.#count = start;
  }

  add(by: number): number {
    this.#count += by;
    return this.#count;
  }

  [Symbol.dispose](): void {
    this.disposed = true;
  }
}

/** A desk, with all that it was given to keep. */
class Desking implements DeskImpl {
  readonly made: Counting[] = [];
  readonly notes: string[] = [];
  counter: Counter | undefined;
  told: Told | undefined;
  lent: Counter | undefined;

  make(start: number): CounterImpl {
    const counter = new Counting(start);
    this.made.push(counter);
    return counter;
  }

  makeMany(count: number): readonly CounterImpl[] {
    return Array.from({ length: count }, (_, index) => this.make(index));
  }

  pair() {
    return { counter: this.make(1), told: (_text: string, times: number) => times };
  }

  async sum(counters: readonly Counter[]): Promise<number> {
    const counts = await Promise.all(counters.map((counter) => counter.add(0)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  keep(counter: Counter): void {
    this.counter = counter;
  }

  keepLent(counter: Counter): void {
    this.lent = counter;
    this.counter = dup(counter);
  }

  addToKept(by: number) {
    return this.counter!.add(by);
  }

  giveBack(): Counter | undefined {
    return this.counter;
  }

  isKept(counter: Counter): boolean {
    return same(counter, this.counter);
  }

  async put(pair: Pair): Promise<number> {
    using held = pair;
    return (await held.counter.add(1)) + ((await held.told?.("put")) ?? 0);
  }

  tell(told: Told, text: string) {
    return told(text);
  }

  keepTold(told: Told): void {
    this.told = told;
  }

  tellKept(text: string) {
    return this.told!(text, 2);
  }

  giveToldBack(): Told {
    return this.told!;
  }

  async finish(done: Done, times: number): Promise<number> {
    let answer = 0;
    for (let time = 0; time < times; time++) answer = await done(time + 1);
    return answer;
  }

  fail(how: number): number {
    if (how === 1) throw new TroubleError("busy");
    if (how === 2) throw new ErrnoError("ENOENT");
    if (how === 3) throw new Error("not declared");
    return how;
  }

  never() {
    return new Promise<void>(() => {});
  }

  note(text: string): void {
    this.notes.push(text);
  }
}

/** A channel between a host and its guest, each with its desk. */
class Opened implements Disposable {
  readonly hosting = new Desking();
  readonly guesting = new Desking();
  readonly faults: InternalFault[] = [];
  /** What ends the waits of `narrow`. */
  readonly waits: (() => void)[] = [];
  readonly atHost: { readonly channel: Channel; readonly guest: { readonly desk: Desk } };
  readonly atGuest: { readonly channel: Channel; readonly host: OfficeHost };

  constructor(road: Road) {
    const [one, other] = road.pair();
    const narrow = { wait: () => new Promise<void>((resolve) => this.waits.push(resolve)) };
    const onFault = (fault: InternalFault) => this.faults.push(fault);
    const host = { desk: this.hosting, narrow };
    this.atHost = acceptGuest((options) => new Channel(one, options), host, { onFault });
    this.atGuest = connectAsGuest((options) => new Channel(other, options), { desk: this.guesting }, { onFault });
  }

  /** The host's desk, as the guest has it. */
  get desk(): Desk {
    return this.atGuest.host.desk;
  }

  /** Waits until neither end holds an object of the other. */
  async nothingHeld(): Promise<void> {
    const held = () =>
      [this.atHost, this.atGuest].flatMap(({ channel: { counts } }) => [
        counts.objectsExported,
        counts.objectsImported,
      ]);
    await until(() => held().every((count) => count === 0), "both tables empty again", 2_000).catch(() =>
      assert.equal(held(), [0, 0, 0, 0], "exported and imported by the host, and by the guest"),
    );
  }

  [Symbol.dispose](): void {
    this.atHost.channel.close();
    this.atGuest.channel.close();
  }
}

const generation = suite("emit: capabilities, as types");

generation("the stubs that these tests run on are what their IDL becomes", async () => {
  const readFile = () => readFileSync(join(folder, "objects.idl"), "utf8");
  const target = typescript({ runtime: "../../../../runtime/codegen.ts" });
  const { files } = await compile(["objects.idl"], { readFile, target });
  matchesGolden(join(folder, "objects.ts"), files[0]!.text);
});

generation("wrong uses of objects, callbacks, results and channels do not type-check, and right ones do", async () => {
  assert.equal(await typecheck([join(import.meta.dirname, "objects-types.ts")]), []);
});

generation.run();

overEveryRoad("emit: capabilities", (test, road) => {
  test("both ends hold the other's offers at once, and calls go both ways", async () => {
    using opened = new Opened(road);
    const there = opened.desk.fail(7);
    const back = opened.atHost.guest.desk.fail(8);
    assert.equal(await within(Promise.all([there, back])), [7, 8]);
  });

  test("an object is made, called and given back, and its owner is told", async () => {
    using opened = new Opened(road);
    const counter = await within(opened.desk.make(40));
    assert.is(await within(counter.add(2)), 42);
    counter[Symbol.dispose]();
    await opened.nothingHeld();
    assert.ok(opened.hosting.made[0]!.disposed);
    assert.instance(await rejection(Promise.resolve().then(() => counter.add(1))), InvalidError);
  });

  test("a list of objects is a list of stubs, each with its own life", async () => {
    using opened = new Opened(road);
    const counters = await within(opened.desk.makeMany(20));
    assert.is(await within(counters[7]!.add(0)), 7);
    counters[7]![Symbol.dispose]();
    await until(() => opened.hosting.made[7]!.disposed);
    assert.is(opened.hosting.made.filter(({ disposed }) => disposed).length, 1);
    for (const counter of counters) counter[Symbol.dispose]();
    await opened.nothingHeld();
  });

  test("a struct that holds objects lets go of them all at once", async () => {
    using opened = new Opened(road);
    {
      using pair = await within(opened.desk.pair());
      assert.is(await within(pair.counter.add(1)), 2);
      assert.is(await within(pair.told!("text")), 1);
    }
    await opened.nothingHeld();
  });

  test("what is given as an implementation arrives as a stub that calls it", async () => {
    using opened = new Opened(road);
    const counter = new Counting(10);
    await within(opened.desk.keep(counter));
    assert.is(await within(opened.desk.addToKept(5)), 15);
    assert.is(counter.add(0), 15);
    opened.hosting.counter![Symbol.dispose]();
    await opened.nothingHeld();
    assert.ok(counter.disposed);
  });

  test("an object that comes home is itself, for either end", async () => {
    using opened = new Opened(road);
    const counter = new Counting(0);
    await within(opened.desk.keep(counter));
    // A stub of the host's, whose owner is this end.
    assert.is(await within(opened.desk.giveBack()), counter);
    const made = await within(opened.desk.make(3));
    await within(opened.desk.keep(made));
    assert.is(opened.hosting.counter, opened.hosting.made[0]);
    await opened.nothingHeld();
  });

  test("a callback that comes home is itself", async () => {
    using opened = new Opened(road);
    const told = (_text: string, times: number) => times;
    await within(opened.desk.keepTold(told));
    assert.is(await within(opened.desk.giveToldBack()), told);
    await opened.nothingHeld();
  });

  test("a stub given to keep moves with the call, and one that is lent does not", async () => {
    using opened = new Opened(road);
    const made = await within(opened.desk.make(1));
    assert.is(await within(opened.desk.sum([made, made])), 2);
    assert.is(await within(opened.desk.sum([made])), 1);
    await within(opened.desk.keep(made));
    assert.instance(await rejection(Promise.resolve().then(() => opened.desk.sum([made]))), InvalidError);
    await opened.nothingHeld();
  });

  test("what is lent ends with the call, except for what was taken of it by dup", async () => {
    using opened = new Opened(road);
    const counter = new Counting(1);
    await within(opened.desk.keepLent(counter));
    assert.instance(await rejection(Promise.resolve().then(() => opened.hosting.lent!.add(1))), InvalidError);
    assert.is(await within(opened.desk.addToKept(1)), 2);
    assert.ok(await within(opened.desk.isKept(counter)));
    assert.not(await within(opened.desk.isKept(new Counting(1))));
    assert.not.ok(counter.disposed);
    opened.hosting.counter![Symbol.dispose]();
    await opened.nothingHeld();
  });

  test("objects inside a struct are given away with it", async () => {
    using opened = new Opened(road);
    const told: [string, number][] = [];
    const pair = { counter: new Counting(1), told: (text: string, times: number) => told.push([text, times]) };
    assert.is(await within(opened.desk.put(pair)), 3);
    assert.equal(told, [["put", 1]]);
    assert.is(await within(opened.desk.put({ counter: new Counting(8) })), 9);
    await opened.nothingHeld();
  });

  test("a callback is called with what it was called with, its defaults filled in", async () => {
    using opened = new Opened(road);
    const calls: unknown[] = [];
    const told = (text: string, times: number, context: { readonly method: string }) =>
      calls.push([text, times, context.method]);
    await within(opened.desk.tell(told, "once"));
    await within(opened.desk.keepTold(told));
    await within(opened.desk.tellKept("twice"));
    assert.equal(calls, [
      ["once", 1, "test.objects.Told"],
      ["twice", 2, "test.objects.Told"],
    ]);
    opened.hosting.told![Symbol.dispose]();
    await opened.nothingHeld();
  });

  test("a callback that was lent cannot be called after the call", async () => {
    using opened = new Opened(road);
    let lent: Told | undefined;
    opened.hosting.tell = async (told) => {
      lent = told;
      return 0;
    };
    await within(opened.desk.tell(() => 1, "text"));
    assert.instance(await rejection(Promise.resolve().then(() => lent!("late"))), InvalidError);
    await opened.nothingHeld();
  });

  test("a callback can be held twice and be let go of once", async () => {
    using opened = new Opened(road);
    await within(opened.desk.keepTold(() => 5));
    const first = opened.hosting.told!;
    const second = dup(first);
    opened.hosting.told = second;
    first[Symbol.dispose]();
    assert.is(await within(opened.desk.tellKept("text")), 5);
    second[Symbol.dispose]();
    await opened.nothingHeld();
  });

  test("a declared error crosses from a callback to who calls it, and on to the caller", async () => {
    using opened = new Opened(road);
    const error = await rejection(
      opened.desk.tell(() => {
        throw new TroubleError("gone");
      }, "text"),
    );
    assert.instance(error, TroubleError);
    assert.is((error as TroubleError).code, "gone");
  });

  test("what a callback throws and does not declare is internal", async () => {
    using opened = new Opened(road);
    const error = await rejection(
      opened.desk.tell(() => {
        throw new Error("private");
      }, "text"),
    );
    assert.instance(error, PeerError);
    assert.not.match((error as Error).message, "private");
    assert.is(opened.faults[0]!.method, "test.objects.Told");
  });

  test("a callback that is called once is gone from both ends after that", async () => {
    using opened = new Opened(road);
    const codes: number[] = [];
    assert.is(await within(opened.desk.finish((code) => codes.push(code), 1)), 1);
    await opened.nothingHeld();
    assert.equal(codes, [1]);
  });

  test("a callback that is called once is not called twice", async () => {
    using opened = new Opened(road);
    const codes: number[] = [];
    const failure = await rejection(opened.desk.finish((code) => codes.push(code), 2));
    assert.instance(failure, PeerError);
    assert.instance(opened.faults[0]!.thrown, InvalidError);
    assert.equal(codes, [1]);
    await opened.nothingHeld();
  });

  test("a callback that is called once and never was is let go of with its disposal", async () => {
    using opened = new Opened(road);
    opened.hosting.finish = async (done) => {
      done[Symbol.dispose]();
      return 9;
    };
    assert.is(await within(opened.desk.finish(() => 1, 0)), 9);
    await opened.nothingHeld();
  });

  test("a value that is no function is no callback, and nothing is sent", async () => {
    using opened = new Opened(road);
    const wrong = {} as Told;
    assert.instance(await rejection(Promise.resolve().then(() => opened.desk.keepTold(wrong))), InvalidError);
    assert.is(await within(opened.desk.fail(5)), 5);
  });

  test("a declared error is a result, of each class that is declared", async () => {
    using opened = new Opened(road);
    assert.equal(await within(opened.desk.result.fail(7)), { ok: true, value: 7 });
    const trouble = await within(opened.desk.result.fail(1));
    assert.ok(!trouble.ok && trouble.error instanceof TroubleError && trouble.error.code === "busy");
    const errno = await within(opened.desk.result.fail(2));
    assert.ok(!errno.ok && errno.error instanceof ErrnoError && errno.error.code === "ENOENT");
  });

  test("what is not declared is no result: it rejects", async () => {
    using opened = new Opened(road);
    assert.instance(await rejection(opened.desk.result.fail(3)), PeerError);
    const timely = AbortSignal.abort();
    assert.instance(await rejection(opened.desk.result.fail(7, { signal: timely })), CancelError);
    opened.atGuest.channel.close();
    const closed = await rejection(opened.desk.result.fail(7));
    assert.is((closed as { code?: string }).code, "Disconnected");
  });

  test("the forms that return errors are made once", () => {
    using opened = new Opened(road);
    assert.is(opened.desk.result, opened.desk.result);
    assert.is.not(opened.desk.result, opened.atHost.guest.desk.result);
  });

  test("a method's deadline holds without the caller's asking", async () => {
    using opened = new Opened(road);
    const late = (await rejection(opened.desk.never())) as CancelError;
    assert.is(late.code, "DeadlineExceeded");
  });

  test("a one-way that may be dropped is, while the peer does not read, and is sent again when it does", async () => {
    const [one, other] = road.pair();
    using channel = new Channel(one);
    using raw = new RawPeer(other, { reading: false });
    raw.send(hello());
    await until(() => channel.counts.messagesReceived === 1);
    const desk = channel.bootstrap(Desk);
    // Eight times what may wait for a peer that does not read.
    const times = (8 * defaultLimits.queue) / 4096;
    for (let time = 0; time < times; time++) await within(desk.note("x".repeat(4000)));
    const sent = channel.counts.messagesSent;
    assert.ok(sent < times / 2, `${sent} of ${times} were sent`);
    raw.read();
    await raw.received("oneway", sent - 1);
    await within(desk.note("y"));
    await raw.received("oneway", sent);
  });

  test("the limits of a role hold what its peer sends", async () => {
    using opened = new Opened(road);
    await within(opened.desk.fail(0));
    await within(opened.atHost.guest.desk.fail(0));
    // 8 KiB to the host; to the guest as much as anybody takes.
    const long = "x".repeat(60);
    const many = Array.from({ length: 17 }, () => opened.desk.tell(() => new Promise<number>(() => {}), long));
    for (const call of many) call.catch(() => {});
    await turn(10);
    // The host lets the guest have 16 calls open; the next waits at the guest.
    assert.is(opened.atHost.channel.counts.callsServed, 17);
    assert.is(opened.atGuest.channel.counts.callsPending, 17);
  });

  test("an end hands out no more objects than its role may export", async () => {
    using opened = new Opened(road);
    const counters = await within(opened.desk.makeMany(32));
    const more = await rejection(opened.desk.makeMany(33));
    assert.ok(more instanceof PeerError || more instanceof LimitError);
    for (const counter of counters) counter[Symbol.dispose]();
  });

  test("an object works on no more calls at a time than its interface says", async () => {
    using opened = new Opened(road);
    const { narrow } = opened.atGuest.host;
    const waiting = [quiet(narrow.wait()), quiet(narrow.wait())];
    const over = await rejection(narrow.wait());
    assert.instance(over, LimitError);
    assert.is(opened.waits.length, 2);
    for (const end of opened.waits) end();
    await within(Promise.all(waiting));
    const again = narrow.wait();
    await until(() => opened.waits.length === 3);
    opened.waits[2]!();
    await within(again);
  });

  test("limits given to an end stand before those of its role", () => {
    const { limits } = Office.host.options(
      { desk: new Desking(), narrow: { wait() {} } },
      { limits: { inflight: 20 } },
    );
    assert.equal(limits, { message: 8192, fds: 2, inflight: 20, exports: 64 });
  });

  test("an offer that is not there is refused by name", () => {
    const served: unknown = { desk: new Desking() };
    assert.throws(() => Office.host.options(served as OfficeHostImpl), /`narrow`/);
  });
});
