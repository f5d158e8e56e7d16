/** Sockets that one end makes for the other: the callback is the peer's, and the descriptor anybody's. */

import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrnoError, type OnMessageImpl, SocketFactory, type SocketFactoryImpl } from "../../../generated/sockets.ts";
import type { Channel } from "../../../runtime/channel/channel.ts";
import { offer } from "../../../runtime/channel/interface.ts";
import { channelOver } from "../../../runtime/connect.ts";
import type { Fd } from "../../../runtime/descriptor.ts";
import type { Limits } from "../../../runtime/limits.ts";
import { type SocketFactoryOptions, socketFactory } from "../../../runtime/sockets/socket-factory.ts";
import { spawn } from "../../../runtime/spawn.ts";
import { socketPair } from "../../../runtime/transport/sockets.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { SenderProgram } from "../../support/plain-sender.ts";
import { rejection, turn, until, within } from "../../support/within.ts";

const test = suite("socket factory");
let program: SenderProgram;
test.before(() => {
  program = new SenderProgram();
});
test.after(() => program[Symbol.dispose]());
leavesNothingOpen(test);

const START_MS = 30_000;

/** A factory and a peer of it, over a real socket. The peer offers a factory too, which has the first one make them. */
class Served implements Disposable {
  readonly made: ReturnType<typeof socketFactory>;
  readonly serving: Channel;
  readonly peer: Channel;
  readonly factory: SocketFactory;
  readonly faults: unknown[] = [];

  constructor(options: SocketFactoryOptions = {}, limits: Partial<Limits> = {}) {
    this.made = socketFactory(options);
    const [ours, theirs] = socketPair("seqpacket");
    const onFault = ({ thrown }: { readonly thrown: unknown }): number => this.faults.push(thrown);
    this.serving = channelOver(ours, { offers: [offer(SocketFactory, this.made)], onFault });
    const relay: Partial<SocketFactoryImpl> = { makeSocket: (onMessage) => this.factory.makeSocket(onMessage) };
    this.peer = channelOver(theirs, {
      offers: [offer(SocketFactory, relay as SocketFactoryImpl)],
      limits,
      onFault,
    });
    this.factory = this.peer.bootstrap(SocketFactory);
  }

  [Symbol.dispose](): void {
    this.peer.close();
    this.serving.close();
    this.made[Symbol.dispose]();
  }
}

/** A callback that counts its messages and notes that it was let go of. */
function noting(take: OnMessageImpl = () => {}): { onMessage: OnMessageImpl; texts: string[]; gone: Promise<void> } {
  const texts: string[] = [];
  let tellGone = (): void => {};
  const gone = new Promise<void>((resolve) => {
    tellGone = resolve;
  });
  const onMessage: OnMessageImpl = (message, ...rest) => {
    texts.push(Buffer.from(message).toString());
    return take(message, ...rest);
  };
  return { onMessage: Object.assign(onMessage, { [Symbol.dispose]: tellGone }), texts, gone };
}

