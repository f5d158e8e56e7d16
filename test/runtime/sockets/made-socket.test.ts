/** Made sockets as their users see them: a callback here, and processes of plain C that send. */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fd } from "../../../runtime/descriptor.ts";
import { LimitError, RpcError } from "../../../runtime/errors.ts";
import { type MadeSocket, type MakeSocketOptions, makeSocket } from "../../../runtime/sockets/made-socket.ts";
import type { PeerCredentials } from "../../../runtime/transport/transport.ts";
import { leavesNothingOpen, openDescriptors } from "../../support/descriptor-count.ts";
import { type Errand, type Sender, SenderProgram } from "../../support/plain-sender.ts";
import { gate, turn, until, within } from "../../support/within.ts";

const test = suite("made sockets");
let program: SenderProgram;
test.before(() => {
  program = new SenderProgram();
});
test.after(() => program[Symbol.dispose]());
leavesNothingOpen(test);

const START_MS = 30_000;

/** What a callback was given, with what its descriptors held. */
interface Taken {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly files: readonly string[];
  readonly sender: PeerCredentials;
}

/** A socket that notes what comes, and what its callback threw. */
function recording(options: MakeSocketOptions = {}): { socket: MadeSocket; taken: Taken[] } {
  const taken: Taken[] = [];
  const socket = makeSocket((bytes, fds, sender) => {
    const files = fds.map(({ fd }) => readFileSync(fd, "utf8"));
    taken.push({ text: Buffer.from(bytes).toString(), bytes, files, sender });
  }, options);
  return { socket, taken };
}

/** Hands the sending end to a process of its own, and keeps none. */
function give(socket: MadeSocket, ...errands: readonly Errand[]): Sender {
  const sender = program.start(socket.fd, ...errands);
  socket.fd.close();
  return sender;
}

function ended(socket: MadeSocket): Promise<RpcError | undefined> {
  return within(socket.closed, "the socket's end");
}

// ------------------------------------------------------------------ messages

test("what a C program sends arrives byte for byte, a packet a message", async () => {
  const { socket, taken } = recording();
  using sender = give(socket, ["text", "hello"], ["bytes", 1], ["bytes", 65536], ["bytes", 131072]);
  assert.equal(await sender.done(), ["ok", "ok", "ok", "ok"]);
  assert.is(await ended(socket), undefined);
  assert.is(taken[0]?.text, "hello");
  assert.equal(
    taken.slice(1).map(({ bytes }) => bytes),
    [1, 65536, 131072].map((length) => Uint8Array.from({ length }, (_, i) => i * 7)),
  );
});

test("descriptors arrive with their message, in order, open and closed on exec", async () => {
  const flags: string[] = [];
  const files: string[] = [];
  const socket = makeSocket((_, fds) => {
    for (const { fd } of fds) {
      files.push(readFileSync(fd, "utf8"));
      flags.push(/flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))![1]!);
    }
  });
  using _sender = give(socket, ["files", 3], ["text", "none"], ["files", 16]);
  await ended(socket);
  assert.equal(files, [...Array(3).keys(), ...Array(16).keys()].map(String));
  for (const octal of flags) assert.ok((Number.parseInt(octal, 8) & 0o2000000) !== 0, "it is closed on exec");
});

test("empty messages are messages, with and without descriptors, also right before the end", async () => {
  const { socket, taken } = recording();
  using _sender = give(socket, ["text", ""], ["bare-files", 2], ["text", "x"], ["text", ""], ["text", ""]);
  assert.is(await ended(socket), undefined);
  assert.equal(
    taken.map(({ text, files }) => [text, files.length]),
    [
      ["", 0],
      ["", 2],
      ["x", 0],
      ["", 0],
      ["", 0],
    ],
  );
});

test("each message says who sent it", async () => {
  const { socket, taken } = recording();
  using one = program.start(socket.fd, ["text", "one"]);
  using other = give(socket, ["text", "other"]);
  await ended(socket);
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  const senders = new Map(taken.map(({ text, sender }) => [text, sender]));
  assert.equal(senders.get("one"), { pid: one.pid, uid, gid });
  assert.equal(senders.get("other"), { pid: other.pid, uid, gid });
});

