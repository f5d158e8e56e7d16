/** The broker's failures: errors of the interface's own class, so that they cross as they are. */

import { getSystemErrorName } from "node:util";
import { Errno, type ErrnoCode, ErrnoError } from "../../generated/files.ts";

const codes = new Map<number, ErrnoCode>(Object.entries(Errno).map(([code, errno]) => [errno, code]));

/** Throws the error that has this name. */
export function fail(code: keyof typeof Errno): never {
  throw new ErrnoError(code);
}

/** Throws the error that has this number, positive as in errno(3), also when the interface has no name for it. */
export function failWith(errno: number): never {
  throw new ErrnoError(codes.get(errno) ?? getSystemErrorName(-errno), {}, -errno);
}
