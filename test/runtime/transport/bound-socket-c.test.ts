/** Bound sockets with a C program at the other end, which knows the mechanics and nothing else, or means harm. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CancelError } from "../../../runtime/errors.ts";
import { boundSocket, boundSocketOver, connectThrough } from "../../../runtime/transport/bound-socket.ts";
import { peerOf, socketPair } from "../../../runtime/transport/sockets.ts";
import { disconnected, hear, say } from "../../support/bound-ends.ts";
import { leavesNothingOpen, openDescriptors } from "../../support/descriptor-count.ts";
import { ImcProgram } from "../../support/imc-program.ts";
import { quiet, rejection, until, within } from "../../support/within.ts";

/** No test may block for ever. */
const soon = { timeoutMs: 10_000 };

const test = suite("bound sockets and C programs");
leavesNothingOpen(test);

let program: ImcProgram;
test.before(() => {
  program = new ImcProgram();
});
test.after(() => program[Symbol.dispose]());

test("a C program connects, speaks first and is answered", async () => {
  const { bound, capability } = boundSocket();
  const running = program.start(capability, ["connect", "say:from C", "hear"]);
  const { socket, peer } = await within(bound.acceptSocket());
  assert.equal(peer, { pid: running.pid, uid: process.getuid?.(), gid: process.getgid?.() });
  assert.is(hear(socket), "from C");
  say(socket, "to C");
  assert.equal(await running.done(), ["to C"]);
  for (const end of [socket, bound, capability]) end.close();
});

test("a C program accepts, hears what was said before that, and answers", async () => {
  const [bound, capability] = socketPair("seqpacket");
  using first = connectThrough(capability);
  using second = connectThrough(capability);
  say(first, "first");
  say(second, "second");
  const heard = await program.run(bound, "accept", "hear", "say:heard", "accept", "hear", "say:heard too");
  assert.equal(heard, ["first", "second"]);
  assert.equal([hear(first), hear(second)], ["heard", "heard too"]);
  for (const end of [bound, capability]) end.close();
});

test("several C programs connect to one bound socket, each as itself", async () => {
  const { bound, capability } = boundSocket();
  const running = [1, 2, 3].map((name) => program.start(capability, ["connect", `say:${name}`, "hear"]));
  const newcomers = await within(Promise.all(running.map(() => bound.acceptSocket())));
  const pids = newcomers.map(({ peer }) => peer.pid);
  assert.equal(
    [...pids].sort((a, b) => a - b),
    running.map(({ pid }) => pid).sort((a, b) => a - b),
  );
  for (const { socket, peer } of newcomers) say(socket, `${hear(socket)} is ${peer.pid}`);
  const said = await Promise.all(running.map((one) => one.done()));
  assert.equal(
    said,
    running.map(({ pid }, place) => [`${place + 1} is ${pid}`]),
  );
  for (const end of [...newcomers.map(({ socket }) => socket), bound, capability]) end.close();
});

test("the peer is who connected, not who made the socket that was sent", async () => {
  const { bound, capability } = boundSocket();
  const [ours, theirs] = socketPair("seqpacket");
  const running = program.start(capability, ["foreign"], theirs);
  const { socket, peer } = await within(bound.acceptSocket());
  assert.is(peerOf(socket.fd)?.pid, process.pid);
  assert.is(peer.pid, running.pid);
  await running.done();
  for (const end of [socket, ours, theirs, bound, capability]) end.close();
});

test("what a connector that dies leaves behind is accepted and reads as an end", async () => {
  const { bound, capability } = boundSocket();
  const running = program.start(capability, ["connect", "say:help", "connect", "hear"]);
  using first = (await within(bound.acceptSocket())).socket;
  using second = (await within(bound.acceptSocket())).socket;
  await running.kill();
  assert.equal([hear(first), hear(first), hear(second)], ["help", "", ""]);
  for (const end of [bound, capability]) end.close();
});

const wrong: readonly (readonly [what: string, errand: string])[] = [
  ["a message of no bytes", "nothing"],
  ["a socket with no bytes", "nothing-with-socket"],
  ["another byte", "bytes:x"],
  ["two bytes", "bytes:cc"],
  ["many bytes", `bytes:${"c".repeat(4000)}`],
  ["no socket", "bare"],
  ["two sockets", "sockets:2"],
  ["three sockets", "sockets:3"],
  ["as many sockets as the kernel carries", "sockets:253"],
  ["a device", "file"],
  ["a stream socket", "pipe-like"],
  ["a socket for datagrams", "datagrams"],
  ["a listening socket", "listener"],
  ["a socket that is not connected", "unconnected"],
];

