/**
 * A road over a socket of the Unix domain, to another process or within this one. SOCK_SEQPACKET and SOCK_STREAM carry
 * the same frames: one stream of bytes whose reads may be packets. What is sent at once leaves in one packet, or if it
 * is longer in several of which the first has all the descriptors.
 */

import { markAsUntransferable } from "node:worker_threads";
import { type Fd, inspectDescriptor } from "../descriptor.ts";
import { InvalidError, LimitError, ProtocolError, RpcError, TransportError } from "../errors.ts";
import { addon, type Connection, control, end, packetDescriptorsMax, queueLow } from "../native/addon.ts";
import { systemError } from "../system-error.ts";
import { FrameReader, type LongFrame, newSlab } from "./frames.ts";
import { peerOf, type SocketType, socketPair } from "./sockets.ts";
import type { Framing, PeerCredentials, Receiver, Transport } from "./transport.ts";

export { connectSocket, type SocketType, setCloseOnExec, socketPair } from "./sockets.ts";

/** How a socket is used. */
export interface UnixSocketOptions {
  /**
   * How many microseconds to look again and again for something to come before sleeping, where that has paid so far.
   * 0 never does; 50 unless said otherwise, which is about what waking an idle processor costs.
   */
  readonly spin?: number | undefined;
  /**
   * Who is at the other end, where the kernel does not know: of a pair of sockets it says who made the pair. What the
   * kernel says unless given.
   */
  readonly peer?: PeerCredentials | undefined;
  /**
   * Whether others may hold this very end as well, as whoever has made both ends of a pair may. They could then change
   * how long it waits; so a blocking call asks the kernel once more, and keeps its time whatever they do.
   */
  readonly shared?: boolean | undefined;
}

const SPIN_MICROSECONDS = 50;
/** How long an orderly end waits for a peer to read what was sent to it, and how often it looks. */
const LINGER_MS = 2000;
const LINGER_STEP_MS = 5;
/** How long `drain` sleeps at a time: a sleep ends when something comes, and not when the last of the queue has left. */
const DRAIN_STEP_MS = 5;
/** Who the kernel says is at the other end of a socket of another family than Unix's. */
const NOBODY = -1;
const nothing = new Uint8Array(0);

/**
 * Makes a transport of a connected socket, which it owns from then on. Throws an `InvalidError`, or a
 * `TransportError`, when it cannot; then the descriptor is still the caller's.
 */
export function unixSocket(socket: Fd, framing: Framing, options: UnixSocketOptions = {}): Transport {
  const { kind, readable, writable } = inspectDescriptor(socket.fd);
  if ((kind !== "seqpacket" && kind !== "stream") || !readable || !writable)
    throw new InvalidError(`Descriptor ${socket.fd} is no connected socket but a ${kind}; a channel needs one.`);
  const packets = kind === "seqpacket";
  const slab = newSlab();
  const spin = options.spin ?? SPIN_MICROSECONDS;
  const connection = addon().connection(socket.fd, packets, slab, spin, options.shared === true);
  if (typeof connection === "number") throw failure("The socket cannot be used", connection, "fcntl");
  // The addon reads into these buffers for as long as the connection lives.
  markAsUntransferable(slab.buffer);
  markAsUntransferable(connection.control.buffer);
  return new UnixSocket(socket.release(), connection, framing, packets, slab, options);
}

/**
 * Makes a transport of one of a pair of sockets, which it owns from then on. Throws a `ProtocolError` where the socket is
 * of another type or of another family, or a `TransportError`; then it is still the caller's.
 */
export function adoptSocket(
  socket: Fd,
  type: SocketType,
  framing: Framing,
  options: UnixSocketOptions = {},
): Transport {
  if (socket.kind !== type || (peerOf(socket.fd)?.uid ?? NOBODY) === NOBODY)
    throw new ProtocolError(`A further road to the same peer is a Unix socket of type ${type}, and this is none.`);
  return unixSocket(socket, framing, { ...options, shared: true });
}

class UnixSocket implements Transport {
  readonly carriesDescriptors = true;
  readonly #fd: number;
  readonly #connection: Connection;
  readonly #control: Int32Array;
  readonly #framing: Framing;
  readonly #packets: boolean;
  readonly #spin: number | undefined;
  #slab: Uint8Array;
  #receiver: Receiver | undefined;
  #reader: FrameReader | undefined;
  #peer: PeerCredentials | undefined;
  #closed = false;
  #paused = false;
  #referenced = true;
  /** Whether the queue has been above the low-water mark since `drained` was last told. */
  #queueWasHigh = false;

