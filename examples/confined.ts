/**
 * How the examples start a program that can do nothing by itself: under Node's permission model, which keeps its own
 * `fs` to the code that it runs, and keeps it from starting processes and threads.
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package, seen from where this file is compiled to. */
export const packageRoot: string = fileURLToPath(new URL("../..", import.meta.url));

/** The arguments with which Node runs a program of this package and lets it reach nothing else. */
export function confined(program: string): string[] {
  const readable = ["dist/*", "build/*", "node_modules/*", "package.json"].map((path) => join(packageRoot, path));
  return [
    "--experimental-permission",
    "--allow-addons",
    // The loader of the addon asks for the last one to learn which C library is here.
    ...[...readable, "/etc/alpine-release"].map((path) => `--allow-fs-read=${path}`),
    "--no-warnings",
    program,
  ];
}