test("ten thousand messages arrive once each, in order", async () => {
  const { socket, taken } = recording();
  using sender = give(socket, ["numbered", 10_000]);
  await ended(socket);
  assert.equal(
    taken.map(({ text }) => text),
    Array.from({ length: 10_000 }, (_, i) => `${sender.pid} ${i}`),
  );
});

test("the bytes are the callback's to keep", async () => {
  const { socket, taken } = recording();
  using _sender = give(socket, ["text", "first"], ["text", "later"]);
  await ended(socket);
  taken[1]!.bytes.fill(0);
  assert.is(Buffer.from(taken[0]!.bytes).toString(), "first");
});

test("what is sent before this thread turns its event loop waits in order", async () => {
  const { socket, taken } = recording();
  using sender = give(socket, ["numbered", 50]);
  // Blocks the thread until the sender is gone: a pipe of its output is not needed for that.
  const end = performance.now() + 10_000;
  while (isRunning(sender.pid) && performance.now() < end);
  assert.is(taken.length, 0);
  await ended(socket);
  assert.equal(
    taken.map(({ text }) => text),
    Array.from({ length: 50 }, (_, i) => `${sender.pid} ${i}`),
  );
});

/** Whether a child has not ended; one that has is a zombie until the event loop turns. */
function isRunning(pid: number): boolean {
  return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
}

test("a python program sends as well", async () => {
  const { socket, taken } = recording();
  const script =
    "import array,os,socket\n" +
    "s=socket.socket(fileno=3)\n" +
    "r,w=os.pipe(); os.write(w,b'piped'); os.close(w)\n" +
    "s.sendmsg([b'py',b'thon'],[(socket.SOL_SOCKET,socket.SCM_RIGHTS,array.array('i',[r]))])\n";
  const child = spawn("python3", ["-c", script], { stdio: ["ignore", "inherit", "inherit", socket.fd.fd] });
  socket.fd.close();
  assert.is(await within(socket.closed, "the script's end", START_MS), undefined);
  assert.equal([taken[0]?.text, taken[0]?.files], ["python", ["piped"]]);
  assert.is(taken[0]?.sender.pid, child.pid);
});

// ------------------------------------------------------------------ backpressure

test("while a promise is pending the next message is not taken", async () => {
  const gates = [gate(), gate(), gate()];
  const begun: number[] = [];
  const socket = makeSocket(() => gates[begun.push(begun.length) - 1]!.passed);
  using sender = give(socket, ["numbered", 3]);
  assert.equal(await sender.done(), ["ok"]);
  for (const [index, { open }] of gates.entries()) {
    await until(() => begun.length > index, "the next message");
    await turn(5);
    assert.is(begun.length, index + 1);
    open();
  }
  assert.is(await ended(socket), undefined);
});

test("a sender finds the socket full while the callback is busy, and goes on when it is not", async () => {
  const first = gate();
  let count = 0;
  const socket = makeSocket(() => (count++ === 0 ? first.passed : undefined));
  using sender = give(socket, ["text", "first"], ["line"], ["fill", 1000], ["numbered", 1]);
  await until(() => count === 1, "the first message");
  sender.goOn();
  const filled = Number((await sender.said(3))[2]);
  assert.ok(filled > 10 && filled * 1000 < 212_992, `${filled} messages fitted`);
  await turn(20);
  assert.equal([sender.lines.length, count], [3, 1]);
  first.open();
  assert.is((await sender.done())[3], "ok");
  assert.is(await ended(socket), undefined);
  assert.is(count, filled + 2);
});

test("descriptors of messages that wait are not open here", async () => {
  const first = gate();
  let seen = 0;
  const socket = makeSocket((_, fds) => {
    seen += fds.length;
    return first.passed;
  });
  const before = openDescriptors().length;
  using sender = give(socket, ["files", 2], ["files", 16], ["files", 16]);
  await sender.done();
  await until(() => seen === 2, "the first message");
  await turn(5);
  assert.is(openDescriptors().filter((open) => open.includes("memfd:sent")).length, 2);
  assert.ok(openDescriptors().length <= before + 4, "no more than the message at hand");
  first.open();
  await ended(socket);
  assert.is(seen, 34);
});

