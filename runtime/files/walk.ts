/**
 * The slow road through the namespace, for paths that one openat2 cannot answer: a path goes name by name, each looked
 * up beneath the descriptor of the directory before it. Symbolic links are read and their targets walked in the
 * namespace, so an absolute one starts at its root; `..` goes back to the descriptor the walk came by, never to what
 * the kernel or the text takes for the parent. However the tree is renamed meanwhile, the walk stays in it.
 */

import { isUtf8 } from "node:buffer";
import { fstatSync, readlinkSync } from "node:fs";
import { fail } from "./failure.ts";
import type { Node } from "./grants.ts";
import { close, ENOENT, ENOTDIR, opened, refer, referToDirectory } from "./linux.ts";
import { Entry, Place } from "./place.ts";

/** As in Linux. */
const LINKS_MAX = 40;
/** Descriptors that one walk may hold; a deeper place can be reached by a path without symbolic links. */
const DEPTH_MAX = 256;
/** Names that one walk may go through: twice what a path has, and links that chain long targets end here. */
const STEPS_MAX = 4096;

/** What a walk arrived at: a place, or a name that stands for nothing yet. Either is the caller's to close. */
export type Arrival =
  | {
      readonly found: Place;
      /** Its path without symbolic links, `.` and `..`. */
      readonly path: string;
    }
  | { readonly found: undefined; readonly missing: Entry };

/** How a walk deals with a path's last name. */
export interface LastName {
  /** Whether to follow a symbolic link; where slashes come after its name it is followed always. */
  readonly follow: boolean;
  /** Whether a file is to be made of it if there is none, which slashes after it rule out. */
  readonly create: boolean;
}

/** Walks a whole path. */
export function walk(root: Node, path: string, last: LastName): Arrival {
  const walker = new Walker(root, path);
  try {
    return walker.toEnd(last);
  } finally {
    walker.close();
  }
}

/** Walks to the directory of a path's last name, and looks no further. */
export function walkToEntry(root: Node, path: string): Entry {
  const walker = new Walker(root, path);
  try {
    return walker.toEntry();
  } finally {
    walker.close();
  }
}

/** A directory that the walk has entered. */
interface Level {
  readonly place: Place;
  readonly name: string;
}

class Walker {
  readonly #root: Level;
  /** The directories from the root to where the walk is; never empty while the walk goes on. */
  #levels: Level[];
  /** The names still to walk, the next one last. */
  readonly #pending: string[];
  /** Whether slashes end the path, or the target of a link that ended it. */
  #slashed: boolean;
  #links = 0;
  #steps = 0;

  constructor(root: Node, path: string) {
    this.#root = { place: Place.ofNode(root), name: "" };
    this.#levels = [this.#root];
    this.#pending = namesOf(path).reverse();
    this.#slashed = path.endsWith("/");
  }

