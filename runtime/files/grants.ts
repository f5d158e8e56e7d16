/**
 * Grants: files and directories of the host, each held by a descriptor from the start and named in one tree. The tree
 * has a node for each grant and for each directory above one; what lies below a grant is the host's and has no nodes.
 */

import { existsSync, fstatSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import { AT_FDCWD, close, O_CLOEXEC, O_PATH, openat2, procPath } from "./linux.ts";

/** What a broker gives out, and under which name. */
export interface Grant {
  /** Where it is in the namespace: absolute, without `.`, `..` and empty names. A grant may lie inside another. */
  readonly at: string;
  /** The directory or regular file of the host. It stays granted when it is renamed, and while it is deleted. */
  readonly from: string;
  /** `read`: nothing can be changed, as on a read-only mount. `write`: read and write. */
  readonly access: "read" | "write";
}

/** A grant that is held: everything a path can reach belongs to one, or to the bare namespace. */
export interface Held {
  /** An O_PATH descriptor, owned by the tree. */
  readonly fd: number;
  readonly directory: boolean;
  readonly writable: boolean;
}

/** A name of the tree: a grant, or a directory above one. */
export interface Node {
  /** Its whole path; empty for the root, so that `path + "/" + name` is a child's. */
  readonly path: string;
  /** Numbers the nodes from 1, for want of an inode. */
  readonly ino: number;
  readonly children: Map<string, Node>;
  held: Held | undefined;
}

/**
 * Takes hold of grants and arranges them by name. The caller owns the tree and ends it with `release`. Throws a
 * `TypeError` for grants that make no namespace and a Node-style error for what the host does not let it hold; then
 * nothing is held.
 */
export function hold(grants: readonly Grant[]): Node {
  let count = 1;
  const root: Node = { path: "", ino: count, children: new Map(), held: undefined };
  const child = (parent: Node, name: string): Node => {
    const node = { path: `${parent.path}/${name}`, ino: ++count, children: new Map(), held: undefined };
    parent.children.set(name, node);
    return node;
  };
  try {
    for (const grant of grants) {
      const names = namesOf(grant.at);
      const node = names.reduce((parent, name) => parent.children.get(name) ?? child(parent, name), root);
      if (node.held !== undefined) throw new TypeError(`There are two grants at ${grant.at}`);
      node.held = holdOne(grant);
    }
    refuseUnderFiles(root);
    return root;
  } catch (error) {
    release(root);
    throw error;
  }
}

/** Closes every descriptor of a tree. */
export function release(node: Node): void {
  if (node.held !== undefined) close(node.held.fd);
  node.held = undefined;
  for (const child of node.children.values()) release(child);
  node.children.clear();
}

/** The names of a grant's place, which must be written in the one plain way. */
function namesOf(at: string): readonly string[] {
  if (at === "/") return [];
  const names = at.split("/").slice(1);
  const plain = at.startsWith("/") && names.every((name) => !["", ".", ".."].includes(name) && !name.includes("\0"));
  if (plain && names.every((name) => Buffer.byteLength(name) <= 255)) return names;
  throw new TypeError(`A grant is at an absolute path without ".", ".." and empty names, not at ${JSON.stringify(at)}`);
}

function holdOne({ at, from, access }: Grant): Held {
  if (access !== "read" && access !== "write") {
    throw new TypeError(`The grant at ${at} is for "read" or "write", not ${JSON.stringify(access)}`);
  }
  if (from.includes("\0")) throw new TypeError(`The grant at ${at} is of a path with a NUL in it`);
  const fd = openat2(AT_FDCWD, from, O_PATH | O_CLOEXEC, 0, 0);
  if (fd < 0) throw notHeld(at, from, fd);
  const stat = fstatSync(fd);
  const reachable = existsSync(procPath(fd));
  const directory = stat.isDirectory();
  if (reachable && (directory || stat.isFile())) return { fd, directory, writable: access === "write" };
  close(fd);
  if (!reachable)
    throw new Error("Files can be granted only where /proc is mounted: held files are reached through it");
  throw new TypeError(`Only directories and regular files can be granted, and ${from} is neither`);
}

function notHeld(at: string, from: string, errno: number): Error {
  const code = getSystemErrorName(errno);
  // O_PATH asks no permission of the file, so EPERM is a seccomp filter that does not know the call.
  const why =
    code === "ENOSYS" || code === "EPERM"
      ? `${code}: openat2 is missing; it needs Linux 5.6, and a seccomp filter, if there is one, that lets it pass`
      : code;
  return Object.assign(new Error(`Cannot grant ${from} at ${at}: ${why}`), {
    code,
    errno,
    syscall: "openat2",
    path: from,
  });
}

function refuseUnderFiles(node: Node): void {
  if (node.held?.directory === false && node.children.size > 0) {
    throw new TypeError(`The grant at ${node.path} is a file, so no grant can be inside it`);
  }
  for (const child of node.children.values()) refuseUnderFiles(child);
}
