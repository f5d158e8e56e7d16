/** Callers that give up, by a timeout or a signal: what they are told, what handlers are told, and what becomes of late answers. */

import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import * as assert from "uvu/assert";
import type { CallContext } from "../../../runtime/channel/interface.ts";
import { CancelError, type RpcError } from "../../../runtime/errors.ts";
import { facingRaw, overEveryRoad, pairOver } from "../../support/channels.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { openFile } from "../../support/open-files.ts";
import { selector } from "../../support/probe.ts";
import {
  call,
  cancel,
  fault,
  faultCode,
  frame,
  hello,
  join,
  kind,
  readFault,
  result,
  string,
  u32,
} from "../../support/wire.ts";
import { quiet, rejection, turn, until, within } from "../../support/within.ts";

overEveryRoad("channel: cancelling", (cancelling, road) => {
  cancelling("a timeout rejects the call, and its handler is told", async () => {
    using pair = pairOver(road);
    const error = (await rejection(pair.near.probe.wait("x", { timeoutMs: 10 }))) as RpcError;
    assert.instance(error, CancelError);
    assert.is(error.code, "DeadlineExceeded");
    assert.match(error.message, "test.Probe.wait was not answered within 10 ms");
    await until(() => pair.far.prober.waiting.length === 1);
    const { context, answer } = pair.far.prober.waiting[0]!;
    await until(() => context.signal.aborted);
    assert.instance(context.signal.reason, CancelError);
    assert.is(context.signal.reason.code, "DeadlineExceeded");
    answer();
    await until(() => pair.near.channel.counts.callsPending === 0);
  });

  // Node's timers fire at once beyond 2^31 - 1 ms.
  for (const timeoutMs of [2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY])
    cancelling(`a timeout of ${timeoutMs} ms is not over at once, at either end`, async () => {
      using pair = pairOver(road);
      const answer = quiet(pair.near.probe.wait("x", { timeoutMs }));
      await until(() => pair.far.prober.waiting.length === 1);
      await sleep(20);
      assert.not.ok(pair.far.prober.waiting[0]!.context.signal.aborted);
      pair.far.prober.waiting[0]!.answer("in time");
      assert.is(await within(answer), "in time");
    });

  cancelling("a signal rejects the call with its reason as the cause, and its handler is told", async () => {
    using pair = pairOver(road);
    const controller = new AbortController();
    const pending = rejection(pair.near.probe.wait("x", { signal: controller.signal }));
    await until(() => pair.far.prober.waiting.length === 1);
    const { context, answer } = pair.far.prober.waiting[0]!;
    const heard: unknown[] = [];
    context.signal.addEventListener("abort", () => heard.push(context.signal.reason));
    const why = new Error("changed my mind");
    controller.abort(why);
    const error = (await pending) as RpcError;
    assert.instance(error, CancelError);
    assert.equal([error.code, error.cause], ["Cancelled", why]);
    await until(() => heard.length === 1);
    assert.is((heard[0] as RpcError).code, "Cancelled");
    answer();
    await until(() => pair.near.channel.counts.callsPending === 0);
  });

  cancelling("one signal may end any number of calls", async () => {
    using pair = pairOver(road);
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const pending = Array.from({ length: 50 }, () =>
      rejection(pair.near.probe.wait("x", { signal: controller.signal })),
    );
    await until(() => pair.far.prober.waiting.length === 50);
    controller.abort();
    for (const error of await within(Promise.all(pending))) assert.is((error as RpcError).code, "Cancelled");
    await until(() => pair.far.prober.waiting.every(({ context }) => context.signal.aborted));
  });

  cancelling("a signal that is aborted already sends nothing", async () => {
    using pair = pairOver(road);
    await within(pair.near.probe.echo("hello"));
    const { messagesSent } = pair.near.channel.counts;
    const error = (await rejection(pair.near.probe.echo("never", { signal: AbortSignal.abort("early") }))) as RpcError;
    assert.equal([error.code, error.cause], ["Cancelled", "early"]);
    await turn();
    assert.is(pair.near.channel.counts.messagesSent, messagesSent);
  });

  cancelling("a signal that is aborted after the answer does nothing", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const controller = new AbortController();
    const pending = side.probe.echo("a", { signal: controller.signal, timeoutMs: 60_000 });
    await raw.received("call");
    raw.send(join(hello(), result(1, string("answer"))));
    assert.is(await within(pending), "answer");
    controller.abort();
    await turn(3);
    assert.is(raw.of("cancel").length, 0);
  });

  cancelling("a call that could not be made leaves no timer and no listener behind", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const controller = new AbortController();
    const error = await rejection(side.probe.echo(7 as never, { signal: controller.signal, timeoutMs: 1 }));
    assert.is((error as RpcError).code, "Invalid");
    controller.abort();
    await turn(5);
    assert.is(raw.of("cancel").length, 0);
  });

  cancelling("only the first of timeout and signal counts", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const controller = new AbortController();
    const error = await rejection(side.probe.echo("a", { signal: controller.signal, timeoutMs: 1 }));
    controller.abort();
    assert.is((error as RpcError).code, "DeadlineExceeded");
    await raw.received("cancel");
    await turn(3);
    assert.is(raw.of("cancel").length, 1);
  });

  cancelling("an id is not used again before its late answer has come", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello());
    await rejection(side.probe.echo("a", { timeoutMs: 1 }));
    const second = side.probe.echo("b");
    await raw.received("call", 2);
    assert.is(side.channel.counts.callsPending, 2);
    raw.send(join(result(1, string("late")), result(2, string("answer"))));
    assert.is(await within(second), "answer");
    assert.is(side.channel.counts.callsPending, 0);
    side.probe.echo("c").catch(() => {});
    side.probe.echo("d").catch(() => {});
    const calls = await raw.received("call", 4);
    assert.equal(calls.map(({ id }) => id).sort(), [1, 1, 2, 2]);
  });

  cancelling("a late answer is not looked at, and its descriptors are closed", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello());
    await rejection(side.probe.open("/x", { timeoutMs: 1 }));
    using file = openFile();
    const before = openDescriptors();
    raw.send(frame({ kind: kind.return, id: 1, descriptors: 2 }, u32(77)), [file.fd, file.fd]);
    await until(() => side.channel.counts.callsPending === 0);
    assert.equal(openDescriptors(), before);
    const next = side.probe.echo("next");
    raw.send(result(1, string("answer")));
    assert.is(await within(next), "answer");
  });

  cancelling("a call that waits for the peer's hello and is given up is never made, and its id is free", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    await rejection(side.probe.echo("x".repeat(5000), { timeoutMs: 1 }));
    const next = within(side.probe.echo("y".repeat(5000)));
    await turn(3);
    assert.is(raw.of("call").length, 0);
    raw.send(hello());
    await raw.received("call");
    assert.equal(
      raw.frames.map(({ kind, id }) => [kind, id]),
      [
        [kind.hello, 0],
        [kind.call, 1],
      ],
    );
    raw.send(result(1, string("next")));
    assert.is(await next, "next");
    assert.is(side.channel.counts.callsPending, 0);
  });

  cancelling(
    "a call that is held back and given up closes what it was to bring, and lets the next one go",
    async () => {
      using facing = facingRaw(road);
      const { side, raw } = facing;
      raw.send(hello({ inflight: 16 }));
      await until(() => side.channel.counts.messagesReceived === 1);
      const working = Array.from({ length: 16 }, () => rejection(side.probe.echo("a")));
      const before = openDescriptors().length;
      const file = openFile();
      const held = rejection(side.probe.keep(file, "held", { timeoutMs: 1 }));
      void side.probe.note("after");
      await held;
      assert.is(openDescriptors().length, before);
      await raw.received("oneway");
      assert.is(raw.of("call").length, 16);
      side.channel.close();
      await Promise.all(working);
    },
  );

  cancelling("a cancel does not wait behind what is held back until the call it cancels is answered", async () => {
    using pair = pairOver(road, { far: { limits: { inflight: 16 } } });
    await pair.near.probe.echo("hello");
    const controller = new AbortController();
    const { signal } = controller;
    const working = Array.from({ length: 16 }, () => rejection(pair.near.probe.wait("a", { signal })));
    const held = within(pair.near.probe.echo("held"));
    await until(() => pair.far.prober.waiting.length === 16);
    controller.abort();
    await Promise.all(working);
    await until(() => pair.far.prober.waiting.every(({ context }) => context.signal.aborted));
    for (const { answer } of pair.far.prober.waiting) answer();
    assert.is(await held, "held");
  });

  cancelling(
    "a handler that gives its signal to a function of Node's and throws what that throws has given up",
    async () => {
      using pair = pairOver(road);
      const echo = async (text: string, { signal }: CallContext): Promise<string> => {
        await sleep(60_000, undefined, { signal, ref: false });
        return text;
      };
      Object.assign(pair.far.prober, { echo });
      const controller = new AbortController();
      const { signal } = controller;
      const abandoned = rejection(pair.near.probe.echo("a", { signal }));
      await until(() => pair.far.channel.counts.answersPending === 1);
      controller.abort();
      await abandoned;
      await until(() => pair.far.channel.counts.answersPending === 0);
      assert.equal(pair.far.faults, []);
    },
  );

  cancelling("a handler's signal never fires once it has returned", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    const contexts: CallContext[] = [];
    side.prober.echo = ((text: string, context: CallContext) => {
      contexts.push(context);
      return text;
    }) as typeof side.prober.echo;
    raw.send(join(hello(), call(1, selector.echo, string("a")), cancel(1), call(2, selector.wait, string("b"))));
    await until(() => side.prober.waiting.length === 1);
    const { context, answer } = side.prober.waiting[0]!;
    const { signal } = context;
    answer();
    await raw.received("return", 2);
    raw.send(cancel(2));
    await until(() => side.channel.counts.messagesReceived === 5);
    side.channel.close();
    await within(side.channel.closed);
    assert.not.ok(signal.aborted);
    assert.not.ok(contexts[0]!.signal.aborted);
  });

  cancelling("a handler that looks late sees that it was told", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), call(1, selector.wait, string("a")), cancel(1)));
    await until(() => side.channel.counts.messagesReceived === 3);
    assert.ok(side.prober.waiting[0]!.context.signal.aborted);
    assert.is(side.prober.waiting[0]!.context.signal, side.prober.waiting[0]!.context.signal);
  });

  cancelling("a cancelled call is answered all the same, once", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), call(1, selector.wait, string("a")), cancel(1), cancel(1)));
    await until(() => side.channel.counts.messagesReceived === 4);
    side.prober.waiting[0]!.answer("anyway");
    const [answer] = await raw.received("return");
    assert.equal([answer!.id, answer!.word, answer!.body], [1, 0, string("anyway")]);
    await turn(3);
    assert.is(raw.of("return").length, 1);
  });

  cancelling("a handler that throws what its signal said answers Cancelled, and no fault is logged", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), call(1, selector.wait, string("a")), cancel(1)));
    await until(() => side.channel.counts.messagesReceived === 3);
    const { context, fail } = side.prober.waiting[0]!;
    fail(context.signal.reason);
    const [answer] = await raw.received("return");
    assert.is(answer!.word, 2);
    assert.is(readFault(answer!.body).code, faultCode.Cancelled);
    assert.equal(side.faults, []);
  });

  cancelling("a handler that throws undefined without having been told is a fault like any other", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), call(1, selector.wait, string("a"))));
    await until(() => side.prober.waiting.length === 1);
    side.prober.waiting[0]!.fail(undefined);
    const [answer] = await raw.received("return");
    assert.is(readFault(answer!.body).code, faultCode.Internal);
    assert.is(side.faults.length, 1);
  });

  cancelling("a cancel of what is not open is ignored", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello(), cancel(1), cancel(0), cancel(0xffffffff), call(1, selector.echo, string("a")), cancel(1)));
    await raw.received("return");
    raw.send(call(2, selector.echo, string("b")));
    await raw.received("return", 2);
    assert.equal(side.prober.seen, ["echo a", "echo b"]);
  });

  cancelling("a peer that says a call was cancelled, or too late, is believed", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello());
    for (const code of ["Cancelled", "DeadlineExceeded"] as const) {
      const pending = rejection(side.probe.echo("a"));
      await raw.received("call");
      raw.send(frame({ kind: kind.return, id: 1, word: 2 }, fault(faultCode[code], "so it is")));
      const error = (await pending) as RpcError;
      assert.instance(error, CancelError);
      assert.equal([error.code, error.message], [code, "test.Probe.echo: so it is"]);
    }
  });
});
