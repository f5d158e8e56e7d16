import { openSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fd, type FdLike } from "../../../runtime/descriptor.ts";
import { CancelError, InvalidError, TransportError } from "../../../runtime/errors.ts";
import {
  boundSocket,
  boundSocketOver,
  connectThrough,
  type Newcomer,
} from "../../../runtime/transport/bound-socket.ts";
import { listen } from "../../../runtime/transport/listener.ts";
import { socketPair } from "../../../runtime/transport/sockets.ts";
import { boundEnds, disconnected, hear, say } from "../../support/bound-ends.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { openFile } from "../../support/open-files.ts";
import { quiet, rejection, turn, within } from "../../support/within.ts";

/** No test may block for ever. */
const soon = { timeoutMs: 10_000 };
const self = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };

/** Connects, says a text, and is gone: all before it is accepted. */
function leave(capability: FdLike, text: string): void {
  using socket = connectThrough(capability);
  say(socket, text);
}

/** What a newcomer has said, who is let go of. */
function heard({ socket }: Newcomer): string {
  using _done = socket;
  return hear(socket);
}

function invalid(error: unknown): boolean {
  return error instanceof InvalidError;
}

function late(error: unknown): boolean {
  return error instanceof CancelError && error.code === "DeadlineExceeded";
}

function caused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof TransportError && (error.cause as NodeJS.ErrnoException).code === code;
}

const test = suite("bound sockets");
leavesNothingOpen(test);

test("those who connect are accepted in the order in which they did, blocking or not", async () => {
  using ends = boundEnds();
  for (const text of ["1", "2", "3", "4"]) leave(ends.capability, text);
  const texts = [
    heard(await within(ends.bound.acceptSocket())),
    heard(ends.bound.acceptSocketSync(soon)),
    heard(await within(ends.bound.acceptSocket())),
    heard(ends.bound.acceptSocketSync(soon)),
  ];
  assert.equal(texts, ["1", "2", "3", "4"]);
});

test("those who wait are served in the order in which they began to", async () => {
  using ends = boundEnds();
  const waiting = Promise.all(Array.from({ length: 100 }, () => ends.bound.acceptSocket()));
  const texts = Array.from({ length: 100 }, (_, place) => String(place));
  for (const text of texts) leave(ends.capability, text);
  assert.equal((await within(waiting)).map(heard), texts);
});

test("who blocks is served after those who wait already", async () => {
  using ends = boundEnds();
  const waiting = ends.bound.acceptSocket();
  leave(ends.capability, "1");
  leave(ends.capability, "2");
  assert.is(heard(ends.bound.acceptSocketSync(soon)), "2");
  assert.is(heard(await within(waiting)), "1");
});

test("a connection carries packets both ways, before and after it is accepted", () => {
  using ends = boundEnds();
  using near = connectThrough(ends.capability);
  say(near, "before");
  const { socket, peer } = ends.bound.acceptSocketSync(soon);
  using far = socket;
  assert.equal(peer, self);
  assert.equal([hear(far), far.kind, near.kind], ["before", "seqpacket", "seqpacket"]);
  say(far, "back");
  assert.is(hear(near), "back");
});

test("who is gone before being accepted is accepted all the same, and reads as an end", () => {
  using ends = boundEnds();
  connectThrough(ends.capability).close();
  assert.is(heard(ends.bound.acceptSocketSync(soon)), "");
});

test("connections are made, before the event loop has turned, by a copy of the capability", () => {
  using ends = boundEnds();
  using copy = ends.capability.dup();
  ends.capability.close();
  leave(copy.fd, "by its number");
  leave(copy, "by its owner");
  assert.equal(
    [1, 2].map(() => heard(ends.bound.acceptSocketSync(soon))),
    ["by its number", "by its owner"],
  );
});

test("two who hold one bound socket share those who connect", async () => {
  const [end, capability] = socketPair("seqpacket");
  using _capability = capability;
  using one = boundSocketOver(end.dup());
  using other = boundSocketOver(end);
  const waiting = [one.acceptSocket(), one.acceptSocket(), other.acceptSocket()];
  for (const text of ["1", "2", "3"]) leave(capability, text);
  assert.equal((await within(Promise.all(waiting))).map(heard).sort(), ["1", "2", "3"]);
});

