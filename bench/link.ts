/** Two processes joined by a channel, each pinned to a processor, and the trials that they can be told to run. */

import { fileURLToPath } from "node:url";
import { type Child, spawn } from "../runtime/index.ts";
import { Caller, type Timing } from "./generated/bench.ts";

/** Where the two processes run: both on one processor, or each on its own. */
export type Placement = "1cpu" | "2cpu";

/** The processors of the caller and of the server. */
export const processors: Readonly<Record<Placement, readonly [caller: string, server: string]>> = {
  "1cpu": ["0", "0"],
  "2cpu": ["0", "1"],
};

/** How the two processes are joined. `spin` is in microseconds, as in the runtime's options. */
export interface LinkOptions {
  readonly socket: "seqpacket" | "stream";
  readonly spin: number;
}

const clientFile = fileURLToPath(new URL("client.js", import.meta.url));

/** A running pair of processes. Ends with `close`. */
export class Link {
  readonly #child: Child;
  readonly #caller: Caller;

  /** `under` is a command that runs another, with its arguments, and so both processes. */
  constructor(placement: Placement, { socket, spin }: LinkOptions, under: readonly string[] = []) {
    const [caller, server] = processors[placement];
    const client = [process.execPath, ...process.execArgv, clientFile, server, socket, String(spin)];
    const [command, ...words] = [...under, "taskset", "-c", caller, ...client] as const;
    this.#child = spawn(command!, words, { spin: 0 });
    this.#caller = this.#child.channel.bootstrap(Caller);
  }

  /** Runs so many calls of a trial. Rejects with an `RpcError` when either process failed. */
  run(trial: string, calls: number): Promise<Timing> {
    return this.#caller.run(trial, calls);
  }

  async close(): Promise<void> {
    await this.#child.close(5000);
  }
}
