/** Translates the interface's open flags into Linux's, by a table of every combination; a contradiction has no entry. */

import { OpenFlags } from "../../generated/files.ts";
import { fail } from "./failure.ts";
import {
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_SYNC,
  O_TRUNC,
  O_WRONLY,
} from "./linux.ts";

/** Neither waits for a pipe's other end nor takes a terminal for this process's own. */
const ALWAYS = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
const CONTRADICTION = -1;

const COMBINATIONS = 2 * Math.max(...Object.values(OpenFlags));
const table = Int32Array.from({ length: COMBINATIONS }, (_, flags) => translate(flags));

/** Gives the flags for openat2, or throws EINVAL for flags that contradict each other. */
export function linuxFlags(flags: number): number {
  const linux = table[flags];
  return linux === undefined || linux === CONTRADICTION ? fail("EINVAL") : linux;
}

/** Whether a file opened so could be changed or made. */
export function changes(linux: number): boolean {
  return (linux & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) !== 0;
}

function translate(flags: number): number {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const { read, write, append, create, exclusive, truncate, directory, noFollow, dataSync, sync } = OpenFlags;
  const contradiction =
    (!has(read) && !has(write)) ||
    (has(append | truncate) && !has(write)) ||
    (has(exclusive) && !has(create)) ||
    (has(directory) && has(create | write));
  if (contradiction) return CONTRADICTION;
  return (
    ALWAYS |
    (has(write) ? (has(read) ? O_RDWR : O_WRONLY) : O_RDONLY) |
    (has(append) ? O_APPEND : 0) |
    (has(create) ? O_CREAT : 0) |
    (has(exclusive) ? O_EXCL : 0) |
    (has(truncate) ? O_TRUNC : 0) |
    (has(directory) ? O_DIRECTORY : 0) |
    (has(noFollow) ? O_NOFOLLOW : 0) |
    (has(dataSync) ? O_DSYNC : 0) |
    (has(sync) ? O_SYNC : 0)
  );
}