test("two who hold one bound socket do not need each other", () => {
  const [end, capability] = socketPair("seqpacket");
  using _capability = capability;
  const one = boundSocketOver(end.dup());
  using other = boundSocketOver(end);
  one.close();
  leave(capability, "1");
  const newcomer = other.acceptSocketSync(soon);
  assert.equal(newcomer.peer, self);
  assert.is(heard(newcomer), "1");
});

test("of who connected before the bound socket was taken up it is known who made the connection", () => {
  const [end, capability] = socketPair("seqpacket");
  using _capability = capability;
  leave(capability, "early");
  using bound = boundSocketOver(end);
  const newcomer = bound.acceptSocketSync(soon);
  assert.equal(newcomer.peer, self);
  assert.is(heard(newcomer), "early");
});

test("waiting is cancelled by its signal, before and after it has begun, and takes nobody with it", async () => {
  using ends = boundEnds();
  const controller = new AbortController();
  const first = rejection(ends.bound.acceptSocket({ signal: controller.signal }));
  const second = ends.bound.acceptSocket();
  controller.abort("enough");
  for (const wait of [first, rejection(ends.bound.acceptSocket({ signal: controller.signal }))]) {
    const error = (await wait) as CancelError;
    assert.instance(error, CancelError);
    assert.equal([error.code, error.cause], ["Cancelled", "enough"]);
  }
  leave(ends.capability, "for the second");
  assert.is(heard(await within(second)), "for the second");
});

test("a signal that fires once its wait is over does nothing", async () => {
  using ends = boundEnds();
  const controller = new AbortController();
  const waiting = ends.bound.acceptSocket({ signal: controller.signal });
  leave(ends.capability, "in time");
  const newcomer = await within(waiting);
  controller.abort();
  assert.is(heard(newcomer), "in time");
});

for (const timeoutMs of [0, 20])
  test(`nobody within ${timeoutMs} ms is DeadlineExceeded, and the next is accepted`, () => {
    using ends = boundEnds();
    assert.throws(() => ends.bound.acceptSocketSync({ timeoutMs }), late);
    leave(ends.capability, "late");
    assert.is(heard(ends.bound.acceptSocketSync({ timeoutMs })), "late");
  });

test("closing tells those who wait, who come later, and who were not accepted", async () => {
  using ends = boundEnds();
  using unaccepted = connectThrough(ends.capability);
  const waiting = [ends.bound.acceptSocket(), ends.bound.acceptSocket()].map((wait) => rejection(wait));
  ends.bound.close();
  ends.bound.close();
  const [one, other] = await Promise.all(waiting);
  assert.ok(disconnected(one));
  assert.is(one, other);
  assert.is(await rejection(ends.bound.acceptSocket()), one);
  assert.throws(() => ends.bound.acceptSocketSync(soon), disconnected);
  assert.is(hear(unaccepted), "");
  // The kernel tells first that something was left unread.
  for (const code of ["ECONNRESET", "EPIPE", "EPIPE"])
    assert.throws(
      () => connectThrough(ends.capability),
      (error: unknown) => disconnected(error) && caused(code)(error),
    );
});

test("when nobody holds the capability, those who had connected are accepted, and then waiting ends", async () => {
  using ends = boundEnds();
  const copy = ends.capability.dup();
  leave(copy, "last");
  ends.capability.close();
  copy.close();
  assert.is(heard(await within(ends.bound.acceptSocket())), "last");
  const waiting = rejection(ends.bound.acceptSocket());
  assert.ok(disconnected(await waiting));
  assert.throws(() => ends.bound.acceptSocketSync(soon), disconnected);
});

test("waiting goes on while one copy of the capability is left, and ends with it, also where it blocks", async () => {
  using ends = boundEnds();
  const copy = ends.capability.dup();
  ends.capability.close();
  const waiting = quiet(ends.bound.acceptSocket());
  await turn(3);
  assert.throws(() => ends.bound.acceptSocketSync({ timeoutMs: 1 }), /1 ms/);
  copy.close();
  assert.throws(() => ends.bound.acceptSocketSync(soon), disconnected);
  assert.ok(disconnected(await rejection(waiting)));
});

