/** Further roads to the same peer: which sockets one is made of, and that loopback's are as good as loopback. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Fd } from "../../../runtime/descriptor.ts";
import { ProtocolError } from "../../../runtime/errors.ts";
import { loopback } from "../../../runtime/transport/loopback.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { socketPair, unixSocket } from "../../../runtime/transport/unix-socket.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { openFile } from "../../support/open-files.ts";
import { plainFrame, plainFraming } from "../../support/plain-framing.ts";
import { RecordingReceiver } from "../../support/recording-receiver.ts";
import { until } from "../../support/within.ts";

const branches = suite("transport: further roads");
leavesNothingOpen(branches);

/** Two connected transports over sockets. */
function sockets(type: "seqpacket" | "stream"): [Transport, Transport] {
  const [one, other] = socketPair(type);
  return [unixSocket(one, plainFraming, { spin: 0 }), unixSocket(other, plainFraming, { spin: 0 })];
}

const roads = {
  loopback: () => loopback(plainFraming, plainFraming),
  seqpacket: () => sockets("seqpacket"),
  stream: () => sockets("stream"),
} as const;

/** Starts two ends and says hello from the one to the other. */
async function carries(from: Transport, to: Transport): Promise<void> {
  const receiver = new RecordingReceiver();
  from.start(new RecordingReceiver());
  to.start(receiver);
  const frame = plainFrame("hello");
  from.send(frame, frame.length, []);
  await until(() => receiver.texts.length === 1, "the frame");
  assert.equal(receiver.texts, ["hello"]);
}

function closeAll(...transports: readonly Transport[]): void {
  for (const transport of transports) transport.close();
}

for (const [name, road] of Object.entries(roads)) {
  branches(`both ends adopt, over ${name}`, async () => {
    const [here, there] = road();
    const [near, far] = here.pair();
    // What crosses is another descriptor of the same socket.
    const crossed = far.dup();
    far.close();
    const [from, to] = [here.adopt(near, plainFraming), there.adopt(crossed, plainFraming)];
    assert.equal([near.closed, crossed.closed], [true, true]);
    await carries(from, to);
    closeAll(from, to, here, there);
  });

  branches(`one end adopts and somebody else speaks over the other, over ${name}`, async () => {
    const [here, there] = road();
    const [near, far] = here.pair();
    const [from, to] = [unixSocket(near, plainFraming, { spin: 0 }), there.adopt(far, plainFraming)];
    await carries(from, to);
    closeAll(from, to, here, there);
  });

  branches(`an end that closes takes a further road with it only while that is not adopted, over ${name}`, async () => {
    const [here, there] = road();
    const [near, far] = here.pair();
    const [lateNear, lateFar] = here.pair();
    const [from, to] = [here.adopt(near, plainFraming), there.adopt(far, plainFraming)];
    const late = here.adopt(lateNear, plainFraming);
    const ended = new RecordingReceiver();
    late.start(ended);
    closeAll(here, there);
    lateFar.close();
    await until(() => ended.ends.length === 1, "the end of the road that nobody took up");
    await carries(from, to);
    closeAll(from, to);
  });

  for (const [what, open] of [
    ["a file", openFile],
    ["a socket of another type", () => end(name === "stream" ? "seqpacket" : "stream")],
  ] as const satisfies readonly (readonly [string, () => Fd])[])
    branches(`${what} is refused and stays its owner's, over ${name}`, () => {
      const [here, there] = road();
      const fd: Fd = open();
      assert.throws(
        () => here.adopt(fd, plainFraming),
        (error: unknown) => error instanceof ProtocolError,
      );
      assert.is(fd.closed, false);
      fd.close();
      closeAll(here, there);
    });

  branches(`draining ends when its time is up, or at once where nothing is queued, over ${name}`, () => {
    const [here, there] = road();
    here.start(new RecordingReceiver());
    here.drain(-1);
    const frame = plainFrame(new Uint8Array(1 << 20));
    here.send(frame, frame.length, []);
    here.drain(20);
    // Nobody has started to read at the other end.
    assert.ok(here.queued > 0);
    closeAll(there, here);
    here.drain(-1);
  });
}

function end(type: "seqpacket" | "stream"): Fd {
  const [near, far] = socketPair(type);
  far.close();
  return near;
}

branches.run();
