/** Starts a program with only a bound socket, to which whoever started it connects: once for each use it has. */

import type { ChildProcess } from "node:child_process";
import type { Channel } from "./channel/channel.ts";
import { Family } from "./channel/family.ts";
import { BOUND_SOCKET_VARIABLE, type ConnectOptions, channelOver } from "./connect.ts";
import type { Fd } from "./descriptor.ts";
import { completeLimits } from "./limits.ts";
import { credentialsOf, type Exit, endOf, exitOf, type ProgramOptions, start } from "./program.ts";
import { connectThrough } from "./transport/bound-socket.ts";
import { socketPair } from "./transport/sockets.ts";
import type { PeerCredentials } from "./transport/transport.ts";

/** A running child and the means to connect to it. */
export interface BoundChild extends Disposable {
  /** What connects to the child; may be lent to others, who then do so themselves. Belongs to this, and ends with it. */
  readonly capability: Fd<"seqpacket">;
  readonly process: ChildProcess;
  /** Settles when the process has ended; rejects with a `TransportError` when it could not be started. */
  readonly exited: Promise<Exit>;
  /**
   * Opens another channel to the child, usable at once: what is sent before the child accepts waits in the socket.
   * Throws as `connect` does, `Disconnected` once the child is gone.
   */
  connect(options?: ConnectOptions): Channel;
  /**
   * Closes the capability and the channels that `connect` has opened, forks included, and ends the process if it then
   * does not end by itself within `graceMs` (1,000 if not given).
   */
  close(graceMs?: number): Promise<Exit>;
}

/**
 * Starts a program; in it, `boundFromParent` takes up the bound socket. If the program cannot be started, `exited`
 * rejects and the channels to it end.
 */
export function spawnBound(command: string, args: readonly string[] = [], options: ProgramOptions = {}): BoundChild {
  const [capability, bound] = socketPair("seqpacket");
  try {
    const child = start(command, args, { [BOUND_SOCKET_VARIABLE]: bound }, options);
    return new SpawnedBoundChild(child, capability, credentialsOf(child, options));
  } catch (error) {
    capability.close();
    throw error;
  } finally {
    // The child has its own by now; while we held this one, its end would never look closed to those who connect.
    bound.close();
  }
}

class SpawnedBoundChild implements BoundChild {
  readonly process: ChildProcess;
  readonly capability: Fd<"seqpacket">;
  readonly exited: Promise<Exit>;
  readonly #peer: PeerCredentials | undefined;
  readonly #channels: Set<Channel> = new Set();

  constructor(child: ChildProcess, capability: Fd<"seqpacket">, peer: PeerCredentials | undefined) {
    this.process = child;
    this.capability = capability;
    this.exited = exitOf(child);
    this.#peer = peer;
  }

  connect(options: ConnectOptions = {}): Channel {
    const family = new Family<Channel>(completeLimits(options.limits).forks, (channel) => {
      this.#channels.add(channel);
      channel.closed.then(() => this.#channels.delete(channel));
    });
    return channelOver(connectThrough(this.capability), options, this.#peer, family);
  }

  close(graceMs?: number): Promise<Exit> {
    this.capability.close();
    for (const channel of this.#channels) channel.close();
    return endOf(this.process, this.exited, graceMs);
  }

  [Symbol.dispose](): void {
    this.close().catch(() => {});
  }
}
