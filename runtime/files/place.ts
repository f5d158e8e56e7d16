/** Places: where a path has led, held by a descriptor, so that no rename can move them elsewhere. */

import type { Held, Node } from "./grants.ts";
import { close } from "./linux.ts";

/** A file or directory that a path has led to. Whoever has one closes it. */
export class Place {
  /** An O_PATH descriptor; -1 for a directory that only the namespace has. */
  readonly fd: number;
  /** The grant that it is in; none if only the namespace has it. */
  readonly grant: Held | undefined;
  /** Its node, if it is a grant or above one. */
  readonly node: Node | undefined;
  readonly #owned: boolean;

  constructor(fd: number, grant: Held | undefined, node: Node | undefined, owned: boolean) {
    this.fd = fd;
    this.grant = grant;
    this.node = node;
    this.#owned = owned;
  }

  /** The place of a node that needs no look at the host: a grant itself, or a bare directory of the namespace. */
  static ofNode(node: Node): Place {
    return new Place(node.held?.fd ?? -1, node.held, node, false);
  }

  /** Whether the namespace lets it be changed. */
  get writable(): boolean {
    return this.grant?.writable === true;
  }

  /** Closes the descriptor, unless it is the grant's own. */
  [Symbol.dispose](): void {
    if (this.#owned) close(this.fd);
  }
}

/** A name in a directory, whether or not there is anything of that name. Whoever has one closes it. */
export class Entry {
  readonly directory: Place;
  /** The last name of a path as it was written: may be `.` or `..`, and is empty for the root. */
  readonly leaf: string;
  /** Whether slashes follow the name, so that only a directory will do. */
  readonly slashed: boolean;

  constructor(directory: Place, leaf: string, slashed: boolean) {
    this.directory = directory;
    this.leaf = leaf;
    this.slashed = slashed;
  }

  /** Whether the leaf is a name that can be made and removed, rather than a way of saying "here". */
  get named(): boolean {
    return this.leaf !== "" && this.leaf !== "." && this.leaf !== "..";
  }

  /** The grant that begins at this name, or the directory above one: neither can be moved or removed. */
  get fixed(): Node | undefined {
    return this.directory.node?.children.get(this.leaf);
  }

  /** A path for `node:fs`, safe for calls that do not follow the last name. */
  get hostPath(): string {
    return `/proc/self/fd/${this.directory.fd}/${this.leaf}${this.slashed ? "/" : ""}`;
  }

  [Symbol.dispose](): void {
    this.directory[Symbol.dispose]();
  }
}