test("across three processes: one asks, one makes the socket, and a C program sends", async () => {
  using factory = socketFactory();
  const asking = fileURLToPath(new URL("fixtures/asking.ts", import.meta.url));
  using child = spawn(process.execPath, ["--import", "tsx", asking, program.path], {
    offers: [offer(SocketFactory, factory)],
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = await within(text(child.process.stdout!), "what the child tells", START_MS);
  assert.equal(JSON.parse(said), {
    told: [
      ["plain", []],
      ["files", ["0", "1"]],
      ["", []],
      ["", []],
    ],
    known: true,
  });
  await within(child.exited, "the child's end", START_MS);
});

test("messages come in order, each after the peer has answered for the one before", async () => {
  using served = new Served();
  let running = 0;
  let most = 0;
  const { onMessage, texts, gone } = noting(async () => {
    most = Math.max(most, ++running);
    await turn();
    running--;
  });
  using socket = await served.factory.makeSocket(onMessage);
  using sender = program.start(socket, ["numbered", 200]);
  socket.close();
  await within(gone, "the socket's end");
  assert.equal(
    texts,
    Array.from({ length: 200 }, (_, i) => `${sender.pid} ${i}`),
  );
  assert.is(most, 1);
  assert.is(served.serving.counts.objectsImported, 0);
});

test("a peer that is busy holds the sender up, not the one that made the socket", async () => {
  using served = new Served();
  const { onMessage, texts } = noting(() => new Promise<void>(() => {}));
  using socket = await served.factory.makeSocket(onMessage);
  using sender = program.start(socket, ["fill", 1000], ["line"]);
  await sender.said(1);
  await until(() => texts.length === 1, "the first message");
  await turn(10);
  assert.is(texts.length, 1);
  assert.ok(served.serving.counts.callsPending === 1);
});

test("the largest message there is fits the limits that channels have by default", async () => {
  using served = new Served();
  let bytes = 0;
  let files: readonly string[] = [];
  const { onMessage, gone } = noting((message, fds) => {
    bytes = Math.max(bytes, message.length);
    files = [...files, ...fds.map(({ fd }) => readFileSync(fd, "utf8"))];
    for (const fd of fds) fd.close();
  });
  using socket = await served.factory.makeSocket(onMessage);
  using _sender = program.start(socket, ["bytes", 131_072], ["files", 16]);
  socket.close();
  await within(gone, "the socket's end");
  assert.equal([bytes, files.length], [131_072, 16]);
});

const ends: readonly [what: string, limits: Partial<Limits>, errand: readonly ["files" | "bytes", number]][] = [
  ["more descriptors than a made socket takes", {}, ["files", 17]],
  ["more descriptors than the peer's channel takes", { fds: 3 }, ["files", 4]],
  ["more bytes than the peer's channel takes", { message: 8192 }, ["bytes", 9000]],
];

for (const [what, limits, errand] of ends)
  test(`${what}: the socket ends, the channel does not`, async () => {
    using served = new Served({}, limits);
    const { onMessage, texts, gone } = noting();
    using socket = await served.factory.makeSocket(onMessage);
    using sender = program.start(socket, ["text", "before"], errand, ["hangup"], ["text", "after"], ["text", "after"]);
    await within(gone, "the socket's end");
    assert.equal(texts, ["before"]);
    assert.is((await sender.done()).at(-1), "EPIPE");
    (await served.factory.makeSocket(noting().onMessage)).close();
  });

test("a callback of the peer's that throws ends the socket, and its descriptors are closed at either end", async () => {
  using served = new Served();
  const { onMessage, texts, gone } = noting((_, fds) => {
    for (const fd of fds) fd.close();
    throw new Error("not this one");
  });
  using socket = await served.factory.makeSocket(onMessage);
  using sender = program.start(socket, ["files", 3], ["hangup"], ["text", "next"]);
  await within(gone, "the socket's end");
  assert.equal(texts, ["files"]);
  await sender.done();
  assert.match(String(served.faults[0]), /not this one/);
  assert.is(served.faults.length, 1);
});

test("the loss of the peer closes its sockets, although others hold the descriptors and send nothing", async () => {
  using served = new Served();
  const callbacks = [noting(), noting(), noting()];
  const sockets = await Promise.all(callbacks.map(({ onMessage }) => served.factory.makeSocket(onMessage)));
  const senders = sockets.map((socket) => program.start(socket, ["text", "x"], ["hangup"], ["text", "y"]));
  await until(() => callbacks.every(({ texts }) => texts.length === 1), "a message each");
  await until(() => served.serving.counts.callsPending === 0, "their acknowledgement");
  served.peer.close();
  for (const sender of senders) assert.equal(await sender.done(), ["ok", "1", "EPIPE"]);
  for (const socket of sockets) socket.close();
});

test("disposing of the factory closes what it made, and tells the callbacks", async () => {
  using served = new Served();
  const { onMessage, gone } = noting();
  using socket = await served.factory.makeSocket(onMessage);
  using sender = program.start(socket, ["hangup"], ["text", "x"]);
  served.made[Symbol.dispose]();
  assert.equal(await sender.done(), ["1", "EPIPE"]);
  await within(gone, "the callback's end");
});

test("a peer has so many sockets at a time, also with one callback for them all", async () => {
  using served = new Served({ sockets: 3 });
  const { onMessage } = noting();
  const three = await Promise.all([1, 2, 3].map(() => served.factory.makeSocket(onMessage)));
  const error = await rejection(served.factory.makeSocket(onMessage));
  assert.instance(error, ErrnoError);
  assert.equal([(error as ErrnoError).code, (error as ErrnoError).syscall], ["EMFILE", "makeSocket"]);
  three[0]!.close();
  (await within(oneMore(served, onMessage), "room for one more")).close();
  for (const socket of three) socket.close();
});

/** Asks again until there may be one more socket. */
async function oneMore(served: Served, onMessage: OnMessageImpl): Promise<Fd> {
  for (;;) {
    try {
      return await served.factory.makeSocket(onMessage);
    } catch (error) {
      assert.instance(error, ErrnoError);
      await turn();
    }
  }
}

test("two sockets of one callback end apart", async () => {
  using served = new Served();
  const { onMessage, texts, gone } = noting();
  const [one, two] = await Promise.all([1, 2].map(() => served.factory.makeSocket(onMessage)));
  one!.close();
  using _sender = program.start(two!, ["text", "still here"]);
  await until(() => texts.length === 1, "the message");
  two!.close();
  await within(gone, "the end of both");
});

test("a callback that comes home is called as itself, and is no trouble when the socket ends", async () => {
  using served = new Served();
  const { onMessage, texts, gone } = noting();
  using socket = await served.serving.bootstrap(SocketFactory).makeSocket(onMessage);
  using sender = program.start(socket, ["text", "home"]);
  await until(() => texts.length === 1, "the message");
  socket.close();
  await sender.done();
  await within(gone, "the socket's end");
  assert.equal(served.faults, []);
});

// ------------------------------------------------------------------ bound sockets

test("a peer connects through a capability and is accepted, and the two talk", async () => {
  using served = new Served();
  using ends = await served.factory.boundSocket();
  using connection = await served.factory.connect(ends.capability);
  using newcomer = await served.factory.accept(ends.bound);
  assert.equal(newcomer.peer, { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
  using near = channelOver(connection, { offers: [] });
  using far = channelOver(newcomer.socket, { offers: [offer(SocketFactory, served.made)] });
  const { onMessage, texts } = noting();
  using socket = await near.bootstrap(SocketFactory).makeSocket(onMessage);
  using _sender = program.start(socket, ["text", "through the connection"]);
  await until(() => texts.length === 1, "the message");
  far.close();
});

test("a call of accept waits for its newcomer, and several get one each", async () => {
  using served = new Served();
  using ends = await served.factory.boundSocket();
  const waiting = [1, 2, 3].map(() => within(served.factory.accept(ends.bound)));
  await turn(5);
  const connections = await Promise.all([1, 2, 3].map(() => served.factory.connect(ends.capability)));
  const newcomers = await Promise.all(waiting);
  assert.is(new Set(newcomers.map(({ socket }) => socket.fd)).size, 3);
  for (const newcomer of newcomers) newcomer[Symbol.dispose]();
  for (const connection of connections) connection.close();
});

test("blocking, a peer that starts with nothing makes itself a connection", async () => {
  using factory = socketFactory();
  const connecting = fileURLToPath(new URL("fixtures/connecting.ts", import.meta.url));
  using child = spawn(process.execPath, ["--import", "tsx", connecting], {
    offers: [offer(SocketFactory, factory)],
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = await within(text(child.process.stdout!), "what the child tells", START_MS);
  assert.is(said, "hello through it\n");
  await within(child.exited, "the child's end", START_MS);
});

const refused: readonly [what: string, code: string, ask: (factory: SocketFactory) => Promise<unknown>][] = [
  [
    "connecting when the bound socket is closed",
    "ECONNREFUSED",
    async (factory) => {
      using ends = await factory.boundSocket();
      ends.bound.close();
      await factory.connect(ends.capability);
    },
  ],
  [
    "accepting when every capability is closed",
    "ENOTCONN",
    async (factory) => {
      using ends = await factory.boundSocket();
      ends.capability.close();
      await factory.accept(ends.bound);
    },
  ],
];

for (const [what, code, ask] of refused)
  test(`${what} is ${code}`, async () => {
    using served = new Served();
    const error = await rejection(ask(served.factory));
    assert.instance(error, ErrnoError);
    assert.is((error as ErrnoError).code, code);
  });

test("accepting again and again what has nobody waiting is limited, and giving up makes room", async () => {
  using served = new Served({ sockets: 2 });
  using ends = await served.factory.boundSocket();
  const abort = new AbortController();
  const waiting = [1, 2].map(() => rejection(served.factory.accept(ends.bound, { signal: abort.signal })));
  const third = await rejection(served.factory.accept(ends.bound));
  assert.is((third as ErrnoError).code, "EMFILE");
  abort.abort();
  await Promise.all(waiting);
  using connection = await served.factory.connect(ends.capability);
  using newcomer = await within(served.factory.accept(ends.bound));
  assert.not.ok(newcomer.socket.closed || connection.closed);
});

test("disposing of the factory ends the calls that wait for a newcomer", async () => {
  using served = new Served();
  using ends = await served.factory.boundSocket();
  const waiting = rejection(served.factory.accept(ends.bound));
  await turn(5);
  served.made[Symbol.dispose]();
  assert.is(((await waiting) as ErrnoError).code, "ENOTCONN");
});

// ------------------------------------------------------------------ answers that are lost

test("an answer that nobody waits for closes the socket", async () => {
  using served = new Served();
  const { onMessage, gone } = noting();
  const abort = new AbortController();
  const call = rejection(served.factory.makeSocket(onMessage, { signal: abort.signal }));
  abort.abort();
  await call;
  await within(gone, "the callback's end");
});

test.run();
