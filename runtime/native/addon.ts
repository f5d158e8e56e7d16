/**
 * The addon as TypeScript sees it, loaded when first asked for. Everything here is the kernel's own vocabulary: a
 * result below zero is a negated errno, descriptors are numbers, and whoever gets one owns it.
 */

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { TransportError } from "../errors.ts";

/** The rows of `Connection.control`, as connection.h numbers them. */
export const control = {
  /** How the road ended after what the batch holds, one of `end`. */
  end: 0,
  /** Of an `end.error`. */
  errno: 1,
  /** Bytes that were sent and that the kernel has not taken. */
  queued: 2,
  /** Reads in the batch. */
  reads: 3,
  /** Their descriptors, in all. */
  descriptors: 4,
  /** Where in the slab the next batch is to begin; set by the reader of the batch. */
  start: 5,
  /** 1 when spinning has found the peer on another processor. */
  apart: 6,
  /** Two numbers for each read: bytes and descriptors. The bytes lie one after the other, the first in the `rest`. */
  readTable: 8,
  /** The descriptors received. */
  received: 520,
  /** Where `send` and `exchange` expect the descriptors to send. */
  sent: 1544,
} as const;

/** How a road ends. */
export const end = {
  none: 0,
  orderly: 1,
  error: 2,
  descriptorsLost: 3,
  packetTooLong: 4,
  descriptorsTooMany: 5,
} as const;

/** The rows of `NativeInbox.table`, as inbox.c numbers them. */
export const inboxTable = {
  /** One of `end`: `none` for a packet. */
  end: 0,
  /** Of an `end.error`. */
  errno: 1,
  /** Bytes of the packet; they lie at the slab's beginning. */
  length: 2,
  /** Who sent it. */
  pid: 3,
  uid: 4,
  gid: 5,
  /** How many descriptors came with it. Set to 0 by whoever takes them; otherwise they are closed. */
  descriptors: 6,
  received: 7,
} as const;

/** The longest packet, in bytes: it fits the kernel's default send buffer of 212,992 bytes. */
export const packetMax: number = 128 * 1024;

/** The most descriptors that the kernel carries with one packet. */
export const packetDescriptorsMax = 253;

/** The callback is also called when the queue falls below this, in bytes. */
export const queueLow: number = 64 * 1024;

/** What `socket(2)` calls them on Linux. */
export const socketType = { stream: 1, seqpacket: 5 } as const;
export type SocketType = keyof typeof socketType;

/** What `inspect` packs: a kind in the low four bits, then the rights. */
export const inspected = {
  kinds: ["other", "file", "dir", "pipe", "stream", "seqpacket", "dgram", "memory", "device"],
  kindMask: 15,
  read: 16,
  write: 32,
} as const;

/** One connected socket. The functions do not use `this`. */
export interface Connection {
  readonly control: Int32Array;
  /**
   * Begins to read in the event loop: calls back once for all that is there, described in `control`. The batch belongs
   * to the callback; before it returns it sets `control.start`. After an `end` it is not called again.
   */
  start(callback: () => void): number;
  /**
   * Sends the bytes from `start` to `end` with the first `descriptors` of the table. Never blocks: the rest is copied
   * and queued. Returns 0 or -errno; after an errno nothing more can be sent.
   */
  send(bytes: Uint8Array, start: number, end: number, descriptors: number): number;
  /**
   * Sends `bytes` from 0 to `length` and blocks until a batch is there (1), or the time is up (0; negative waits for
   * ever). A send that finds the peer gone still reads what the peer had sent.
   */
  exchange(bytes: Uint8Array, length: number, descriptors: number, timeoutMs: number): number;
  /** Whether the event loop reads. */
  read(on: boolean): void;
  /** Whether it keeps the event loop alive. */
  ref(on: boolean): void;
  /** Replaces the slab: at least `packetMax` bytes. */
  slab(bytes: Uint8Array): number;
  /**
   * Reads into `bytes` from `start` on, across batches, until it is full, and what comes after that into the slab.
   * Not before the one given last is full.
   */
  rest(bytes: Uint8Array, start: number): number;
  /** Sends of the queue what the kernel takes at once, and closes the descriptor. */
  close(): void;
}

/** One listening socket. The functions do not use `this`. */
export interface NativeListener {
  /** How many were accepted, the errno that stopped it or 0, then the descriptors. */
  readonly accepted: Int32Array;
  /** Begins to accept; the callback is called once for all that are there. */
  start(callback: () => void): number;
  ref(on: boolean): void;
  close(): void;
}

