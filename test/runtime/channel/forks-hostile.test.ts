/**
 * Peers that fork as docs/protocol.md does not allow: each ends its own channel and leaves nothing open. And peers that
 * fork as it does and mean no good: they get so many forks, each with its limits, and lose only those that misbehave.
 */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as assert from "uvu/assert";
import type { Channel } from "../../../runtime/channel/channel.ts";
import { offer } from "../../../runtime/channel/interface.ts";
import { Fd } from "../../../runtime/descriptor.ts";
import type { RpcError } from "../../../runtime/errors.ts";
import { addon } from "../../../runtime/native/addon.ts";
import { socketPair } from "../../../runtime/transport/sockets.ts";
import { unixSocket } from "../../../runtime/transport/unix-socket.ts";
import { type Facing, facingRaw, overEveryRoad } from "../../support/channels.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { openDirectory, openFile, openForWriting, openMemory } from "../../support/open-files.ts";
import { Probe, Prober, selector } from "../../support/probe.ts";
import { RawPeer } from "../../support/raw-peer.ts";
import type { Road } from "../../support/roads.ts";
import {
  type Bytes,
  call,
  faultCode,
  fork,
  frame,
  hello,
  join,
  kind,
  result,
  string,
  u16,
  u32,
} from "../../support/wire.ts";
import { turn, until, within } from "../../support/within.ts";

/** The type of socket that a road's forks have: loopback's are packets. */
function typeOf(road: Road): "seqpacket" | "stream" {
  return road.name === "stream" ? "stream" : "seqpacket";
}

function otherThan(road: Road): "seqpacket" | "stream" {
  return road.name === "stream" ? "seqpacket" : "stream";
}

/** One end of a pair whose other end is closed. */
function half(type: "seqpacket" | "stream"): Fd {
  const [near, far] = socketPair(type);
  far.close();
  return near;
}

function pipe(): Fd {
  const folder = mkdtempSync(path.join(tmpdir(), "postern-pipe-"));
  execFileSync("mkfifo", [path.join(folder, "pipe")]);
  const fd = openSync(path.join(folder, "pipe"), "r+");
  rmSync(folder, { recursive: true });
  return Fd.adopt(fd, "pipe");
}

function listening(): Fd {
  return Fd.adopt(addon().listen(5, `@postern-listening-${process.pid}`, 1), "listening");
}

interface Violation {
  readonly what: string;
  readonly bytes: Bytes;
  readonly brings: (road: Road) => readonly Fd[];
  readonly why: RegExp;
  readonly code?: "Limit";
}

const one = (road: Road): readonly Fd[] => [half(typeOf(road))];
const bare = { kind: kind.fork, descriptors: 1 };

const violations: readonly Violation[] = [
  {
    what: "no descriptor",
    bytes: frame({ kind: kind.fork }, u32(0)),
    brings: () => [],
    why: /Descriptor 0 is named where 0 is next and the message has 0/,
  },
  { what: "one that does not come", bytes: fork(), brings: () => [], why: /names 1 descriptors and came with 0/ },
  {
    what: "two descriptors",
    bytes: frame({ kind: kind.fork, descriptors: 2 }, u32(0)),
    brings: (road) => [half(typeOf(road)), half(typeOf(road))],
    why: /1 descriptors of the message are not named/,
  },
  {
    what: "a descriptor more than it names",
    bytes: fork(),
    brings: (road) => [half(typeOf(road)), openFile()],
    why: /no frame names/,
  },
  { what: "a file", bytes: fork(), brings: () => [openFile()], why: /is a file and must be seqpacket or stream/ },
  { what: "a directory", bytes: fork(), brings: () => [openDirectory()], why: /is a dir and must be/ },
  { what: "memory", bytes: fork(), brings: () => [openMemory()], why: /is a memory and must be/ },
  { what: "a device", bytes: fork(), brings: () => [openForWriting()], why: /is a device and must be/ },
  { what: "a pipe", bytes: fork(), brings: () => [pipe()], why: /is a pipe and must be/ },
  { what: "a listening socket", bytes: fork(), brings: () => [listening()], why: /must allow read/ },
  {
    what: "a socket of another type",
    bytes: fork(),
    brings: (road) => [half(otherThan(road))],
    why: /a Unix socket of type \w+, and this is none/,
  },
  { what: "an id", bytes: frame({ ...bare, id: 1 }, u32(0)), brings: one, why: /where its kind says nothing/ },
  { what: "a flag", bytes: frame({ ...bare, flags: 1 }, u32(0)), brings: one, why: /flags/ },
  { what: "a reference", bytes: frame({ ...bare, reserved: 1 }, u32(0), u32(2)), brings: one, why: /not named/ },
  { what: "a way of keeping that is none", bytes: frame({ ...bare, word: 2 }, u32(0)), brings: one, why: /exist: 2/ },
  { what: "no body", bytes: frame(bare), brings: one, why: /middle of a value/ },
  { what: "another descriptor than its own", bytes: frame(bare, u32(1)), brings: one, why: /1 is named where 0/ },
  { what: "a list that is not asked for", bytes: frame(bare, u32(0), u32(0)), brings: one, why: /left over/ },
  { what: "no list", bytes: frame({ ...bare, word: 1 }, u32(0)), brings: one, why: /middle of a value/ },
  { what: "one list", bytes: frame({ ...bare, word: 1 }, u32(0), u32(0)), brings: one, why: /middle of a value/ },
  {
    what: "a list that is cut off",
    bytes: frame({ ...bare, word: 1 }, u32(0), u32(9), u16(0)),
    brings: one,
    why: /longer than its message/,
  },
  {
    what: "too many positions",
    bytes: fork({ positions: new Array(513).fill(0) }),
    brings: one,
    code: "Limit",
    why: /513 is longer than its limit of 512/,
  },
  {
    what: "too many interfaces",
    bytes: fork({ interfaces: new Array(513).fill(0) }),
    brings: one,
    code: "Limit",
    why: /513 is longer than its limit of 512/,
  },
];

