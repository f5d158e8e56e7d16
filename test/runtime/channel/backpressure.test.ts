/** Peers that do not read, or do not answer: senders are slowed and then stopped, memory stays bounded, nothing hangs. */

import * as assert from "uvu/assert";
import { LimitError, type RpcError } from "../../../runtime/errors.ts";
import { facingRaw, overEveryRoad, pairOver } from "../../support/channels.ts";
import { openFile } from "../../support/open-files.ts";
import { selector } from "../../support/probe.ts";
import { call, hello, join, result, string, u32 } from "../../support/wire.ts";
import { quiet, rejection, turn, until, within } from "../../support/within.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** What a socket's own buffers take at most, before anything waits here. */
const SOCKET_BYTES = 512 * KIB;

/** Whether a promise is still open after a while. */
async function staysOpen(promise: Promise<unknown>): Promise<boolean> {
  let open = true;
  const settled = (): void => {
    open = false;
  };
  promise.then(settled, settled);
  await turn(5);
  return open;
}

overEveryRoad("channel: backpressure", (pressure, road) => {
  pressure("a peer that does not read slows the sender, then stops it, and gets all of it when it reads", async () => {
    using facing = facingRaw(road, { limits: { queue: 4 * MIB } }, { reading: false });
    const { side, raw } = facing;
    raw.send(hello());
    await until(() => side.channel.counts.messagesReceived === 1);
    const text = "x".repeat(32 * KIB);
    const notes: Promise<void>[] = [];
    let refused: unknown;
    while (refused === undefined && notes.length < 1000) {
      const note = side.probe.note(text);
      refused = await Promise.race([note.catch((error) => error), turn()]);
      if (refused === undefined) notes.push(note);
    }
    assert.instance(refused, LimitError);
    assert.match((refused as Error).message, "The peer does not read");
    const accepted = notes.length * text.length;
    assert.ok(accepted > 4 * MIB - SOCKET_BYTES && accepted < 4 * MIB + SOCKET_BYTES + MIB, `${accepted} bytes`);
    assert.ok(await staysOpen(notes.at(-1)!));
    assert.not.ok(await staysOpen(notes[0]!));
    for (const refusal of [rejection(side.probe.echo("no")), rejection(side.probe.note("no"))])
      assert.instance(await refusal, LimitError);
    assert.throws(
      () => side.probe.echoSync("no", { timeoutMs: 1000 }),
      (error: unknown) => error instanceof LimitError,
    );
    using file = openFile();
    assert.instance(await rejection(side.probe.keep(file)), LimitError);
    assert.not.ok(file.closed);

    raw.read();
    await within(Promise.all(notes));
    assert.is((await raw.received("oneway", notes.length)).length, notes.length);
    await within(side.probe.note("again"));
    await raw.received("oneway", notes.length + 1);
  });

  pressure("another channel of the process does not notice", async () => {
    using facing = facingRaw(road, { limits: { queue: 2 * MIB } }, { reading: false });
    using other = pairOver(road);
    const { side, raw } = facing;
    raw.send(hello());
    await until(() => side.channel.counts.messagesReceived === 1);
    for (let index = 0; index < 200; index++) side.probe.note("x".repeat(32 * KIB));
    assert.is(await within(other.near.probe.echo("fine")), "fine");
  });

  pressure("a channel that ends while its peer does not read lets go of who waits", async () => {
    using facing = facingRaw(road, {}, { reading: false });
    const { side, raw } = facing;
    raw.send(hello());
    await until(() => side.channel.counts.messagesReceived === 1);
    let note = Promise.resolve();
    for (let index = 0; index < 100; index++) note = side.probe.note("x".repeat(32 * KIB));
    assert.ok(await staysOpen(note));
    side.channel.close();
    await within(note);
  });

  pressure("a peer that does not say hello stops the sender too", async () => {
    using facing = facingRaw(road, { limits: { queue: 2 * MIB } });
    const { side } = facing;
    const calls = Array.from({ length: 100 }, () => rejection(side.probe.echo("x".repeat(32 * KIB))));
    const refused = await Promise.all(calls.slice(-20));
    for (const error of refused) assert.instance(error, LimitError);
    side.channel.close();
    const rest = (await Promise.all(calls)) as RpcError[];
    assert.is(rest[0]!.code, "Disconnected");
  });

  pressure("a sender that waits for the peer's answers is told when they have come", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(hello({ inflight: 16 }));
    const text = "x".repeat(100 * KIB);
    const pending = Array.from({ length: 32 }, () => quiet(side.probe.echo(text)));
    const note = side.probe.note("behind");
    await raw.received("call", 16);
    assert.ok(await staysOpen(note));
    raw.send(call(1, selector.echo, string("from the peer")));
    for (let answered = 0; answered < 32; answered++) {
      const calls = await raw.received("call", Math.min(32, 16 + answered));
      raw.send(result(calls[answered]!.id, string("y")));
    }
    await within(Promise.all(pending));
    await within(note);
    await raw.received("return");
  });

  pressure("a peer that does not read its answers is not served on, and gets all of them when it reads", async () => {
    using facing = facingRaw(road, {}, { reading: false });
    const { side, raw } = facing;
    let served = 0;
    side.prober.blob = (bytes) => {
      served++;
      return bytes;
    };
    const bytes = new Uint8Array(60 * KIB);
    raw.send(hello());
    for (let id = 1; id <= 200; id++) raw.send(call(id, selector.blob, u32(bytes.length), bytes));
    await until(() => served > 10);
    await turn(20);
    assert.ok(served < 60, `${served} were served`);
    raw.read();
    const returns = await raw.received("return", 200);
    assert.equal(
      returns.map(({ id }) => id),
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
  });

  pressure("two ends that flood each other get through", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    await within(Promise.all([near.probe.echo("hello"), far.probe.echo("hello")]));
    const text = "x".repeat(100 * KIB);
    const notes = Array.from({ length: 120 }, () => [quiet(near.probe.note(text)), quiet(far.probe.note(text))]);
    await within(Promise.all(notes.flat()), "all notes");
    await until(() => near.prober.seen.length === 121 && far.prober.seen.length === 121);
  });

  pressure("two ends that call each other with long messages get through", async () => {
    using pair = pairOver(road);
    const { near, far } = pair;
    await within(Promise.all([near.probe.echo("hello"), far.probe.echo("hello")]));
    const bytes = new Uint8Array(900 * KIB);
    const calls = Array.from({ length: 14 }, () => [quiet(near.probe.blob(bytes)), quiet(far.probe.blob(bytes))]);
    const answers = await within(Promise.all(calls.flat()), "all answers");
    assert.ok(answers.every((answer) => answer.length === bytes.length));
  });

  pressure(
    "more one-ways than may be worked on at once wait for those before them, and so does what is behind",
    async () => {
      using pair = pairOver(road, { far: { limits: { inflight: 16 } } });
      const { near, far } = pair;
      const finish: (() => void)[] = [];
      const seen: string[] = [];
      far.prober.note = (text) => {
        seen.push(text);
        return new Promise<void>((resolve) => finish.push(resolve));
      };
      const texts = Array.from({ length: 40 }, (_, index) => `${index}`);
      for (const text of texts) near.probe.note(text);
      const behind = quiet(near.probe.echo("behind"));
      await until(() => seen.length === 16);
      assert.ok(await staysOpen(behind));
      assert.is(seen.length, 16);
      // Calls do not count among them: what the other side is asked meanwhile is answered.
      assert.is(await within(far.probe.echo("the other way")), "the other way");
      for (let done = 0; done < 40; done++) {
        await until(() => finish.length > done);
        finish[done]!();
      }
      assert.is(await within(behind), "behind");
      assert.equal(seen, texts);
    },
  );

  pressure("one-ways whose handlers wait for answers of the peer are got through, however many come", async () => {
    using pair = pairOver(road, { far: { limits: { inflight: 16, queue: 64 * KIB } } });
    const { near, far } = pair;
    let done = 0;
    far.prober.note = async () => {
      await turn();
      await far.probe.echo("back");
      done++;
    };
    const text = "x".repeat(2 * KIB);
    // Rounds that together are far more than may wait.
    for (let round = 1; round <= 10; round++) {
      for (let index = 0; index < 30; index++) near.probe.note(text);
      await until(() => done === 30 * round);
    }
  });

  pressure("frames that fill packets to the byte arrive whole", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    raw.send(join(hello()));
    for (const length of [65_536, 131_072, 131_080, 262_144]) {
      side.probe.note("x".repeat(length - 24));
      side.probe.note("y");
    }
    const notes = await raw.received("oneway", 8);
    assert.equal(
      notes.map(({ body }) => body.length + 16),
      [65_536, 25, 131_072, 25, 131_080, 25, 262_144, 25],
    );
  });
});