/** One bound socket. The functions do not use `this`. */
export interface NativeBound {
  /**
   * Waits at most so many milliseconds for one message and takes it: the descriptor it brought and its sender's process,
   * user and group, the process 0 where the kernel had not noted it. EAGAIN: none came, or a signal did; EPROTO: it
   * asked for no connection, and what it brought is closed; ESHUTDOWN: there will never be another; EMFILE and its like:
   * it was left where it is.
   */
  take(milliseconds: number): readonly [number, number, number, number] | number;
  /** Makes `watch` possible; called once. */
  start(callback: () => void): number;
  /** Whether the callback is called while there is something to take. It is not until this is said. */
  watch(on: boolean): void;
  /** Whether it keeps the event loop alive, once started. */
  ref(on: boolean): void;
  close(): void;
}

/** One socket whose packets are taken one at a time. The functions do not use `this`. */
export interface NativeInbox {
  /** What has come, by `inboxTable`. */
  readonly table: Int32Array;
  /**
   * Begins to read in the event loop: calls back once for each packet, and takes the next one only after that, if `read`
   * is still on. Tells the end likewise, and is not called again.
   */
  start(callback: () => void): number;
  /** Whether to take the next packet. */
  read(on: boolean): void;
  /** Whether it keeps the event loop alive. */
  ref(on: boolean): void;
  close(): void;
}

/** What addon.c exports. */
export interface Addon {
  socketpair(type: number): readonly [number, number] | number;
  /** `address` is a path, or after `@` a name in the abstract namespace. */
  listen(type: number, address: string, backlog: number): number;
  accept(fd: number): number;
  connect(type: number, address: string): number;
  /** Process, user and group of the peer. */
  peercred(fd: number): readonly [number, number, number] | number;
  dup(fd: number): number;
  close(fd: number): number;
  setcloexec(fd: number, on: boolean): number;
  /** See `inspected`. `flags` are those of open(2); without them the kernel is asked. */
  inspect(fd: number, flags?: number): number;
  openat2(dirfd: number, path: string, flags: number, mode: number, resolve: number): number;
  memfd(name: string, size: number, sealable: boolean): number;
  seal(fd: number, seals: number): number;
  seals(fd: number): number;
  /**
   * `packets` for SOCK_SEQPACKET; `shared` where the peer may hold this end too, and must not hold up who waits at it.
   * The connection owns the descriptor; after a failure the caller still does.
   */
  connection(
    fd: number,
    packets: boolean,
    slab: Uint8Array,
    spinMicroseconds: number,
    shared?: boolean,
  ): Connection | number;
  /** The listener owns the descriptor; after a failure the caller still does. */
  listener(fd: number): NativeListener | number;
  /**
   * For a SOCK_SEQPACKET socket. A packet is no longer than the slab, which is no longer than `packetMax`, and has no
   * more than so many descriptors. The inbox owns the descriptor; after a failure the caller still does.
   */
  inbox(fd: number, slab: Uint8Array, descriptors: number): NativeInbox | number;
  /** Sends `socket`, which stays the caller's, to whoever takes at the other end. Never blocks. */
  connectThrough(capability: number, socket: number): number;
  /** The bound socket owns the descriptor; after a failure the caller still does. */
  bound(fd: number): NativeBound | number;
}

let loaded: Addon | undefined;

// Compiled, this file lies one folder deeper. Asking Node to resolve the package by name would be simpler, but under
// the permission model that needs more of the file system than a sandbox should read.
const packageRoot = new URL(import.meta.url.endsWith(".ts") ? "../../" : "../../../", import.meta.url);

/** The addon. Throws a `TransportError` that says what to do where it cannot be loaded. */
export function addon(): Addon {
  loaded ??= load();
  return loaded;
}

function load(): Addon {
  try {
    return createRequire(import.meta.url)("node-gyp-build")(fileURLToPath(packageRoot));
  } catch (cause) {
    throw new TransportError(
      `postern's native addon cannot be loaded on ${process.platform} ${process.arch}. Build it with ` +
        "`npm rebuild postern` (in a checkout: `npm run install`), which needs a C compiler, make and Python; under " +
        "Node's permission model, start with --allow-addons and let --allow-fs-read cover the package and /etc/alpine-release.",
      { cause },
    );
  }
}
