/**
 * A batch whose frames take long is delivered in parts, between which the other connections of the thread have their
 * turn; nothing of it is lost, delivered twice or overtaken, whatever is done to its transport in between.
 */

import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { closeDescriptor } from "../../../runtime/descriptor.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { socketPair, unixSocket } from "../../../runtime/transport/unix-socket.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { plainFrame, plainFraming } from "../../support/plain-framing.ts";
import { RecordingReceiver } from "../../support/recording-receiver.ts";
import { turn, until } from "../../support/within.ts";

/** Frames of a flood, each long enough that the clock is looked at after it; all fit a socket. */
const FRAMES = 30;
const PAYLOAD_BYTES = 2048;

/** One end that is slow with every frame, and the transport that sends to it. */
class Slow implements Disposable {
  readonly sender: Transport;
  readonly transport: Transport;
  readonly receiver = new RecordingReceiver();

  constructor(type: "seqpacket" | "stream") {
    const [near, far] = socketPair(type);
    this.sender = unixSocket(far, plainFraming, { spin: 0 });
    this.sender.start(new RecordingReceiver());
    this.transport = unixSocket(near, plainFraming, { spin: 0 });
    this.receiver.onFrame = takeLong;
    this.transport.start(this.receiver);
  }

  /** The numbers of the frames that have come. */
  get came(): readonly number[] {
    return this.receiver.frames.map(({ payload }) => payload[0]!);
  }

  /** Sends frames with these numbers in one packet, each with so many descriptors. */
  send(numbers: readonly number[], descriptors = 0): void {
    const frames = numbers.map((number) => plainFrame(new Uint8Array(PAYLOAD_BYTES).fill(number), descriptors));
    const bytes = new Uint8Array(Buffer.concat(frames));
    const device = openSync(devNull, "r");
    this.sender.send(bytes, bytes.length, new Array<number>(numbers.length * descriptors).fill(device));
    closeSync(device);
  }

  /** Waits until a first part has been delivered, and fails if that was all. */
  async begun(): Promise<void> {
    await until(() => this.came.length > 0, "the first part");
    assert.ok(this.came.length < FRAMES, `${this.came.length} frames in one part`);
  }

  [Symbol.dispose](): void {
    this.transport.close();
    this.sender.close();
    this.receiver.closeDescriptors();
  }
}

/** Longer than a part may take, so that each frame is a part of its own. */
function takeLong(): void {
  for (const end = performance.now() + 1; performance.now() < end; );
}

const numbers = Array.from({ length: FRAMES }, (_, number) => number);

for (const type of ["seqpacket", "stream"] as const) {
  const parts = suite(`unix socket, a batch in parts, ${type}`);
  leavesNothingOpen(parts);

  parts("another connection is read before the batch is over", async () => {
    using flooded = new Slow(type);
    using other = new Slow(type);
    let behind = 0;
    other.receiver.onFrame = () => {
      behind = flooded.came.length;
    };
    flooded.send(numbers);
    other.send([7]);
    await until(() => other.came.length === 1 && flooded.came.length === FRAMES, "all frames");
    assert.ok(behind < FRAMES, `${behind} frames came first`);
    assert.equal(flooded.came, numbers);
    assert.ok(flooded.receiver.batches > 1);
  });

  parts("what comes meanwhile comes after it", async () => {
    using flooded = new Slow(type);
    flooded.send(numbers);
    await flooded.begun();
    flooded.send([100]);
    flooded.send([101]);
    await until(() => flooded.came.length === FRAMES + 2, "all frames");
    assert.equal(flooded.came, [...numbers, 100, 101]);
  });

  parts("a blocking exchange takes what is left of it first, and reading goes on", async () => {
    using flooded = new Slow(type);
    flooded.send(numbers);
    await flooded.begun();
    assert.ok(flooded.transport.exchange(new Uint8Array(0), 0, [], 1000));
    assert.equal(flooded.came, numbers);
    await turn(3);
    flooded.send([100]);
    await until(() => flooded.came.length === FRAMES + 1, "the frame behind");
    flooded.send([101]);
    await until(() => flooded.came.length === FRAMES + 2, "the next");
    assert.equal(flooded.came, [...numbers, 100, 101]);
  });

  parts("a pause within it lets it come to its end, and then holds", async () => {
    using flooded = new Slow(type);
    flooded.send(numbers);
    await flooded.begun();
    flooded.transport.pause();
    flooded.send([100]);
    await until(() => flooded.came.length === FRAMES, "the rest");
    await turn(5);
    assert.equal(flooded.came, numbers);
    flooded.transport.resume();
    await until(() => flooded.came.length === FRAMES + 1, "the frame behind");
  });

  parts("a pause that is taken back within it changes nothing", async () => {
    using flooded = new Slow(type);
    flooded.send(numbers);
    await flooded.begun();
    flooded.transport.pause();
    flooded.transport.resume();
    flooded.send([100]);
    await until(() => flooded.came.length === FRAMES + 1, "all frames");
    assert.equal(flooded.came, [...numbers, 100]);
  });

  parts("the peer's end is told after it", async () => {
    using flooded = new Slow(type);
    flooded.send(numbers);
    flooded.sender.close();
    await until(() => flooded.receiver.ends.length > 0, "the end");
    assert.equal(flooded.came, numbers);
    assert.equal(flooded.receiver.ends, [undefined]);
  });

  parts("a peer that ends with our bytes unread is read to the end, however many batches that takes", async () => {
    using flooded = new Slow(type);
    flooded.receiver.onFrame = () => {};
    flooded.sender.pause();
    flooded.transport.send(plainFrame("never read"), plainFrame("never read").length, []);
    flooded.send(numbers);
    flooded.send(numbers);
    flooded.send(numbers.slice(0, 10));
    assert.is(flooded.sender.queued, 0);
    flooded.sender.close();
    await until(() => flooded.receiver.ends.length > 0, "the end");
    assert.equal(flooded.came, [...numbers, ...numbers, ...numbers.slice(0, 10)]);
    assert.is(flooded.receiver.ends[0]?.code, "Disconnected");
  });

  parts("closing within it closes the descriptors of the rest", async () => {
    using flooded = new Slow(type);
    flooded.receiver.onFrame = ({ descriptors }) => {
      takeLong();
      for (const descriptor of descriptors) closeDescriptor(descriptor);
    };
    flooded.send(numbers, 8);
    await flooded.begun();
    flooded.transport.close();
    const { length } = flooded.came;
    await turn(5);
    assert.is(flooded.came.length, length);
    flooded.receiver.frames.length = 0;
  });

  parts("what was queued meanwhile leaves, and its leaving is told", async () => {
    using flooded = new Slow(type);
    flooded.send(numbers);
    await flooded.begun();
    const long = plainFrame(new Uint8Array(1 << 20));
    flooded.transport.send(long, long.length, []);
    await until(() => flooded.receiver.timesDrained === 1, "room");
    await until(() => flooded.came.length === FRAMES, "all frames");
    assert.equal(flooded.came, numbers);
  });

  parts.run();
}
