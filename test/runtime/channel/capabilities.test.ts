import { setTimeout as sleep } from "node:timers/promises";
import * as assert from "uvu/assert";
import { offer } from "../../../runtime/channel/interface.ts";
import { dup, onLost, same } from "../../../runtime/channel/reference.ts";
import type { RpcError } from "../../../runtime/errors.ts";
import { fnv1a } from "../../../runtime/marshal/hash.ts";
import { banksOver, CountingCounter, KeepingBank } from "../../support/bank.ts";
import { facingRaw, overEveryRoad } from "../../support/channels.ts";
import { heapUsed } from "../../support/garbage.ts";
import { Bank, Counter, type OnChange } from "../../support/generated/objects.ts";
import { faultCode, frame, hello, i32, kind, u32 } from "../../support/wire.ts";
import { quiet, rejection, turn, until, within } from "../../support/within.ts";

overEveryRoad("channel: objects", (objects, road) => {
  const none = [0, 0];

  objects("an object of the peer can be called until it is disposed of, and then the peer lets go of it", async () => {
    using ends = banksOver(road);
    {
      using counter = await ends.near.bank.make(5);
      assert.is(await counter.value(), 5);
      assert.is(await counter.add(2), 7);
      assert.equal(
        [ends.near.objects, ends.far.objects],
        [
          [0, 1],
          [1, 0],
        ],
      );
    }
    await until(() => ends.far.own.made[0]!.disposed === 1);
    assert.equal([ends.near.objects, ends.far.objects], [none, none]);
  });

  objects("a disposed stub cannot be called, passed or duplicated, and disposing again does nothing", async () => {
    using ends = banksOver(road);
    const counter = await ends.near.bank.make(1);
    counter[Symbol.dispose]();
    counter[Symbol.dispose]();
    for (const use of [() => counter.value(), () => ends.near.bank.keep(counter)])
      assert.is(((await rejection(use())) as RpcError).code, "Invalid");
    assert.throws(() => dup(counter), /disposed of or moved/);
    await until(() => ends.far.own.made[0]!.disposed === 1);
  });

  objects("an object passed back to its owner arrives as itself", async () => {
    using ends = banksOver(road);
    const counter = await ends.near.bank.make(1);
    await ends.near.bank.keep(counter);
    assert.is(ends.far.own.keeping, ends.far.own.made[0]);
    const mine = new CountingCounter();
    await ends.near.bank.keep(mine);
    assert.is(await ends.near.bank.kept(), mine);
  });

  objects("what moves is the caller's no longer; what is lent stays", async () => {
    using ends = banksOver(road);
    const counter = await ends.near.bank.make(1);
    assert.is(await ends.near.bank.sameAsKept(counter), false);
    assert.is(await counter.value(), 1);
    await ends.near.bank.keep(counter);
    assert.is(((await rejection(counter.value())) as RpcError).code, "Invalid");
    await until(() => ends.near.objects[1] === 0);
  });

  objects("an object that was lent is let go of when its handler returns, unless it was duplicated", async () => {
    using ends = banksOver(road);
    const mine = new CountingCounter(4);
    const theirs = await ends.near.bank.make(1);
    assert.is(await theirs.addFrom(mine), 5);
    await until(() => mine.disposed === 1, "the end of the loan");
    let kept: Counter | undefined;
    ends.far.own.sameAsKept = (counter) => {
      kept = dup(counter);
      return false;
    };
    const other = new CountingCounter(8);
    await ends.near.bank.sameAsKept(other);
    assert.is(await within(kept!.value()), 8);
    assert.is(other.disposed, 0);
    kept![Symbol.dispose]();
    await until(() => other.disposed === 1);
  });

  objects("one object sent often is one object, and goes with the last reference", async () => {
    using ends = banksOver(road);
    const mine = new CountingCounter(3);
    const stubs: Counter[] = [];
    ends.far.own.keep = (counter) => void stubs.push(counter);
    for (let times = 0; times < 5; times++) await ends.near.bank.keep(mine);
    assert.is(ends.near.objects[0], 1);
    assert.ok(stubs.every((stub) => same(stub, stubs[0])));
    for (const stub of stubs.splice(1)) stub[Symbol.dispose]();
    assert.is(await within(stubs[0]!.value()), 3);
    assert.is(mine.disposed, 0);
    stubs[0]![Symbol.dispose]();
    await until(() => mine.disposed === 1);
    assert.equal([ends.near.objects, ends.far.objects], [none, none]);
  });

  objects("a reference in transit is counted, so an object given back and sent again stays", async () => {
    using ends = banksOver(road);
    const mine = new CountingCounter(3);
    ends.far.own.keep = (counter) => counter[Symbol.dispose]();
    await Promise.all(Array.from({ length: 200 }, () => ends.near.bank.keep(mine)));
    await until(() => ends.near.objects[0] === 0);
    assert.is(await ends.near.bank.sameAsKept(mine), false);
  });

  objects("two objects of two peers are never the same", async () => {
    using one = banksOver(road);
    using two = banksOver(road);
    using first = await one.near.bank.make(1);
    using second = await two.near.bank.make(1);
    assert.not.ok(same(first, second));
    assert.not.ok(same(first, {}));
    assert.ok(same(first, first));
  });

  objects("an object of one peer is handed on to another, and calls go through", async () => {
    using left = banksOver(road);
    using right = banksOver(road);
    const counter = await left.near.bank.make(40);
    await right.near.bank.keep(counter);
    assert.is(await within(right.far.own.keeping!.add(2)), 42);
    assert.is(left.far.own.made[0]!.value(), 42);
    right.far.own.keeping![Symbol.dispose]();
    await until(() => left.far.own.made[0]!.disposed === 1, "the object's end, two channels away");
  });

  objects("callbacks are called, many times, until they are let go of", async () => {
    using ends = banksOver(road);
    const counter = await ends.near.bank.make(0);
    const seen: number[] = [];
    await counter.watch((value) => void seen.push(value));
    for (let times = 0; times < 3; times++) await counter.add(1);
    await until(() => seen.length === 3);
    assert.equal(seen, [1, 2, 3]);
    assert.is(ends.near.objects[0], 1);
    counter[Symbol.dispose]();
    await until(() => ends.near.objects[0] === 0);
  });

  objects("a callback that is called once is gone at both ends after that", async () => {
    using ends = banksOver(road);
    using counter = await ends.near.bank.make(0);
    const said: string[] = [];
    await counter.later((text) => void said.push(text));
    await counter.later((text) => void said.push(text));
    assert.is(ends.near.objects[0], 2);
    const [first] = ends.far.own.made[0]!.dones;
    await within(first!("one"));
    assert.is(((await rejection(first!("two"))) as RpcError).code, "Invalid");
    assert.equal(said, ["one"]);
    assert.is(ends.near.objects[0], 1);
    assert.is(ends.far.objects[1], 1);
  });

  objects("a callback that throws is Internal to whom it was called by", async () => {
    using ends = banksOver(road);
    let sink: OnChange | undefined;
    const counter = await ends.near.bank.make(0);
    ends.far.own.made[0]!.watch = (given) => {
      sink = given;
    };
    await counter.watch(() => {
      throw new Error("not today");
    });
    assert.is(((await rejection(sink!(1))) as RpcError).code, "Internal");
  });

  objects("a one-way carries a callback", async () => {
    using ends = banksOver(road);
    const seen: number[] = [];
    await ends.near.bank.tell((value) => void seen.push(value), 9);
    await until(() => seen.length === 1);
    await until(() => ends.near.objects[0] === 0);
  });

  objects("optional objects are there or not", async () => {
    using ends = banksOver(road);
    assert.is(await ends.near.bank.maybe(undefined), undefined);
    const mine = new CountingCounter();
    assert.is(await ends.near.bank.maybe(mine), mine);
  });

  objects("lists of objects come in order", async () => {
    using ends = banksOver(road);
    const counters = await ends.near.bank.makeMany(100);
    const values = await Promise.all(counters.map((counter) => counter.value()));
    assert.equal(
      values,
      Array.from({ length: 100 }, (_, index) => index),
    );
    for (const counter of counters) counter[Symbol.dispose]();
    await until(() => ends.far.objects[0] === 0);
  });

  for (const [what, value] of [
    ["a number", 7],
    ["null", null],
    ["a function where an object goes", () => 1],
    ["text", "x"],
  ] as const)
    objects(`${what} is no object, and nothing is sent`, async () => {
      using ends = banksOver(road);
      const error = (await rejection(ends.near.bank.keep(value as unknown as Counter))) as RpcError;
      assert.is(error.code, "Invalid");
      assert.equal(ends.near.objects, none);
    });

  objects("a call that cannot be sent moves nothing and exports nothing", async () => {
    using ends = banksOver(road);
    const counter = await ends.near.bank.make(1);
    const tooLong = "longer than eight bytes";
    assert.is(((await rejection(ends.near.bank.fail(counter, tooLong))) as RpcError).code, "Limit");
    assert.is(await counter.value(), 1);
    await rejection(ends.near.bank.fail(new CountingCounter(), tooLong));
    assert.is(ends.near.objects[0], 0);
    counter[Symbol.dispose]();
  });

  objects("more objects than may be exported are refused to the caller, and the channel goes on", async () => {
    using ends = banksOver(road, { limits: { exports: 3 } });
    const stubs: Counter[] = [];
    ends.far.own.keep = (counter) => void stubs.push(counter);
    for (let times = 0; times < 3; times++) await ends.near.bank.keep(new CountingCounter());
    assert.is(((await rejection(ends.near.bank.keep(new CountingCounter()))) as RpcError).code, "Limit");
    stubs.pop()![Symbol.dispose]();
    await until(() => ends.near.objects[0] === 2);
    await ends.near.bank.keep(new CountingCounter());
  });

  objects("more objects than the peer holds are refused to the caller, and the channel goes on", async () => {
    using ends = banksOver(road, {}, { limits: { exports: 3 } });
    const stubs: Counter[] = [];
    ends.far.own.keep = (counter) => void stubs.push(counter);
    const mine = new CountingCounter();
    await ends.near.bank.keep(mine);
    for (let times = 0; times < 2; times++) await ends.near.bank.keep(new CountingCounter());
    const error = (await rejection(ends.near.bank.keep(new CountingCounter()))) as RpcError;
    assert.is(error.code, "Limit");
    assert.match(error.message, /The peer holds 3 objects, which is all it may/);
    // One that it has is not one more.
    await ends.near.bank.keep(mine);
    for (const stub of stubs) stub[Symbol.dispose]();
    await until(() => ends.near.objects[0] === 0);
    await ends.near.bank.keep(new CountingCounter());
  });

  objects("a result with more objects than the peer holds is a fault, and the channel goes on", async () => {
    using ends = banksOver(road, { limits: { exports: 3 } });
    assert.is(((await rejection(ends.near.bank.makeMany(4))) as RpcError).code, "Internal");
    assert.is(ends.far.objects[0], 0);
    const counters = await ends.near.bank.makeMany(3);
    assert.is(((await rejection(ends.near.bank.make(1))) as RpcError).code, "Internal");
    for (const counter of counters) counter[Symbol.dispose]();
    await until(() => ends.far.objects[0] === 0);
    (await ends.near.bank.make(1))[Symbol.dispose]();
  });

  objects("calls that bring objects wait for the peer's hello, and what it does not hold is refused then", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const bank = side.channel.bootstrap(Bank);
    const mine = new CountingCounter();
    void quiet(bank.keep(mine));
    const refused = [1, 2].map(() => rejection(bank.keep(new CountingCounter())));
    void quiet(bank.make(1));
    await turn(3);
    assert.is(raw.of("call").length, 0);
    assert.is(side.channel.counts.objectsExported, 3);
    raw.send(hello({ exports: 1 }));
    for (const reason of await Promise.all(refused)) assert.is((reason as RpcError).code, "Limit");
    await raw.received("call", 2);
    assert.is(side.channel.counts.objectsExported, 1);
    side.channel.close();
  });

  objects("a peer that holds nothing is given nothing", async () => {
    using ends = banksOver(road, {}, { limits: { exports: 0 } });
    assert.is(((await rejection(ends.near.bank.keep(new CountingCounter()))) as RpcError).code, "Limit");
    assert.is(await ends.near.bank.maybe(undefined), undefined);
  });

  objects("a hostile peer that exports more than this end holds loses its channel", async () => {
    using facing = facingRaw(road, { offers: [offer(Bank, new KeepingBank())], limits: { exports: 3 } });
    const { side, raw } = facing;
    const keep = fnv1a("test.objects.Bank/keep");
    raw.send(hello());
    for (let id = 1; id <= 4; id++)
      raw.send(frame({ kind: kind.call, id, reserved: 1 }, i32(keep), u32(0), u32((id + 10) << 1)));
    const reason = await within(side.channel.closed);
    assert.is(reason?.code, "Limit");
    assert.is((await raw.farewell())?.code, faultCode.Limit);
  });

  objects("the end of the channel lets go of everything on both sides, and tells what was held", async () => {
    using ends = banksOver(road);
    const counter = await ends.near.bank.make(1);
    const mine = new CountingCounter();
    await ends.near.bank.keep(mine);
    const pending = [rejection(counter.addFrom(mine)), rejection(ends.near.bank.wait())];
    ends.near.channel.close();
    const reasons = await Promise.all(pending);
    assert.is((reasons[1] as RpcError).code, "Disconnected");
    await until(() => ends.far.own.made[0]!.disposed === 1 && mine.disposed >= 1);
    assert.equal([ends.near.objects, ends.far.objects], [none, none]);
    assert.is(((await rejection(counter.value())) as RpcError).code, "Disconnected");
  });

  objects("a callback that is called once is told of its end when its call is done", async () => {
    using ends = banksOver(road);
    const told: string[] = [];
    const done = async (text: string): Promise<void> => {
      told.push(`${text} begins`);
      await turn();
      told.push(`${text} is done`);
    };
    using counter = await ends.near.bank.make(0);
    await counter.later(Object.assign(done, { [Symbol.dispose]: () => void told.push("let go of") }));
    await ends.far.own.made[0]!.dones[0]!("the call");
    assert.equal(told, ["the call begins", "the call is done", "let go of"]);
    ends.near.channel.close();
    assert.is(told.length, 3);
  });

  objects("a callback that was to be called once is told of the end of its channel, once", async () => {
    using ends = banksOver(road);
    let told = 0;
    const done = Object.assign((): void => {}, { [Symbol.dispose]: () => void told++ });
    using counter = await ends.near.bank.make(0);
    await counter.later(done);
    await counter.later(done);
    assert.is(ends.near.objects[0], 2);
    ends.far.channel.close();
    await within(ends.near.channel.closed);
    assert.is(told, 1);
  });

  objects("an object given as itself and as what is called once is one to whoever gets it again", async () => {
    using ends = banksOver(road);
    const sink = (): void => {};
    using counter = await ends.near.bank.make(0);
    await counter.watch(sink);
    await counter.later(sink);
    await ends.far.own.made[0]!.dones[0]!("once");
    await counter.watch(sink);
    const [one, other] = ends.far.own.made[0]!.sinks;
    assert.ok(same(one, other));
  });

  objects("an offer that is given besides is the same object, and stays an offer", async () => {
    const offered = new CountingCounter(7);
    const offers = [offer(Bank, new KeepingBank()), offer(Counter, offered)];
    using ends = banksOver(road, { offers }, { limits: { exports: 0 } });
    using standing = ends.far.channel.bootstrap(Counter, 1);
    for (let times = 0; times < 2; times++) {
      await ends.near.bank.keep(offered);
      const given = ends.far.own.keeping!;
      assert.ok(same(given, standing));
      assert.equal(
        [ends.near.objects, ends.far.objects],
        [
          [0, 0],
          [0, 0],
        ],
      );
      given[Symbol.dispose]?.();
      await turn(3);
      assert.is(await standing.value(), 7);
    }
    assert.is(offered.disposed, 0);
    ends.near.channel.close();
    assert.is(offered.disposed, 0);
  });

  objects("an offer that is given comes home as itself, and those who hold it hear of its loss", async () => {
    const offered = new CountingCounter(7);
    const offers = [offer(Bank, new KeepingBank()), offer(Counter, offered)];
    using ends = banksOver(road, { offers });
    await ends.near.bank.keep(offered);
    let lost = 0;
    onLost(ends.far.own.keeping!, () => lost++);
    assert.ok(same(await ends.near.bank.maybe(offered), offered));
    ends.near.channel.close();
    await until(() => lost === 1);
  });

  objects("an offer that is given to nobody any more is not given back", async () => {
    const offered = new CountingCounter(7);
    const bank = new KeepingBank();
    using ends = banksOver(road, { offers: [offer(Bank, bank), offer(Counter, offered)] });
    const answers: ((given: CountingCounter) => void)[] = [];
    Object.assign(bank, { make: () => new Promise<CountingCounter>((resolve) => answers.push(resolve)) });
    const leaving = new AbortController();
    const call = rejection(ends.far.bank.make(0, { signal: leaving.signal }));
    await until(() => answers.length === 1);
    leaving.abort();
    await call;
    answers[0]!(offered);
    await until(() => ends.far.channel.counts.callsPending === 0);
    await turn(3);
    assert.is(await ends.far.channel.bootstrap(Counter, 1).value(), 7);
  });

  objects("what a result holds that cannot be sent is let go of", async () => {
    using ends = banksOver(road);
    const mine = new CountingCounter();
    await ends.near.bank.keep(mine);
    ends.far.own.makeMany = () => [ends.far.own.keeping as never, 7 as never];
    assert.is(((await rejection(ends.near.bank.makeMany(2))) as RpcError).code, "Internal");
    await until(() => mine.disposed === 1, "the object's end");
    assert.equal(ends.near.objects, [0, 0]);
  });

  objects("what handlers give after the end is let go of, once", async () => {
    using ends = banksOver(road);
    const { near, far } = ends;
    const late: ((given: CountingCounter) => void)[] = [];
    Object.assign(far.own, { make: () => new Promise<CountingCounter>((resolve) => late.push(resolve)) });
    const calls = [rejection(near.bank.make(1)), rejection(near.bank.make(2))];
    await until(() => late.length === 2, "both calls");
    near.channel.close();
    await Promise.all(calls);
    await within(far.channel.closed);
    const given = new CountingCounter();
    for (const give of late) give(given);
    await until(() => far.channel.counts.answersPending === 0);
    await turn(3);
    assert.is(given.disposed, 1);
    assert.equal(far.objects, [0, 0]);
  });

  objects("10,000 objects exported, lent, dropped: both tables and the heap are back where they began", async () => {
    using ends = banksOver(road);
    const use = async (rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round++) {
        const counters = await ends.near.bank.makeMany(250);
        assert.is(await ends.near.bank.sum(counters), (249 * 250) / 2);
      }
      await until(() => ends.far.objects[0] === 0 && ends.near.objects[1] === 0);
      assert.ok(ends.far.own.made.every(({ disposed }) => disposed === 1));
      ends.far.own.made.length = 0;
    };
    // The first rounds compile the code and grow the tables to their size.
    await use(10);
    const before = await heapUsed();
    await use(40);
    const grown = (await heapUsed()) - before;
    // An object that stays takes half a kilobyte and more at the two ends, so 10,000 would be five megabytes.
    assert.ok(grown < 1024 * 1024, `the heap has grown by ${grown} bytes`);
  });

  objects("a declared error is returned by the `.result` form", async () => {
    using ends = banksOver(road);
    using counter = await ends.near.bank.make(999);
    const fine = await counter.result.add(1);
    assert.equal(fine, { ok: true, value: 1000 });
    const failed = await counter.result.add(1);
    assert.is(failed.ok ? "" : failed.error.code, "tooHigh");
  });
});

overEveryRoad("channel: blocking calls that call back", (nesting, road) => {
  if (road.answersWhileBlocked)
    nesting("nested calls go 100 deep in both directions", async () => {
      using ends = banksOver(road);
      using theirs = await ends.near.bank.make(0);
      assert.is(theirs.nestSync(100, new CountingCounter()), 100);
    });

  nesting("a handler's deadline is its caller's remaining time", async () => {
    using ends = banksOver(road);
    const call = rejection(ends.near.bank.wait({ timeoutMs: 50 }));
    await until(() => ends.far.own.waiting.length === 1);
    const [context] = ends.far.own.waiting;
    assert.ok(context!.remainingMs! > 0 && context!.remainingMs! <= 50);
    assert.is(((await call) as RpcError).code, "DeadlineExceeded");
    await until(() => context!.signal.aborted);
    assert.is(context!.signal.reason.code, "DeadlineExceeded");
    await sleep(1);
  });
});
