/**
 * Bound sockets: a way to connect that has no name. A bound socket and its capability are the two ends of a pair of
 * SOCK_SEQPACKET sockets. Whoever holds the capability connects: it makes another pair and sends the byte `c` with one
 * end of it. Whoever holds the bound socket accepts: it takes what was sent, in the order in which it was sent. There is
 * no acknowledgement, so what is sent over a connection may be there before it is accepted.
 *
 * A message that asks for no connection costs its sender that message and nobody anything else: it is taken, what it
 * brought is closed, and the next one is looked at. Only the end of the last capability ends a bound socket.
 */

import { descriptorOf, Fd, type FdLike, inspectDescriptor } from "../descriptor.ts";
import { CancelError, InvalidError, TransportError } from "../errors.ts";
import { addon, type NativeBound } from "../native/addon.ts";
import { systemError } from "../system-error.ts";
import { peerOf, refused, socketPair } from "./sockets.ts";
import type { PeerCredentials } from "./transport.ts";

/** The longest sleep in one go: a Worker that is being terminated wakes up this often to find out. */
const SLICE_MS = 250;
/** The most messages taken in one turn of the event loop, or by a blocking accept whose time is up. */
const TURN_MAX = 64;
/** Somebody who has connected. */
export interface Newcomer {
  /** Belongs to whoever accepts. */
  readonly socket: Fd<"seqpacket">;
  /**
   * Who connected, as the kernel says: the sender of what asked for the connection. Of those who connected before the
   * bound socket was taken up in its process the kernel knows only who made the connection's sockets.
   */
  readonly peer: PeerCredentials;
}

/** What ends the wait for a newcomer. */
export interface AcceptSocketOptions {
  /** Aborting it rejects with `Cancelled`; a newcomer goes to the next who waits. */
  readonly signal?: AbortSignal | undefined;
}

/** What ends the blocking wait for a newcomer. */
export interface AcceptSocketSyncOptions {
  /** Milliseconds after which `DeadlineExceeded` is thrown; 0 only looks. For ever where nothing is said. */
  readonly timeoutMs?: number | undefined;
}

/** The end of a pair at which connections are accepted. Made by `boundSocket`, `boundSocketOver` and `boundFromParent`. */
export interface BoundSocket extends Disposable {
  /** How many messages so far asked for no connection. */
  readonly refused: number;
  /**
   * Waits for the next newcomer. Those who wait are served in the order in which they began to. Rejects with a
   * `TransportError`: `Disconnected` once this end is closed or nobody holds a capability any more, which closes it; with
   * EMFILE as its cause where this process can have no more descriptors, which leaves the newcomer where it is.
   */
  acceptSocket(options?: AcceptSocketOptions): Promise<Newcomer>;
  /** Blocks the thread until the next newcomer, after those for whom `acceptSocket` waits already. Throws likewise. */
  acceptSocketSync(options?: AcceptSocketSyncOptions): Newcomer;
  /** Whether waiting for a newcomer keeps the event loop, and so the process, alive. It does until `unref`. */
  ref(): void;
  unref(): void;
  /** Closes the socket and, to those at their other ends, the connections that nobody has accepted. */
  close(): void;
}

/** A bound socket, and what others connect to it with. */
export interface BoundSocketPair {
  readonly bound: BoundSocket;
  /** To be kept, duplicated, or handed to whoever may connect, as any other descriptor. */
  readonly capability: Fd<"seqpacket">;
}

/** Makes a bound socket and its capability. Throws a `TransportError` at the limit of open files. */
export function boundSocket(): BoundSocketPair {
  const [end, capability] = socketPair("seqpacket");
  try {
    return { bound: boundSocketOver(end), capability };
  } catch (error) {
    end.close();
    capability.close();
    throw error;
  }
}

/**
 * Accepts at a descriptor that came from elsewhere, and belongs to the bound socket from now on. Throws an
 * `InvalidError` where it is no such socket, or a `TransportError`; then it is still the caller's.
 */
export function boundSocketOver(fd: Fd): BoundSocket {
  checkSocket(fd.fd, "bound socket");
  const native = addon().bound(fd.fd);
  if (typeof native === "number") throw refused("The bound socket cannot be used", native, "getsockopt");
  fd.release();
  return new NativeBoundSocket(native);
}

/**
 * Connects through a capability, which stays the caller's: the socket can be used at once, whether or not it is ever
 * accepted. Throws an `InvalidError` where there is no capability, and a `TransportError` with the system's error as its
 * cause: EAGAIN when as many wait to be accepted as the kernel queues, `Disconnected` when the bound socket is closed.
 */
export function connectThrough(capability: FdLike): Fd<"seqpacket"> {
  const fd = descriptorOf(capability);
  checkSocket(fd, "capability");
  const [ours, theirs] = socketPair("seqpacket");
  const status = addon().connectThrough(fd, theirs.fd);
  // The message has a descriptor of its own. While we held this one, our peer's end would never look closed to us.
  theirs.close();
  if (status === 0) return ours;
  ours.close();
  throw notConnected(status);
}

function notConnected(status: number): TransportError {
  const cause = systemError(status, "sendmsg");
  if (cause.code === "EAGAIN")
    return new TransportError("The bound socket's queue is full: its holder has to accept first.", { cause });
  if (["EPIPE", "ECONNRESET", "ECONNREFUSED"].includes(cause.code ?? ""))
    return new TransportError("The bound socket is closed.", { code: "Disconnected", cause });
  return refused("No connection through the capability", status, "sendmsg");
}