test("a flood leaves other sockets their turn", async () => {
  let flooded = 0;
  using flood = makeSocket(() => {
    flooded++;
  });
  using flooder = give(flood, ["numbered", 1e9]);
  await until(() => flooded > 0, "the flood");
  const { socket, taken } = recording();
  using _sender = give(socket, ["text", "calm"]);
  await ended(socket);
  assert.is(taken.length, 1);
  assert.equal(flooder.lines, [], "it is at it still");
});

test("the loop turns at least once in sixteen messages", async () => {
  let turns = 0;
  let most = 0;
  let inTurn = 0;
  const again = (): void => {
    turns++;
    inTurn = 0;
    if (!over) setImmediate(again);
  };
  let over = false;
  const socket = makeSocket(() => {
    most = Math.max(most, ++inTurn);
  });
  using sender = give(socket, ["numbered", 500]);
  setImmediate(again);
  await ended(socket);
  over = true;
  await sender.done();
  await turn(2);
  assert.ok(most <= 16, `${most} messages in one turn`);
  assert.ok(turns >= 500 / 16);
});

// ------------------------------------------------------------------ descriptors

test("descriptors that the callback does not take are closed when it is done", async () => {
  const seen: Fd[] = [];
  const socket = makeSocket((_, fds) => {
    seen.push(...fds);
  });
  using _sender = give(socket, ["files", 4]);
  await ended(socket);
  assert.equal(
    seen.map((fd) => fd.closed),
    [true, true, true, true],
  );
});

test("an async callback has them until its promise settles, and keeps what it takes", async () => {
  const open = gate();
  let fds: readonly Fd[] = [];
  let kept: Fd | undefined;
  let number = -1;
  const socket = makeSocket(async (_, all) => {
    fds = all;
    kept = all[0]!.dup();
    number = all[1]!.release();
    await open.passed;
    assert.is(readFileSync(all[2]!.fd, "utf8"), "2");
  });
  using _sender = give(socket, ["files", 3]);
  await until(() => fds.length === 3, "the message");
  assert.not.ok(fds[0]!.closed);
  open.open();
  assert.is(await ended(socket), undefined);
  assert.equal(
    fds.map((fd) => fd.closed),
    [true, true, true],
  );
  assert.is(readFileSync(kept!.fd, "utf8"), "0");
  assert.is(readFileSync(number, "utf8"), "1");
  kept!.close();
  closeNumber(number);
});

/** Closes a number by owning it for a moment. */
function closeNumber(fd: number): void {
  Fd.adopt(fd).close();
}

const refusals: readonly [
  what: string,
  limits: NonNullable<MakeSocketOptions["limits"]>,
  errand: Errand,
  reason: RegExp,
][] = [
  ["a message over its limit", { message: 100 }, ["bytes", 101], /more than the 100 bytes/],
  ["a message over the most that there is", {}, ["bytes", 131_073], /more than the 131072 bytes/],
  ["descriptors over their limit", { fds: 2 }, ["files", 3], /more than the 2 descriptors/],
  ["descriptors over an odd limit", { fds: 3 }, ["files", 4], /more than the 3 descriptors/],
  ["one descriptor where none may be", { fds: 0 }, ["files", 1], /more than the 0 descriptors/],
  ["descriptors alone where none may be", { fds: 0 }, ["bare-files", 1], /more than the 0 descriptors/],
  ["more descriptors than anyone said", {}, ["files", 253], /more than the 16 descriptors/],
];

