/** What the file system says of files, in the interface's words. */

import type { BigIntStats, BigIntStatsFs, Dirent } from "node:fs";
import { FileKind, type Stat, type StatFs, type Timespec } from "../../generated/files.ts";
import type { Node } from "./grants.ts";

const S_IFMT = 0o170000;
const SECOND = 1_000_000_000n;
const kinds = new Map<number, FileKind>([
  [0o100000, FileKind.file],
  [0o040000, FileKind.directory],
  [0o120000, FileKind.symlink],
  [0o010000, FileKind.pipe],
  [0o140000, FileKind.socket],
  [0o020000, FileKind.characterDevice],
  [0o060000, FileKind.blockDevice],
]);

/** Gives the `Stat` of a file that the host has. */
export function statOf(stats: BigIntStats): Stat {
  const mode = Number(stats.mode);
  return {
    dev: Number(stats.dev),
    ino: stats.ino,
    kind: kinds.get(mode & S_IFMT) ?? FileKind.unknown,
    mode,
    nlink: Number(stats.nlink),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    rdev: Number(stats.rdev),
    size: Number(stats.size),
    blksize: Number(stats.blksize),
    blocks: Number(stats.blocks),
    atime: timespec(stats.atimeNs),
    mtime: timespec(stats.mtimeNs),
    ctime: timespec(stats.ctimeNs),
    birthtime: timespec(stats.birthtimeNs),
  };
}

/** Gives the `Stat` of a directory that only the namespace has: root's, read-only and without a time. */
export function statOfNode(node: Node): Stat {
  const epoch = { seconds: 0, nanoseconds: 0 };
  return {
    dev: 0,
    ino: BigInt(node.ino),
    kind: FileKind.directory,
    mode: 0o040555,
    nlink: 2,
    uid: 0,
    gid: 0,
    rdev: 0,
    size: 0,
    blksize: 4096,
    blocks: 0,
    atime: epoch,
    mtime: epoch,
    ctime: epoch,
    birthtime: epoch,
  };
}

/** Gives the `StatFs` of a file system that the host has. */
export function statFsOf(stats: BigIntStatsFs): StatFs {
  return {
    type: Number(stats.type),
    bsize: Number(stats.bsize),
    blocks: Number(stats.blocks),
    bfree: Number(stats.bfree),
    bavail: Number(stats.bavail),
    files: Number(stats.files),
    ffree: Number(stats.ffree),
  };
}

/** The `StatFs` of the bare namespace, which stores nothing. */
export const noFileSystem: StatFs = { type: 0, bsize: 4096, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 };

/** Gives the kind that a directory has noted beside a name. */
export function kindOfEntry(entry: Dirent<Buffer>): FileKind {
  if (entry.isFile()) return FileKind.file;
  if (entry.isDirectory()) return FileKind.directory;
  if (entry.isSymbolicLink()) return FileKind.symlink;
  if (entry.isFIFO()) return FileKind.pipe;
  if (entry.isSocket()) return FileKind.socket;
  if (entry.isCharacterDevice()) return FileKind.characterDevice;
  if (entry.isBlockDevice()) return FileKind.blockDevice;
  return FileKind.unknown;
}

/** Gives the seconds since 1970 that `node:fs` takes: as text, for it reads a negative number as the present. */
export function secondsOf({ seconds, nanoseconds }: Timespec): string {
  return String(seconds + nanoseconds / 1e9);
}

function timespec(ns: bigint): Timespec {
  const rest = Number(ns % SECOND);
  const nanoseconds = rest < 0 ? rest + 1e9 : rest;
  return { seconds: Number((ns - BigInt(nanoseconds)) / SECOND), nanoseconds };
}
