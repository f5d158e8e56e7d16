/** A socket that others connect to: each newcomer is handed over as an owned descriptor, with who it is. */

import { lstatSync, type Stats, unlinkSync } from "node:fs";
import { duplicateDescriptor, Fd } from "../descriptor.ts";
import { InvalidError, TransportError } from "../errors.ts";
import { addon, type NativeListener, type SocketType, socketType } from "../native/addon.ts";
import { systemError } from "../system-error.ts";
import { isShortage, peerOf, refused } from "./sockets.ts";
import type { PeerCredentials } from "./transport.ts";

/** How a socket listens. */
export interface ListenOptions {
  readonly type: SocketType;
  /** How many may wait to be accepted. */
  readonly backlog: number;
}

/** Takes a newcomer, whose descriptor it owns from then on; who it is, the kernel says. */
export type OnConnection = (socket: Fd, peer: PeerCredentials) => void;

/** A listening socket. */
export interface Listener {
  /** Begins to accept; called once. What `onConnection` throws is an uncaught exception; its newcomer is refused. */
  start(onConnection: OnConnection): void;
  /** Whether the open listener keeps the event loop, and so the process, alive. It does until `unref`. */
  ref(): void;
  unref(): void;
  /** A descriptor of the listening socket itself, to be handed to somebody. The caller owns it. */
  dup(): Fd;
  /** Stops listening and removes the path, unless another socket has taken it. Closing again does nothing. */
  close(): void;
}

/**
 * Listens at an address: a path, or after `@` a name in Linux's abstract namespace. Throws a `TransportError` with the
 * system's error as its cause; EADDRINUSE for a path that exists.
 */
export function listen(address: string, { type, backlog }: ListenOptions): Listener {
  const fd = addon().listen(socketType[type], address, backlog);
  if (fd < 0) throw refused(`Nobody can listen at ${address}`, fd, "listen", address);
  const listener = addon().listener(fd);
  if (typeof listener !== "number") return new SocketListener(address, fd, listener);
  addon().close(fd);
  throw refused(`Nobody can listen at ${address}`, listener, "listen", address);
}

class SocketListener implements Listener {
  readonly #fd: number;
  readonly #native: NativeListener;
  readonly #path: BoundPath | undefined;
  #onConnection: OnConnection = refuse;
  #referenced = true;
  #closed = false;
  #warned = false;

  /** `fd` is the native listener's, and open until that is closed. */
  constructor(address: string, fd: number, native: NativeListener) {
    this.#fd = fd;
    this.#native = native;
    this.#path = address.startsWith("@") ? undefined : new BoundPath(address);
  }

  start(onConnection: OnConnection): void {
    this.#onConnection = onConnection;
    const status = this.#native.start(() => this.#wake());
    if (status < 0) throw refused("The socket cannot be watched", status, "epoll_ctl");
    if (!this.#referenced) this.#native.ref(false);
  }

  ref(): void {
    this.#referenced = true;
    this.#native.ref(true);
  }

  unref(): void {
    this.#referenced = false;
    this.#native.ref(false);
  }

  dup(): Fd {
    if (this.#closed) throw new InvalidError("The socket no longer listens.");
    return Fd.adopt(duplicateDescriptor(this.#fd), "Listener.dup");
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#path?.remove();
    this.#native.close();
  }

  /** Some have been accepted, or the system has refused to. */
  #wake(): void {
    const { accepted } = this.#native;
    const [count = 0, errno = 0] = accepted;
    // Copied and owned before the first is handed over: its taker may do anything, and none may be lost.
    const newcomers = Array.from(accepted.subarray(2, 2 + count), (fd) => Fd.adopt(fd, "Listener"));
    for (const newcomer of newcomers) this.#admit(newcomer);
    if (errno !== 0) this.#stopped(errno);
  }

  #admit(newcomer: Fd): void {
    const peer = peerOf(newcomer.fd);
    if (this.#closed || peer === undefined) {
      newcomer.close();
      return;
    }
    try {
      this.#onConnection(newcomer, peer);
    } catch (error) {
      newcomer.close();
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** Out of descriptors or memory the addon tries again in a while; from anything else there is no way back. */
  #stopped(errno: number): void {
    const error = systemError(-errno, "accept");
    if (!isShortage(error)) {
      this.close();
      throw new TransportError(`Listening has ended: ${error.message}.`, { cause: error });
    }
    if (this.#warned) return;
    this.#warned = true;
    process.emitWarning(`Newcomers have to wait: ${error.message}.`, { code: "POSTERN_ACCEPT_WAITS" });
  }
}

function refuse(newcomer: Fd): void {
  newcomer.close();
}

/** The file that binding has made, remembered well enough not to remove somebody else's. */
class BoundPath {
  readonly #path: string;
  readonly #made: Stats | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#made = lstatSync(path, { throwIfNoEntry: false });
  }

  remove(): void {
    try {
      const found = lstatSync(this.#path);
      if (found.ino === this.#made?.ino && found.dev === this.#made.dev) unlinkSync(this.#path);
    } catch {
      // It is gone, or its directory has become unreachable: there is nothing that closing could do.
    }
  }
}
