/** The floor's program, compiled and run: what two C programs need for what a row does. */

import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Placement, processors } from "./link.ts";

// Compiled, this file lies in `dist/bench`.
const source = fileURLToPath(new URL("../../bench/floor.c", import.meta.url));
const program = fileURLToPath(new URL("floor", import.meta.url));

/** A mode of the floor's program with its further arguments, such as `["window", "256"]`. */
export type FloorMode = readonly [mode: string, ...rest: string[]];

/** Compiles the program. Throws what `cc` says where it cannot. */
export function compileFloor(): void {
  execFileSync("cc", ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source], { stdio: "inherit" });
}

/** Runs a mode so many times and returns the microseconds that one took. */
export async function runFloor([mode, ...rest]: FloorMode, placement: Placement, times: number): Promise<number> {
  const words = [...processors[placement], mode, String(times), ...rest];
  const { stdout } = await promisify(execFile)(program, words);
  return Number(stdout);
}
