/**
 * The namespace that grants make, and the two roads through it. The fast one is a single openat2 beneath a grant, which
 * answers whenever the path names the grant plainly and no link on the way leaves it; for everything else there is the
 * walk. Both arrive at the same place, and neither can leave the grants.
 */

import { fail } from "./failure.ts";
import { type Grant, type Held, hold, type Node, release } from "./grants.ts";
import {
  BENEATH,
  BENEATH_PLAIN,
  EAGAIN,
  ELOOP,
  EXDEV,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  openat2,
  opened,
} from "./linux.ts";
import { Entry, Place } from "./place.ts";
import { type Arrival, type LastName, walk, walkToEntry } from "./walk.ts";

/** As in Linux: in bytes, with the NUL that ends a path there. */
const PATH_MAX = 4096;
/** How often openat2 is asked again when a rename elsewhere keeps it from proving that a `..` stayed beneath. */
const RETRIES = 8;

/** The fast road into one granted directory. */
export interface Route {
  /** What paths into the grant begin with, when written plainly: `/data/`. */
  readonly prefix: string;
  readonly held: Held;
  readonly node: Node;
  /** BENEATH; BENEATH_PLAIN if another grant lies inside, which a link could pass by. */
  readonly resolve: number;
}

/** Several grants as one tree of names. Owns the grants' descriptors until it is disposed. */
export class Namespace {
  readonly #root: Node;
  /** The longest prefix first, so that the innermost grant is met first. */
  #routes: readonly Route[];

  constructor(grants: readonly Grant[]) {
    this.#root = hold(grants);
    this.#routes = routesOf(this.#root).sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** Finds the grant that a path plainly leads into; nothing if only a walk can tell. Throws for what is no path. */
  route(path: string): Route | undefined {
    checkPath(path);
    for (const route of this.#routes) {
      if (path.startsWith(route.prefix)) return isPlain(route, path) ? route : undefined;
    }
    return undefined;
  }

  /** Goes to what a path names, for `using`. Throws the errno if there is nothing. */
  find(path: string, follow: boolean): Place {
    const route = this.route(path);
    const flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
    const fd = route === undefined ? undefined : beneath(route, path.slice(route.prefix.length), flags, 0);
    if (fd !== undefined) return new Place(opened(fd), route?.held, undefined, true);
    const arrival = this.arrive(path, { follow, create: false });
    if (arrival.found !== undefined) return arrival.found;
    arrival.missing[Symbol.dispose]();
    return fail("ENOENT");
  }

  /** Goes to the directory in which a path's last name is, for `using`. */
  entry(path: string): Entry {
    return this.#entryBeneath(path) ?? walkToEntry(this.#root, path);
  }

  /** Walks, for all that the fast road does not say: what is missing where, and what the path is without links. */
  arrive(path: string, last: LastName): Arrival {
    checkPath(path);
    return walk(this.#root, path, last);
  }

  /** Withdraws every grant: from now on there is an empty root. */
  [Symbol.dispose](): void {
    this.#routes = [];
    release(this.#root);
  }

  #entryBeneath(path: string): Entry | undefined {
    const route = this.route(path);
    if (route === undefined) return undefined;
    const { prefix, held, node } = route;
    const slash = path.lastIndexOf("/");
    const leaf = path.slice(slash + 1);
    if (leaf === "" || leaf === "." || leaf === "..") return undefined;
    const rest = path.slice(prefix.length, slash);
    if (slash < prefix.length || rest === "") return new Entry(new Place(held.fd, held, node, false), leaf, false);
    const fd = beneath(route, rest, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    return fd === undefined ? undefined : new Entry(new Place(opened(fd), held, undefined, true), leaf, false);
  }
}

/**
 * Opens what a path names beneath a route's grant, in one call. Gives a descriptor, a negative errno, or nothing if
 * only a walk can tell.
 */
export function beneath(route: Route, rest: string, flags: number, mode: number): number | undefined {
  let result = openat2(route.held.fd, rest, flags, mode, route.resolve);
  for (let retry = 0; result === -EAGAIN && retry < RETRIES; retry++) {
    result = openat2(route.held.fd, rest, flags, mode, route.resolve);
  }
  if (result >= 0) return result;
  const undecided = result === -EXDEV || result === -EAGAIN || (result === -ELOOP && route.resolve === BENEATH_PLAIN);
  return undecided ? undefined : result;
}

/** Throws the errno for what is no path at all. */
export function checkPath(path: string): void {
  if (path === "") fail("ENOENT");
  if (path.includes("\0")) fail("EINVAL");
  // A UTF-16 unit is at most three bytes of UTF-8.
  if (path.length * 3 >= PATH_MAX && Buffer.byteLength(path) >= PATH_MAX) fail("ENAMETOOLONG");
}

/** Whether the kernel sees what the namespace shows: where grants nest, only if the text itself avoids the inner ones. */
function isPlain(route: Route, path: string): boolean {
  const { prefix, node } = route;
  if (path.length === prefix.length) return false;
  if (route.resolve === BENEATH) return true;
  const names = path.slice(prefix.length).split("/");
  return !node.children.has(names[0] as string) && names.every((name) => name !== "" && name !== "." && name !== "..");
}

function routesOf(node: Node): Route[] {
  const inner = [...node.children.values()].flatMap(routesOf);
  const { held } = node;
  if (held?.directory !== true) return inner;
  const resolve = node.children.size === 0 ? BENEATH : BENEATH_PLAIN;
  return [{ prefix: `${node.path}/`, held, node, resolve }, ...inner];
}
