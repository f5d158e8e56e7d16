/**
 * A socket of which the peer holds both ends, as whoever forks a channel or connects through a capability may: options are
 * the socket's, so it sets them for this end too. It costs neither descriptors nor time here.
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Channel, type ChannelOptions } from "../../../runtime/channel/channel.ts";
import type { Fd } from "../../../runtime/descriptor.ts";
import { CancelError } from "../../../runtime/errors.ts";
import { boundSocketOver } from "../../../runtime/transport/bound-socket.ts";
import { type SocketType, socketPair } from "../../../runtime/transport/sockets.ts";
import { adoptSocket, unixSocket } from "../../../runtime/transport/unix-socket.ts";
import { leavesNothingOpen, openDescriptors } from "../../support/descriptor-count.ts";
import { ImcProgram } from "../../support/imc-program.ts";
import { Probe } from "../../support/probe.ts";
import { RawPeer } from "../../support/raw-peer.ts";
import { cancel, hello } from "../../support/wire.ts";
import { turn, until } from "../../support/within.ts";

const test = suite("shared ends");
leavesNothingOpen(test);

let program: ImcProgram;
test.before(() => {
  program = new ImcProgram();
});
test.after(() => program[Symbol.dispose]());

/** A channel as over a road that the peer has made. */
function adopted(end: Fd, type: SocketType, options: ChannelOptions = {}): Channel {
  return new Channel((framing) => adoptSocket(end, type, framing, { spin: 0 }), options);
}

for (const type of ["seqpacket", "stream"] as const)
  test(`descriptors of senders that the peer has had opened with each packet are closed, over ${type}`, async () => {
    const [ours, theirs] = socketPair(type);
    await program.run(ours, "open-senders");
    using channel = adopted(ours, type);
    using raw = new RawPeer((framing) => unixSocket(theirs, framing));
    raw.send(hello());
    await until(() => channel.counts.messagesReceived === 1);
    const before = openDescriptors().length;
    for (let sent = 0; sent < 20; sent++) {
      raw.send(cancel(1));
      await until(() => channel.counts.messagesReceived === sent + 2);
    }
    assert.is(openDescriptors().length, before);
  });

test("so are those at a bound socket, with or without a request", async () => {
  const [end, capability] = socketPair("seqpacket");
  await program.run(end, "open-senders");
  using bound = boundSocketOver(end);
  const before = openDescriptors();
  await program.run(capability, "bytes:x", "bare", "nothing", "connect");
  assert.throws(() => bound.acceptSocketSync({ timeoutMs: 0 }).socket.close());
  await turn();
  assert.equal(openDescriptors(), before);
  capability.close();
});

test("a blocking call is given up in its time, although the peer keeps its socket asleep", async () => {
  const [ours, theirs] = socketPair("seqpacket");
  using keeping = program.start(ours, ["keep-asleep:3"]);
  await keeping.begun();
  using channel = adopted(ours, "seqpacket");
  const probe = channel.bootstrap(Probe);
  for (let call = 0; call < 10; call++)
    assert.throws(
      () => probe.echoSync("anybody?", { timeoutMs: 20 }),
      (error: unknown) => error instanceof CancelError && error.code === "DeadlineExceeded",
    );
  await keeping.kill();
  theirs.close();
});

test.run();
