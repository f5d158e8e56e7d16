/**
 * Forks: a channel of its own for another user of one connection, from one call, with the same offers or fewer; what
 * befalls one of them is nothing to the others.
 */

import * as assert from "uvu/assert";
import { connectAsSandbox, Sandbox } from "../../../examples/sandbox/generated/sandbox.ts";
import { Channel, type ChannelOptions, type ForkOptions } from "../../../runtime/channel/channel.ts";
import { offer } from "../../../runtime/channel/interface.ts";
import { InvalidError, PeerError, type RpcError, TransportError } from "../../../runtime/errors.ts";
import { unixSocket } from "../../../runtime/transport/unix-socket.ts";
import { KeepingBank } from "../../support/bank.ts";
import { facingRaw, overEveryRoad, type Pair, pairOver } from "../../support/channels.ts";
import { Bank, Counter } from "../../support/generated/objects.ts";
import { Probe, Prober } from "../../support/probe.ts";
import type { Road } from "../../support/roads.ts";
import { hello } from "../../support/wire.ts";
import { rejection, turn, until, within } from "../../support/within.ts";

/** A pair whose far side keeps the forks that it is told of. */
function forkable(road: Road, far: ChannelOptions = {}): Pair & { readonly forks: Channel[] } {
  const forks: Channel[] = [];
  const pair = pairOver(road, { far: { onFork: (fork) => forks.push(fork), ...far } });
  return Object.assign(pair, {
    forks,
    [Symbol.dispose]() {
      pair.near.channel.closeAll();
      pair.far.channel.closeAll();
    },
  });
}

/** Three offers; the first and the last are of one interface. */
const three = (): ChannelOptions => ({
  offers: [offer(Probe, new Prober()), offer(Bank, new KeepingBank()), offer(Probe, new Prober())],
});

/** Which of three offers answer a channel's calls. */
async function answering(channel: Channel): Promise<readonly number[]> {
  const calls = [
    channel.bootstrap(Probe, 0).echo("x"),
    channel.bootstrap(Bank, 1).maybe(undefined),
    channel.bootstrap(Probe, 2).echo("x"),
  ];
  const outcomes = await within(Promise.allSettled(calls));
  for (const outcome of outcomes)
    if (outcome.status === "rejected") assert.is((outcome.reason as RpcError).code, "Unimplemented");
  return [0, 1, 2].filter((position) => outcomes[position]!.status === "fulfilled");
}

function throwsInvalid(act: () => unknown, why: RegExp): void {
  assert.throws(act, (error: unknown) => error instanceof InvalidError && why.test(error.message));
}