function checkSocket(fd: number, what: string): void {
  if (!isConnected(fd))
    throw new InvalidError(`Descriptor ${fd} is no ${what}, which is one of a pair of seqpacket sockets.`);
}

function isConnected(fd: number): boolean {
  const { kind, readable, writable } = inspectDescriptor(fd);
  return kind === "seqpacket" && readable && writable;
}

/** Somebody who waits in `acceptSocket`. */
interface Waiter {
  resolve(newcomer: Newcomer): void;
  reject(reason: unknown): void;
}

class NativeBoundSocket implements BoundSocket {
  refused = 0;
  readonly #native: NativeBound;
  /** In the order in which they came. */
  readonly #waiting: Set<Waiter> = new Set();
  #ended: TransportError | undefined;
  #started = false;
  #referenced = true;

  constructor(native: NativeBound) {
    this.#native = native;
  }

  acceptSocket({ signal }: AcceptSocketOptions = {}): Promise<Newcomer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        this.#waiting.delete(waiter);
        signal?.removeEventListener("abort", onAbort);
        this.#update();
      };
      const waiter: Waiter = {
        resolve: (newcomer) => {
          settled();
          resolve(newcomer);
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      };
      const onAbort = (): void => waiter.reject(cancelled(signal));
      signal?.addEventListener("abort", onAbort);
      this.#waiting.add(waiter);
      this.#update();
    });
  }

  acceptSocketSync({ timeoutMs = Infinity }: AcceptSocketSyncOptions = {}): Newcomer {
    const deadline = performance.now() + timeoutMs;
    for (let lookedLate = 0; ; ) {
      if (this.#ended !== undefined) throw this.#ended;
      const left = Math.max(0, deadline - performance.now());
      const taken = this.#take(Math.min(left, SLICE_MS));
      if (typeof taken === "object") {
        const [first] = this.#waiting;
        if (first === undefined) return taken;
        first.resolve(taken);
      }
      // What was no newcomer may have one behind it; but whoever sends such things without end must not hold us.
      else if (left === 0 && (taken === "nothing" || ++lookedLate > TURN_MAX)) throw late(timeoutMs);
    }
  }

  ref(): void {
    this.#referenced = true;
    this.#update();
  }

  unref(): void {
    this.#referenced = false;
    this.#update();
  }

  close(): void {
    this.#end(new TransportError("The bound socket was closed by this end.", { code: "Disconnected" }));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Looks for newcomers, and keeps the process alive for them, only while somebody waits: the rest stays queued. */
  #update(): void {
    if (this.#ended !== undefined) return;
    const waiting = this.#waiting.size > 0;
    if (waiting && !this.#started) this.#start();
    this.#native.watch(waiting);
    this.#native.ref(waiting && this.#referenced);
  }

  #start(): void {
    this.#started = true;
    const status = this.#native.start(() => this.#wake());
    if (status < 0) this.#end(refused("The bound socket cannot be watched", status, "epoll_ctl"));
  }

  /** There is something to take. */
  #wake(): void {
    try {
      for (let taken = 0; taken < TURN_MAX && this.#waiting.size > 0; taken++) if (!this.#serveFirst()) return;
    } catch (error) {
      const [first] = this.#waiting;
      first?.reject(error);
    }
  }

  /** Takes one message, to whoever waits longest if it is a newcomer. Returns false when there was none. */
  #serveFirst(): boolean {
    const taken = this.#take(0);
    const [first] = this.#waiting;
    if (typeof taken === "object") first?.resolve(taken);
    return taken !== "nothing";
  }

  /** Takes one message. Throws why it cannot; where there will never be another, this has ended. */
  #take(milliseconds: number): Newcomer | "refused" | "nothing" {
    const taken = this.#native.take(milliseconds);
    if (typeof taken !== "number") return this.#admit(...taken);
    switch (systemError(taken, "recvmsg").code) {
      case "EAGAIN":
        return "nothing";
      case "EPROTO":
        return this.#refuse();
      case "ESHUTDOWN":
        throw this.#end(
          new TransportError("Nobody can connect to the bound socket any more.", { code: "Disconnected" }),
        );
      default:
        throw refused("Nobody can be accepted", taken, "recvmsg");
    }
  }

  #admit(fd: number, pid: number, uid: number, gid: number): Newcomer | "refused" {
    // What a pair is made as; anything else is closed.
    const socket = Fd.adopt<"seqpacket">(fd, "BoundSocket");
    const peer = pid > 0 ? { pid, uid, gid } : peerOf(fd);
    if (peer !== undefined && isConnected(fd)) return { socket, peer };
    socket.close();
    return this.#refuse();
  }

  #refuse(): "refused" {
    this.refused++;
    return "refused";
  }

  /** Ends it, unless it has ended. Returns why it has. */
  #end(reason: TransportError): TransportError {
    if (this.#ended !== undefined) return this.#ended;
    this.#ended = reason;
    this.#native.close();
    for (const waiter of this.#waiting) waiter.reject(reason);
    return reason;
  }
}

function cancelled(signal: AbortSignal | undefined): CancelError {
  return new CancelError("Cancelled", "Accepting was cancelled by its caller.", { cause: signal?.reason });
}

function late(timeoutMs: number): CancelError {
  return new CancelError("DeadlineExceeded", `Nobody connected within ${timeoutMs} ms.`);
}
