/** The processes that this one has started, as the kernel lists them. */

import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { within } from "./within.ts";

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

/** What a program has written by its end, read as JSON. */
export async function outputOf(program: ChildProcess, ms: number): Promise<unknown> {
  let text = "";
  program.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  await within(new Promise((resolve) => program.once("close", resolve)), "the child's end", ms);
  return JSON.parse(text);
}
