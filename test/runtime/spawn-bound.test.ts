import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { offer } from "../../runtime/channel/interface.ts";
import { boundFromParent, connect } from "../../runtime/connect.ts";
import { RpcError, TransportError } from "../../runtime/errors.ts";
import type { ProgramOptions } from "../../runtime/program.ts";
import { type BoundChild, spawnBound } from "../../runtime/spawn-bound.ts";
import { leavesNothingOpen } from "../support/descriptor-count.ts";
import { ImcProgram } from "../support/imc-program.ts";
import { Probe, Prober } from "../support/probe.ts";
import { outputOf } from "../support/processes.ts";
import { rejection, within } from "../support/within.ts";

const test = suite("spawnBound");
leavesNothingOpen(test);

const program = fileURLToPath(new URL("fixtures/bound-child.ts", import.meta.url));
const START_MS = 30_000;

function start(errand: string, options: ProgramOptions = {}): BoundChild {
  return spawnBound(process.execPath, ["--import", "tsx", program, errand], options);
}

function disconnected(error: unknown): boolean {
  return error instanceof RpcError && error.code === "Disconnected";
}

test("a child accepts twice by blocking, before its event loop turns, what was connected and called before that", async () => {
  using prober = new Prober();
  using child = start("two");
  const command = child.connect();
  const application = child.connect({ offers: [offer(Probe, prober)] });
  const calls = [
    command.bootstrap(Probe).echo("first"),
    application.bootstrap(Probe).echo("second"),
    command.bootstrap(Probe).echo("third"),
  ];
  assert.equal(await within(Promise.all(calls), "the answers", START_MS), [
    "command: first",
    "application: second",
    "command: third",
  ]);
  assert.equal(prober.seen, [`echo ${process.pid} and ${process.pid}`]);
  const { pid } = child.process;
  const peer = { pid, uid: process.getuid?.(), gid: process.getgid?.() };
  assert.equal([command.peer, application.peer], [peer, peer]);
  assert.equal(await child.close(START_MS), { code: 0, signal: null });
  assert.is(await within(command.closed), undefined);
});

test("a blocking call waits for a child that is still starting and has accepted nobody", async () => {
  using child = start("serve");
  const channel = child.connect();
  assert.is(channel.bootstrap(Probe).echoSync("hello", { timeoutMs: START_MS }), "server: hello");
  await child.close(START_MS);
});

test("a child that serves is connected to again and again, also by whom its capability was given", async () => {
  using child = start("serve");
  const copy = child.capability.dup();
  const other = connect(copy);
  const own = Array.from({ length: 10 }, () => child.connect());
  const answers = [other, ...own].map((channel) => channel.bootstrap(Probe).echo("x"));
  assert.equal([...new Set(await within(Promise.all(answers), "the answers", START_MS))], ["server: x"]);
  // The child ends by itself when nobody can connect and nobody is connected.
  copy.close();
  other.close();
  assert.equal(await child.close(START_MS), { code: 0, signal: null });
});

test("closing ends the forks of a channel too, also when that has ended before", async () => {
  using child = start("serve");
  const channel = child.connect();
  const fork = channel.fork();
  assert.is(await within(fork.bootstrap(Probe).echo("x"), "the answer", START_MS), "server: x");
  channel.close();
  assert.is(await within(fork.bootstrap(Probe).echo("y")), "server: y");
  assert.equal(await child.close(START_MS), { code: 0, signal: null });
  assert.is(await within(fork.closed), undefined);
});

test("the child's environment names the bound socket once, and it is the only socket that the child has", async () => {
  using child = start("environment", { stdio: ["ignore", "pipe", "inherit"] });
  assert.equal(await outputOf(child.process, START_MS), {
    variableBefore: "3",
    variableAfter: null,
    twice: "This process was not started with a bound socket: POSTERN_BOUND_SOCKET does not name one.",
    sockets: 1,
  });
});