for (const [what, limits, errand, reason] of refusals)
  test(`${what} ends the socket with the reason, and what came before has arrived`, async () => {
    const { socket, taken } = recording({ limits });
    using sender = give(socket, ["text", "before"], errand, ["line"], ["text", "after"], ["text", "after"]);
    const error = await ended(socket);
    assert.instance(error, LimitError);
    assert.match(error!.message, reason);
    assert.equal(
      taken.map(({ text }) => text),
      ["before"],
    );
    sender.goOn();
    assert.equal((await sender.done()).slice(3), ["EPIPE", "EPIPE"]);
  });

const fitting: readonly [limits: NonNullable<MakeSocketOptions["limits"]>, errand: Errand][] = [
  [{ message: 1 }, ["bytes", 1]],
  [{ message: 100 }, ["bytes", 100]],
  [{ fds: 1 }, ["files", 1]],
  [{ fds: 2 }, ["bare-files", 2]],
  [{ fds: 3 }, ["files", 3]],
  [{ fds: 253 }, ["files", 253]],
];

for (const [limits, errand] of fitting)
  test(`${errand.join(" ")} fits ${JSON.stringify(limits)}`, async () => {
    const { socket, taken } = recording({ limits: { message: 5, ...limits } });
    using _sender = give(socket, errand);
    assert.is(await ended(socket), undefined);
    assert.is(taken.length, 1);
  });

for (const limits of [
  { message: 0 },
  { message: -1 },
  { message: 1.5 },
  { message: Number.NaN },
  { message: 131_073 },
  { fds: -1 },
  { fds: 254 },
  { fds: 0.5 },
])
  test(`limits that no socket can have are refused: ${JSON.stringify(limits)}`, () => {
    assert.throws(() => makeSocket(() => {}, { limits }), RangeError);
  });

