import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { suite, type Test } from "uvu";
import * as assert from "uvu/assert";
import { Fd } from "../../../runtime/descriptor.ts";
import { InvalidError, LimitError, ProtocolError, TransportError } from "../../../runtime/errors.ts";
import { addon, type Connection, control } from "../../../runtime/native/addon.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { type SocketType, socketPair, unixSocket } from "../../../runtime/transport/unix-socket.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { plainFrame, plainFraming } from "../../support/plain-framing.ts";
import { RecordingReceiver } from "../../support/recording-receiver.ts";
import { until, within } from "../../support/within.ts";

const none: readonly number[] = [];

interface End {
  readonly transport: Transport;
  readonly receiver: RecordingReceiver;
}

/** One end of a pair, and the other as a bare connection that may send what it likes. */
interface Raw extends End {
  send(bytes: Uint8Array, descriptors?: readonly number[]): void;
  close(): void;
}

function open(fd: Fd, spin = 0): End {
  const end = { transport: unixSocket(fd, plainFraming, { spin }), receiver: new RecordingReceiver() };
  end.transport.start(end.receiver);
  return end;
}

function openPair(type: SocketType, spin = 0): [End, End] {
  const [a, b] = socketPair(type);
  return [open(a, spin), open(b, spin)];
}

function openRaw(type: SocketType): Raw {
  const [a, b] = socketPair(type);
  const raw = addon().connection(b.release(), type === "seqpacket", new Uint8Array(1 << 20), 0) as Connection;
  return {
    ...open(a),
    send(bytes, descriptors = none) {
      raw.control.set(descriptors, control.sent);
      assert.is(raw.send(bytes, 0, bytes.length, descriptors.length), 0);
    },
    close: () => raw.close(),
  };
}

function sendFrames({ transport }: End, ...payloads: string[]): void {
  for (const payload of payloads) sendFrame(transport, payload);
}

function sendFrame(transport: Transport, payload: string | Uint8Array, descriptors = none): void {
  const bytes = plainFrame(payload, descriptors.length);
  transport.send(bytes, bytes.length, descriptors);
}

function exchangeFrame({ transport }: End, payload: string, timeoutMs: number): boolean {
  const bytes = plainFrame(payload);
  return transport.exchange(bytes, bytes.length, none, timeoutMs);
}

function exchangeNothing({ transport }: End, timeoutMs = 1000): boolean {
  return transport.exchange(new Uint8Array(0), 0, none, timeoutMs);
}