for (const errand of ["idle", "unref"])
  test(`a bound socket does not keep a child alive that waits for nobody (${errand})`, async () => {
    using child = start(errand);
    assert.equal(await within(child.exited, "the exit", START_MS), { code: 0, signal: null });
  });

test("closing the capability tells a child that waits", async () => {
  using child = start("end", { stdio: ["ignore", "pipe", "inherit"] });
  child.capability.close();
  assert.is(await outputOf(child.process, START_MS), "Nobody can connect to the bound socket any more.");
  assert.throws(() => child.connect(), /has been closed/);
});

test("a child that accepts once and closes its bound socket keeps the one and refuses the others", async () => {
  using child = start("once");
  const first = child.connect();
  const second = child.connect();
  assert.is(await within(first.bootstrap(Probe).echo("x"), "the answer", START_MS), "only: x");
  assert.ok(disconnected(await rejection(second.bootstrap(Probe).echo("x"))));
  assert.throws(() => child.connect(), disconnected);
  assert.is(await within(first.bootstrap(Probe).echo("y")), "only: y");
  await child.close(START_MS);
});

test("a killed child rejects every pending call on every channel, and connecting finds nobody", async () => {
  using child = start("die");
  const channels = [child.connect(), child.connect()];
  const pending = channels.map((channel) => rejection(channel.bootstrap(Probe).wait("x"), START_MS));
  for (const reason of await Promise.all(pending)) assert.ok(disconnected(reason));
  assert.equal(await within(child.exited, "the exit", START_MS), { code: null, signal: "SIGKILL" });
  assert.throws(() => child.connect(), disconnected);
});

test("a program that does not exist rejects `exited` and ends the channels", async () => {
  using child = spawnBound("/nowhere/at/all");
  const channel = (() => {
    try {
      return child.connect();
    } catch (error) {
      assert.ok(disconnected(error));
      return undefined;
    }
  })();
  const error = (await rejection(child.exited)) as TransportError;
  assert.instance(error, TransportError);
  assert.is((error.cause as NodeJS.ErrnoException).code, "ENOENT");
  if (channel !== undefined) await within(channel.closed);
  assert.throws(() => child.connect(), disconnected);
});

test("a child that does not end by itself is ended", async () => {
  using child = spawnBound("sleep", ["60"]);
  const channel = child.connect();
  assert.equal(await within(child.close(10), "the exit"), { code: null, signal: "SIGKILL" });
  await within(channel.closed);
});

test("arguments that Node refuses leave nothing open", () => {
  assert.throws(() => spawnBound("a\0b"), /null bytes/);
});

test("options that no channel can have leave nothing open, and the child as it was", async () => {
  using child = spawnBound("sleep", ["60"]);
  assert.throws(() => child.connect({ limits: { message: 1 } }), /limits.message is 1/);
  await within(child.close(10), "the exit");
});

test("a C program that is started so finds its bound socket as descriptor 3", async () => {
  using imc = new ImcProgram();
  using child = spawnBound(imc.path, ["accept", "hear"], { stdio: ["ignore", "pipe", "inherit"] });
  const channel = child.connect();
  let heard = "";
  child.process.stdout?.on("data", (chunk) => {
    heard += chunk;
  });
  await within(new Promise((resolve) => child.process.once("close", resolve)), "the C program's end");
  assert.match(heard, "PSTN");
  await within(channel.closed);
});

for (const named of [undefined, "", "three", "-1", "3 ", "99999"])
  test(`POSTERN_BOUND_SOCKET=${named} is refused`, () => {
    const before = process.env["POSTERN_BOUND_SOCKET"];
    if (named !== undefined) process.env["POSTERN_BOUND_SOCKET"] = named;
    try {
      assert.throws(
        () => boundFromParent(),
        (error: unknown) => error instanceof RpcError,
      );
      assert.is(process.env["POSTERN_BOUND_SOCKET"], undefined);
    } finally {
      if (before !== undefined) process.env["POSTERN_BOUND_SOCKET"] = before;
    }
  });

test.run();
