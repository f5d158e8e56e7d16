/** A program that floods whoever has started it with a channel. Its argument says how: a name of `floods.ts`. */

import { closeDescriptor, Fd, inspectDescriptor } from "../../runtime/descriptor.ts";
import { queueLow } from "../../runtime/native/addon.ts";
import { unixSocket } from "../../runtime/transport/unix-socket.ts";
import { type Flood, type FloodName, floods, greeting } from "./floods.ts";
import { credulous } from "./raw-peer.ts";
import { turn } from "./within.ts";

/** Packets after which it looks at what it is sent. */
const PACKETS_A_TURN = 16;

// The test that starts it knows the names.
const flood: Flood = floods[process.argv[2] as FloodName];
const socket = Fd.adopt(Number(process.env["POSTERN_CHANNEL"]));
const type = inspectDescriptor(socket.fd).kind === "stream" ? "stream" : "seqpacket";
const transport = unixSocket(socket, credulous, { spin: 0 });
let roomAgain = (): void => {};

if (flood.deaf === true) transport.pause();
transport.start({
  frame(_bytes, _view, _start, _end, descriptors) {
    for (const descriptor of descriptors) closeDescriptor(descriptor);
  },
  batchEnd() {},
  drained: () => roomAgain(),
  closed: () => process.exit(),
});
transport.send(greeting, greeting.length, []);

let sent = 0;
for (const { bytes, descriptors = [] } of flood.packets(type)) {
  transport.send(bytes, bytes.length, descriptors);
  if (transport.queued >= queueLow)
    await new Promise<void>((resolve) => {
      roomAgain = resolve;
    });
  else if (++sent % PACKETS_A_TURN === 0) await turn();
}
