/** Makes sockets for a peer: `SocketFactory` of idl/sockets.idl, each of whose callbacks is the peer's. */

import {
  type BoundSocketInit,
  type Credentials,
  type Errno,
  ErrnoError,
  MESSAGE_FDS_MAX,
  MESSAGE_MAX,
  type NewcomerInit,
  type OnMessage,
  type SocketFactoryImpl,
} from "../../generated/sockets.ts";
import type { CallContext } from "../channel/interface.ts";
import { onLost } from "../channel/reference.ts";
import type { Fd } from "../descriptor.ts";
import { TransportError } from "../errors.ts";
import { disposeAll } from "../marshal/held.ts";
import { boundSocketOver, connectThrough } from "../transport/bound-socket.ts";
import { socketPair } from "../transport/sockets.ts";
import { type MadeSocket, makeSocket } from "./made-socket.ts";

/** What a factory allows its peer. */
export interface SocketFactoryOptions {
  /** Made sockets, and calls of `accept` that wait, at a time; one more is EMFILE. 64 unless said otherwise. */
  readonly sockets?: number;
}

/**
 * Serves `SocketFactory`. It is for one peer, since what it makes is counted and closed together: by disposing of it, or
 * socket by socket with the peer's callback, which goes with the peer's channel.
 *
 * @example
 * const plugin = spawn("node", ["plugin.js"], { offers: [offer(SocketFactory, socketFactory())] });
 */
export function socketFactory(options: SocketFactoryOptions = {}): SocketFactoryImpl & Disposable {
  return new Factory(options.sockets ?? 64);
}

const limits = { message: MESSAGE_MAX, fds: MESSAGE_FDS_MAX };

class Factory implements SocketFactoryImpl, Disposable {
  readonly #most: number;
  /** What stays at this end for the peer. */
  readonly #open = new Set<Disposable>();

  constructor(most: number) {
    this.#most = most;
  }

  makeSocket(onMessage: OnMessage): Fd<"seqpacket"> {
    try {
      this.#checkRoom();
      const socket = withErrno(() => socketFor(onMessage));
      this.#open.add(socket);
      socket.closed.then(() => this.#open.delete(socket));
      return socket.fd;
    } catch (error) {
      disposeAll(onMessage);
      throw error;
    }
  }

  boundSocket(): BoundSocketInit {
    const [bound, capability] = withErrno(() => socketPair("seqpacket"));
    return { bound, capability };
  }

  connect(capability: Fd<"seqpacket">): Fd<"seqpacket"> {
    return withErrno(() => connectThrough(capability), "ECONNREFUSED");
  }

  async accept(bound: Fd<"seqpacket">, { signal }: CallContext): Promise<NewcomerInit> {
    this.#checkRoom();
    // The copy is the socket's, unless there is none; the queue behind it is one, however many accept at it.
    using copy = withErrno(() => bound.dup());
    using socket = withErrno(() => boundSocketOver(copy));
    this.#open.add(socket);
    try {
      return await socket.acceptSocket({ signal });
    } catch (error) {
      throw errnoOf(error, "ENOTCONN");
    } finally {
      this.#open.delete(socket);
    }
  }

  [Symbol.dispose](): void {
    for (const open of this.#open) open[Symbol.dispose]();
  }

  #checkRoom(): void {
    if (this.#open.size >= this.#most) throw new ErrnoError("EMFILE");
  }
}

/** Makes a socket that has the peer's callback for as long as both last. */
function socketFor(onMessage: OnMessage): MadeSocket {
  const deliver = (message: Uint8Array, fds: readonly Fd[], sender: Credentials) => onMessage(message, fds, sender);
  // Why a call failed, the peer knows: its log has what its callback threw.
  const socket = makeSocket(deliver, { limits, onFault: () => {} });
  const forget = onLost(onMessage, () => socket.close());
  socket.closed.then(() => {
    forget();
    // One that came home is a function of this end's own, which may have nothing to dispose of.
    disposeAll(onMessage);
  });
  return socket;
}

/** Runs what makes descriptors. What the system refuses is thrown as the errno that it is. */
function withErrno<T>(run: () => T, whenClosed?: keyof typeof Errno): T {
  try {
    return run();
  } catch (error) {
    throw errnoOf(error, whenClosed);
  }
}

/** The errno of a failed transport; `whenClosed` is that of one whose other end is closed. */
function errnoOf(error: unknown, whenClosed?: keyof typeof Errno): unknown {
  if (!(error instanceof TransportError)) return error;
  if (error.code === "Disconnected" && whenClosed !== undefined) return new ErrnoError(whenClosed);
  return error.cause ?? error;
}
