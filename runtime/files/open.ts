/**
 * open(): from a path to a real descriptor. A plain path costs one openat2, and one look at what it has opened: a pipe
 * or device was then open for a moment, without blocking, but is not handed out; a file has not been emptied yet. The
 * slow road looks first and opens only what it has seen to be a file.
 */

import { fstatSync, ftruncateSync, type Stats } from "node:fs";
import { closeDescriptor, Fd, inspectDescriptor } from "../descriptor.ts";
import { fail } from "./failure.ts";
import { changes, linuxFlags } from "./flags.ts";
import {
  EEXIST,
  ENODEV,
  ENXIO,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  ONE_NAME,
  openat2,
  opened,
  reopen,
} from "./linux.ts";
import { beneath, type Namespace } from "./namespace.ts";
import type { Entry, Place } from "./place.ts";

/** How often a file that others make and remove meanwhile is tried for, before the call gives up. */
const TRIES = 16;
/** What is about names: done with when a file has been found. */
const NAMING = O_CREAT | O_EXCL | O_NOFOLLOW;

/** What a broker decides about `open`. */
export interface OpenPolicy {
  /** Whether a directory's descriptor may be passed. */
  readonly directories: boolean;
  /** Whether to take the slow road always. */
  readonly lookFirst: boolean;
}

/** Opens a file for a peer. The descriptor is the caller's. Throws the errno; then nothing is left open. */
export function open(namespace: Namespace, policy: OpenPolicy, path: string, flags: number, mode: number): Opened {
  const how = linuxFlags(flags);
  const route = policy.lookFirst ? undefined : namespace.route(path);
  // A read-only grant refuses in an order of its own: not before it has looked whether there is anything to refuse.
  if (route === undefined || (changes(how) && !route.held.writable))
    return openWalking(namespace, policy, path, how, mode);
  const fd = beneath(route, path.slice(route.prefix.length), how & ~O_TRUNC, (how & O_CREAT) === 0 ? 0 : mode);
  // Pipes, sockets and devices cause ENXIO and ENODEV here, where the interface has EACCES for them all.
  if (fd === undefined || fd === -ENXIO || fd === -ENODEV) return openWalking(namespace, policy, path, how, mode);
  return admit(opened(fd), how, policy);
}

type Opened = Fd<"file" | "dir">;

/** Lets through what may be handed out, and only now empties it if that was asked for. Closes the rest. */
function admit(number: number, how: number, policy: OpenPolicy): Opened {
  try {
    // The only look at it: what was just opened so has the rights of `how`, and the answer's check relies on the facts.
    const facts = inspectDescriptor(number, how);
    if (facts.kind === "dir" ? !policy.directories : facts.kind !== "file" && facts.kind !== "memory") fail("EACCES");
    if ((how & O_TRUNC) !== 0) ftruncateSync(number);
    // The kind has been compared; a memfd, which can be granted through /proc, counts as a file wherever it goes.
    return Fd.adopt(number, "Files.open", facts) as Opened;
  } catch (error) {
    closeDescriptor(number);
    throw error;
  }
}

function openWalking(namespace: Namespace, policy: OpenPolicy, path: string, how: number, mode: number): Opened {
  const last = { follow: (how & (O_NOFOLLOW | O_EXCL)) === 0, create: (how & O_CREAT) !== 0 };
  for (let tries = 0; tries < TRIES; tries++) {
    const arrival = namespace.arrive(path, last);
    if (arrival.found !== undefined) {
      using place = arrival.found;
      return admit(openFound(place, how, policy), how, policy);
    }
    using entry = arrival.missing;
    const fd = openMissing(entry, how, mode);
    // Somebody else has made it since; unless that was to be known, it is the one to open.
    if (fd !== -EEXIST || (how & O_EXCL) !== 0) return admit(opened(fd), how, policy);
  }
  return fail("EAGAIN");
}

/** Opens what is there, with Linux's errors in Linux's order. */
function openFound(place: Place, how: number, policy: OpenPolicy): number {
  const writes = (how & (O_WRONLY | O_RDWR)) !== 0;
  if ((how & O_EXCL) !== 0) fail("EEXIST");
  const stat = place.fd < 0 ? undefined : fstatSync(place.fd);
  if (stat === undefined || stat.isDirectory()) {
    if (writes || (how & O_CREAT) !== 0) fail("EISDIR");
    if (stat === undefined || !policy.directories) fail("EACCES");
  } else {
    refuseByKind(stat, how);
    if (writes && !place.writable) fail("EROFS");
  }
  return opened(reopen(place.fd, how & ~(NAMING | O_TRUNC)));
}

function refuseByKind(stat: Stats, how: number): void {
  if ((how & O_DIRECTORY) !== 0) fail("ENOTDIR");
  if (stat.isSymbolicLink()) fail("ELOOP");
  if (!stat.isFile()) fail("EACCES");
}

/** Makes a file where there was none. Gives a descriptor or a negative errno: EEXIST if there is one by now. */
function openMissing(entry: Entry, how: number, mode: number): number {
  if ((how & O_CREAT) === 0) fail("ENOENT");
  if (!entry.directory.writable) fail("EROFS");
  return openat2(entry.directory.fd, entry.leaf, (how & ~O_TRUNC) | O_EXCL | O_NOFOLLOW, mode, ONE_NAME);
}
