import { spawn } from "node:child_process";
import { readSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { accept, acceptSync } from "../../runtime/accept.ts";
import type { Channel } from "../../runtime/channel/channel.ts";
import { offer } from "../../runtime/channel/interface.ts";
import { connect } from "../../runtime/connect.ts";
import type { Fd, FdLike } from "../../runtime/descriptor.ts";
import { InvalidError, type RpcError } from "../../runtime/errors.ts";
import { type ServeOptions, type Server, serve } from "../../runtime/serve.ts";
import { boundSocket, connectThrough } from "../../runtime/transport/bound-socket.ts";
import type { PeerCredentials } from "../../runtime/transport/transport.ts";
import { boundEnds } from "../support/bound-ends.ts";
import { leavesNothingOpen } from "../support/descriptor-count.ts";
import { Introducer } from "../support/introducer.ts";
import { Probe, Prober } from "../support/probe.ts";
import { rejection, until, within } from "../support/within.ts";

const test = suite("connect and accept");
leavesNothingOpen(test);

const START_MS = 30_000;
const self = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
const client = fileURLToPath(new URL("fixtures/bound-client.ts", import.meta.url));
const probes = { offers: [offer(Probe, new Prober())], onFault: () => {} };

/** Answers with its name. */
class Named extends Prober {
  readonly #name: string;

  constructor(name: string) {
    super();
    this.#name = name;
  }

  override echo(): string {
    return this.#name;
  }
}

/** A server at a bound socket, and what connects to it. */
function served(options: ServeOptions = {}): { readonly server: Server; readonly capability: Fd } & Disposable {
  const { bound, capability } = boundSocket();
  const server = serve(bound, { ...probes, ...options });
  return {
    server,
    capability,
    [Symbol.dispose]() {
      server.close();
      capability.close();
    },
  };
}

/** Runs a program that connects so many times and calls a hundred times over each; gives how many answers were right. */
async function callFromAnotherProcess(capability: FdLike & { readonly fd: number }, times: number): Promise<number> {
  const child = spawn(process.execPath, ["--import", "tsx", client, String(times)], {
    stdio: ["ignore", "pipe", "inherit", capability.fd],
  });
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  await within(new Promise((resolve) => child.once("close", resolve)), "the client's end", START_MS);
  return Number(output);
}

function codeOf(error: unknown): string {
  return (error as RpcError).code;
}

test("either end calls the other, and what was sent before the accept is answered after it", async () => {
  using ends = boundEnds();
  using near = connect(ends.capability, probes);
  const early = [1, 2, 3].map((text) => near.bootstrap(Probe).echo(String(text)));
  using far = await within(accept(ends.bound, probes));
  assert.equal(await within(Promise.all(early)), ["1", "2", "3"]);
  assert.is(await within(far.bootstrap(Probe).echo("back")), "back");
});

test("a blocking accept needs no event loop", async () => {
  using ends = boundEnds();
  using near = connect(ends.capability, probes);
  using far = acceptSync(ends.bound, { ...probes, timeoutMs: START_MS });
  assert.is(await within(near.bootstrap(Probe).echo("down")), "down");
  assert.is(await within(far.bootstrap(Probe).echo("up")), "up");
});

test("the acceptor knows who connected, the connector who made the bound socket", async () => {
  using ends = boundEnds();
  using near = connect(ends.capability);
  using far = await within(accept(ends.bound));
  assert.equal([near.peer, far.peer], [self, self]);
});

test("several connections to one bound socket are told apart, whoever accepts them", async () => {
  using ends = boundEnds();
  const near = ["1", "2", "3"].map(() => connect(ends.capability));
  const far = [
    acceptSync(ends.bound, { offers: [offer(Probe, new Named("1"))], timeoutMs: START_MS }),
    await within(accept(ends.bound, { offers: [offer(Probe, new Named("2"))] })),
    acceptSync(ends.bound, { offers: [offer(Probe, new Named("3"))], timeoutMs: START_MS }),
  ];
  const answers = await within(Promise.all(near.map((channel) => channel.bootstrap(Probe).echo("who?"))));
  assert.equal(answers, ["1", "2", "3"]);
  for (const channel of [...near, ...far]) channel.close();
});

test("a capability crosses in a call as a descriptor, and connects from there", async () => {
  using ends = boundEnds();
  using road = boundEnds();
  using near = connect(road.capability);
  using far = await within(
    accept(road.bound, { offers: [offer(Introducer, { introduce: () => ends.capability.dup() })] }),
  );
  using capability = await within(near.bootstrap(Introducer).introduce());
  using through = connect(capability);
  using accepted = await within(accept(ends.bound, probes));
  assert.is(await within(through.bootstrap(Probe).echo("introduced")), "introduced");
  assert.is(far.counts.descriptorsSent, 1);
  accepted.close();
});

test("a connection that is never accepted ends with the bound socket", async () => {
  using ends = boundEnds();
  using near = connect(ends.capability);
  const call = rejection(near.bootstrap(Probe).echo("x"));
  ends.bound.close();
  assert.is(codeOf(await call), "Disconnected");
  assert.throws(
    () => connect(ends.capability),
    (error: unknown) => codeOf(error) === "Disconnected",
  );
});

test("a blocking call to who never accepts ends in its time", () => {
  using ends = boundEnds();
  using near = connect(ends.capability);
  assert.throws(
    () => near.bootstrap(Probe).echoSync("x", { timeoutMs: 20 }),
    (error: unknown) => codeOf(error) === "DeadlineExceeded",
  );
});

test("accepting is cancelled by its signal", async () => {
  using ends = boundEnds();
  const controller = new AbortController();
  const waiting = rejection(accept(ends.bound, { signal: controller.signal }));
  controller.abort();
  assert.is(codeOf(await waiting), "Cancelled");
});

test("a blocking accept that nobody comes to ends in its time", () => {
  using ends = boundEnds();
  assert.throws(
    () => acceptSync(ends.bound, { timeoutMs: 10 }),
    (error: unknown) => codeOf(error) === "DeadlineExceeded",
  );
});

for (const blocking of [true, false])
  test(`options that no channel can have close the newcomer's connection (${blocking ? "" : "not "}blocking)`, async () => {
    using ends = boundEnds();
    using near = connect(ends.capability);
    const options = { limits: { message: 1 } };
    if (blocking) assert.throws(() => acceptSync(ends.bound, options), /limits.message is 1/);
    else assert.match(String(await rejection(accept(ends.bound, options))), /limits.message is 1/);
    assert.is(codeOf(await rejection(near.bootstrap(Probe).echo("x"))), "Disconnected");
  });

test("options that no channel can have connect to nobody", () => {
  using ends = boundEnds();
  assert.throws(() => connect(ends.capability, { limits: { message: 1 } }), /limits.message is 1/);
});

for (const like of [{ fd: -1 }, 1_000_000, null])
  test(`${JSON.stringify(like)} is neither an address nor a capability`, () => {
    // As a caller in JavaScript may write it.
    assert.throws(
      () => connect(like as FdLike),
      (error: unknown) => error instanceof InvalidError,
    );
  });

test("a server at a bound socket opens a channel for each who connects", async () => {
  using ends = served();
  using first = connect(ends.capability);
  using second = connect(ends.capability);
  assert.is(await within(first.bootstrap(Probe).echo("1")), "1");
  assert.is(await within(second.bootstrap(Probe).echo("2")), "2");
  assert.is(ends.server.channels.size, 2);
  assert.is(ends.server.address, undefined);
  first.close();
  await until(() => ends.server.channels.size === 1, "the first channel's end");
});

test("a server calls who connects, and is told who that is", async () => {
  const opened: Channel[] = [];
  const peers: PeerCredentials[] = [];
  using ends = served({
    onChannel: (channel) => opened.push(channel),
    offers: (peer) => {
      peers.push(peer);
      return [];
    },
  });
  using _near = connect(ends.capability, probes);
  await until(() => opened.length === 1, "the channel");
  assert.is(await within(opened[0]!.bootstrap(Probe).echo("to the client")), "to the client");
  assert.equal([peers[0], opened[0]!.peer], [self, self]);
});

test("whom the server refuses loses the channel, and nobody else does", async () => {
  let strangers = 1;
  using ends = served({ offers: () => (strangers-- > 0 ? undefined : [offer(Probe, new Prober())]) });
  using refused = connect(ends.capability);
  using accepted = connect(ends.capability);
  assert.is(codeOf(await rejection(refused.bootstrap(Probe).echo("x"))), "Disconnected");
  assert.is(await within(accepted.bootstrap(Probe).echo("x")), "x");
});

test("who talks nonsense loses its channel, and nobody else does", async () => {
  using ends = served();
  using good = connect(ends.capability);
  using bad = connectThrough(ends.capability);
  writeSync(bad.fd, "this is no frame");
  assert.is(await within(good.bootstrap(Probe).echo("x")), "x");
  await until(() => ends.server.channels.size === 1, "the end of the bad one");
  while (readSync(bad.fd, Buffer.alloc(4096)) > 0);
});

test("wrong messages at a server are nobody", async () => {
  using ends = served();
  writeSync(ends.capability.fd, "c");
  writeSync(ends.capability.fd, "x");
  using near = connect(ends.capability);
  assert.is(await within(near.bootstrap(Probe).echo("x")), "x");
  assert.is(ends.server.channels.size, 1);
});

test("when nobody holds the capability any more, the server's channels go on", async () => {
  using ends = served();
  using near = connect(ends.capability);
  ends.capability.close();
  assert.is(await within(near.bootstrap(Probe).echo("before")), "before");
  assert.is(await within(near.bootstrap(Probe).echo("after")), "after");
});

test("closing the server tells every peer, and who connects then finds nobody", async () => {
  using ends = served();
  using near = connect(ends.capability);
  await within(near.bootstrap(Probe).echo("x"));
  const pending = rejection(near.bootstrap(Probe).wait("x"));
  ends.server.close();
  assert.is(codeOf(await pending), "Disconnected");
  assert.throws(
    () => connect(ends.capability),
    (error: unknown) => codeOf(error) === "Disconnected",
  );
});

test("several processes connect several times and make a hundred calls at once over each, without a mix-up", async () => {
  using ends = served();
  const right = await Promise.all([1, 2, 3].map((times) => callFromAnotherProcess(ends.capability, times)));
  assert.equal(right, [100, 200, 300]);
  await until(() => ends.server.channels.size === 0, "all to have gone");
});

test.run();
