/** The ledger: what is live on a channel, with the methods and places that made it; and the check that nothing is. */

import { AssertionError } from "node:assert";
import { inspect } from "node:util";
import * as assert from "uvu/assert";
import { Channel, type ChannelOptions } from "../../../runtime/channel/channel.ts";
import { offer } from "../../../runtime/channel/interface.ts";
import type { LedgerEntry } from "../../../runtime/channel/ledger.ts";
import { Fd } from "../../../runtime/descriptor.ts";
import { expectNoLeaks } from "../../../runtime/testing/index.ts";
import { CountingCounter, KeepingBank } from "../../support/bank.ts";
import { overEveryRoad, pairOver } from "../../support/channels.ts";
import { collectGarbage } from "../../support/garbage.ts";
import { Bank } from "../../support/generated/objects.ts";
import { Feed } from "../../support/generated/streams.ts";
import { openFile, somePath } from "../../support/open-files.ts";
import type { Road } from "../../support/roads.ts";
import { quiet, rejection, until, within } from "../../support/within.ts";

const kept = { near: { ledger: true }, far: { ledger: true } };

/** Entries as `kind id method`, without their sites. */
function inShort(entries: readonly LedgerEntry[]): readonly string[] {
  return entries.map(({ kind, id, method }) => `${kind} ${id} ${method}`);
}

/** Whether every site begins in this file. */
function siteIsHere({ site }: LedgerEntry): boolean {
  return site[0]?.includes("ledger.test.ts") === true;
}

function banksOver(road: Road, options: ChannelOptions = { ledger: true }) {
  const [one, other] = road.pair();
  const bank = new KeepingBank();
  const far = new Channel(other, { ...options, offers: [offer(Bank, bank)] });
  const near = new Channel(one, options);
  return {
    near,
    far,
    bank,
    client: near.bootstrap(Bank),
    [Symbol.dispose]() {
      near.close();
      far.close();
    },
  };
}

async function leakMessage(...channels: Channel[]): Promise<string> {
  const error = await rejection(expectNoLeaks(channels, { turns: 5 }));
  assert.instance(error, AssertionError);
  return (error as Error).message;
}

