/** Starts a program with a channel to it: an inherited socket, named by an environment variable. */

import { type ChildProcess, type SpawnOptions as NodeSpawnOptions, spawn as spawnProcess } from "node:child_process";
import type { Channel } from "./channel/channel.ts";
import { CHANNEL_VARIABLE, type ConnectOptions, channelOver } from "./connect.ts";
import { TransportError } from "./errors.ts";
import type { PeerCredentials } from "./transport/transport.ts";
import { socketPair } from "./transport/unix-socket.ts";

/** Where the child finds its end: the first descriptor after the standard three. */
const CHILD_DESCRIPTOR = 3;

/** What a child is started with: a channel's options, and Node's own for the process. */
export interface SpawnOptions extends ConnectOptions {
  /** The child's whole environment; this process's where nothing is said. The channel's variable is added. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The child's standard input, output and error, as for Node's spawn; `inherit` where nothing is said. */
  readonly stdio?: readonly ("inherit" | "ignore" | "pipe")[];
  readonly uid?: number;
  readonly gid?: number;
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

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
  const [stdin = "inherit", stdout = "inherit", stderr = "inherit"] = options.stdio ?? [];
  const processOptions: NodeSpawnOptions = {
    cwd: options.cwd,
    uid: options.uid,
    gid: options.gid,
    env: { ...(options.env ?? process.env), [CHANNEL_VARIABLE]: String(CHILD_DESCRIPTOR) },
    stdio: [stdin, stdout, stderr, theirs.fd],
  };
  let child: ChildProcess;
  try {
    child = spawnProcess(command, args, processOptions);
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

/** Who the child is; nothing where it could not be started. */
function credentialsOf({ pid }: ChildProcess, { uid, gid }: SpawnOptions): PeerCredentials | undefined {
  const [ownUid, ownGid] = [process.getuid?.(), process.getgid?.()];
  if (pid === undefined || ownUid === undefined || ownGid === undefined) return undefined;
  return { pid, uid: uid ?? ownUid, gid: gid ?? ownGid };
}

class SpawnedChild implements Child {
  readonly process: ChildProcess;
  readonly channel: Channel;
  readonly exited: Promise<Exit>;

  constructor(child: ChildProcess, channel: Channel) {
    this.process = child;
    this.channel = channel;
    this.exited = new Promise((resolve, reject) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("error", (cause) => reject(new TransportError(`${child.spawnfile} could not be started.`, { cause })));
    });
    // Whoever does not look at `exited` learns of the failure from the channel.
    this.exited.catch(() => {});
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
