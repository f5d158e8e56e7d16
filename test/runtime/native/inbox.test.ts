/** The native inbox by itself: what its table tells, one packet at a time. */

import { openSync, readlinkSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  addon,
  type Connection,
  control,
  end,
  inboxTable,
  type NativeInbox,
  socketType,
} from "../../../runtime/native/addon.ts";
import { systemError } from "../../../runtime/system-error.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { turn, until } from "../../support/within.ts";

const test = suite("inbox");
leavesNothingOpen(test);

/** An inbox, its slab, and a connection that sends to it. */
interface Ends extends Disposable {
  readonly inbox: NativeInbox;
  readonly slab: Uint8Array;
  readonly sender: Connection;
  send(text: string, ...fds: readonly number[]): void;
}

function open(bytes = 64, descriptors = 2): Ends {
  const pair = addon().socketpair(socketType.seqpacket);
  if (typeof pair === "number") throw systemError(pair, "socketpair");
  const slab = new Uint8Array(bytes);
  const inbox = addon().inbox(pair[0], slab, descriptors);
  const sender = addon().connection(pair[1], true, new Uint8Array(1 << 17), 0);
  if (typeof inbox === "number" || typeof sender === "number") throw new Error("They cannot be made.");
  return {
    inbox,
    slab,
    sender,
    send(text, ...fds) {
      for (const [index, fd] of fds.entries()) sender.control[control.sent + index] = fd;
      const message = Buffer.from(text);
      assert.is(sender.send(message, 0, message.length, fds.length), 0);
    },
    [Symbol.dispose]() {
      inbox.close();
      sender.close();
    },
  };
}

/** Starts an inbox and notes each row that it tells. */
function noting({ inbox, slab }: Ends, then: (texts: readonly string[]) => void = () => {}): string[] {
  const texts: string[] = [];
  const status = inbox.start(() => {
    const { table } = inbox;
    const text = Buffer.from(slab.subarray(0, table[inboxTable.length])).toString();
    texts.push(table[inboxTable.end] === end.none ? text : `end ${table[inboxTable.end]}`);
    then(texts);
  });
  assert.is(status, 0);
  return texts;
}

test("it tells a packet, its sender and its descriptors", async () => {
  using ends = open();
  const fd = openSync("/dev/null", "r");
  ends.send("hello", fd, fd);
  addon().close(fd);
  let row: number[] = [];
  const texts = noting(ends, () => {
    row = [...ends.inbox.table.subarray(0, inboxTable.received + 2)];
    ends.inbox.table[inboxTable.descriptors] = 0;
  });
  await until(() => texts.length === 1, "the packet");
  const [, errno, length, pid, uid, gid, count, first, second] = row;
  assert.equal([errno, length, pid, uid, gid], [0, 5, process.pid, process.getuid?.(), process.getgid?.()]);
  assert.is(count, 2);
  for (const taken of [first!, second!]) {
    assert.is(readlinkSync(`/proc/self/fd/${taken}`), "/dev/null");
    addon().close(taken);
  }
});

test("descriptors that nobody takes out of the table are closed", async () => {
  using ends = open();
  const fd = openSync("/dev/null", "r");
  ends.send("one", fd, fd);
  ends.send("two", fd);
  addon().close(fd);
  const texts = noting(ends);
  await until(() => texts.length === 2, "the packets");
  // The suite counts what is left open.
  assert.is(ends.inbox.table[inboxTable.descriptors], 0);
});

test("switched off within the callback it takes nothing further, until it is switched on", async () => {
  using ends = open();
  for (const text of ["a", "b", "c"]) ends.send(text);
  const texts = noting(ends, () => ends.inbox.read(false));
  for (const expected of [["a"], ["a", "b"], ["a", "b", "c"]]) {
    await until(() => texts.length === expected.length, "the next packet");
    await turn(3);
    assert.equal(texts, expected);
    ends.inbox.read(true);
  }
});

test("closed within the callback it tells nothing further", async () => {
  using ends = open();
  for (const text of ["a", "b"]) ends.send(text);
  const texts = noting(ends, () => ends.inbox.close());
  await until(() => texts.length === 1, "the first packet");
  await turn(3);
  assert.equal(texts, ["a"]);
});

const ended: readonly [what: string, how: number, act: (ends: Ends) => void][] = [
  ["the sender's closing", end.orderly, ({ sender }) => sender.close()],
  ["a packet longer than the slab", end.packetTooLong, ({ send }) => send("x".repeat(65))],
  ["a descriptor too many", end.descriptorsTooMany, ({ send }) => sendThree(send)],
];

for (const [what, how, act] of ended)
  test(`${what} is told once, and is the end`, async () => {
    using ends = open();
    ends.send("before");
    act(ends);
    const texts = noting(ends);
    await until(() => texts.length === 2, "the end");
    await turn(3);
    assert.equal(texts, ["before", `end ${how}`]);
    ends.inbox.read(true);
    await turn(3);
    assert.is(texts.length, 2);
  });

function sendThree(send: Ends["send"]): void {
  const fd = openSync("/dev/null", "r");
  send("three", fd, fd, fd);
  addon().close(fd);
}

test("it is started once, and not after it was closed", () => {
  using ends = open();
  noting(ends);
  assert.is(
    systemError(
      ends.inbox.start(() => {}),
      "",
    ).code,
    "EALREADY",
  );
  ends.inbox.close();
  ends.inbox.close();
  assert.is(
    systemError(
      ends.inbox.start(() => {}),
      "",
    ).code,
    "EBADF",
  );
  ends.inbox.read(true);
  ends.inbox.ref(true);
});

const refusals: readonly [what: string, slab: unknown, descriptors: unknown][] = [
  ["an empty slab", new Uint8Array(0), 1],
  ["a slab longer than any packet", new Uint8Array((128 << 10) + 1), 1],
  ["a slab of other than bytes", new Int32Array(8), 1],
  ["no slab", undefined, 1],
  ["more descriptors than the kernel sends", new Uint8Array(8), 254],
  ["fewer descriptors than none", new Uint8Array(8), -1],
  ["no number of descriptors", new Uint8Array(8), "two"],
];

for (const [what, slab, descriptors] of refusals)
  test(`${what} is refused, and the descriptor stays the caller's`, () => {
    const pair = addon().socketpair(socketType.seqpacket) as readonly [number, number];
    const status = addon().inbox(pair[0], slab as Uint8Array, descriptors as number);
    assert.is(typeof status === "number" ? systemError(status, "").code : "an inbox", "EINVAL");
    for (const fd of pair) assert.is(addon().close(fd), 0);
  });

test("what is no socket is refused", () => {
  const fd = openSync("/dev/null", "r");
  const status = addon().inbox(fd, new Uint8Array(8), 0);
  assert.is(systemError(status as number, "").code, "ENOTSOCK");
  assert.is(addon().close(fd), 0);
});

test.run();