/** A side whose peer speaks bytes, and the forks that it was told of. */
function facingForker(road: Road, limits = {}): Facing & { readonly forks: Channel[] } {
  const forks: Channel[] = [];
  const facing = facingRaw(road, {
    offers: [offer(Probe, new Prober())],
    limits,
    onFork: (made) => forks.push(made),
  });
  return {
    ...facing,
    forks,
    [Symbol.dispose]() {
      facing.side.channel.closeAll();
      facing[Symbol.dispose]();
    },
  };
}

/** Forks by hand, and speaks bytes over the fork. */
function forkBy(raw: RawPeer, road: Road, bytes: Bytes = fork()): RawPeer {
  const [near, far] = socketPair(typeOf(road));
  raw.send(bytes, [far.fd]);
  far.close();
  return new RawPeer((framing) => unixSocket(near, framing, { spin: 0 }));
}

async function tcpPair(): Promise<{ readonly fd: number; close(): Promise<void> }> {
  const server: Server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client: Socket = connectTcp((server.address() as { readonly port: number }).port, "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [Socket];
  // What Node calls its own; there is no other way to the number.
  const { fd } = (accepted as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const close = async (): Promise<void> => {
    client.destroy();
    accepted.destroy();
    server.close();
    await once(server, "close");
  };
  return { fd, close };
}

overEveryRoad("channel: hostile forks", (hostile, road) => {
  for (const { what, bytes, brings, why, code = "Protocol" } of violations)
    hostile(`a fork with ${what} ends the channel`, async () => {
      using facing = facingForker(road);
      const { side, raw, forks } = facing;
      raw.send(hello());
      await until(() => side.channel.counts.messagesReceived === 1);
      const brought = brings(road);
      raw.send(
        bytes,
        brought.map(({ fd }) => fd),
      );
      for (const fd of brought) fd.close();
      const reason = await within(side.channel.closed);
      assert.is(reason?.code, code, reason?.message);
      assert.match(reason!.message, why);
      // Loopback brings a surplus descriptor only after the frame, which by then has made its fork.
      if (what !== "a descriptor more than it names") assert.equal(forks, []);
      assert.is((await raw.farewell())?.code, faultCode[code]);
    });

  hostile("a fork with a socket of another family ends the channel", async () => {
    if (road.name !== "stream") return;
    const tcp = await tcpPair();
    using facing = facingForker(road);
    facing.raw.send(join(hello(), fork()), [tcp.fd]);
    assert.match((await within(facing.side.channel.closed))!.message, /a Unix socket of type stream, and this is none/);
    await tcp.close();
  });

  hostile("a fork before the hello ends the channel", async () => {
    using facing = facingForker(road);
    const [near, far] = socketPair(typeOf(road));
    facing.raw.send(join(fork(), hello()), [far.fd]);
    far.close();
    assert.match((await within(facing.side.channel.closed))!.message, /hello is not its first frame/);
    near.close();
  });

  hostile("positions and interfaces that there are not give nothing, and name no more than there is", async () => {
    using facing = facingForker(road);
    const { raw, forks } = facing;
    raw.send(hello());
    const keep = { positions: [1, 0xffff, 1], interfaces: [0, -1, Probe.id + 1] };
    using by = forkBy(raw, road, fork(keep));
    by.send(join(hello(), call(1, selector.echo, string("x"))));
    const [answer] = await by.received("return");
    assert.equal([answer!.word, forks.length], [2, 1]);
    assert.equal([...(await by.received("hello"))[0]!.body.slice(24)], [...u32(1), ...new Uint8Array(20)]);
  });

  hostile("what is kept by the id of its interface is there, and its hello says so", async () => {
    using facing = facingForker(road);
    facing.raw.send(hello());
    using by = forkBy(facing.raw, road, fork({ interfaces: [Probe.id] }));
    by.send(join(hello(), call(1, selector.echo, string("x"))));
    assert.is((await by.received("return"))[0]!.word, 0);
  });

  hostile("of a thousand forks as many live as may, the others are told why, and the channel lives", async () => {
    const before = openDescriptors().length;
    {
      using facing = facingForker(road);
      const { side, raw, forks } = facing;
      raw.send(hello());
      const all: RawPeer[] = [];
      for (let round = 0; round < 100; round++) {
        for (let count = 0; count < 10; count++) all.push(forkBy(raw, road));
        await turn();
      }
      const refused = all.slice(16);
      for (const farewell of await within(Promise.all(refused.map((by) => by.farewell()))))
        assert.is(farewell?.code, faultCode.Limit);
      assert.is(forks.length, 16);
      for (const by of all.slice(0, 16)) by.send(join(hello(), call(1, selector.echo, string("alive"))));
      await Promise.all(all.slice(0, 16).map((by) => by.received("return")));
      raw.send(call(1, selector.echo, string("alive")));
      await raw.received("return");
      // A peer that dies takes its ends of all of them with it.
      raw.vanish();
      for (const by of all) by.vanish();
      await within(Promise.all([side.channel, ...forks].map(({ closed }) => closed)));
    }
    await until(() => openDescriptors().length <= before, "all descriptors to be closed");
  });

  hostile("a fork that is gone already ends by itself and makes room", async () => {
    using facing = facingForker(road, { forks: 1 });
    const { side, raw, forks } = facing;
    raw.send(hello());
    for (let round = 1; round <= 5; round++) {
      forkBy(raw, road).vanish();
      await until(() => forks.length === round);
      await within(forks[round - 1]!.closed);
      await turn();
    }
    assert.is(side.channel.counts.messagesReceived, 6);
  });

  for (const [what, bytes] of [
    ["another wire", hello({ magic: "HTTP" })],
    ["a call before its hello", call(1, selector.echo, string("x"))],
    ["a frame that is none", join(hello(), frame({ kind: 99 }))],
    ["a goodbye", join(hello(), frame({ kind: kind.goodbye }, u32(0), u32(0), u32(0)))],
  ] as const)
    hostile(`${what} on a fork ends that fork alone`, async () => {
      using facing = facingForker(road);
      const { raw, forks } = facing;
      raw.send(hello());
      using sibling = forkBy(raw, road);
      using by = forkBy(raw, road);
      by.send(bytes);
      await by.farewell();
      assert.is(forks.length, 2);
      await within(forks[1]!.closed);
      for (const peer of [raw, sibling]) {
        if (peer === sibling) peer.send(hello());
        peer.send(call(1, selector.echo, string("fine")));
        await peer.received("return");
      }
    });

  hostile("forks wait while this end blocks: nothing of the program runs for them, and they are bounded", async () => {
    using facing = facingForker(road, { forks: 3 });
    const { side, raw, forks } = facing;
    raw.send(hello());
    const all = Array.from({ length: 5 }, () => forkBy(raw, road));
    raw.send(result(1, string("now")));
    assert.is(side.probe.echoSync("x", { timeoutMs: 10_000 }), "now");
    assert.is(forks.length, 0);
    await until(() => forks.length === 3);
    for (const by of all.slice(3)) assert.is((await by.farewell())?.code, faultCode.Limit);
    for (const by of all) by.vanish();
    await within(Promise.all(forks.map(({ closed }) => closed)));
  });

  hostile("forks that wait are closed when the channel ends first, and their places are free", async () => {
    using facing = facingForker(road, { forks: 2 });
    const { side, raw, forks } = facing;
    raw.send(hello());
    using early = forkBy(raw, road);
    await until(() => forks.length === 1);
    const late = forkBy(raw, road);
    raw.send(frame({ kind: 99 }));
    assert.throws(
      () => side.probe.echoSync("x", { timeoutMs: 10_000 }),
      (error: unknown) => (error as RpcError).code === "Protocol",
    );
    assert.is(await late.farewell(), undefined);
    assert.is(forks.length, 1);
    early.send(hello());
    using by = forkBy(early, road);
    await until(() => forks.length === 2);
    by.send(join(hello(), call(1, selector.echo, string("x"))));
    await by.received("return");
  });
});
