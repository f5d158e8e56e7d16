import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type CallContext, offer } from "../../runtime/channel/interface.ts";
import { connectToParent } from "../../runtime/connect.ts";
import { RpcError, TransportError } from "../../runtime/errors.ts";
import { type Child, type SpawnOptions, spawn } from "../../runtime/spawn.ts";
import { leavesNothingOpen } from "../support/descriptor-count.ts";
import { Probe, Prober } from "../support/probe.ts";
import { outputOf } from "../support/processes.ts";
import { rejection, within } from "../support/within.ts";

const spawning = suite("spawn");
leavesNothingOpen(spawning);

const program = fileURLToPath(new URL("fixtures/child.ts", import.meta.url));
const START_MS = 30_000;

function start(errand: string, options: SpawnOptions = {}): Child {
  return spawn(process.execPath, ["--import", "tsx", program, errand], { onFault: () => {}, ...options });
}

for (const socket of ["seqpacket", "stream"] as const)
  spawning(`a child and its parent call each other over ${socket}`, async () => {
    using prober = new Prober();
    const faults: unknown[] = [];
    using child = start("call", {
      socket,
      offers: [offer(Probe, prober)],
      onFault: ({ thrown }) => faults.push(thrown),
    });
    assert.is(await within(child.channel.bootstrap(Probe).echo("down"), "an answer", START_MS), "down");
    assert.is(await within(child.channel.closed, "the end", START_MS), undefined);
    assert.equal(await within(child.exited, "the exit", START_MS), { code: 0, signal: null });
    assert.is(child.channel.counts.callsServed, 3);
    assert.is(child.channel.counts.descriptorsSent, 1);
    assert.is(faults.length, 1);
  });

spawning("what is sent before the program listens waits for it", async () => {
  using child = start("serve");
  const answers = Promise.all(["a", "b", "c"].map((text) => child.channel.bootstrap(Probe).echo(text)));
  assert.equal(await within(answers, "the answers", START_MS), ["a", "b", "c"]);
  assert.equal(await child.close(START_MS), { code: 0, signal: null });
});

spawning("a blocking call waits for a program that is still starting", async () => {
  using child = start("serve");
  assert.is(child.channel.bootstrap(Probe).echoSync("hello", { timeoutMs: START_MS }), "hello");
  await child.close(START_MS);
});

spawning("either end knows who the other is", async () => {
  const peers: unknown[] = [];
  class Curious extends Prober {
    override fail(how: string, context?: CallContext): void {
      peers.push(context?.peer);
      super.fail(how);
    }
  }
  using prober = new Curious();
  using child = start("call", { offers: [offer(Probe, prober)] });
  await within(child.exited, "the exit", START_MS);
  const { pid } = child.process;
  assert.equal(peers[0], { pid, uid: process.getuid?.(), gid: process.getgid?.() });
  assert.equal(child.channel.peer, peers[0]);
});

spawning("options that no channel can have leave neither a process nor a descriptor", () => {
  assert.throws(() => spawn("sleep", ["60"], { limits: { message: 1 } }), /limits.message is 1/);
});

spawning("the child's environment names the channel once", async () => {
  using child = start("environment", { stdio: ["ignore", "pipe", "inherit"] });
  assert.equal(await outputOf(child.process, START_MS), {
    variableBefore: "3",
    variableAfter: null,
    twice: "This process was not started with a channel: POSTERN_CHANNEL does not name one.",
  });
});

spawning("the child has one end of the channel and not the other", async () => {
  using child = start("descriptors", { stdio: ["ignore", "pipe", "inherit"] });
  assert.is(await outputOf(child.process, START_MS), 1);
});

spawning("a killed child rejects every pending call, blocking or not, with the same reason", async () => {
  using child = start("die");
  const probe = child.channel.bootstrap(Probe);
  const pending = [probe.wait("a"), probe.wait("b")].map((call) => rejection(call, START_MS));
  assert.throws(
    () => probe.waitSync("c", { timeoutMs: START_MS }),
    (error: unknown) => error instanceof RpcError && error.code === "Disconnected",
  );
  const reasons = await Promise.all(pending);
  assert.is(reasons[0], reasons[1]);
  assert.instance(reasons[0], TransportError);
  assert.equal(await within(child.exited, "the exit", START_MS), { code: null, signal: "SIGKILL" });
});

spawning("a program that does not exist rejects `exited` and ends the channel", async () => {
  using child = spawn("/nowhere/at/all");
  const call = rejection(child.channel.bootstrap(Probe).echo("x"));
  const error = (await rejection(child.exited)) as TransportError;
  assert.instance(error, TransportError);
  assert.is((error.cause as NodeJS.ErrnoException).code, "ENOENT");
  assert.is(((await call) as RpcError).code, "Disconnected");
});

spawning("a child that does not end by itself is ended", async () => {
  using child = spawn("sleep", ["60"]);
  assert.equal(await within(child.close(10), "the exit"), { code: null, signal: "SIGKILL" });
});

spawning("arguments that Node refuses leave nothing open", () => {
  assert.throws(() => spawn("a\0b"), /null bytes/);
});

for (const named of [undefined, "", "three", "-1", "3 ", "99999"])
  spawning(`POSTERN_CHANNEL=${named} is refused`, () => {
    const before = process.env["POSTERN_CHANNEL"];
    if (named !== undefined) process.env["POSTERN_CHANNEL"] = named;
    try {
      assert.throws(
        () => connectToParent(),
        (error: unknown) => error instanceof RpcError,
      );
      assert.is(process.env["POSTERN_CHANNEL"], undefined);
    } finally {
      if (before !== undefined) process.env["POSTERN_CHANNEL"] = before;
    }
  });

spawning.run();