test("at this process's own limit of open files the socket ends, and the loss has a reason", async () => {
  const fixture = fileURLToPath(new URL("fixtures/short-of-descriptors.ts", import.meta.url));
  const child = spawn(
    "sh",
    ["-c", 'ulimit -n 40; exec "$@"', "sh", process.execPath, "--import", "tsx", fixture, program.path],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const said = await within(text(child.stdout), "the child's report", START_MS);
  assert.match(said, /^1 messages; Transport: Descriptors that were sent were lost.*ulimit -n/);
  assert.match(said, /none left open/);
});

// ------------------------------------------------------------------ the end

test("the last sender's closing is told after all it sent was handled", async () => {
  const handled: string[] = [];
  const socket = makeSocket(async (bytes) => {
    await turn(2);
    handled.push(Buffer.from(bytes).toString());
  });
  using sender = give(socket, ["numbered", 20]);
  assert.equal(await sender.done(), ["ok"]);
  assert.is(await ended(socket), undefined);
  assert.is(handled.length, 20);
});

test("the descriptor may be held by many: order is kept for each, and only the last one's closing is the end", async () => {
  const { socket, taken } = recording();
  using one = program.start(socket.fd, ["numbered", 300]);
  using two = program.start(socket.fd, ["numbered", 300]);
  using copy = socket.fd.dup();
  using three = give(socket, ["numbered", 300]);
  for (const sender of [one, two, three]) assert.equal(await sender.done(), ["ok"]);
  await until(() => taken.length === 900, "all messages");
  let over = false;
  socket.closed.then(() => {
    over = true;
  });
  await turn(10);
  assert.not.ok(over, "a copy is still open");
  for (const { pid } of [one, two, three])
    assert.equal(
      taken.filter(({ sender }) => sender.pid === pid).map(({ text }) => text),
      Array.from({ length: 300 }, (_, i) => `${pid} ${i}`),
    );
  copy.close();
  assert.is(await ended(socket), undefined);
});

test("closed here, a sender gets EPIPE and no signal, and sees the hang-up", async () => {
  const { socket, taken } = recording();
  using sender = give(socket, ["text", "one"], ["hangup"], ["text", "two"], ["read"], ["text", "three"]);
  await until(() => taken.length === 1, "the first message");
  socket.close();
  assert.equal(await sender.done(), ["ok", "1", "EPIPE", "0", "EPIPE"]);
  assert.is(await within(sender.exited), 0);
  assert.is(await ended(socket), undefined);
});

test("closed here with messages unread, their sender gets ECONNRESET once, and then EPIPE", async () => {
  const socket = makeSocket(() => new Promise<void>(() => {}));
  using sender = give(socket, ["text", "one"], ["text", "two"], ["line"], ["text", "three"], ["text", "four"]);
  await sender.said(2);
  await turn(3);
  socket.close();
  sender.goOn();
  assert.equal((await sender.done()).slice(3), ["ECONNRESET", "EPIPE"]);
});

test("a sender that waits for room is told when this end is closed", async () => {
  let taken = 0;
  const socket = makeSocket(() => {
    taken++;
    return new Promise<void>(() => {});
  });
  // The first is taken before there is no room: taking it later would make some.
  using sender = give(socket, ["text", "first"], ["line"], ["fill", 1000], ["bytes", 1000]);
  await until(() => taken === 1);
  sender.goOn();
  await sender.said(3);
  await turn(10);
  socket.close();
  const blocked = (await sender.done()).at(-1);
  assert.ok(blocked === "EPIPE" || blocked === "ECONNRESET", blocked);
});

test("shutdown(2) by one holder is the end for all, after what was sent", async () => {
  const { socket, taken } = recording();
  using copy = socket.fd.dup();
  using sender = give(socket, ["text", "last"], ["shutdown"], ["text", "too late"]);
  assert.equal(await sender.done(), ["ok", "ok", "EPIPE"]);
  assert.is(await ended(socket), undefined);
  assert.equal(
    taken.map(({ text }) => text),
    ["last"],
  );
  assert.not.ok(copy.closed);
});

test("a sender that is killed ends the socket as one that closes", async () => {
  const { socket, taken } = recording();
  using sender = give(socket, ["text", "alive"], ["line"]);
  await until(() => taken.length === 1, "the message");
  sender[Symbol.dispose]();
  assert.is(await ended(socket), undefined);
});

test("closing twice, within the callback, and by `using` are all one close", async () => {
  let count = 0;
  let outside: MadeSocket;
  {
    using socket = makeSocket(() => {
      count++;
      socket.close();
      socket.close();
    });
    outside = socket;
    using sender = give(socket, ["numbered", 5]);
    assert.is(await ended(socket), undefined);
    await sender.done();
  }
  await turn(5);
  outside.close();
  assert.is(count, 1);
  assert.ok(outside.fd.closed);
});

test("a socket that nobody uses is closed with both its ends", () => {
  const before = openDescriptors().length;
  const socket = makeSocket(() => {});
  assert.is(openDescriptors().length, before + 2);
  socket.close();
  assert.is(openDescriptors().length, before);
});

test("a descriptor that was given away is not closed by closing the socket", async () => {
  const socket = makeSocket(() => {});
  const number = socket.fd.release();
  socket.close();
  assert.ok(openDescriptors().some((open) => open.startsWith(`${number} -> socket:`)));
  closeNumber(number);
  assert.is(await ended(socket), undefined);
});

test("closing while a callback runs leaves it its descriptors until it is done", async () => {
  const open = gate();
  const read: string[] = [];
  const socket = makeSocket(async (_, fds) => {
    await open.passed;
    read.push(readFileSync(fds[0]!.fd, "utf8"));
  });
  using sender = give(socket, ["files", 1], ["files", 1]);
  await sender.done();
  await turn(3);
  socket.close();
  assert.is(await ended(socket), undefined);
  open.open();
  await turn(3);
  assert.equal(read, ["0"]);
});

// ------------------------------------------------------------------ callbacks that fail

const failures: readonly [what: string, callback: (thrown: Error) => undefined | PromiseLike<void>][] = [
  [
    "throws",
    (thrown) => {
      throw thrown;
    },
  ],
  ["rejects", (thrown) => Promise.reject(thrown)],
  ["rejects later", (thrown) => turn(3).then(() => Promise.reject(thrown))],
  [
    "returns a thenable that throws",
    (thrown) => ({
      then() {
        throw thrown;
      },
    }),
  ],
];

for (const [what, fail] of failures)
  test(`a callback that ${what} ends the socket with its error, and nothing else`, async () => {
    const thrown = new Error("no more");
    const told: unknown[] = [];
    let seen: readonly Fd[] = [];
    let calls = 0;
    const socket = makeSocket(
      (_, fds) => {
        calls++;
        seen = fds;
        return fail(thrown);
      },
      { onFault: (fault) => told.push(fault) },
    );
    using sender = give(socket, ["files", 3], ["line"], ["text", "next"]);
    const error = await ended(socket);
    assert.instance(error, RpcError);
    assert.equal([error?.code, error?.cause], ["Internal", thrown]);
    assert.equal(told, [thrown]);
    assert.ok(seen.length === 3 && seen.every((fd) => fd.closed));
    sender.goOn();
    assert.is((await sender.done())[2], "EPIPE");
    assert.is(calls, 1);
  });

test("where nobody asks for it, what a callback threw goes to the console", async () => {
  const { error } = console;
  const printed: unknown[][] = [];
  console.error = (...args: unknown[]) => printed.push(args);
  try {
    const thrown = new Error("unseen");
    const socket = makeSocket(() => {
      throw thrown;
    });
    using _sender = give(socket, ["text", "x"]);
    await ended(socket);
    assert.equal(printed, [["postern: the callback of a made socket failed:", thrown]]);
  } finally {
    console.error = error;
  }
});

test("a callback that fails after the socket was closed is told of all the same", async () => {
  const told: unknown[] = [];
  const open = gate();
  let begun = false;
  const socket = makeSocket(
    async () => {
      begun = true;
      await open.passed;
      throw "late";
    },
    { onFault: (fault) => told.push(fault) },
  );
  using _sender = give(socket, ["text", "x"]);
  await until(() => begun, "the message");
  socket.close();
  open.open();
  await turn(3);
  assert.equal(told, ["late"]);
  assert.is(await ended(socket), undefined);
});

// ------------------------------------------------------------------ the process

test("an open socket keeps the process alive, unless it is told not to", async () => {
  const fixture = fileURLToPath(new URL("fixtures/staying.ts", import.meta.url));
  const run = (how: string) =>
    spawn(process.execPath, ["--import", "tsx", fixture, how], { stdio: ["ignore", "pipe", "inherit"] });
  const output = (how: string) => within(text(run(how).stdout), `the end of "${how}"`, START_MS);
  assert.equal(await Promise.all(["unref", "ref", "closed"].map(output)), ["", "message\n", ""]);
});

test("it works in a Worker, whose end closes it", async () => {
  const fixture = new URL("fixtures/start-worker.mjs", import.meta.url);
  const before = openDescriptors().filter((open) => open.includes("socket:")).length;
  const worker = new Worker(fixture);
  const number = await within(
    new Promise<number>((resolve) => worker.on("message", (told) => "fd" in told && resolve(told.fd))),
    "the Worker's descriptor",
    START_MS,
  );
  const heard = new Promise<unknown>((resolve) =>
    worker.on("message", (told) => "heard" in told && resolve(told.heard)),
  );
  using sender = program.start(number, ["text", "to a Worker"], ["hangup"]);
  assert.is(await within(heard, "the Worker's callback"), "to a Worker");
  await within(worker.terminate(), "the Worker's end");
  assert.equal(await sender.done(), ["ok", "1"]);
  closeNumber(number);
  await until(() => openDescriptors().filter((open) => open.includes("socket:")).length <= before, "all to be closed");
});

test("a hundred sockets at once, each with a sender, mix nothing up", async () => {
  const all = Array.from({ length: 100 }, () => recording());
  const senders = all.map(({ socket }, index) => give(socket, ["text", `to ${index}`], ["files", 1]));
  await Promise.all(all.map(({ socket }) => ended(socket)));
  for (const sender of senders) await sender.done();
  assert.equal(
    all.map(({ taken }) => taken.map(({ text }) => text)),
    all.map((_, index) => [`to ${index}`, "files"]),
  );
});

test.run();
