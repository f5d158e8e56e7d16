/** Fakes: what they answer, what they write down, and how they go wrong when they are told to. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { defineInterface } from "../../../runtime/channel/interface.ts";
import {
  CancelError,
  InvalidError,
  LimitError,
  PeerError,
  type RpcError,
  TransportError,
} from "../../../runtime/errors.ts";
import { createFake, expectNoLeaks, REDACTED } from "../../../runtime/testing/index.ts";
import { CountingCounter } from "../../support/bank.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { Bank, Counter, CounterError, OnChange } from "../../support/generated/objects.ts";
import { Feed } from "../../support/generated/streams.ts";
import { openFile } from "../../support/open-files.ts";
import { ErrnoError, Probe } from "../../support/probe.ts";
import { quiet, rejection, turn, until, within } from "../../support/within.ts";

const test = suite("testing: a fake");
leavesNothingOpen(test);

/** What a rejection or a throw is to be: its class, and its code. */
function isFault(error: unknown, kind: abstract new (...given: never[]) => RpcError, code: string): void {
  assert.instance(error, kind);
  assert.is((error as RpcError).code, code);
}

function thrownBy(blocking: () => unknown): unknown {
  try {
    blocking();
  } catch (error) {
    return error;
  }
  throw new Error("It was to throw.");
}

test("answers with the methods it was given, by promise and blocking, and keeps their `this`", async () => {
  using fake = createFake(Counter, new CountingCounter(40));
  assert.is(await within(fake.client.add(2)), 42);
  assert.is(fake.client.valueSync(), 42);
});

test("fails a call whose method it does not have, and says so in its log", async () => {
  using fake = createFake(Probe, { echo: (text) => text });
  const error = await rejection(fake.client.label("x"));
  isFault(error, PeerError, "Unimplemented");
  assert.match((error as Error).message, /test\.Probe\.label.*no implementation/);
  isFault(
    thrownBy(() => fake.client.openSync("/x")),
    PeerError,
    "Unimplemented",
  );
  assert.equal(
    fake.calls.map(({ method, outcome }) => [method, outcome.kind]),
    [
      ["label", "unimplemented"],
      ["open", "unimplemented"],
    ],
  );
  assert.equal(fake.faults, []);
});

test("lets go of what a call brought for which it has no method", async () => {
  using fake = createFake(Bank);
  const counter = new CountingCounter(1);
  isFault(await rejection(fake.client.keep(counter)), PeerError, "Unimplemented");
  await until(() => counter.disposed === 1, "the counter to be given back");
  using probe = createFake(Probe);
  isFault(await rejection(probe.client.keep(openFile())), PeerError, "Unimplemented");
});

test("writes calls down in order, with their parameters as received and their outcomes", async () => {
  using fake = createFake(Probe, {
    echo: (text) => `${text}!`,
    note: () => {},
    label: () => Promise.reject(new Error("a bug")),
    rename: (path) => {
      throw new ErrnoError("ENOENT", { path });
    },
  });
  await fake.client.echo("a");
  await fake.client.note("b");
  const internal = await rejection(fake.client.label("c"));
  await rejection(fake.client.rename("/d", "/e"));
  isFault(internal, PeerError, "Internal");
  assert.equal(
    fake.calls.map(({ method, parameters, outcome: { kind } }) => [method, parameters, kind]),
    [
      ["echo", ["a"], "returned"],
      ["note", ["b"], "returned"],
      ["label", ["c"], "threw"],
      ["rename", ["/d", "/e"], "threw"],
    ],
  );
  assert.equal(fake.calls[0]!.outcome, { kind: "returned", value: "a!" });
  // Only the undeclared one is a bug of the fake.
  assert.equal(
    fake.faults.map(({ id, method }) => [id, method]),
    [[(internal as PeerError).id, "test.Probe.label"]],
  );
});

test("has a call pending in its log until it is answered", async () => {
  let answer = (_: string): void => {};
  using fake = createFake(Probe, { echo: () => new Promise((resolve) => (answer = resolve)) });
  const asked = fake.client.echo("x");
  await until(() => fake.calls.length === 1);
  assert.equal(fake.calls[0]!.outcome, { kind: "pending" });
  answer("y");
  assert.is(await within(asked), "y");
  assert.equal(fake.calls[0]!.outcome, { kind: "returned", value: "y" });
});

test("shows nothing of a sensitive method's values", async () => {
  const methods = Probe.methods.map((method) => ({ ...method, sensitive: true as const }));
  const Secret: typeof Probe = defineInterface({ ...Probe, methods });
  using fake = createFake(Secret, { echo: (text) => text, label: () => Promise.reject(new Error("secret")) });
  await fake.client.echo("secret");
  await rejection(fake.client.label("secret"));
  assert.equal(fake.calls[0]!.parameters, [REDACTED]);
  assert.equal(fake.calls[0]!.outcome, { kind: "returned", value: REDACTED });
  assert.equal(fake.calls[1]!.outcome, { kind: "threw", error: REDACTED });
  assert.not.match(JSON.stringify(fake.calls.map(({ parameters, outcome }) => [parameters, outcome])), /secret/);
});

