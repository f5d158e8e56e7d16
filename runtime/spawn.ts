/** Starts a program with a channel to it: an inherited socket, named by an environment variable. */

import type { ChildProcess } from "node:child_process";
import type { Channel } from "./channel/channel.ts";
import { CHANNEL_VARIABLE, type ConnectOptions, channelOver } from "./connect.ts";
import { credentialsOf, type Exit, exitOf, type ProgramOptions, start } from "./program.ts";
import { socketPair } from "./transport/unix-socket.ts";

/** What a child is started with: a channel's options, and Node's own for the process. */
export interface SpawnOptions extends ConnectOptions, ProgramOptions {}

/** A running child and the channel to it. */
export interface Child extends Disposable {
  readonly channel: Channel;
  readonly process: ChildProcess;
  /** Settles when the process has ended; rejects with a `TransportError` when it could not be started. */
  readonly exited: Promise<Exit>;
  /** Closes the channel, and ends the process if it then does not end by itself within `graceMs` (1,000 if not given). */
  close(graceMs?: number): Promise<Exit>;
}

/**
 * Starts a program; in it, `connectToParent` takes up the other end. The channel can be used at once: what is sent
 * before the program listens waits in the socket. If the program cannot be started, `exited` rejects and the channel
 * ends.
 */
export function spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): Child {
  const [ours, theirs] = socketPair(options.socket ?? "seqpacket");
  let child: ChildProcess;
  try {
    child = start(command, args, { [CHANNEL_VARIABLE]: theirs }, options);
  } catch (error) {
    ours.close();
    throw error;
  } finally {
    // The child has its own by now; while we held this one, its end would never look closed to us.
    theirs.close();
  }
  try {
    return new SpawnedChild(child, channelOver(ours, options, credentialsOf(child, options)));
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

class SpawnedChild implements Child {
  readonly process: ChildProcess;
  readonly channel: Channel;
  readonly exited: Promise<Exit>;

  constructor(child: ChildProcess, channel: Channel) {
    this.process = child;
    this.channel = channel;
    this.exited = exitOf(child);
  }

  async close(graceMs = 1000): Promise<Exit> {
    this.channel.close();
    const timer = setTimeout(() => this.process.kill("SIGKILL"), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.close().catch(() => {});
  }
}
