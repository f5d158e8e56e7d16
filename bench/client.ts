/**
 * The calling process: starts the serving one on its processor and runs the trials that the benchmark asks for.
 * Arguments: the server's processor, the type of socket, and the microseconds that both ends spin.
 */

import { fileURLToPath } from "node:url";
import { Files } from "../generated/files.ts";
import { NPObject, NPUpcalls } from "../generated/npapi.ts";
import { connectToParent, offer, spawn } from "../runtime/index.ts";
import { Caller, Work } from "./generated/bench.ts";
import { limits } from "./limits.ts";
import { time } from "./timing.ts";
import { type Peer, trials } from "./trials.ts";

const [, , processor = "0", type = "seqpacket", spin = "0"] = process.argv;
const serverFile = fileURLToPath(new URL("server.js", import.meta.url));

const benchmark = connectToParent({
  spin: 0,
  offers: [
    offer(Caller, {
      run(name, calls) {
        const trial = trials[name];
        if (trial === undefined) throw new Error(`There is no trial ${name}.`);
        return time(trial, peer, calls);
      },
    }),
  ],
});

const server = spawn("taskset", ["-c", processor, process.execPath, serverFile, spin], {
  socket: type === "stream" ? "stream" : "seqpacket",
  spin: Number(spin),
  limits,
});
const { channel } = server;
const peer: Peer = {
  work: channel.bootstrap(Work, 0),
  files: channel.bootstrap(Files, 1),
  object: channel.bootstrap(NPObject, 2),
  upcalls: channel.bootstrap(NPUpcalls, 3),
  channel,
};

await benchmark.closed;
await server.close();