test("runs the real marshalling: what would not cross does not, and limits hold", async () => {
  using fake = createFake(Counter, { value: () => -1 }, { limits: { message: 4096 } });
  isFault(await rejection(fake.client.add(1.5)), InvalidError, "Invalid");
  assert.equal(fake.calls, []);
  isFault(await rejection(fake.client.value()), PeerError, "Internal");
  assert.is(fake.faults.length, 1);
  assert.instance(fake.faults[0]!.thrown, InvalidError);
  using small = createFake(Probe, { blob: (bytes) => bytes }, { limits: { message: 4096 } });
  isFault(await rejection(small.client.blob(new Uint8Array(5000))), LimitError, "Limit");
});

test("passes real descriptors", async () => {
  using fake = createFake(Probe, { open: () => openFile() });
  using file = await within(fake.client.open("/x"));
  using other = fake.client.openSync("/y");
  assert.is.not(file.fd, other.fd);
});

test("stands for a callback with a function", async () => {
  const seen: number[] = [];
  using fake = createFake(OnChange, (value) => void seen.push(value));
  await within(fake.client(7));
  using failing = fake.inject("call", { throw: new Error("x") });
  isFault(await rejection(fake.client(8)), PeerError, "Internal");
  assert.equal(seen, [7]);
  assert.is(fake.calls.length, 2);
  assert.ok(failing);
});

test("produces streams, and their faults are thrown where they are read", async () => {
  using fake = createFake(Feed, { numbers: () => [1, 2, 3] });
  const read = async (): Promise<number[]> => {
    const values: number[] = [];
    for await (const value of fake.client.numbers(3)) values.push(value);
    return values;
  };
  assert.equal(await within(read()), [1, 2, 3]);
  fake.inject("numbers", { throw: new Error("no") });
  isFault(await rejection(read()), PeerError, "Internal");
  await expectNoLeaks([fake.channel, fake.peer]);
});

test("throws a declared error as itself, at the call it is told, and asks no handler then", async () => {
  const counter = new CountingCounter();
  using fake = createFake(Counter, counter);
  fake.inject("add", { throw: new CounterError("tooHigh") }, { nth: 2 });
  assert.is(await fake.client.add(1), 1);
  const error = await rejection(fake.client.add(1));
  assert.instance(error, CounterError);
  assert.is((error as CounterError).code, "tooHigh");
  assert.is(fake.client.addSync(1), 2);
  assert.equal(fake.faults, []);
});

test("throws for blocking calls too, and for methods it has no handler of", () => {
  using fake = createFake(Counter);
  fake.inject("*", { throw: new CounterError("tooHigh") });
  assert.instance(
    thrownBy(() => fake.client.addSync(1)),
    CounterError,
  );
});

test("delays a call by the clock it was given, and lets others overtake it", async () => {
  const slept: number[] = [];
  let wake = (): void => {};
  const sleep = (ms: number): Promise<void> => {
    slept.push(ms);
    return new Promise((resolve) => (wake = resolve));
  };
  const order: string[] = [];
  using fake = createFake(Probe, { echo: (text) => text, label: (text) => text }, { sleep });
  fake.inject("echo", { delayMs: 5000 });
  const late = fake.client.echo("late").then((text) => order.push(text));
  await within(fake.client.label("first").then((text) => order.push(text!)));
  assert.equal(slept, [5000]);
  wake();
  await within(late);
  assert.equal(order, ["first", "late"]);
});

test("does not ask the handler of a delayed call that was given up", async () => {
  using fake = createFake(Probe, { echo: (text) => text });
  fake.inject("echo", { delayMs: 3_600_000 });
  const stop = new AbortController();
  const asked = quiet(fake.client.echo("x", { signal: stop.signal }));
  await until(() => fake.calls.length === 1);
  stop.abort();
  isFault(await rejection(asked), CancelError, "Cancelled");
  await expectNoLeaks([fake.channel, fake.peer]);
  assert.equal(fake.calls[0]!.outcome, { kind: "pending" });
  assert.equal(fake.faults, []);
});