  constructor(
    fd: number,
    connection: Connection,
    framing: Framing,
    packets: boolean,
    slab: Uint8Array,
    { peer, spin }: UnixSocketOptions,
  ) {
    this.#peer = peer;
    this.#spin = spin;
    this.#fd = fd;
    this.#connection = connection;
    this.#control = connection.control;
    this.#framing = framing;
    this.#packets = packets;
    this.#slab = slab;
  }

  get queued(): number {
    return this.#closed ? 0 : this.#control[control.queued]!;
  }

  get overlaps(): boolean {
    return this.#control[control.apart] !== 0;
  }

  get peer(): PeerCredentials | undefined {
    if (this.#peer === undefined && !this.#closed) this.#peer = peerOf(this.#fd);
    return this.#peer;
  }

  start(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#reader = new FrameReader(this.#framing, receiver, this.#packets, this.#control, this.#slab);
    if (this.#closed) {
      receiver.closed(undefined);
      return;
    }
    const status = this.#connection.start(() => this.#wake());
    if (status < 0) this.close(failure("The socket cannot be watched", status, "epoll_ctl"));
    if (this.#paused) this.#connection.read(false);
    if (!this.#referenced) this.#connection.ref(false);
  }

  send(bytes: Uint8Array, length: number, descriptors: readonly number[]): void {
    if (this.#closed || length === 0) return;
    this.#lay(descriptors);
    const status = this.#connection.send(bytes, 0, length, descriptors.length);
    if (status < 0) this.#sendFailed(status);
    else if (this.#control[control.queued]! >= queueLow) this.#queueWasHigh = true;
  }

  exchange(bytes: Uint8Array, length: number, descriptors: readonly number[], timeoutMs: number): boolean {
    const reader = this.#reader;
    if (this.#closed || reader === undefined) return false;
    let sending = length;
    if (reader.nested || reader.behind || this.#control[control.end] !== end.none) {
      // A batch is being delivered, further up the stack or in parts. What is left of it comes before anything newer.
      this.send(bytes, length, descriptors);
      if (this.#closed || this.#deliver(reader)) return true;
      sending = 0;
    }
    if (sending > 0) this.#lay(descriptors);
    const count = sending > 0 ? descriptors.length : 0;
    const deadline = timeoutMs > 0 ? performance.now() + timeoutMs : undefined;
    let status = this.#connection.exchange(bytes, sending, count, timeoutMs);
    while (this.#arrived(reader, status)) {
      if (this.#deliver(reader)) return true;
      const left = deadline === undefined ? timeoutMs : deadline - performance.now();
      // The time may be up between two parts of a frame.
      if (deadline !== undefined && left <= 0) return false;
      status = this.#connection.exchange(nothing, 0, 0, left);
    }
    return this.#closed;
  }

  drain(timeoutMs: number): void {
    const deadline = timeoutMs < 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    for (let left = deadline - performance.now(); this.queued > 0 && left > 0; left = deadline - performance.now())
      this.exchange(nothing, 0, [], Math.min(left, DRAIN_STEP_MS));
  }

  get #type(): SocketType {
    return this.#packets ? "seqpacket" : "stream";
  }

  pair(): [near: Fd, far: Fd] {
    return socketPair(this.#type);
  }

  adopt(socket: Fd, framing: Framing): Transport {
    const transport = adoptSocket(socket, this.#type, framing, { spin: this.#spin, peer: this.peer });
    if (!this.#referenced) transport.unref();
    return transport;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    if (!this.#closed) this.#connection.read(false);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#closed && this.#reader?.behind !== true) this.#connection.read(true);
  }

  ref(): void {
    this.#referenced = true;
    this.#connection.ref(true);
  }

  unref(): void {
    this.#referenced = false;
    this.#connection.ref(false);
  }

  close(reason?: RpcError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader?.abandon();
    if (reason !== undefined || this.#control[control.queued] === 0) this.#connection.close();
    else this.#linger(LINGER_MS);
    this.#receiver?.closed(reason);
  }

  /** Lets what is queued leave before the socket is closed, for as long as the peer reads it, within bounds. */
  #linger(leftMs: number): void {
    const wait = setTimeout(() => {
      const over = this.#control[control.queued] === 0 || this.#control[control.end] !== end.none;
      if (over || leftMs <= 0) this.#connection.close();
      else this.#linger(leftMs - LINGER_STEP_MS);
    }, LINGER_STEP_MS);
    if (!this.#referenced) wait.unref();
  }

  /** Writes down the descriptors for the next send. */
  #lay(descriptors: readonly number[]): void {
    if (descriptors.length > packetDescriptorsMax)
      throw new LimitError(`${descriptors.length} descriptors cannot be sent at once; ${packetDescriptorsMax} can.`);
    for (let i = 0; i < descriptors.length; i++) this.#control[control.sent + i] = descriptors[i]!;
  }

  /** What the peer sent before it went is still read, and its end found there; but not if nobody reads. */
  #sendFailed(status: number): void {
    if (!isGone(status) || this.#paused) this.close(failure("The peer cannot be sent to", status, "sendmsg"));
  }

  /** A blocking read has returned. Returns whether it brought a batch. */
  #arrived(reader: FrameReader, status: number): boolean {
    if (this.#control[control.queued]! >= queueLow) this.#queueWasHigh = true;
    if (status > 0) reader.begin();
    // ECANCELED: this thread is being terminated, and what it would run next is not run.
    if (status < 0 && systemCode(status) !== "ECANCELED") this.close(failure("The exchange failed", status, "recvmsg"));
    return status > 0;
  }

  /** The event loop has read. */
  #wake(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    if (reader.behind) {
      // It is only that the queue has become low, or cannot be sent, which comes after all that was received.
      this.#tellDrained();
      return;
    }
    reader.begin();
    // What comes while the last of the queue leaves has no receiver any more.
    if (this.#closed) this.#drop(reader);
    else this.#deliverPart(reader);
  }

  /** Delivers what is there, or as much as others can wait for, and the rest when they have had their turn. */
  #deliverPart(reader: FrameReader): void {
    const before = reader.behind;
    this.#deliver(reader, true);
    if (this.#closed) return;
    if (reader.behind) setImmediate(() => this.#goOn(reader));
    if (reader.behind !== before) this.#connection.read(before && !this.#paused);
  }

  #goOn(reader: FrameReader): void {
    if (reader.behind) this.#deliverPart(reader);
    // A blocking call has delivered the rest.
    else if (!this.#closed && !this.#paused) this.#connection.read(true);
  }

  #drop(reader: FrameReader): void {
    reader.abandon();
    this.#control[control.start] = 0;
  }

  /** Delivers what is there. Returns whether the receiver was told of anything. */
  #deliver(reader: FrameReader, inParts = false): boolean {
    const delivered = this.#drain(reader, inParts);
    if (delivered && !this.#closed) this.#receiver?.batchEnd();
    const over = !reader.behind && this.#control[control.end] !== end.none;
    if (!this.#closed && over) this.#ended(this.#endReason(reader));
    if (!this.#closed) this.#tellDrained();
    return delivered || this.#closed;
  }

  #drain(reader: FrameReader, inParts: boolean): boolean {
    try {
      const delivered = reader.drain(inParts);
      this.#useSlab(reader.slab);
      this.#useRest(reader.takeRest());
      return delivered;
    } catch (error) {
      this.#ended(error instanceof RpcError ? error : new TransportError("A frame was not taken.", { cause: error }));
      return true;
    }
  }

  /** Nothing more can be read. The receiver is told first, for it may have a last word for the peer. */
  #ended(reason: RpcError | undefined): void {
    if (this.#closed) return;
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#reader?.abandon();
    receiver?.closed(reason);
    this.close();
  }

  #useSlab(slab: Uint8Array): void {
    if (slab === this.#slab || this.#closed) return;
    this.#slab = slab;
    markAsUntransferable(slab.buffer);
    this.#connection.slab(slab);
  }

  #useRest(rest: LongFrame | undefined): void {
    if (rest !== undefined && !this.#closed) this.#connection.rest(rest.bytes, rest.filled);
  }

  #tellDrained(): void {
    if (!this.#queueWasHigh || this.#control[control.queued]! >= queueLow) return;
    this.#queueWasHigh = false;
    this.#receiver?.drained();
  }

  /** Why the socket has nothing more to read. */
  #endReason(reader: FrameReader): RpcError | undefined {
    switch (this.#control[control.end]) {
      case end.error:
        return failure("The socket failed", -this.#control[control.errno]!, "recvmsg");
      case end.descriptorsLost:
        return new TransportError(
          "Descriptors that the peer sent were lost: this process has as many files open as it may (`ulimit -n`).",
        );
      case end.packetTooLong:
        return new ProtocolError("The peer sent a packet of more than 128 KiB.");
      default:
        if (reader.midFrame)
          return new TransportError("The peer is gone, in the middle of a frame.", { code: "Disconnected" });
        if (reader.hasUnclaimed) return new ProtocolError("Descriptors came that no frame names.");
        return undefined;
    }
  }
}

function systemCode(status: number): string | undefined {
  return systemError(status, "").code;
}

function isGone(status: number): boolean {
  const code = systemCode(status);
  return code === "EPIPE" || code === "ECONNRESET";
}

/** A system call's failure as a reason; a peer that is gone is `Disconnected`. */
function failure(what: string, status: number, syscall: string): TransportError {
  const cause = systemError(status, syscall);
  if (isGone(status)) return new TransportError("The peer is gone.", { code: "Disconnected", cause });
  return new TransportError(`${what}: ${cause.message}.`, { cause });
}
