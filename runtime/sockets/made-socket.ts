/**
 * `makeSocket`: a descriptor that anybody can send to, and a callback that runs here for every message. What is sent
 * are the packets of a SOCK_SEQPACKET socket, plain bytes and descriptors with no wire of ours around them. Messages
 * wait in the kernel until the callback is done with the one before: nothing is taken ahead.
 */

import { markAsUntransferable } from "node:worker_threads";
import { isPromise } from "../channel/awaitable.ts";
import { Fd } from "../descriptor.ts";
import { LimitError, RpcError, TransportError } from "../errors.ts";
import { MAX_DESCRIPTORS } from "../limits.ts";
import { addon, end, inboxTable, type NativeInbox, packetMax } from "../native/addon.ts";
import { systemError } from "../system-error.ts";
import { refused, socketPair } from "../transport/sockets.ts";
import type { PeerCredentials } from "../transport/transport.ts";

/**
 * Takes one message. The bytes are the callback's to keep. The descriptors are closed when it is done, or when what it
 * returned has settled, but for those it has taken: by `release()`, or by giving the `Fd` away in a call. Who sent it,
 * the kernel says; a sender with the privilege to can say otherwise.
 */
export type OnMessage = (bytes: Uint8Array, fds: readonly Fd[], sender: PeerCredentials) => void | PromiseLike<void>;

/** What one message may be. */
export interface MessageLimits {
  /** Bytes; at most, and unless said otherwise, 128 KiB. */
  readonly message: number;
  /** Descriptors; 16 unless said otherwise, at most 253. */
  readonly fds: number;
}

/** How a socket is made. */
export interface MakeSocketOptions {
  /** A message over one of these ends the socket, because whoever sent it has been told that it was sent. */
  readonly limits?: Partial<MessageLimits>;
  /** Is told what the callback threw, which ends the socket; by default it goes to `console.error`. */
  readonly onFault?: (thrown: unknown) => void;
}

/** A socket whose messages go to a callback. */
export interface MadeSocket extends Disposable {
  /**
   * The sending end, to be given away, or lent and then closed: the socket ends by itself when every copy of this is
   * closed, in whatever process.
   */
  readonly fd: Fd<"seqpacket">;
  /**
   * Settles when the socket has ended: with nothing when it was closed, by `close` or by its last sender, whose messages
   * have all been handled by then; otherwise with the reason. Of a callback that threw that is `Internal`, and its
   * `cause` is what was thrown.
   */
  readonly closed: Promise<RpcError | undefined>;
  /** Whether the open socket keeps the event loop, and so the process, alive. It does until `unref`. */
  ref(): void;
  unref(): void;
  /**
   * Closes the receiving end, and `fd` unless it was given away. Messages that no callback has had are lost; whoever
   * sends further ones gets EPIPE. Closing again does nothing.
   */
  close(): void;
}

/** What holds where nobody says otherwise: a packet, and the descriptors of a channel's message. */
const defaultLimits: MessageLimits = { message: packetMax, fds: 16 };

/**
 * Makes a socket. What is sent to `fd`, by any process, reaches the callback on this thread's event loop: in the order
 * in which it was sent, once, a packet a message. While the callback's promise is pending nothing further is taken, so
 * senders find the socket full: they block, or get EAGAIN. A callback that throws or rejects ends the socket.
 *
 * Throws a `TransportError` with the system's error as its cause, and a `RangeError` for limits that are impossible.
 *
 * @example
 * const socket = makeSocket((bytes) => console.log(Buffer.from(bytes).toString()));
 * await plugin.setLog(socket.fd);
 */
export function makeSocket(callback: OnMessage, options: MakeSocketOptions = {}): MadeSocket {
  const limits = completeLimits(options.limits);
  const [receiving, sending] = socketPair("seqpacket");
  try {
    const slab = new Uint8Array(limits.message);
    const inbox = addon().inbox(receiving.fd, slab, limits.fds);
    if (typeof inbox === "number") throw refused("The socket cannot be used", inbox, "setsockopt");
    // The addon reads into it for as long as the inbox lives.
    markAsUntransferable(slab.buffer);
    receiving.release();
    return new Socket(sending, inbox, slab, { callback, limits, onFault: options.onFault ?? logFault });
  } catch (error) {
    receiving.close();
    sending.close();
    throw error;
  }
}

