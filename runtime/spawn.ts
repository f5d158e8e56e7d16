/** Starts a program with a channel, to this process or to another: an inherited socket, named by an environment variable. */

import type { ChildProcess } from "node:child_process";
import type { Channel } from "./channel/channel.ts";
import { CHANNEL_VARIABLE, type ConnectOptions, channelOver } from "./connect.ts";
import type { Fd } from "./descriptor.ts";
import { credentialsOf, type Exit, endOf, exitOf, type ProgramOptions, start } from "./program.ts";
import { socketPair } from "./transport/unix-socket.ts";

/** What a child is started with: a channel's options, and Node's own for the process. */
export interface SpawnOptions extends ConnectOptions, ProgramOptions {}

/** A running child and the channel to it. */
export interface Child extends Disposable {
  readonly channel: Channel;
  readonly process: ChildProcess;
  /** Settles when the process has ended; rejects with a `TransportError` when it could not be started. */
  readonly exited: Promise<Exit>;
  /**
   * Closes the channel and its forks, and ends the process if it then does not end by itself within `graceMs` (1,000 if
   * not given).
   */
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

/** A program that somebody else speaks to. */
export interface Program {
  readonly process: ChildProcess;
  /** Settles when the process has ended; rejects with a `TransportError` when it could not be started. */
  readonly exited: Promise<Exit>;
}

/**
 * Starts a program whose channel is a socket that is there already, such as `Channel.forkSocket` makes; in it,
 * `connectToParent` takes the socket up. It moves there: it is closed here, also if this throws.
 *
 *     spawnOver(channel.forkSocket({ keep: [Files] }), "node", ["tool.js"]);
 */
export function spawnOver(
  socket: Fd,
  command: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Program {
  try {
    const process = start(command, args, { [CHANNEL_VARIABLE]: socket }, options);
    return { process, exited: exitOf(process) };
  } finally {
    socket.close();
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

  close(graceMs?: number): Promise<Exit> {
    this.channel.closeAll();
    return endOf(this.process, this.exited, graceMs);
  }

  [Symbol.dispose](): void {
    this.close().catch(() => {});
  }
}