for (const [what, errand] of wrong)
  for (const how of ["a blocking accept", "an accept"])
    test(`${what} costs ${how} nothing: it is closed and the next who connects is accepted`, async () => {
      const { bound, capability } = boundSocket();
      await program.run(capability, errand, errand, "connect", "say:good");
      const { socket } = how === "an accept" ? await within(bound.acceptSocket()) : bound.acceptSocketSync(soon);
      assert.is(hear(socket), "good");
      socket.close();
      assert.is(bound.refused, 2);
      for (const end of [bound, capability]) end.close();
    });

test("wrong messages alone are nobody", async () => {
  const { bound, capability } = boundSocket();
  await program.run(capability, ...wrong.map(([, errand]) => errand));
  assert.throws(() => bound.acceptSocketSync({ timeoutMs: 1 }), /Nobody connected/);
  assert.is(bound.refused, wrong.length);
  for (const end of [bound, capability]) end.close();
});

test("a flood of connections fills the queue and no more; it is taken one accept at a time", async () => {
  const { bound, capability } = boundSocket();
  const before = openDescriptors().length;
  const [line] = await program.run(capability, "flood");
  const fit = Number(/^full (\d+)$/.exec(line ?? "")?.[1]);
  assert.ok(fit > 16 && fit < 10_000, line);
  assert.is(openDescriptors().length, before);
  bound.acceptSocketSync(soon).socket.close();
  // There is room again, also for others, behind those that wait.
  using late = connectThrough(capability);
  say(late, "late");
  for (let left = fit - 1; left > 0; left--) bound.acceptSocketSync(soon).socket.close();
  using accepted = bound.acceptSocketSync(soon).socket;
  assert.is(hear(accepted), "late");
  for (const end of [bound, capability]) end.close();
});

test("a flood that nobody accepts is gone with the bound socket", async () => {
  const { bound, capability } = boundSocket();
  await program.run(capability, "flood");
  bound.close();
  assert.throws(() => connectThrough(capability), disconnected);
  capability.close();
});

test("an endless stream of wrong messages neither holds a blocking accept nor stops the event loop", async () => {
  const { bound, capability } = boundSocket();
  const running = program.start(capability, ["junk"]);
  const waiting = rejection(quiet(bound.acceptSocket()));
  await until(() => bound.refused > 1000, "a thousand wrong messages");
  assert.throws(
    () => bound.acceptSocketSync({ timeoutMs: 20 }),
    (error: unknown) => error instanceof CancelError && error.code === "DeadlineExceeded",
  );
  await running.kill();
  bound.close();
  assert.ok(disconnected(await waiting));
  capability.close();
});

test("a holder of the capability that shuts it down ends the bound socket for all, after those who had connected", async () => {
  const { bound, capability } = boundSocket();
  using early = connectThrough(capability);
  say(early, "early");
  const waiting = bound.acceptSocket();
  await program.run(capability, "shutdown");
  using accepted = (await within(waiting)).socket;
  assert.is(hear(accepted), "early");
  assert.ok(disconnected(await rejection(bound.acceptSocket())));
  assert.throws(() => connectThrough(capability), disconnected);
  capability.close();
});

test("when the C program that accepts has ended, its connections and its bound socket have", async () => {
  const [bound, capability] = socketPair("seqpacket");
  const running = program.start(bound, ["accept", "hear"]);
  bound.close();
  using connection = connectThrough(capability);
  say(connection, "there?");
  assert.equal(await running.done(), ["there?"]);
  assert.is(hear(connection), "");
  assert.throws(() => connectThrough(capability), disconnected);
  capability.close();
});

test("a bound socket that was a C program's is taken up with whoever waits in it", async () => {
  const [end, capability] = socketPair("seqpacket");
  using first = connectThrough(capability);
  say(first, "for C");
  using second = connectThrough(capability);
  say(second, "for us");
  assert.equal(await program.run(end, "accept", "hear"), ["for C"]);
  using bound = boundSocketOver(end);
  using accepted = bound.acceptSocketSync(soon).socket;
  assert.is(hear(accepted), "for us");
  capability.close();
});

test("a bound socket that was taken up and closed here is a C program's again", async () => {
  const [end, capability] = socketPair("seqpacket");
  using first = connectThrough(capability);
  using second = connectThrough(capability);
  const taken = boundSocketOver(end.dup());
  taken.acceptSocketSync(soon).socket.close();
  taken.close();
  say(second, "for C");
  assert.equal(await program.run(end, "accept", "hear"), ["for C"]);
  assert.is(hear(first), "");
  for (const socket of [end, capability]) socket.close();
});

test.run();
