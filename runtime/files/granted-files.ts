/**
 * The broker: serves the file family out of granted directories. Each call goes to a held descriptor first, by the
 * namespace, and acts on that; the errors and their order are those of Linux on mounts, where a read-only grant is a
 * read-only mount and a directory above the grants is one that nobody can change.
 */

import {
  accessSync,
  chmodSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  statfsSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import {
  AccessMode,
  type DirEntry,
  type FilesImpl,
  OpenFlags,
  type Stat,
  type StatFs,
  type Timespec,
} from "../../generated/files.ts";
import type { Fd } from "../descriptor.ts";
import { noFileSystem, secondsOf, statFsOf, statOf, statOfNode } from "./facts.ts";
import { fail } from "./failure.ts";
import type { Grant } from "./grants.ts";
import { close, ENOENT, O_CLOEXEC, O_NONBLOCK, O_WRONLY, opened, procPath, refer, reopen } from "./linux.ts";
import { list } from "./listing.ts";
import { checkPath, Namespace } from "./namespace.ts";
import { type OpenPolicy, open } from "./open.ts";
import type { Entry, Place } from "./place.ts";
import { readLink } from "./walk.ts";

/** What a broker allows beyond the grants. */
export interface FilesOptions {
  /**
   * Whether `open` passes descriptors of directories; without it that is EACCES. A directory's descriptor is a way out
   * of the grant for whoever can call openat(2) with `..`: allow it to peers that the kernel keeps from that.
   */
  readonly directories?: boolean;
  /**
   * Whether `open` finds out what a file is before it opens it, for some microseconds more. Without it a pipe or device
   * in a grant is opened (never waited for) and closed again before the peer is told EACCES, which some devices notice.
   */
  readonly lookFirst?: boolean;
  /** Whether setuid, setgid and sticky bits can be set; without it that is EPERM. */
  readonly specialBits?: boolean;
}

/**
 * Takes hold of grants and serves them. Every grant stays what it is now, however the host's paths are renamed later.
 * New files get the bits asked for less this process's umask, and belong to its user. Throws a `TypeError` for grants
 * that make no namespace, and a Node-style error for what cannot be held, or where Linux has no openat2 or /proc.
 *
 * @example
 * using files = filesIn([{ at: "/data", from: "./input", access: "read" }]);
 */
export function filesIn(grants: readonly Grant[], options: FilesOptions = {}): GrantedFiles {
  return new GrantedFiles(grants, options);
}

const PERMISSION_BITS = 0o777;
const MODE_BITS = 0o7777;
const ACCESS_BITS = AccessMode.read | AccessMode.write | AccessMode.execute;
/** What mkdtemp(3) appends. */
const RANDOM_CHARACTERS = 6;

/**
 * Grants as an implementation of `Files`, which can also be called in place. Whoever made it disposes it; that closes
 * what is held and withdraws every grant, so that the namespace is empty for the peers that still have it.
 */
export class GrantedFiles implements FilesImpl, Disposable {
  readonly #namespace: Namespace;
  readonly #policy: OpenPolicy;
  readonly #modeBits: number;

  constructor(grants: readonly Grant[], options: FilesOptions) {
    this.#namespace = new Namespace(grants);
    this.#policy = { directories: options.directories === true, lookFirst: options.lookFirst === true };
    this.#modeBits = options.specialBits === true ? MODE_BITS : PERMISSION_BITS;
  }

  open(path: string, flags: number, mode: number): Fd<"file" | "dir"> {
    if ((flags & OpenFlags.create) !== 0) this.#checkMode(mode);
    return open(this.#namespace, this.#policy, path, flags, mode);
  }

  stat(path: string): Stat {
    return this.#stat(path, true);
  }

  lstat(path: string): Stat {
    return this.#stat(path, false);
  }

  readlink(path: string): string {
    using entry = this.#namespace.entry(path);
    const plain = entry.named && !entry.slashed && entry.fixed === undefined && entry.directory.fd >= 0;
    const target = plain ? readLink(entry) : undefined;
    if (target !== undefined) return target;
    this.#namespace.find(path, false)[Symbol.dispose]();
    return fail("EINVAL");
  }

  async readdir(path: string): Promise<readonly DirEntry[]> {
    using place = this.#namespace.find(path, true);
    return await list(place);
  }

  access(path: string, mode: number): void {
    if ((mode & ~ACCESS_BITS) !== 0) fail("EINVAL");
    using place = this.#namespace.find(path, true);
    if (place.fd >= 0) accessSync(procPath(place.fd), mode);
    if ((mode & AccessMode.write) !== 0 && !place.writable && (place.fd < 0 || isStored(place))) fail("EROFS");
  }

  mkdir(path: string, mode: number): void {
    this.#checkMode(mode);
    using entry = this.#namespace.entry(path);
    checkNew(entry, "directory");
    mkdirSync(entry.hostPath, mode);
  }

  rmdir(path: string): void {
    using entry = this.#namespace.entry(path);
    if (entry.leaf === ".") fail("EINVAL");
    if (entry.leaf === "..") fail("ENOTEMPTY");
    if (entry.leaf === "") fail("EBUSY");
    checkWritable(entry.directory);
    if (entry.fixed !== undefined) fail(entry.fixed.held?.directory === false ? "ENOTDIR" : "EBUSY");
    rmdirSync(entry.hostPath);
  }

  unlink(path: string): void {
    using entry = this.#namespace.entry(path);
    if (!entry.named) fail("EISDIR");
    checkWritable(entry.directory);
    if (entry.fixed !== undefined) fail(entry.fixed.held?.directory === false ? "EBUSY" : "EISDIR");
    unlinkSync(entry.hostPath);
  }

  rename(path: string, dest: string): void {
    using from = this.#namespace.entry(path);
    using to = this.#namespace.entry(dest);
    if (from.directory.grant !== to.directory.grant) fail("EXDEV");
    if (!from.named || !to.named) fail("EBUSY");
    checkWritable(from.directory);
    if (from.fixed !== undefined || to.fixed !== undefined) fail("EBUSY");
    renameSync(from.hostPath, to.hostPath);
  }

  link(path: string, dest: string): void {
    using source = this.#namespace.find(path, false);
    using from = this.#namespace.entry(path);
    using to = this.#namespace.entry(dest);
    checkNew(to, "file");
    if (source.grant !== to.directory.grant || from.directory.grant !== to.directory.grant) fail("EXDEV");
    if (!from.named || from.slashed || from.fixed !== undefined) fail("EPERM");
    linkSync(from.hostPath, to.hostPath);
  }

  symlink(target: string, path: string): void {
    checkPath(target);
    using entry = this.#namespace.entry(path);
    checkNew(entry, "file");
    symlinkSync(target, entry.hostPath);
  }

  chmod(path: string, mode: number): void {
    this.#checkMode(mode);
    using place = this.#namespace.find(path, true);
    checkWritable(place);
    chmodSync(procPath(place.fd), mode);
  }

  utimes(path: string, atime: Timespec, mtime: Timespec): void {
    if (atime.nanoseconds >= 1e9 || mtime.nanoseconds >= 1e9) fail("EINVAL");
    using place = this.#namespace.find(path, true);
    checkWritable(place);
    utimesSync(procPath(place.fd), secondsOf(atime), secondsOf(mtime));
  }

  truncate(path: string, length: number): void {
    using place = this.#namespace.find(path, true);
    const stat = place.fd < 0 ? undefined : fstatSync(place.fd);
    if (stat === undefined || stat.isDirectory()) fail("EISDIR");
    if (!stat.isFile()) fail("EINVAL");
    checkWritable(place);
    const fd = opened(reopen(place.fd, O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    try {
      ftruncateSync(fd, length);
    } finally {
      close(fd);
    }
  }

  statfs(path: string): StatFs {
    using place = this.#namespace.find(path, true);
    return place.fd < 0 ? noFileSystem : statFsOf(statfsSync(procPath(place.fd), { bigint: true }));
  }

  realpath(path: string): string {
    const arrival = this.#namespace.arrive(path, { follow: true, create: false });
    using _ = arrival.found ?? arrival.missing;
    if (arrival.found === undefined) fail("ENOENT");
    return arrival.path === "" ? "/" : arrival.path;
  }

  mkdtemp(path: string): string {
    // The name begins after the last slash, whatever there is: "/tmp/" asks for six characters in /tmp.
    using entry = this.#namespace.entry(`${path}${PLACEHOLDER}`);
    checkNew(entry, "directory");
    const made = mkdtempSync(entry.hostPath.slice(0, -PLACEHOLDER.length));
    return path + made.slice(-RANDOM_CHARACTERS);
  }

  [Symbol.dispose](): void {
    this.#namespace[Symbol.dispose]();
  }

  #stat(path: string, follow: boolean): Stat {
    using place = this.#namespace.find(path, follow);
    // Only directories of the bare namespace are without a descriptor, and those have a node.
    return place.fd < 0 ? statOfNode(place.node!) : statOf(fstatSync(place.fd, { bigint: true }));
  }

  #checkMode(mode: number): void {
    if ((mode & ~MODE_BITS) !== 0) fail("EINVAL");
    if ((mode & ~this.#modeBits) !== 0) fail("EPERM");
  }
}

/** Stands for the characters that mkdtemp appends, so that a path can be resolved that ends in the middle of a name. */
const PLACEHOLDER = "XXXXXX";

function checkWritable(place: Place): void {
  if (!place.writable) fail("EROFS");
}

/** Refuses to make what exists, a file with a directory's name, and anything in what is read-only: in Linux's order. */
function checkNew(entry: Entry, what: "file" | "directory"): void {
  if (!entry.named || entry.fixed !== undefined) fail("EEXIST");
  const misnamed = entry.slashed && what === "file";
  if (entry.directory.writable && !misnamed) return;
  if (exists(entry)) fail("EEXIST");
  fail(misnamed ? "ENOENT" : "EROFS");
}

function exists({ directory, leaf }: Entry): boolean {
  if (directory.fd < 0) return false;
  const fd = refer(directory.fd, leaf);
  if (fd === -ENOENT) return false;
  close(opened(fd));
  return true;
}

/** Whether a file's contents are on its file system, rather than somewhere that a mount's access does not bind. */
function isStored(place: Place): boolean {
  const stat = fstatSync(place.fd);
  return stat.isFile() || stat.isDirectory();
}
