/** A thread that serves a `Prober` over the socket it is given, until that ends: for callers that block their own. */

import { parentPort, workerData } from "node:worker_threads";
import { Fd } from "../../runtime/descriptor.ts";
import { unixSocket } from "../../runtime/transport/unix-socket.ts";
import { Side } from "./channels.ts";

const { fd } = workerData as { readonly fd: number };
const side = new Side((framing) => unixSocket(Fd.adopt(fd, "probe-worker"), framing, { spin: 0 }));
side.prober.wait = (text) => new Promise((resolve) => setTimeout(() => resolve(text), 5));
// Loading took the main thread's help, so only now may it block.
parentPort?.postMessage("ready");
await side.channel.closed;