test("the queue is bounded: connecting is EAGAIN when it is full, and possible again when somebody is accepted", () => {
  using ends = boundEnds();
  const connections: Fd[] = [];
  const connect = (): Fd => connectThrough(ends.capability);
  try {
    assert.throws(() => {
      while (connections.length < 10_000) connections.push(connect());
    }, caused("EAGAIN"));
    assert.ok(connections.length > 16, `${connections.length} fit`);
    const full = connections.length;
    ends.bound.acceptSocketSync(soon).socket.close();
    connections.push(connect());
    for (let left = full; left > 0; left--) ends.bound.acceptSocketSync(soon).socket.close();
    assert.throws(() => ends.bound.acceptSocketSync({ timeoutMs: 0 }), late);
  } finally {
    for (const connection of connections) connection.close();
  }
});

test("nobody is accepted whom nobody waits for: they stay in the queue, whatever the event loop does", async () => {
  using ends = boundEnds();
  const waiting = ends.bound.acceptSocket();
  leave(ends.capability, "1");
  assert.is(heard(await within(waiting)), "1");
  leave(ends.capability, "2");
  await turn(5);
  assert.is(heard(ends.bound.acceptSocketSync({ timeoutMs: 0 })), "2");
});

const noSockets: readonly (readonly [what: string, open: () => Fd])[] = [
  ["a file", openFile],
  ["a directory", () => Fd.adopt(openSync("/", "r"))],
  ["a stream socket", () => oneOf(socketPair("stream"))],
  [
    "a listening socket",
    () => {
      const listener = listen(`@postern-${process.pid}-no-capability`, { type: "seqpacket", backlog: 1 });
      const fd = listener.dup();
      listener.close();
      return fd;
    },
  ],
];

function oneOf([one, other]: readonly [Fd, Fd]): Fd {
  other.close();
  return one;
}

for (const [what, open] of noSockets) {
  test(`${what} is no capability`, () => {
    using fd = open();
    assert.throws(() => connectThrough(fd), invalid);
  });
  test(`${what} is no bound socket, and stays its owner's`, () => {
    using fd = open();
    assert.throws(() => boundSocketOver(fd), invalid);
    assert.not.ok(fd.closed);
  });
}

for (const [what, capability] of [
  ["a closed number", () => 1_000_000],
  ["a negative number", () => -1],
  [
    "a closed capability",
    () => {
      const ends = boundSocket();
      ends.bound.close();
      ends.capability.close();
      return ends.capability;
    },
  ],
] as const)
  test(`${what} is no capability`, () => {
    assert.throws(() => connectThrough(capability()), invalid);
  });

test("an end of a pair whose other end reads it as something else connects to nobody, and loses nothing", () => {
  const [one, other] = socketPair("seqpacket");
  using _one = one;
  using connection = connectThrough(one);
  assert.is(hear(other), "c");
  // The plain read has dropped the descriptor that came with it.
  assert.is(hear(connection), "");
  other.close();
});

test("a thousand connections leave nothing behind", async () => {
  using ends = boundEnds();
  for (let round = 0; round < 50; round++) {
    const waiting = Array.from({ length: 20 }, () => ends.bound.acceptSocket());
    const near = Array.from({ length: 20 }, () => connectThrough(ends.capability));
    for (const { socket } of await within(Promise.all(waiting))) socket.close();
    for (const socket of near) socket.close();
  }
  assert.is(ends.bound.refused, 0);
});

test("closing while the event loop is about to serve those who wait closes the newcomers too", async () => {
  using ends = boundEnds();
  const waits = [0, 1, 2].map(() => ends.bound.acceptSocket());
  const arrived: Newcomer[] = [];
  const settled = Promise.allSettled(
    waits.map(async (wait) => {
      arrived.push(await wait);
      ends.bound.close();
    }),
  );
  for (const text of ["1", "2", "3"]) leave(ends.capability, text);
  await within(settled);
  for (const newcomer of arrived) newcomer.socket.close();
  assert.ok(arrived.length > 0);
});

test.run();