test("drops a call: it is never answered, not even when it is given up, until the channel ends", async () => {
  using fake = createFake(Probe, { echo: (text) => text });
  fake.inject("echo", "drop", { nth: 1 });
  const dropped = quiet(fake.client.echo("x"));
  const impatient = rejection(fake.client.echo("y"));
  await rejection(fake.client.label("z"));
  assert.equal(
    fake.calls.map(({ outcome }) => outcome.kind),
    ["dropped", "returned", "unimplemented"],
  );
  impatient.catch(() => {});
  assert.is(fake.channel.counts.callsPending, 1);
  fake.channel.close();
  isFault(await rejection(dropped), TransportError, "Disconnected");
  await turn();
  assert.is(fake.peer.counts.answersPending, 0);
});

test("drops a call whose caller then gives up, and still does not answer", async () => {
  using fake = createFake(Probe);
  fake.inject("echo", "drop");
  isFault(await rejection(fake.client.echo("x", { timeoutMs: 1 })), CancelError, "DeadlineExceeded");
  await turn(5);
  assert.is(fake.channel.counts.callsPending, 1);
  isFault(
    thrownBy(() => fake.client.echoSync("x")),
    PeerError,
    "Deadlock",
  );
});

test("disconnects at the call it is told, and every pending call hears of it", async () => {
  using fake = createFake(Probe, { echo: (text) => text, wait: () => new Promise(() => {}) });
  fake.inject("echo", "disconnect", { nth: 2 });
  const pending = quiet(fake.client.wait("x"));
  assert.is(await fake.client.echo("a"), "a");
  isFault(await rejection(fake.client.echo("b")), TransportError, "Disconnected");
  isFault(await rejection(pending), TransportError, "Disconnected");
  isFault(await rejection(fake.client.echo("c")), TransportError, "Disconnected");
  assert.is(await within(fake.channel.closed), undefined);
  assert.equal(
    fake.calls.map(({ outcome }) => outcome.kind),
    ["pending", "returned", "disconnected"],
  );
  assert.equal(fake.faults, []);
});

test("disconnects under a blocking call", () => {
  using fake = createFake(Probe);
  fake.inject("echo", "disconnect");
  isFault(
    thrownBy(() => fake.client.echoSync("x")),
    TransportError,
    "Disconnected",
  );
});

test("gives answers in reverse, those of failures too", async () => {
  const order: string[] = [];
  using fake = createFake(Probe, {
    echo: (text) => {
      if (text === "b") throw new Error("no");
      return text;
    },
  });
  fake.inject("echo", { reorder: 3 });
  const asked = ["a", "b", "c", "d", "e"].map((text) =>
    fake.client.echo(text).then(
      () => order.push(text),
      () => order.push(`not ${text}`),
    ),
  );
  await within(Promise.all(asked.slice(0, 3)));
  await turn(3);
  assert.equal(order, ["c", "not b", "a"]);
  assert.is(fake.channel.counts.callsPending, 2);
});

test("gives the answers it held when the fault is taken away, and goes well from then on", async () => {
  using fake = createFake(Probe, { echo: (text) => text });
  const reorder = fake.inject("echo", { reorder: 10 });
  const asked = ["a", "b"].map((text) => fake.client.echo(text));
  await until(() => fake.calls.every(({ outcome }) => outcome.kind === "returned") && fake.calls.length === 2);
  reorder[Symbol.dispose]();
  assert.equal(await within(Promise.all(asked)), ["a", "b"]);
  assert.is(fake.client.echoSync("c"), "c");
});

test("has the fault that was injected last, while others go on counting", async () => {
  using fake = createFake(Counter, new CountingCounter());
  fake.inject("*", { throw: new Error("any") }, { nth: 2 });
  const last = fake.inject("add", { throw: new CounterError("tooHigh") });
  assert.instance(await rejection(fake.client.add(1)), CounterError);
  last[Symbol.dispose]();
  isFault(await rejection(fake.client.add(1)), PeerError, "Internal");
  assert.is(await fake.client.add(1), 1);
});

test("answers code that forks its channel, blocking or not, and ends its forks with itself", async () => {
  const fake = createFake(Counter, new CountingCounter(40));
  const fork = fake.channel.fork();
  assert.is(fork.bootstrap(Counter).addSync(2), 42);
  assert.is(await within(fork.fork().bootstrap(Counter).value()), 42);
  assert.equal(
    fake.calls.map(({ method }) => method),
    ["add", "value"],
  );
  fake[Symbol.dispose]();
  await within(fork.closed);
  assert.is(((await rejection(fork.bootstrap(Counter).value())) as RpcError).code, "Disconnected");
});

test("refuses faults that could never be", () => {
  using fake = createFake(Counter);
  const inject = fake.inject.bind(fake) as (name: string, fault: "drop", options?: { nth: number }) => Disposable;
  assert.throws(() => inject("ad", "drop"), /no method ad\b/);
  for (const nth of [0, -1, 1.5, Number.NaN]) assert.throws(() => inject("add", "drop", { nth }), /counted from 1/);
});

test.run();