overEveryRoad("channel: forks", (forking, road) => {
  forking("a fork can be used at once, in both directions, before any hello has come", async () => {
    using pair = forkable(road);
    const { near, far, forks } = pair;
    const fork = near.channel.fork();
    assert.is(await within(fork.bootstrap(Probe).echo("down")), "down");
    assert.is(forks.length, 1);
    assert.is(await within(forks[0]!.bootstrap(Probe).echo("up")), "up");
    assert.equal([near.prober.seen, far.prober.seen], [["echo up"], ["echo down"]]);
    assert.equal([near.channel.counts.callsMade, fork.counts.callsMade], [0, 1]);
    assert.equal([far.channel.counts.callsServed, forks[0]!.counts.callsServed], [0, 1]);
  });

  forking("either end forks, and a fork is forked", async () => {
    using pair = forkable(road);
    const grandchild = pair.near.channel.fork().fork();
    const back = pair.far.channel.fork();
    assert.is(await within(grandchild.bootstrap(Probe).echo("down")), "down");
    assert.is(await within(back.bootstrap(Probe).echo("up")), "up");
    assert.is(pair.forks.length, 2);
    assert.is(await within(pair.forks[1]!.fork().bootstrap(Probe).echo("up again")), "up again");
  });

  forking("many at once do not mix up their calls", async () => {
    using pair = forkable(road);
    const forks = Array.from({ length: 16 }, () => pair.near.channel.fork());
    const answers = forks.map((fork, user) =>
      Promise.all(Array.from({ length: 50 }, (_, call) => fork.bootstrap(Probe).echo(`${user}: ${call}`))),
    );
    const expected = forks.map((_, user) => Array.from({ length: 50 }, (_, call) => `${user}: ${call}`));
    assert.equal(await within(Promise.all(answers)), expected);
    assert.equal(
      pair.forks.map(({ counts }) => counts.callsServed),
      new Array(16).fill(50),
    );
  });

  forking("descriptors and objects cross a fork", async () => {
    using pair = forkable(road, three());
    const fork = pair.near.channel.fork();
    using file = await within(fork.bootstrap(Probe).open("/etc/hostname"));
    assert.is(file.kind, "file");
    using counter = await within(fork.bootstrap(Bank, 1).make(7));
    assert.is(await within(counter.value()), 7);
    assert.equal([fork.counts.objectsImported, pair.near.channel.counts.objectsImported], [1, 0]);
  });

  forking("what opens a channel by its role opens a fork", async () => {
    const plugin = { name: () => "of the fork" };
    const [near, far] = road.pair();
    const forks: Channel[] = [];
    // Only what is called.
    using host = new Channel(far, {
      ...Sandbox.broker.options({ files: { readlink: () => "/there" }, sockets: {}, np: {} } as never),
      onFork: (fork) => forks.push(fork),
    });
    using channel = new Channel(near);
    const { broker } = connectAsSandbox((options) => channel.fork(options), { plugin } as never);
    assert.is(await within(broker.files.readlink("/here")), "/there");
    assert.is(forks.length, 1);
    channel.closeAll();
    host.closeAll();
  });

  forking("the fork's own end has the parent's offers and limits, or its own", async () => {
    using pair = forkable(road);
    const { near, forks } = pair;
    using other = new Prober();
    near.channel.fork();
    near.channel.fork({ offers: [] });
    near.channel.fork({ offers: [offer(Probe, other)], limits: { message: 4096 } });
    await until(() => forks.length === 3);
    assert.is(await within(forks[0]!.bootstrap(Probe).echo("x".repeat(5000))), "x".repeat(5000));
    assert.is(((await rejection(forks[1]!.bootstrap(Probe).echo("x"))) as RpcError).code, "Unimplemented");
    assert.is(await within(forks[2]!.bootstrap(Probe).echo("x")), "x");
    assert.is(((await rejection(forks[2]!.bootstrap(Probe).echo("x".repeat(5000)))) as RpcError).code, "Limit");
    assert.equal([near.prober.seen.length, other.seen], [1, ["echo x"]]);
  });

  forking("what is thrown on a fork is told to the log of its parent", async () => {
    using pair = forkable(road);
    pair.far.prober.faults["odd"] = new Error("odd");
    const fault = (await rejection(pair.near.channel.fork().bootstrap(Probe).fail("odd"))) as PeerError;
    assert.equal([fault.code, pair.far.faults.map(({ id }) => id)], ["Internal", [fault.id]]);
  });

  for (const when of ["before the peer's hello", "after it"])
    for (const [what, keep, expected] of [
      ["all", undefined, [0, 1, 2]],
      ["nothing", [], []],
      ["a position", [1], [1]],
      ["an interface, wherever it stands", [Probe], [0, 2]],
      ["positions and interfaces", [0, Bank], [0, 1]],
      ["one twice", [2, 2, Probe], [0, 2]],
    ] as const)
      forking(`a fork keeps ${what}, said ${when}`, async () => {
        using pair = forkable(road, three());
        if (when === "after it") await within(pair.near.probe.echo("x"));
        const fork = pair.near.channel.fork(keep === undefined ? {} : { keep });
        assert.equal(await answering(fork), expected);
        assert.equal(await answering(pair.near.channel), [0, 1, 2]);
      });

  forking("a fork of a fork has no more than that, whatever it would keep", async () => {
    using pair = forkable(road, three());
    const fork = pair.near.channel.fork({ keep: [0, 1] });
    assert.equal(await answering(fork.fork({ keep: [1, 2] })), [1]);
    assert.equal(await answering(fork.fork()), [0, 1]);
    assert.equal(await answering(fork.fork({ keep: [Probe] })), [0]);
  });

  forking("what is withheld is unimplemented by name, and a one-way to it does nothing", async () => {
    using pair = forkable(road);
    const fork = pair.near.channel.fork({ keep: [] });
    await fork.bootstrap(Probe).note("unheard");
    const error = (await rejection(fork.bootstrap(Probe).echo("x"))) as PeerError;
    assert.instance(error, PeerError);
    assert.is(error.code, "Unimplemented");
    assert.match(error.message, /^test\.Probe\.echo of version 1\.2: .*offered at 0 is withheld from this fork\.$/);
    assert.equal(pair.far.prober.seen, []);
  });

  forking("what cannot be an offer is not kept", () => {
    using pair = forkable(road);
    for (const position of [-1, 1.5, Number.NaN, 0x10000, Number.POSITIVE_INFINITY])
      throwsInvalid(() => pair.near.channel.fork({ keep: [position] }), /nothing at/);
    throwsInvalid(() => pair.near.channel.fork({ keep: new Array(513).fill(0) }), /at most 512/);
    throwsInvalid(() => pair.near.channel.forkSocket({ keep: [-1] }), /nothing at -1/);
    assert.is(pair.near.channel.counts.descriptorsSent, 0);
  });

  forking("what the peer does not offer is refused when it has said what it does, and not there before", async () => {
    using pair = forkable(road);
    const early = pair.near.channel.fork({ keep: [1, Bank, 0xffff] });
    assert.is(((await rejection(early.bootstrap(Probe).echo("x"))) as RpcError).code, "Unimplemented");
    await within(pair.near.probe.echo("x"));
    throwsInvalid(() => pair.near.channel.fork({ keep: [1] }), /nothing at 1/);
    throwsInvalid(() => pair.near.channel.fork({ keep: [Bank] }), /nothing test\.Bank|nothing .*Bank/);
    throwsInvalid(() => pair.near.channel.fork({ keep: [Counter] }), /Counter/);
    throwsInvalid(() => early.fork({ keep: [0] }), /nothing at 0/);
    assert.is(pair.forks.length, 1);
  });

  forking("closing a channel closes none of its forks, at either end", async () => {
    using pair = forkable(road);
    const { near, far, forks } = pair;
    const fork = near.channel.fork();
    await until(() => forks.length === 1);
    const pending = fork.bootstrap(Probe).wait("still");
    near.channel.close();
    assert.is(await within(far.channel.closed), undefined);
    await until(() => far.prober.waiting.length === 1);
    far.prober.waiting[0]!.answer();
    assert.is(await within(pending), "still");
    assert.is(await within(fork.fork().bootstrap(Probe).echo("and forks")), "and forks");
  });

  forking("closing a fork closes nothing else", async () => {
    using pair = forkable(road);
    const [fork, sibling] = [pair.near.channel.fork(), pair.near.channel.fork()];
    const grandchild = fork.fork();
    await within(grandchild.bootstrap(Probe).echo("x"));
    fork.close();
    assert.is(await within(pair.forks[0]!.closed), undefined);
    for (const channel of [grandchild, sibling, pair.near.channel])
      assert.is(await within(channel.bootstrap(Probe).echo("x")), "x");
  });

  for (const from of ["the first channel", "a fork", "the other end's fork"])
    forking(`closing all closes the whole family, from ${from}`, async () => {
      using pair = forkable(road);
      const { near, far, forks } = pair;
      const all = [near.channel, near.channel.fork(), near.channel.fork().fork(), far.channel];
      await within(Promise.all(all.map((channel) => channel.bootstrap(Probe).echo("x"))));
      const channel = { "the first channel": all[0], "a fork": all[2], "the other end's fork": forks[1] }[from]!;
      const pending = all.map((each) => rejection(each.bootstrap(Probe).wait("x")));
      channel.closeAll();
      for (const error of await within(Promise.all(pending))) assert.is((error as RpcError).code, "Disconnected");
      assert.equal(
        await within(Promise.all([...all, ...forks].map(({ closed }) => closed))),
        new Array(7).fill(undefined),
      );
    });

  forking("a program refuses a fork by throwing, and nothing else ends", async () => {
    let refusing = true;
    using pair = forkable(road, {
      onFork: () => {
        if (refusing) throw new Error("a secret of the far end");
      },
    });
    const fork = pair.near.channel.fork();
    const call = rejection(fork.bootstrap(Probe).echo("x"));
    const reason = await within(fork.closed);
    assert.instance(reason, TransportError);
    assert.is(reason!.message, "The peer ended the channel: The fork is refused.");
    assert.is(await call, reason);
    refusing = false;
    assert.is(await within(pair.near.channel.fork().bootstrap(Probe).echo("x")), "x");
    assert.equal(pair.far.prober.seen, ["echo x"]);
  });

  forking("no more forks are open than the limit says, and a closed one makes room", async () => {
    using pair = forkable(road, { limits: { forks: 2 } });
    const { near, forks } = pair;
    const first = near.channel.fork();
    const deep = first.fork();
    await until(() => forks.length === 2);
    for (const parent of [near.channel, first, deep]) {
      const reason = await within(parent.fork().closed);
      assert.match(reason!.message, /As many channels are forked of this connection as this end allows/);
    }
    assert.is(await within(near.probe.echo("the parent lives")), "the parent lives");
    assert.is(forks.length, 2);
    first.close();
    await within(forks[0]!.closed);
    await turn();
    assert.is(await within(deep.fork().bootstrap(Probe).echo("x")), "x");
  });

  forking("an end that allows no forks may fork itself", async () => {
    using pair = forkable(road, { limits: { forks: 0 } });
    assert.match((await within(pair.near.channel.fork().closed))!.message, /As many/);
    const fork = pair.far.channel.fork();
    assert.is(await within(fork.bootstrap(Probe).echo("x")), "x");
    // What the other end forks of that is counted here all the same.
    const [, back] = [fork, pair.near.channel];
    assert.match((await within(back.fork().closed))!.message, /As many/);
  });

  forking("a channel that has ended says why and forks nothing", async () => {
    using pair = forkable(road);
    pair.near.channel.close();
    for (const act of [() => pair.near.channel.fork(), () => pair.near.channel.forkSocket()])
      assert.throws(act, (error: unknown) => error instanceof TransportError && error.code === "Disconnected");
    await within(pair.far.channel.closed);
    assert.is(pair.forks.length, 0);
  });

  forking("options that cannot be are refused before the peer hears of anything", async () => {
    using pair = forkable(road);
    for (const limits of [{ inflight: 0 }, { forks: -1 }, { fds: 1000 }])
      assert.throws(() => pair.near.channel.fork({ limits } as ForkOptions), RangeError);
    assert.is(await within(pair.near.probe.echo("x")), "x");
    assert.is(pair.forks.length, 0);
  });

  forking("forking in the middle of a call's values is refused, and nothing is left of it", async () => {
    using pair = forkable(road);
    let thrown: unknown;
    const values = new Proxy(["a"], {
      get(target, name) {
        if (name === "0")
          try {
            pair.near.channel.fork();
          } catch (error) {
            thrown = error;
          }
        return Reflect.get(target, name);
      },
    });
    assert.equal(await within(pair.near.probe.words(values)), ["a"]);
    assert.instance(thrown, InvalidError);
    assert.is(pair.forks.length, 0);
  });

  forking("a handler forks, and calls over the fork before it answers", async () => {
    using pair = forkable(road);
    const { near, far } = pair;
    near.prober.echo = async (text) => near.channel.fork().bootstrap(Probe).echo(`${text}, by a fork`);
    assert.is(await within(far.probe.echo("x")), "x, by a fork");
  });

  forking("somebody else speaks over a forked socket", async () => {
    using pair = forkable(road, three());
    const socket = pair.near.channel.forkSocket({ keep: [Bank] });
    using elsewhere = new Channel((framing) => unixSocket(socket, framing, { spin: 0 }));
    assert.equal(await answering(elsewhere), [1]);
    assert.is(pair.forks.length, 1);
    assert.equal(await answering(elsewhere.fork()), [1]);
    elsewhere.closeAll();
    await within(Promise.all(pair.forks.map(({ closed }) => closed)));
  });

  forking("a forked socket that nobody takes up is closed, and so is what the peer had of it", async () => {
    using pair = forkable(road);
    pair.near.channel.forkSocket().close();
    await until(() => pair.forks.length === 1);
    await within(pair.forks[0]!.closed);
    assert.is(await within(pair.near.probe.echo("x")), "x");
  });

  forking("a fork that the peer never hears of ends with what it was forked of", async () => {
    using facing = facingRaw(road, {}, { reading: false });
    const fork = facing.side.channel.fork();
    const call = rejection(fork.bootstrap(Probe).echo("x"));
    facing.raw.vanish();
    assert.is(((await within(call)) as RpcError).code, "Disconnected");
  });

  forking("a peer that does not read is not told of ever more forks", async () => {
    using facing = facingRaw(road, { limits: { queue: 4096 } }, { reading: false });
    facing.raw.send(hello());
    await until(() => facing.side.channel.counts.messagesReceived === 1);
    const text = "x".repeat(1 << 19);
    for (let sent = 0; sent < 2; sent++) facing.side.probe.note(text);
    await turn();
    assert.throws(
      () => facing.side.channel.fork(),
      (error: unknown) => (error as RpcError).code === "Limit",
    );
  });

  if (road.answersWhileBlocked) {
    forking("a fork can be blocked on at once, and so can its fork", () => {
      using pair = forkable(road);
      const fork = pair.near.channel.fork();
      assert.is(fork.bootstrap(Probe).echoSync("x"), "x");
      assert.is(fork.fork().fork().bootstrap(Probe).echoSync("x"), "x");
    });

    forking("a thread that blocks on one channel does not take up its forks: blocking on those is a Deadlock", () => {
      using pair = forkable(road);
      const { near, far, forks } = pair;
      let thrown: unknown;
      far.prober.echo = (text) => {
        try {
          pair.far.channel.fork().bootstrap(Probe).echoSync("back");
        } catch (error) {
          thrown = error;
        }
        return text;
      };
      assert.is(near.probe.echoSync("x"), "x");
      assert.is((thrown as RpcError).code, "Deadlock");
      assert.equal(forks, []);
    });
  }
});
