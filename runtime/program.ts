/** Starts a program that has some descriptors of this process: inherited, each named by an environment variable. */

import { type ChildProcess, type SpawnOptions as NodeSpawnOptions, spawn } from "node:child_process";
import type { Fd } from "./descriptor.ts";
import { TransportError } from "./errors.ts";
import type { PeerCredentials } from "./transport/transport.ts";

/** Where the program finds the first of them: after the standard three. */
const FIRST_DESCRIPTOR = 3;

/** What Node's own spawn takes, of a program that is given descriptors. */
export interface ProgramOptions {
  /** The program's whole environment; this process's where nothing is said. The descriptors' variables are added. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Its standard input, output and error, as for Node's spawn; `inherit` where nothing is said. */
  readonly stdio?: readonly ("inherit" | "ignore" | "pipe")[];
  readonly uid?: number;
  readonly gid?: number;
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts a program that inherits descriptors, under the variables that name them. The caller keeps its own of them. */
export function start(
  command: string,
  args: readonly string[],
  descriptors: Readonly<Record<string, Fd>>,
  options: ProgramOptions,
): ChildProcess {
  const [stdin = "inherit", stdout = "inherit", stderr = "inherit"] = options.stdio ?? [];
  const named = Object.keys(descriptors).map((name, place) => [name, String(FIRST_DESCRIPTOR + place)]);
  const processOptions: NodeSpawnOptions = {
    cwd: options.cwd,
    uid: options.uid,
    gid: options.gid,
    env: { ...(options.env ?? process.env), ...Object.fromEntries(named) },
    stdio: [stdin, stdout, stderr, ...Object.values(descriptors).map(({ fd }) => fd)],
  };
  return spawn(command, args, processOptions);
}

/** Who a program is, for a socket whose credentials are its maker's; nothing where it could not be started. */
export function credentialsOf({ pid }: ChildProcess, { uid, gid }: ProgramOptions): PeerCredentials | undefined {
  const [ownUid, ownGid] = [process.getuid?.(), process.getgid?.()];
  if (pid === undefined || ownUid === undefined || ownGid === undefined) return undefined;
  return { pid, uid: uid ?? ownUid, gid: gid ?? ownGid };
}

/**
 * Settles when a program has ended; rejects with a `TransportError` when it could not be started, which nobody need
 * look at: the other end of its descriptors tells, too.
 */
export function exitOf(child: ChildProcess): Promise<Exit> {
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (cause) => reject(new TransportError(`${child.spawnfile} could not be started.`, { cause })));
  });
  exited.catch(() => {});
  return exited;
}

/** Waits for a program to end by itself, and ends it if it has not within so many milliseconds. Rejects as `exited`. */
export async function endOf(child: ChildProcess, exited: Promise<Exit>, graceMs = 1000): Promise<Exit> {
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  try {
    return await exited;
  } finally {
    clearTimeout(timer);
  }
}
