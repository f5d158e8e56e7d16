/** The processes that this one has started, as the kernel lists them. */

import { readdirSync, readFileSync } from "node:fs";

/** The numbers of this process's children, of those too that have ended and were not waited for: zombies. */
export function childProcesses(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === process.pid);
}

/** Whose child a process is; nothing for one that is gone by now. */
function parentOf(pid: number): number | undefined {
  try {
    // The name, in parentheses, may hold anything; behind it come the state and the parent (proc(5)).
    const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/^.*\) \S+ (\d+) /s);
    return Number(parent);
  } catch {
    return undefined;
  }
}
