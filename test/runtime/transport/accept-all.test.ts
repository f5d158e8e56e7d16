import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Fd } from "../../../runtime/descriptor.ts";
import { acceptAll } from "../../../runtime/transport/accept-all.ts";
import { boundSocket, connectThrough } from "../../../runtime/transport/bound-socket.ts";
import { socketPair } from "../../../runtime/transport/sockets.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { until, within } from "../../support/within.ts";

const test = suite("accepting all");
leavesNothingOpen(test);

test("everybody who connects is handed over, until nobody can", async () => {
  const { bound, capability } = boundSocket();
  const arrived: Fd[] = [];
  const done = acceptAll(bound, (socket) => arrived.push(socket));
  const near = Array.from({ length: 100 }, () => connectThrough(capability));
  capability.close();
  await within(done);
  assert.is(arrived.length, 100);
  for (const socket of [...near, ...arrived]) socket.close();
});

test("a newcomer whose taker throws is refused, the others are not", async () => {
  const { bound, capability } = boundSocket();
  const arrived: Fd[] = [];
  let calls = 0;
  const done = acceptAll(bound, (socket) => {
    calls++;
    if (calls === 1) throw new Error("not this one");
    arrived.push(socket);
  });
  const uncaught = once(process, "uncaughtException");
  const near = [connectThrough(capability), connectThrough(capability)];
  assert.match((await within(uncaught, "the exception"))[0].message, /not this one/);
  await until(() => arrived.length === 1, "the other");
  bound.close();
  await within(done);
  for (const socket of [...near, ...arrived, capability]) socket.close();
});

test("closing from within ends it, and refuses those who come later", async () => {
  const { bound, capability } = boundSocket();
  const arrived: Fd[] = [];
  const done = acceptAll(bound, (socket) => {
    arrived.push(socket);
    bound.close();
  });
  const near = [connectThrough(capability), connectThrough(capability)];
  await within(done);
  assert.is(arrived.length, 1);
  for (const socket of [...near, ...arrived, capability]) socket.close();
});

test("at the limit of open files newcomers wait, and the process goes on", async () => {
  const fixture = fileURLToPath(new URL("fixtures/short-acceptor.ts", import.meta.url));
  const [end, capability] = socketPair("seqpacket");
  const command = ['ulimit -n 40; exec "$@"', "sh", process.execPath, "--no-warnings", "--import", "tsx", fixture];
  const child = spawn("sh", ["-c", ...command], { stdio: ["ignore", "pipe", "inherit", end.fd] });
  end.close();
  const ended = new Promise((resolve) => child.once("close", resolve));
  let output = "";
  child.stdout?.on("data", (data) => {
    output += data;
  });
  const near = Array.from({ length: 40 }, () => connectThrough(capability));
  await within(ended, "the child's end", 30_000);
  assert.match(output, "accepted 40");
  assert.match(output, /POSTERN_ACCEPT_WAITS.*EMFILE/);
  for (const socket of [...near, capability]) socket.close();
});

test.run();