function completeLimits(given: Partial<MessageLimits> = {}): MessageLimits {
  const limits = { ...defaultLimits, ...given };
  requireWithin("message", limits.message, 1, packetMax);
  requireWithin("fds", limits.fds, 0, MAX_DESCRIPTORS);
  return limits;
}

function requireWithin(name: keyof MessageLimits, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`limits.${name} is ${value}; it lies between ${least} and ${most}.`);
}

/** What becomes of messages. */
interface Handling {
  readonly callback: OnMessage;
  readonly limits: MessageLimits;
  readonly onFault: (thrown: unknown) => void;
}

class Socket implements MadeSocket {
  readonly fd: Fd<"seqpacket">;
  readonly closed: Promise<RpcError | undefined>;
  readonly #inbox: NativeInbox;
  readonly #slab: Uint8Array;
  readonly #handling: Handling;
  #ended = false;
  #settleClosed!: (reason: RpcError | undefined) => void;

  /** If this throws, the inbox is closed. */
  constructor(sending: Fd<"seqpacket">, inbox: NativeInbox, slab: Uint8Array, handling: Handling) {
    this.fd = sending;
    this.#inbox = inbox;
    this.#slab = slab;
    this.#handling = handling;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    const status = inbox.start(() => this.#wake());
    if (status >= 0) return;
    inbox.close();
    throw refused("The socket cannot be watched", status, "epoll_ctl");
  }

  ref(): void {
    this.#inbox.ref(true);
  }

  unref(): void {
    this.#inbox.ref(false);
  }

  close(): void {
    this.#end(undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(reason: RpcError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#inbox.close();
    this.fd.close();
    this.#settleClosed(reason);
  }

  /** A packet has come, or the end. */
  #wake(): void {
    const { table } = this.#inbox;
    if (table[inboxTable.end] !== end.none) {
      this.#end(this.#endReason(table));
      return;
    }
    const bytes = this.#slab.slice(0, table[inboxTable.length]);
    const [pid, uid, gid] = table.subarray(inboxTable.pid, inboxTable.gid + 1);
    this.#deliver(bytes, takeDescriptors(table), { pid: pid!, uid: uid! >>> 0, gid: gid! >>> 0 });
  }

  #deliver(bytes: Uint8Array, fds: readonly Fd[], sender: PeerCredentials): void {
    let pending: void | PromiseLike<void>;
    try {
      pending = this.#handling.callback(bytes, fds, sender);
    } catch (thrown) {
      this.#failed(fds, thrown);
      return;
    }
    if (isPromise(pending)) this.#await(pending, fds);
    else closeAll(fds);
  }

  #await(pending: PromiseLike<void>, fds: readonly Fd[]): void {
    this.#inbox.read(false);
    // Somebody's own thenable may settle twice, or throw; a promise made of it does not.
    Promise.resolve(pending).then(
      () => {
        closeAll(fds);
        this.#inbox.read(true);
      },
      (thrown) => this.#failed(fds, thrown),
    );
  }

  #failed(fds: readonly Fd[], thrown: unknown): void {
    closeAll(fds);
    this.#end(new RpcError("Internal", "The callback of a made socket failed.", { cause: thrown }));
    this.#handling.onFault(thrown);
  }

  #endReason(table: Int32Array): RpcError | undefined {
    switch (table[inboxTable.end]) {
      case end.orderly:
        return undefined;
      case end.packetTooLong:
        return new LimitError(`A message of more than the ${this.#handling.limits.message} bytes allowed was sent.`);
      case end.descriptorsTooMany:
        return new LimitError(
          `A message with more than the ${this.#handling.limits.fds} descriptors allowed was sent.`,
        );
      case end.descriptorsLost:
        return new TransportError(
          "Descriptors that were sent were lost: this process has as many files open as it may (`ulimit -n`).",
        );
      default: {
        const cause = systemError(-table[inboxTable.errno]!, "recvmsg");
        return new TransportError(`The socket failed: ${cause.message}.`, { cause });
      }
    }
  }
}

function takeDescriptors(table: Int32Array): readonly Fd[] {
  const count = table[inboxTable.descriptors]!;
  table[inboxTable.descriptors] = 0;
  const numbers = table.subarray(inboxTable.received, inboxTable.received + count);
  return Array.from(numbers, (fd) => Fd.adopt(fd, "makeSocket"));
}

/** Closes those that have not been taken. */
function closeAll(fds: readonly Fd[]): void {
  for (const fd of fds) fd.close();
}

function logFault(thrown: unknown): void {
  console.error("postern: the callback of a made socket failed:", thrown);
}
