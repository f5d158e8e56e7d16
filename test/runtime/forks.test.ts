/** Forks between processes: who they are with, what ends them, and programs that are started with one. */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Channel } from "../../runtime/channel/channel.ts";
import { offer } from "../../runtime/channel/interface.ts";
import { connect } from "../../runtime/connect.ts";
import { type RpcError, TransportError } from "../../runtime/errors.ts";
import { serve } from "../../runtime/serve.ts";
import { type Child, type SpawnOptions, spawn, spawnOver } from "../../runtime/spawn.ts";
import { socketPair, unixSocket } from "../../runtime/transport/unix-socket.ts";
import { type BundledProgram, bundledProgram } from "../support/bundled-program.ts";
import { Side } from "../support/channels.ts";
import { leavesNothingOpen } from "../support/descriptor-count.ts";
import { Probe, Prober } from "../support/probe.ts";
import { rejection, until, within } from "../support/within.ts";

interface Context {
  program: BundledProgram;
  folder: string;
}

const START_MS = 30_000;
const bounded = { timeoutMs: START_MS };

const forking = suite<Context>("forks between processes");
forking.before(async (context) => {
  context.program = await bundledProgram(new URL("fixtures/fork-child.ts", import.meta.url));
  context.folder = mkdtempSync(join(tmpdir(), "postern-forks-"));
});
forking.after(({ program, folder }) => {
  program[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});
leavesNothingOpen(forking);

/** A child, and the forks that this end was told of. */
function start({ program }: Context, errand: string, options: SpawnOptions = {}): { child: Child; forks: Channel[] } {
  const forks: Channel[] = [];
  const offers = [offer(Probe, new Prober())];
  const onFork = (fork: Channel): void => void forks.push(fork);
  return { child: spawn(process.execPath, [program.path, errand], { offers, onFork, ...options }), forks };
}

function allClosed(channels: readonly Channel[]): Promise<unknown> {
  return within(Promise.all(channels.map(({ closed }) => closed)), "the end of all", START_MS);
}

forking("a fork's peer is its parent's, at either end", async (context) => {
  const { child, forks } = start(context, "fork");
  using _child = child;
  await until(() => forks.length === 3, "the forks", START_MS);
  for (const fork of [...forks, child.channel.fork()]) assert.equal(fork.peer, child.channel.peer);
  assert.is(child.channel.peer?.pid, child.process.pid);
  await child.close(START_MS);
});

forking("closing a child closes its forks, from either end, so that it ends by itself", async (context) => {
  const { child, forks } = start(context, "fork");
  const own = child.channel.fork();
  assert.is(await within(own.bootstrap(Probe).echo("x"), "an answer", START_MS), "x");
  await until(() => forks.length === 3, "the forks", START_MS);
  child.channel.close();
  assert.equal(await child.close(START_MS), { code: 0, signal: null });
  await allClosed([child.channel, own, ...forks]);
});

forking("a child that is killed takes all its forks with it", async (context) => {
  const prober = new Prober();
  const { child, forks } = start(context, "fork", { offers: [offer(Probe, prober)] });
  using _child = child;
  await until(() => prober.waiting.length === 3, "the child's calls", START_MS);
  const own = child.channel.fork();
  const pending = [child.channel, own, ...forks].map((each) => rejection(each.bootstrap(Probe).wait("x"), START_MS));
  child.process.kill("SIGKILL");
  for (const error of await Promise.all(pending)) assert.is((error as RpcError).code, "Disconnected");
  await allClosed([child.channel, own, ...forks]);
  for (const { context } of prober.waiting) assert.is((context.signal.reason as RpcError).code, "Disconnected");
});

forking("a fork keeps a process alive no more than its parent does", async (context) => {
  const prober = new Prober();
  const forks: Channel[] = [];
  const { child } = start(context, "unref", { offers: [offer(Probe, prober)] });
  using _child = child;
  prober.echo = (text) => {
    forks.push(child.channel.fork());
    return text;
  };
  assert.equal(await within(child.exited, "the exit", START_MS), { code: 0, signal: null });
  assert.is(forks.length, 1);
  await allClosed(forks);
});

forking("a server lists its peers' forks and closes them, also those whose parents are closed", async ({ folder }) => {
  const address = join(folder, "server");
  const opened: Channel[] = [];
  const server = serve(address, {
    offers: () => [offer(Probe, new Prober())],
    onChannel: (channel) => opened.push(channel),
  });
  using first = connect(address, { offers: [offer(Probe, new Prober())] });
  using second = connect(address);
  const forks = [first.fork(), first.fork().fork(), second.fork()];
  for (const fork of forks) await within(fork.bootstrap(Probe).echo("x"));
  assert.is(opened.length, 2);
  const own = opened[0]!.fork();
  assert.is(await within(own.bootstrap(Probe).echo("x")), "x");
  assert.is(server.channels.size, 7);
  first.close();
  await until(() => server.channels.size === 6, "the end of the first");
  server.close();
  await allClosed([...forks, own, second]);
  assert.is(server.channels.size, 0);
});

forking("each peer of a server has its own places for forks", async ({ folder }) => {
  const address = join(folder, "server");
  using _server = serve(address, { offers: [offer(Probe, new Prober())], limits: { forks: 1 } });
  using first = connect(address);
  using second = connect(address);
  using one = first.fork();
  using other = second.fork();
  assert.is(await within(one.bootstrap(Probe).echo("x")), "x");
  assert.match((await within(one.fork().closed))!.message, /As many channels/);
  assert.is(await within(other.bootstrap(Probe).echo("x")), "x");
});

forking("limits that cannot be are refused before a server listens", ({ folder }) => {
  assert.throws(() => serve(join(folder, "server"), { limits: { forks: -1 } }), /limits.forks is -1/);
});

forking("a program is started with a fork, and its end is the fork's alone", async (context) => {
  const { child, forks } = start(context, "serve");
  // What it is started with is forked of a channel of ours, whose peer is the child.
  const program = spawnOver(child.channel.forkSocket(), process.execPath, [context.program.path, "fork"]);
  // Its peer, which serves a probe, answers it: the two have nothing of us between them.
  await within(child.channel.bootstrap(Probe).echo("x"), "an answer", START_MS);
  program.process.kill("SIGKILL");
  assert.equal(await within(program.exited, "the exit", START_MS), { code: null, signal: "SIGKILL" });
  assert.is(await within(child.channel.bootstrap(Probe).echo("x"), "an answer", START_MS), "x");
  assert.equal(forks, []);
  assert.equal(await child.close(START_MS), { code: 0, signal: null });
});

forking("a program that cannot be started leaves neither the socket nor the peer's end open", async (context) => {
  const { child } = start(context, "serve");
  for (const attempt of [
    () => spawnOver(child.channel.forkSocket(), "/nowhere/at/all").exited,
    async () => spawnOver(child.channel.forkSocket(), "a\0b"),
    async () => spawnOver(child.channel.forkSocket(), process.execPath, [], { cwd: "a\0b" }),
  ])
    await rejection(attempt(), START_MS);
  const error = await rejection(spawnOver(child.channel.forkSocket(), "/nowhere/at/all").exited);
  assert.instance(error, TransportError);
  // It ends by itself: none of its forks holds it.
  assert.equal(await child.close(START_MS), { code: 0, signal: null });
});

forking("a socket that is closed already starts no program", async () => {
  const [socket, other] = socketPair("seqpacket");
  other.close();
  socket.close();
  assert.throws(() => spawnOver(socket, process.execPath), /has been closed/);
});

for (const type of ["seqpacket", "stream"] as const) {
  forking(`a thread blocks on a fork at once, over ${type}`, async () => {
    await facingThread(type, (side) => {
      const fork = side.channel.fork();
      assert.is(fork.bootstrap(Probe).echoSync("x", bounded), "x");
      assert.is(fork.fork().bootstrap(Probe).echoSync("x", bounded), "x");
      assert.is(side.probe.echoSync("the parent", bounded), "the parent");
    });
  });

  forking(`a thread blocks on a fork of which its parent could not tell yet, over ${type}`, async () => {
    await facingThread(type, (side) => {
      const text = "x".repeat(1 << 18);
      for (let sent = 0; sent < 16; sent++) side.probe.note(text);
      const fork = side.channel.fork();
      const deep = fork.fork();
      assert.is(deep.bootstrap(Probe).echoSync("x", bounded), "x");
      assert.is(fork.bootstrap(Probe).echoSync("x", bounded), "x");
    });
  });
}

/** Lets `act` use a side whose peer is served by another thread, so that this one may block. */
async function facingThread(type: "seqpacket" | "stream", act: (side: Side) => void): Promise<void> {
  const [ours, theirs] = socketPair(type);
  const worker = new Worker(new URL("../support/probe-worker.mjs", import.meta.url), {
    workerData: { fd: theirs.release() },
  });
  const exit = once(worker, "exit");
  using side = new Side((framing) => unixSocket(ours, framing, { spin: 0 }));
  // Starting takes this thread's help, so only then may it block.
  await within(side.probe.echo("its hello is here"), "the thread's start", START_MS);
  act(side);
  side.channel.closeAll();
  await within(exit, "the thread's end", START_MS);
}

forking.run();
