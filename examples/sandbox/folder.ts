/**
 * `OpenService` over one folder of this machine: what the sandbox calls `/` is that folder, and nothing outside of it
 * exists. Paths are walked by `filesIn`, which no `..` and no symbolic link leads out of.
 */

import { type FSWatcher, watch, writeSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { posix } from "node:path";
import * as granted from "../../generated/files.ts";
import { type Fd, filesIn, type GrantedFiles } from "../../runtime/index.ts";
import {
  type DirEntryInit,
  FileKind,
  OpenFlags,
  type OpenServiceImpl,
  type StatInit,
  type SubscriptionImpl,
  type WatchSink,
} from "./generated/sandbox.ts";

/** Serves one peer, whose working directory it keeps. Whoever made it disposes of it. */
export class Folder implements OpenServiceImpl, Disposable {
  readonly #files: GrantedFiles;
  #directory = "/";

  /** Throws a Node-style error where there is no such folder. */
  constructor(folder: string) {
    // A descriptor of a directory is safe with a peer that the kernel keeps from calling openat(2) with `..`.
    this.#files = filesIn([{ at: "/", from: folder, access: "write" }], { directories: true });
  }

  open(path: string, flags: OpenFlags, mode: number): Fd<"file" | "dir"> {
    return this.#files.open(this.#absolute(path), translated(flags), mode);
  }

  openReadOnly(path: string): Fd<"file"> {
    const fd = this.open(path, OpenFlags.read, 0);
    // Passed for a file, a directory would be refused by marshalling, as our own mistake.
    if (isFile(fd)) return fd;
    fd.close();
    throw new granted.ErrnoError("EISDIR");
  }

  stat(path: string, follow: boolean): StatInit {
    const absolute = this.#absolute(path);
    const { ino, kind, mode, size, mtime } = follow ? this.#files.stat(absolute) : this.#files.lstat(absolute);
    return {
      ino,
      kind: kindOf(kind),
      mode,
      size,
      mtime: { sec: BigInt(mtime.seconds), nsec: mtime.nanoseconds },
    };
  }

  readlink(path: string): string {
    return this.#files.readlink(this.#absolute(path));
  }

  getcwd(): string {
    return this.#directory;
  }

  chdir(path: string): void {
    using directory = this.#openDirectory(path);
    if (directory.kind === "dir") this.#directory = this.#files.realpath(this.#absolute(path));
  }

  async *readdir(path: string): AsyncGenerator<DirEntryInit> {
    using directory = this.#openDirectory(path);
    for await (const entry of await opendir(hostPath(directory))) yield { name: entry.name, kind: kindOfEntry(entry) };
  }

  async store(path: string, body: AsyncIterable<Uint8Array>): Promise<number> {
    using file = this.open(path, OpenFlags.write | OpenFlags.create | OpenFlags.truncate, 0o666);
    let stored = 0;
    for await (const chunk of body) stored += writeSync(file.fd, chunk);
    return stored;
  }

  /** The watch lasts until the peer lets go of what is returned, or is gone. */
  watch(path: string, sink: WatchSink): SubscriptionImpl & Disposable {
    const absolute = this.#absolute(path);
    using directory = this.#openDirectory(path);
    const watcher = watch(hostPath(directory), (_, name) => {
      // A peer that no longer listens has been told nothing, which is what it wants.
      sink.changed(name ?? undefined, this.#kindAt(posix.join(absolute, name ?? ""))).catch(() => {});
    });
    return { [Symbol.dispose]: () => endWatch(watcher, sink) };
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
  }

  #absolute(path: string): string {
    return path.startsWith("/") ? path : `${this.#directory}/${path}`;
  }

  #openDirectory(path: string): Fd {
    return this.open(path, OpenFlags.read | OpenFlags.directory, 0);
  }

  /** What is at a path now; `other` for what is there no longer. */
  #kindAt(path: string): FileKind {
    try {
      return kindOf(this.#files.lstat(path).kind);
    } catch {
      return FileKind.other;
    }
  }
}

function isFile(fd: Fd): fd is Fd<"file"> {
  return fd.kind === "file";
}

function endWatch(watcher: FSWatcher, sink: WatchSink): void {
  watcher.close();
  sink[Symbol.dispose]();
}

/** Where Linux shows an open directory, so that Node's own functions find it by its descriptor. */
function hostPath(directory: Fd): string {
  return `/proc/self/fd/${directory.fd}`;
}

/** The same flags in the words of the interface that serves them. */
function translated(flags: OpenFlags): granted.OpenFlags {
  let result = 0;
  // Both have these names, with values of their own.
  for (const [name, bit] of Object.entries(OpenFlags))
    if ((flags & bit) !== 0) result |= granted.OpenFlags[name as keyof typeof OpenFlags];
  return result;
}

function kindOf(kind: granted.FileKind): FileKind {
  switch (kind) {
    case granted.FileKind.file:
      return FileKind.regular;
    case granted.FileKind.directory:
      return FileKind.directory;
    case granted.FileKind.symlink:
      return FileKind.symlink;
    default:
      return FileKind.other;
  }
}

function kindOfEntry(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): FileKind {
  if (entry.isFile()) return FileKind.regular;
  if (entry.isDirectory()) return FileKind.directory;
  return entry.isSymbolicLink() ? FileKind.symlink : FileKind.other;
}