function openNull<T>(count: number, use: (descriptors: readonly number[]) => T): T {
  const descriptors = Array.from({ length: count }, () => openSync("/dev/null", "r"));
  try {
    return use(descriptors);
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

function close(...ends: End[]): void {
  for (const { transport, receiver } of ends) {
    transport.close();
    receiver.closeDescriptors();
  }
}

for (const type of ["seqpacket", "stream"] as const) {
  const test = suite(`unix socket, ${type}`);
  leavesNothingOpen(test);
  delivery(test, type);
  blocking(test, type);
  descriptors(test, type);
  pressure(test, type);
  ends(test, type);
  violations(test, type);
  test.run();
}

function delivery(test: Test, type: SocketType): void {
  test("frames arrive whole and in the order they were sent", async () => {
    const [a, b] = openPair(type);
    const sent = Array.from({ length: 500 }, (_, i) => `frame ${"x".repeat(i)}`);
    sendFrames(a, ...sent);
    await until(() => b.receiver.frames.length === sent.length, "all frames");
    assert.equal(b.receiver.texts, sent);
    assert.ok(b.receiver.batches < sent.length, "what is there together is delivered together");
    close(a, b);
  });

  test("many frames of one send arrive as one batch", async () => {
    const [a, b] = openPair(type);
    const frames = Buffer.concat(["one", "two!", "three", ""].map((text) => plainFrame(text)));
    a.transport.send(frames, frames.length, none);
    await until(() => b.receiver.batches > 0, "the batch");
    assert.equal(b.receiver.texts, ["one", "two!", "three", ""]);
    assert.is(b.receiver.batches, 1);
    close(a, b);
  });

  for (const bytes of [0, 1, 8, 64 << 10, (128 << 10) - 8, 128 << 10, (128 << 10) + 1, 384 << 10, 1 << 20, 16 << 20])
    test(`a frame of ${bytes} bytes arrives as it was sent`, async () => {
      const [a, b] = openPair(type);
      const payload = new Uint8Array(bytes).map((_, i) => i * 31 + (i >> 8));
      sendFrame(a.transport, payload);
      sendFrame(a.transport, "after it");
      await until(() => b.receiver.frames.length === 2, "both frames", 20_000);
      assert.ok(b.receiver.frames[0]?.payload.equals(payload));
      assert.is(b.receiver.texts[1], "after it");
      close(a, b);
    });

  test("only a frame longer than the slab is owned by its receiver", async () => {
    const [a, b] = openPair(type);
    sendFrame(a.transport, new Uint8Array(256 << 10));
    sendFrame(a.transport, new Uint8Array(512 << 10));
    await until(() => b.receiver.frames.length === 2, "both frames");
    assert.equal(
      b.receiver.frames.map(({ owned }) => owned),
      [false, true],
    );
    close(a, b);
  });

  test("nothing is delivered while reading is paused, and all of it after", async () => {
    const [a, b] = openPair(type);
    b.transport.pause();
    sendFrames(a, "held");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(b.receiver.texts, []);
    b.transport.resume();
    await until(() => b.receiver.frames.length === 1, "the frame");
    close(a, b);
  });

  test("promises settled by a frame go on before the next batch", async () => {
    const [a, b] = openPair(type);
    const order: string[] = [];
    b.receiver.onFrame = (frame) => Promise.resolve().then(() => order.push(frame.payload.toString()));
    b.receiver.onBatchEnd = () => order.push("end");
    sendFrames(a, "first");
    await until(() => order.length === 2, "the promise");
    assert.equal(order, ["end", "first"]);
    close(a, b);
  });

  test("the peer is who the kernel says", () => {
    const [a, b] = openPair(type);
    assert.equal(a.transport.peer, { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
    close(a, b);
  });

  test("spinning delivers the same", async () => {
    const [a, b] = openPair(type, 1000);
    b.receiver.onFrame = (frame) => sendFrame(b.transport, `re: ${frame.payload}`);
    a.receiver.onFrame = () => a.receiver.frames.length < 200 && sendFrames(a, "again");
    sendFrames(a, "first");
    await until(() => a.receiver.frames.length === 200, "200 rounds");
    close(a, b);
  });
}

function blocking(test: Test, type: SocketType): void {
  test("an exchange waits for the answer of a child process", async () => {
    const [a, child] = await spawnEcho(type);
    for (let round = 0; round < 100; round++) assert.ok(exchangeFrame(a, `round ${round}`, 5000));
    assert.equal(
      a.receiver.texts,
      Array.from({ length: 100 }, (_, round) => `round ${round}`),
    );
    close(a);
    await within(once(child, "exit"), "the child's end");
  });

  test("an exchange gives up when its time is over, and what comes later is not lost", async () => {
    const [a, b] = openPair(type);
    for (const timeout of [0, 1, 30]) assert.not.ok(exchangeFrame(a, "hello?", timeout));
    sendFrames(b, "late");
    assert.ok(exchangeNothing(a));
    assert.equal(a.receiver.texts, ["late"]);
    close(a, b);
  });

  test("a time-out of one call is none of the next", async () => {
    const [a, child] = await spawnEcho(type);
    // The child is not up so soon.
    assert.not.ok(exchangeFrame(a, "impatient", 1));
    while (a.receiver.frames.length < 2) assert.ok(exchangeFrame(a, "patient", -1));
    assert.equal(a.receiver.texts.slice(0, 2), ["impatient", "patient"]);
    close(a);
    await within(once(child, "exit"), "the child's end");
  });

  test("an exchange reads while reading in the loop is paused", () => {
    const [a, b] = openPair(type);
    a.transport.pause();
    sendFrames(b, "there");
    assert.ok(exchangeNothing(a));
    assert.equal(a.receiver.texts, ["there"]);
    close(a, b);
  });

  test("part of a frame is nothing delivered", () => {
    const raw = openRaw(type);
    const frame = plainFrame("0123456789abcdef");
    raw.send(frame.subarray(0, 16));
    assert.not.ok(exchangeNothing(raw, 20));
    raw.send(frame.subarray(16));
    assert.ok(exchangeNothing(raw));
    assert.equal(raw.receiver.texts, ["0123456789abcdef"]);
    close(raw);
    raw.close();
  });

  test("an exchange within a delivery first gets what the batch still holds, and spoils nothing of it", () => {
    const [a, b] = openPair(type);
    const batch = Buffer.concat(["outer", "second", "third"].map((text) => plainFrame(text)));
    b.transport.send(batch, batch.length, none);
    a.receiver.onFrame = ({ payload }, lent) => {
      if (payload.toString() !== "outer") return;
      sendFrames(b, "new");
      while (!a.receiver.texts.includes("new")) assert.ok(exchangeNothing(a));
      assert.ok(payload.equals(lent), "the frame on the stack is intact");
    };
    assert.ok(exchangeNothing(a));
    assert.equal(a.receiver.texts, ["outer", "second", "third", "new"]);
    close(a, b);
  });

  test("exchanges nested in deliveries many times over leave each frame intact", () => {
    const [a, b] = openPair(type);
    const depth = 12;
    const intact: boolean[] = [];
    a.receiver.onFrame = ({ payload }, lent) => {
      const level = a.receiver.frames.length;
      if (level < depth) {
        sendFrame(b.transport, new Uint8Array(100 << 10).fill(level + 1));
        while (a.receiver.frames.length === level) assert.ok(exchangeNothing(a));
      }
      intact.push(payload.equals(lent) && payload.every((byte) => byte === level));
    };
    sendFrame(b.transport, new Uint8Array(100 << 10).fill(1));
    while (intact.length < depth) assert.ok(exchangeNothing(a));
    assert.equal(intact, Array(depth).fill(true));
    close(a, b);
  });

  test("an exchange with a peer that has gone ends in the reason, after what the peer had sent", () => {
    const [a, b] = openPair(type);
    sendFrames(b, "last words");
    b.transport.close();
    assert.ok(exchangeFrame(a, "too late", 1000));
    assert.equal(a.receiver.texts, ["last words"]);
    assert.ok(exchangeNothing(a));
    assert.is(a.receiver.ends[0]?.code, "Disconnected");
    assert.not.ok(exchangeFrame(a, "never", 1000), "after the end nothing happens");
    close(a, b);
  });

  test("two peers that both send more than the sockets hold do not wait for each other for ever", async () => {
    const [a, child] = await spawnEcho(type);
    const payload = new Uint8Array(4 << 20).fill(7);
    for (let round = 0; round < 3; round++) sendFrame(a.transport, payload);
    while (a.receiver.frames.length < 3) assert.ok(exchangeNothing(a, 20_000));
    assert.ok(a.receiver.frames.every((frame) => frame.payload.equals(payload)));
    close(a);
    await within(once(child, "exit"), "the child's end");
  });

  test("signals do not end an exchange", async () => {
    const [fd, theirs] = socketPair(type);
    const a = open(fd);
    // A signal with a handler interrupts what the thread sleeps in.
    process.on("SIGUSR2", ignore);
    const script = `import os, signal, socket, sys, time
for i in range(50):
  os.kill(int(sys.argv[1]), signal.SIGUSR2)
  time.sleep(0.002)
socket.socket(fileno=3).send(bytes.fromhex(sys.argv[2]))`;
    const answer = Buffer.from(plainFrame("at last")).toString("hex");
    const child = spawn("python3", ["-c", script, `${process.pid}`, answer], {
      stdio: ["ignore", "inherit", "inherit", theirs.fd],
    });
    theirs.close();
    assert.ok(exchangeNothing(a, 10_000));
    assert.equal(a.receiver.texts, ["at last"]);
    await within(once(child, "exit"), "the child's end");
    process.off("SIGUSR2", ignore);
    close(a);
  });
}

function ignore(): void {}

function descriptors(test: Test, type: SocketType): void {
  test("descriptors arrive with their frame, open and closed on exec", async () => {
    const [a, b] = openPair(type);
    const { ino } = openNull(1, ([descriptor]) => {
      sendFrame(a.transport, "take this", [descriptor!]);
      return fstatSync(descriptor!);
    });
    await until(() => b.receiver.frames.length === 1, "the frame");
    const [received] = b.receiver.frames[0]!.descriptors;
    assert.is(fstatSync(received!).ino, ino);
    const flags = Buffer.alloc(200);
    const info = openSync(`/proc/self/fdinfo/${received}`, "r");
    const text = flags.toString("latin1", 0, readSync(info, flags));
    closeSync(info);
    assert.match(text, /flags:\s+0?2\d{6}\n/, "O_CLOEXEC is 02000000");
    close(a, b);
  });

  test("descriptors of many frames in one send go each to its own", async () => {
    const [a, b] = openPair(type);
    const counts = [0, 3, 1, 0, 2];
    openNull(6, (six) => {
      const batch = Buffer.concat(counts.map((count) => plainFrame(`${count}`, count)));
      a.transport.send(batch, batch.length, six);
    });
    await until(() => b.receiver.frames.length === counts.length, "all frames");
    assert.equal(
      b.receiver.frames.map((frame) => frame.descriptors.length),
      counts,
    );
    close(a, b);
  });

  test("253 descriptors go with one frame, and 254 are refused before anything is sent", async () => {
    const [a, b] = openPair(type);
    openNull(254, (all) => {
      sendFrame(a.transport, "full", all.slice(1));
      assert.throws(
        () => sendFrame(a.transport, "over", all),
        (error: unknown) => error instanceof LimitError,
      );
    });
    await until(() => b.receiver.frames.length === 1, "the frame");
    assert.is(b.receiver.frames[0]?.descriptors.length, 253);
    close(a, b);
  });

  test("long frames one behind another keep their bytes, their descriptors and what stands between them", async () => {
    const [a, b] = openPair(type);
    const long = (seed: number) => new Uint8Array((512 << 10) + seed).map((_, i) => i * seed + (i >> 8));
    for (const seed of [1, 3, 5, 7]) {
      openNull(seed, (descriptors) => sendFrame(a.transport, long(seed), descriptors));
      openNull(2, (two) => sendFrame(a.transport, `between ${seed}`, two));
    }
    await until(() => b.receiver.frames.length === 8, "all frames", 20_000);
    for (const [index, seed] of [1, 3, 5, 7].entries()) {
      assert.ok(b.receiver.frames[2 * index]?.payload.equals(long(seed)));
      assert.is(b.receiver.frames[2 * index]?.descriptors.length, seed);
      assert.is(b.receiver.texts[2 * index + 1], `between ${seed}`);
      assert.is(b.receiver.frames[2 * index + 1]?.descriptors.length, 2);
    }
    close(a, b);
  });

  test("a long frame's memory is its own: not a byte beyond the frame", async () => {
    const [a, b] = openPair(type);
    let owned = 0;
    b.receiver.onFrame = (_, lent) => {
      owned = lent.buffer.byteLength;
    };
    sendFrame(a.transport, new Uint8Array(512 << 10));
    await until(() => b.receiver.frames.length === 1, "the frame");
    assert.is(owned, 8 + (512 << 10));
    close(a, b);
  });

  test("a descriptor that comes in the middle of a long frame and that nobody names is refused and closed", async () => {
    const raw = openRaw(type);
    const frame = plainFrame(new Uint8Array(512 << 10));
    for (let start = 0; start < frame.length && raw.receiver.ends.length === 0; start += 64 << 10) {
      const piece = frame.subarray(start, start + (64 << 10));
      if (start === 128 << 10) openNull(1, (one) => raw.send(piece, one));
      else raw.send(piece);
      exchangeNothing(raw, 0);
    }
    raw.close();
    await until(() => raw.receiver.ends.length > 0, "the end");
    assert.instance(raw.receiver.ends[0], ProtocolError);
    close(raw);
  });

  test("a road that ends in the middle of a long frame delivers none of it", async () => {
    const raw = openRaw(type);
    raw.send(plainFrame(new Uint8Array(512 << 10)).subarray(0, 128 << 10));
    assert.not.ok(exchangeNothing(raw, 20));
    raw.close();
    await until(() => raw.receiver.ends.length > 0, "the end");
    assert.match(raw.receiver.ends[0]?.message ?? "", /middle of a frame/);
    assert.is(raw.receiver.frames.length, 0);
    close(raw);
  });

  test("a long frame's descriptors come with it", async () => {
    const [a, b] = openPair(type);
    openNull(5, (five) => sendFrame(a.transport, new Uint8Array(1 << 20), five));
    await until(() => b.receiver.frames.length === 1, "the frame");
    assert.is(b.receiver.frames[0]?.descriptors.length, 5);
    close(a, b);
  });

  test("descriptors that were not read when the road ended are closed", async () => {
    const [a, b] = openPair(type);
    b.transport.pause();
    openNull(20, (twenty) => sendFrame(a.transport, "never read", twenty));
    close(a, b);
  });

  test("a receiver that closes in the middle of a batch gets no more of it, and nothing of it stays open", async () => {
    const [a, b] = openPair(type);
    b.receiver.onFrame = () => b.transport.close();
    openNull(4, (four) => {
      const batch = Buffer.concat([plainFrame("first", 1), plainFrame("second", 1), plainFrame("third", 2)]);
      a.transport.send(batch, batch.length, four);
    });
    sendFrames(a, "in the next packet");
    await until(() => b.receiver.ends.length === 1, "the end");
    assert.equal(b.receiver.texts, ["first"]);
    close(a, b);
    assert.is(b.receiver.ends.length, 1);
  });

  test("at the limit of open files the loss is an error and never a wrong descriptor", async () => {
    const [fd, theirs] = socketPair(type);
    const child = spawn(
      "sh",
      ["-c", 'ulimit -n 40; exec "$@"', "sh", process.execPath, "--import", "tsx", fixture("short-of-descriptors.ts")],
      { stdio: ["ignore", "pipe", "inherit", theirs.fd] },
    );
    theirs.close();
    const a = open(fd);
    const output = text(child.stdout!);
    await until(() => a.receiver.frames.length === 1, "the child's readiness", 20_000);
    openNull(30, (thirty) => sendFrame(a.transport, "too many for you", thirty));
    assert.match(await within(output, "the child's report", 20_000), /^frames 0; Transport: .*lost.*ulimit -n/);
    close(a);
  });
}

function pressure(test: Test, type: SocketType): void {
  test("a peer that does not read gets everything later, in order, with its descriptors", async () => {
    const [a, b] = openPair(type);
    b.transport.pause();
    const count = 200;
    openNull(1, ([descriptor]) => {
      for (let i = 0; i < count; i++) {
        const payload = new Uint8Array(32 << 10).fill(i);
        sendFrame(a.transport, payload, i % 10 === 0 ? [descriptor!] : none);
      }
    });
    assert.ok(a.transport.queued > 4 << 20, `${a.transport.queued} bytes are queued`);
    assert.ok(a.transport.queued <= count * ((32 << 10) + 8), "no more is queued than was sent");
    b.transport.resume();
    await until(() => b.receiver.frames.length === count, "all frames", 20_000);
    assert.ok(b.receiver.frames.every(({ payload }, i) => payload.every((byte) => byte === i)));
    assert.equal(
      b.receiver.frames.map((frame) => frame.descriptors.length),
      Array.from({ length: count }, (_, i) => (i % 10 === 0 ? 1 : 0)),
    );
    assert.is(a.transport.queued, 0);
    assert.is(a.receiver.timesDrained, 1);
    close(a, b);
  });

  test("what was queued leaves during an exchange, too, and is told", async () => {
    const [a, child] = await spawnEcho(type);
    const payload = new Uint8Array(256 << 10).fill(3);
    for (let i = 0; i < 8; i++) sendFrame(a.transport, payload);
    assert.ok(a.transport.queued > 0);
    while (a.receiver.frames.length < 8) assert.ok(exchangeNothing(a, 10_000));
    assert.is(a.transport.queued, 0);
    assert.is(a.receiver.timesDrained, 1);
    close(a);
    await within(once(child, "exit"), "the child's end");
  });

  test("a sender with as many descriptors in flight as it may have goes on when they are received", async () => {
    const [fd, theirs] = socketPair(type);
    // To a privileged user the limit does not apply.
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawn(
      "sh",
      ["-c", 'ulimit -n 40; exec "$@"', "sh", process.execPath, "--import", "tsx", fixture("flood.ts")],
      { stdio: ["ignore", "pipe", "inherit", theirs.fd], ...user },
    );
    theirs.close();
    const a = open(fd);
    a.transport.pause();
    const [report] = await within(once(child.stdout!, "data"), "the child to have sent all", 20_000);
    assert.match(`${report}`, /^queued [1-9]/);
    a.transport.resume();
    await until(() => a.receiver.frames.length === 50, "all frames", 20_000);
    assert.equal(
      a.receiver.texts,
      Array.from({ length: 50 }, (_, i) => `${i}`),
    );
    assert.ok(a.receiver.frames.every((frame) => frame.descriptors.length === 1));
    close(a);
    await within(once(child, "exit"), "the child's end");
  });

  test("closing with a reason drops what is queued, with its descriptors", () => {
    const [a, b] = openPair(type);
    b.transport.pause();
    openNull(3, (three) => {
      for (let i = 0; i < 50; i++) sendFrame(a.transport, new Uint8Array(64 << 10), three);
    });
    assert.ok(a.transport.queued > 0);
    a.transport.close(new TransportError("as a test wants"));
    close(b);
    assert.is(a.transport.queued, 0);
  });

  test("an orderly end waits for the peer to read what is queued, and no longer than it is there", async () => {
    const [a, b] = openPair(type);
    b.transport.pause();
    for (let i = 0; i < 50; i++) sendFrame(a.transport, new Uint8Array(64 << 10), []);
    a.transport.close();
    b.transport.resume();
    await until(() => b.receiver.frames.length === 50, "everything that was sent");
    const [c, d] = openPair(type);
    d.transport.pause();
    for (let i = 0; i < 50; i++) sendFrame(c.transport, new Uint8Array(64 << 10), []);
    c.transport.close();
    close(b, d);
  });
}

function ends(test: Test, type: SocketType): void {
  test("an orderly end has no reason and comes after everything sent", async () => {
    const [a, b] = openPair(type);
    sendFrames(a, "one", "two");
    a.transport.close();
    await until(() => b.receiver.ends.length > 0, "the end");
    assert.equal(b.receiver.texts, ["one", "two"]);
    assert.equal(b.receiver.ends, [undefined]);
    close(a, b);
  });

  test("closing tells its own receiver once, with the reason given", () => {
    const [a, b] = openPair(type);
    const reason = new ProtocolError("enough");
    a.transport.close(reason);
    a.transport.close();
    assert.equal(a.receiver.ends, [reason]);
    close(a, b);
  });

  test("after the end nothing can be done and nothing throws", () => {
    const [a, b] = openPair(type);
    a.transport.close();
    sendFrames(a, "nothing");
    assert.not.ok(exchangeFrame(a, "nothing", -1));
    a.transport.pause();
    a.transport.resume();
    a.transport.ref();
    a.transport.unref();
    close(a, b);
  });

  test("an end in the middle of a frame is a TransportError", async () => {
    const raw = openRaw(type);
    raw.send(plainFrame("cut off here").subarray(0, 12));
    raw.close();
    await until(() => raw.receiver.ends.length > 0, "the end");
    assert.instance(raw.receiver.ends[0], TransportError);
    assert.match(raw.receiver.ends[0]?.message ?? "", /middle of a frame/);
    assert.is(raw.receiver.ends[0]?.code, "Disconnected");
    close(raw);
  });

  test("a peer that is killed with our bytes unread is disconnected, after its last frames", async () => {
    const [a, child] = await spawnEcho(type);
    sendFrames(a, "one");
    await until(() => a.receiver.frames.length === 1, "the echo");
    child.kill("SIGSTOP");
    sendFrames(a, "never read");
    child.kill("SIGKILL");
    await until(() => a.receiver.ends.length > 0, "the end");
    assert.instance(a.receiver.ends[0], TransportError);
    assert.is(a.receiver.ends[0]?.code, "Disconnected");
    assert.equal(a.receiver.texts, ["one"]);
    close(a);
  });

  test("a paused road finds its peer gone when it sends", () => {
    const [a, b] = openPair(type);
    a.transport.pause();
    b.transport.close();
    sendFrames(a, "hello?");
    assert.is(a.receiver.ends[0]?.code, "Disconnected");
    close(a, b);
  });

  test("only a connected socket makes a road, and another stays its owner's", () => {
    using file = Fd.adopt(openSync("/dev/null", "r+"));
    assert.throws(
      () => unixSocket(file, plainFraming),
      (error: unknown) => error instanceof InvalidError,
    );
    assert.not.ok(file.closed);
    using listening = Fd.adopt(addon().listen(type === "stream" ? 1 : 5, `@postern-${process.pid}-${type}`, 1));
    assert.throws(() => unixSocket(listening, plainFraming), /no connected socket/);
  });
}

function violations(test: Test, type: SocketType): void {
  const cases: readonly [name: string, bytes: Uint8Array, descriptors: number, reason: RegExp][] = [
    ["a length shorter than a header", Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0), 0, /shorter than its header/],
    ["a length over the limit", Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0), 0, /too long/],
    ["a descriptor named and not sent", plainFrame("where is it?", 1), 0, /names 1 descriptors and came with 0/],
    ["fewer descriptors than named", plainFrame("where is it?", 3), 2, /names 3 descriptors and came with 2/],
    ["a descriptor too many", plainFrame("one", 1), 2, /1 descriptors came that no frame names/],
    ["descriptors and no frame for them", plainFrame("none"), 253, /253 descriptors came/],
    ["something between frames", Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 65, 1, 0, 0, 0, 0, 0, 0), 0, /other than zeros/],
  ];
  for (const [name, bytes, count, reason] of cases)
    test(`${name} ends the road with the reason and leaves nothing open`, async () => {
      const raw = openRaw(type);
      openNull(count, (all) => raw.send(bytes, all));
      await until(() => raw.receiver.ends.length > 0, "the end");
      assert.match(raw.receiver.ends[0]?.message ?? "", reason);
      assert.is(raw.receiver.ends.length, 1);
      close(raw);
      raw.close();
    });

  test("a violation within an exchange ends it", () => {
    const raw = openRaw(type);
    raw.send(plainFrame("where is it?", 1));
    assert.ok(exchangeNothing(raw));
    assert.instance(raw.receiver.ends[0], ProtocolError);
    close(raw);
    raw.close();
  });

  test("what came before a violation is delivered", async () => {
    const raw = openRaw(type);
    raw.send(Buffer.concat([plainFrame("fine"), plainFrame("not", 1)]));
    await until(() => raw.receiver.ends.length > 0, "the end");
    assert.equal(raw.receiver.texts, ["fine"]);
    close(raw);
    raw.close();
  });
}

const seqpacket = suite("unix socket, what only packets have");
leavesNothingOpen(seqpacket);

seqpacket("descriptors in one packet for a frame of the next are refused", async () => {
  const raw = openRaw("seqpacket");
  openNull(1, (one) => raw.send(plainFrame("no descriptor named"), one));
  raw.send(plainFrame("named here", 1));
  await until(() => raw.receiver.ends.length > 0, "the end");
  assert.instance(raw.receiver.ends[0], ProtocolError);
  close(raw);
  raw.close();
});

seqpacket("a packet that ends within a header is refused", async () => {
  const raw = openRaw("seqpacket");
  raw.send(plainFrame("hello").subarray(0, 7));
  await until(() => raw.receiver.ends.length > 0, "the end");
  assert.match(raw.receiver.ends[0]?.message ?? "", /within the header/);
  close(raw);
  raw.close();
});

seqpacket("a packet longer than any of ours is refused", async () => {
  const [a, theirs] = socketPair("seqpacket");
  const end = open(a);
  const script = `import socket; socket.socket(fileno=3).send(b"\\0"*140000)`;
  const child = spawn("python3", ["-c", script], { stdio: ["ignore", "inherit", "inherit", theirs.fd] });
  theirs.close();
  await until(() => end.receiver.ends.length > 0, "the end", 10_000);
  assert.match(end.receiver.ends[0]?.message ?? "", /more than 128 KiB/);
  assert.instance(end.receiver.ends[0], ProtocolError);
  if (child.exitCode === null) await within(once(child, "exit"), "the child's end");
  close(end);
});

seqpacket.run();

const stream = suite("unix socket, what only streams have");
leavesNothingOpen(stream);

stream("frames arrive a byte at a time, descriptors with the first byte", async () => {
  const raw = openRaw("stream");
  const bytes = Buffer.concat([plainFrame("one", 2), plainFrame("", 0), plainFrame("three", 1)]);
  const starts = new Map([
    [0, 2],
    [plainFrame("one").length + plainFrame("").length, 1],
  ]);
  for (let i = 0; i < bytes.length; i++) {
    openNull(starts.get(i) ?? 0, (some) => raw.send(bytes.subarray(i, i + 1), some));
    if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => raw.receiver.frames.length === 3, "all frames");
  assert.equal(raw.receiver.texts, ["one", "", "three"]);
  assert.equal(
    raw.receiver.frames.map((frame) => frame.descriptors.length),
    [2, 0, 1],
  );
  close(raw);
  raw.close();
});

stream("a long send's descriptors may come before the frame that names them", async () => {
  const raw = openRaw("stream");
  const first = plainFrame(new Uint8Array(64 << 10));
  openNull(2, (two) => raw.send(first, two));
  await until(() => raw.receiver.frames.length === 1, "the first frame");
  raw.send(plainFrame("they are mine", 2));
  await until(() => raw.receiver.frames.length === 2, "the second frame");
  assert.is(raw.receiver.frames[1]?.descriptors.length, 2);
  close(raw);
  raw.close();
});

stream("descriptors that no frame has named by the end are a violation", async () => {
  const raw = openRaw("stream");
  openNull(2, (two) => raw.send(plainFrame(new Uint8Array(64 << 10)), two));
  raw.close();
  await until(() => raw.receiver.ends.length > 0, "the end");
  assert.instance(raw.receiver.ends[0], ProtocolError);
  close(raw);
});

stream.run();

/** A child that sends back each frame it gets, and what it takes to speak with it. */
async function spawnEcho(type: SocketType): Promise<[End, ReturnType<typeof spawn>]> {
  const [fd, theirs] = socketPair(type);
  const child = spawn(process.execPath, ["--import", "tsx", fixture("echo.ts")], {
    stdio: ["ignore", "inherit", "inherit", theirs.fd],
  });
  theirs.close();
  return [open(fd), child];
}

function fixture(name: string): string {
  return new URL(`fixtures/${name}`, import.meta.url).pathname;
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = "";
  for await (const chunk of stream) all += chunk;
  return all;
}