  toEnd({ follow, create }: LastName): Arrival {
    for (;;) {
      // As Linux does, before the name is even looked up.
      if (create && this.#slashed && this.#pending.length < 2) fail("EISDIR");
      const name = this.#pending.pop();
      if (name === undefined) return { path: this.#path(), found: this.#take() };
      const errno = this.#enter(name);
      if (errno === 0) continue;
      const last = this.#pending.length === 0;
      if (errno === ENOENT && last) return { found: undefined, missing: new Entry(this.#take(), name, this.#slashed) };
      if (errno !== ENOTDIR) opened(-errno);
      const found = last && !this.#slashed ? this.#end(name, follow) : undefined;
      if (found !== undefined) return { path: `${this.#path()}/${name}`, found };
      if (!this.#follow(name)) fail("ENOTDIR");
    }
  }

  toEntry(): Entry {
    const leaf = this.#pending.shift() ?? "";
    const slashed = this.#slashed;
    for (let name = this.#pending.pop(); name !== undefined; name = this.#pending.pop()) {
      const errno = this.#enter(name);
      if (errno === ENOTDIR && !this.#follow(name)) fail("ENOTDIR");
      if (errno !== 0 && errno !== ENOTDIR) opened(-errno);
    }
    return new Entry(this.#take(), leaf, slashed);
  }

  /** Closes every directory that the walk still holds. */
  close(): void {
    for (const level of this.#levels) level.place[Symbol.dispose]();
    this.#levels = [];
  }

  /** Goes into a directory. Gives 0 or an errno: ENOTDIR also for a symbolic link. */
  #enter(name: string): number {
    if (++this.#steps > STEPS_MAX) fail("ELOOP");
    if (name === ".") return 0;
    if (name === "..") return this.#leave();
    const { place } = this.#top;
    const node = place.node?.children.get(name);
    if (node !== undefined) return this.#enterNode(node, name);
    if (place.fd < 0) return Buffer.byteLength(name) > 255 ? fail("ENAMETOOLONG") : ENOENT;
    const fd = referToDirectory(place.fd, name);
    return fd < 0 ? -fd : this.#push(new Place(fd, place.grant, undefined, true), name);
  }

  /** Goes into a grant, or a directory above one, which shows what the host has there too if that is a directory. */
  #enterNode(node: Node, name: string): number {
    if (node.held?.directory === false) return ENOTDIR;
    const { place } = this.#top;
    const fd = node.held === undefined && place.fd >= 0 ? referToDirectory(place.fd, name) : -1;
    return this.#push(fd < 0 ? Place.ofNode(node) : new Place(fd, place.grant, node, true), name);
  }

  #push(place: Place, name: string): 0 {
    this.#levels.push({ place, name });
    if (this.#levels.length > DEPTH_MAX) fail("ENAMETOOLONG");
    return 0;
  }

  /** Goes back to where the walk came from; the root is its own parent. */
  #leave(): 0 {
    if (this.#levels.length > 1) this.#levels.pop()?.place[Symbol.dispose]();
    return 0;
  }

  /** Puts a symbolic link's target in the place of its name. Gives false if the name is no symbolic link. */
  #follow(name: string): boolean {
    const target = this.#target(name);
    if (target === undefined) return false;
    if (++this.#links > LINKS_MAX) fail("ELOOP");
    if (this.#pending.length === 0) this.#slashed ||= target.endsWith("/");
    if (target.startsWith("/")) this.#restart();
    this.#pending.push(...namesOf(target).reverse());
    return true;
  }

  #target(name: string): string | undefined {
    const { place } = this.#top;
    if (place.fd < 0 || place.node?.children.has(name)) return undefined;
    return readLink(new Entry(place, name, false));
  }

  #restart(): void {
    this.close();
    this.#levels = [this.#root];
  }

  /** Goes to what is no directory; nothing if it is a symbolic link that is to be followed. */
  #end(name: string, follow: boolean): Place | undefined {
    const { place } = this.#top;
    const node = place.node?.children.get(name);
    if (node !== undefined) return Place.ofNode(node);
    const fd = opened(refer(place.fd, name));
    if (!follow || !fstatSync(fd).isSymbolicLink()) return new Place(fd, place.grant, undefined, true);
    close(fd);
    return undefined;
  }

  /** Hands over the directory where the walk is. */
  #take(): Place {
    const { place } = this.#top;
    this.#levels.pop();
    return place;
  }

  /** The path of where the walk is; empty for the root. */
  #path(): string {
    return this.#levels.map((level, index) => (index === 0 ? "" : `/${level.name}`)).join("");
  }

  get #top(): Level {
    // The first level is the root, which is only ever taken at the walk's end.
    return this.#levels.at(-1) as Level;
  }
}

/** Reads a symbolic link; nothing if the name is of something else. The text is the host's, and not to be trusted. */
export function readLink(entry: Entry): string | undefined {
  try {
    const target = readlinkSync(entry.hostPath, "buffer");
    return isUtf8(target) ? target.toString() : fail("EILSEQ");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EINVAL") return undefined;
    throw error;
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}
