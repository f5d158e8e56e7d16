/**
 * What the broker asks of Linux: openat2(2) with its constants, and the way from a held descriptor back to a path that
 * `node:fs` takes. A resolved file is always reached through a descriptor, so nothing here can be led elsewhere by a
 * name that changes meanwhile.
 */

import { constants } from "node:fs";
import { addon } from "../native/addon.ts";
import { failWith } from "./failure.ts";

/** The working directory, where openat2 would have a directory descriptor. */
export const AT_FDCWD = -100;

/** A descriptor that stands for a file without opening it; no device wakes up and no pipe blocks. */
export const O_PATH = 0o10000000;
export const O_CLOEXEC = 0o2000000;
export const { O_APPEND, O_CREAT, O_DIRECTORY, O_DSYNC, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK } = constants;
export const { O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = constants;

// linux/openat2.h
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;

/** Symbolic links are followed as long as they stay beneath the directory; EXDEV when one does not. */
export const BENEATH = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
/** No symbolic link is followed: ELOOP at the first. */
export const BENEATH_PLAIN = BENEATH | RESOLVE_NO_SYMLINKS;
/**
 * For a single name, which leads out of a directory only as a link. To ask for "beneath" as well would fail with EXDEV
 * where the directory is moved at the same moment.
 */
export const ONE_NAME = RESOLVE_NO_SYMLINKS;

export const ENOENT = 2;
export const ENXIO = 6;
export const EAGAIN = 11;
export const EEXIST = 17;
export const EXDEV = 18;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const ELOOP = 40;

/** Opens a path as openat2(2) does. Gives a descriptor, which is the caller's, or a negative errno. */
export function openat2(directory: number, path: string, flags: number, mode: number, resolve: number): number {
  return addon().openat2(directory, path, flags, mode, resolve);
}

/** Closes a descriptor. */
export function close(fd: number): void {
  addon().close(fd);
}

/** The path of what a descriptor refers to, whatever it is called by now. Only `node:fs` of this process can use it. */
export function procPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** Opens for real what an O_PATH descriptor refers to. Gives a descriptor or a negative errno. */
export function reopen(fd: number, flags: number): number {
  return openat2(AT_FDCWD, procPath(fd), flags, 0, 0);
}

/** Refers to one name of a directory without following or opening it. Gives a descriptor or a negative errno. */
export function refer(directory: number, name: string): number {
  return openat2(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, ONE_NAME);
}

/** Refers to one directory of a directory; ENOTDIR if the name is anything else. Gives a descriptor or a negative errno. */
export function referToDirectory(directory: number, name: string): number {
  return openat2(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, ONE_NAME);
}

/** Gives the descriptor, or throws the error that stands in its place. */
export function opened(result: number): number {
  return result < 0 ? failWith(-result) : result;
}