overEveryRoad("channel: the ledger", (ledger, road) => {
  ledger("is empty where nothing is under way, and says so", async () => {
    using pair = pairOver(road, kept);
    assert.is(await within(pair.near.probe.echo("x")), "x");
    await expectNoLeaks([pair.near.channel, pair.far.channel]);
    const empty = pair.near.channel.ledger();
    assert.equal(empty.entries, []);
    assert.is(inspect(empty), "Nothing is live.");
  });

  ledger("lists a call at both its ends, with the place that asked", async () => {
    using pair = pairOver(road, kept);
    const asked = quiet(pair.near.probe.wait("x"));
    await until(() => pair.far.channel.ledger().size === 1);
    const { entries } = pair.near.channel.ledger();
    assert.equal(inShort(entries), ["call 1 test.Probe.wait"]);
    assert.ok(siteIsHere(entries[0]!), `the site is ${entries[0]!.site}`);
    assert.equal(inShort(pair.far.channel.ledger().entries), ["answer 1 test.Probe.wait"]);
    pair.far.prober.waiting[0]!.answer();
    await within(asked);
    await expectNoLeaks([pair.near.channel, pair.far.channel]);
  });

  ledger("lists a call that was given up until the peer has answered", async () => {
    using pair = pairOver(road, kept);
    await rejection(pair.near.probe.wait("x", { timeoutMs: 1 }));
    await until(() => pair.far.prober.waiting.length === 1);
    const [entry] = pair.near.channel.ledger().entries;
    assert.ok(entry?.kind === "call" && entry.givenUp && siteIsHere(entry));
    pair.far.prober.waiting[0]!.answer();
    await expectNoLeaks(pair.near.channel);
  });

  ledger("has no sites and no descriptors where it was not asked for, and costs nothing then", async () => {
    using pair = pairOver(road);
    using _file = await within(pair.near.probe.open(somePath));
    const asked = quiet(pair.near.probe.wait("x"));
    assert.equal(
      pair.near.channel.ledger().entries.map(({ kind, site }) => [kind, site]),
      [["call", []]],
    );
    pair.near.channel.close();
    await rejection(asked);
  });

  ledger("lists objects at both ends, with their types, references and the method that gave them", async () => {
    using banks = banksOver(road);
    const counter = await within(banks.client.make(1));
    const theirs = new CountingCounter();
    await within(banks.client.keep(theirs));
    const near = banks.near.ledger();
    assert.equal(
      near.entries.map((entry) => ({ ...entry, site: siteIsHere(entry) })),
      [
        {
          kind: "imported",
          id: 1,
          type: "test.objects.Counter",
          references: 1,
          method: "test.objects.Bank.make",
          site: true,
        },
        {
          kind: "exported",
          id: 0,
          type: "test.objects.Counter",
          references: 1,
          method: "test.objects.Bank.keep",
          site: true,
        },
      ],
    );
    assert.equal(inShort(banks.far.ledger().entries), [
      "imported 0 test.objects.Bank.keep",
      "exported 1 test.objects.Bank.make",
    ]);
    counter[Symbol.dispose]();
    banks.bank.keeping![Symbol.dispose]();
    await expectNoLeaks([banks.near, banks.far]);
  });

  ledger("lists a stream at both ends until it has ended", async () => {
    const [one, other] = road.pair();
    // Only what the test reads is there.
    const feed = { numbers: () => [1, 2, 3] } as never;
    using far = new Channel(other, { ledger: true, offers: [offer(Feed, feed)] });
    using near = new Channel(one, { ledger: true });
    const stream = near.bootstrap(Feed).numbers(3);
    const values: number[] = [];
    await within(stream.next());
    const open = near.ledger().entries;
    // Three items and their end leave together: this end may have seen it all by now.
    for (const entry of open)
      assert.equal([entry.kind, entry.method, siteIsHere(entry)], ["stream", "test.streams.Feed.numbers", true]);
    for await (const value of stream) values.push(value);
    assert.equal(values, [2, 3]);
    await expectNoLeaks([near, far]);
  });

  ledger("lists a stream that nobody reads on", async () => {
    const [one, other] = road.pair();
    const feed = {
      *numbers() {
        for (let number = 0; ; number++) yield number;
      },
    } as never;
    using far = new Channel(other, { ledger: true, offers: [offer(Feed, feed)] });
    using near = new Channel(one, { ledger: true });
    const stream = near.bootstrap(Feed).numbers(3);
    await within(stream.next());
    assert.equal(inShort(near.ledger().entries), ["stream 1 test.streams.Feed.numbers"]);
    assert.ok(siteIsHere(near.ledger().entries[0]!));
    assert.equal(inShort(far.ledger().entries), ["stream 1 test.streams.Feed.numbers"]);
    assert.match(
      await leakMessage(near),
      /stream 1 of test\.streams\.Feed\.numbers is consumed\n {4}at .*ledger\.test/,
    );
    await within(stream[Symbol.asyncDispose]());
    await expectNoLeaks([near, far]);
  });

  ledger("lists a received descriptor until it is closed or has moved", async () => {
    using pair = pairOver(road, kept);
    const file = await within(pair.near.probe.open(somePath));
    const other = await within(pair.near.probe.open(somePath));
    const { entries } = pair.near.channel.ledger();
    assert.equal(inShort(entries), [`descriptor ${file.fd} test.Probe.open`, `descriptor ${other.fd} test.Probe.open`]);
    assert.ok(entries.every(siteIsHere));
    assert.match(
      await leakMessage(pair.near.channel),
      /^2 things are left[\s\S]*descriptor \d+ from test\.Probe\.open is open\n {4}at .*ledger\.test/,
    );
    file.close();
    using moved = Fd.adopt(other.release());
    assert.ok(!moved.closed);
    await expectNoLeaks(pair.near.channel);
  });

  ledger("gives what the peer's calls bring no site, also after calls of its own", async () => {
    using pair = pairOver(road, kept);
    await rejection(pair.near.probe.open("/nothing/here"));
    await within(pair.near.probe.note("x"));
    await rejection(pair.near.probe.label("x".repeat(65)));
    await within(pair.far.probe.keep(openFile()));
    const { entries } = pair.near.channel.ledger();
    assert.equal(
      entries.map(({ kind, method, site }) => [kind, method, site]),
      [["descriptor", "test.Probe.keep", []]],
    );
  });

  ledger("keeps no descriptor from being collected", async () => {
    using pair = pairOver(road, kept);
    // In a function of its own, so that nothing here holds what it makes.
    await (async () => void (await within(pair.near.probe.open(somePath))))();
    assert.is(pair.near.channel.ledger().size, 1);
    const collected = (): boolean => {
      collectGarbage();
      return pair.near.channel.ledger().size === 0;
    };
    await until(collected, "the descriptor to be collected");
  });

  ledger("outlives its channel where descriptors do", async () => {
    using pair = pairOver(road, kept);
    using file = await within(pair.near.probe.open(somePath));
    const asked = quiet(pair.near.probe.wait("x"));
    pair.near.channel.close();
    await rejection(asked);
    assert.equal(inShort(pair.near.channel.ledger().entries), [`descriptor ${file.fd} test.Probe.open`]);
  });

  ledger("keeps a thousand closed descriptors out, and those that are lent only as long as their call", async () => {
    using pair = pairOver(road, kept);
    for (let count = 0; count < 200; count++) (await within(pair.near.probe.open(somePath))).close();
    using file = await within(pair.near.probe.open(somePath));
    await within(pair.near.probe.read(file));
    assert.is(pair.near.channel.ledger().size, 1);
    assert.is(pair.far.channel.ledger().size, 0);
  });

  ledger("is a copy: what happens later is not in it", async () => {
    using pair = pairOver(road, kept);
    const asked = quiet(pair.near.probe.wait("x"));
    const before = pair.near.channel.ledger();
    pair.near.channel.close();
    await rejection(asked);
    assert.is(before.size, 1);
    assert.is(pair.near.channel.ledger().size, 0);
    assert.match(String(before), /^call 1 of test\.Probe\.wait is not answered\n {4}at /);
  });
});
