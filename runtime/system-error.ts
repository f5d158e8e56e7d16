/** The system's own names and words for what it refuses. */

import { getSystemErrorMap } from "node:util";

// Node makes the whole map anew each time it is asked.
let names: ReadonlyMap<number, readonly [code: string, text: string]> | undefined;

/** The code and the words of a negated errno: `ENOENT`, `no such file or directory`; nothing for one without. */
export function systemErrorName(errno: number): readonly [code: string, text: string] | undefined {
  names ??= getSystemErrorMap();
  return names.get(errno);
}

/** Makes the error of a negated errno: `EMFILE: too many open files, dup`, with `code`, `errno` and `syscall`. */
export function systemError(errno: number, syscall: string, path?: string): NodeJS.ErrnoException {
  const [code, text] = systemErrorName(errno) ?? [`E${-errno}`, "unknown error"];
  const place = path === undefined ? syscall : `${syscall} '${path}'`;
  const error = new Error(`${code}: ${text}, ${place}`);
  return Object.assign(error, { code, errno, syscall }, path === undefined ? {} : { path });
}
