/**
 * What a channel knows of the road to its peer. A transport carries whole frames and their descriptors, in order, and
 * says when the road has ended; it knows nothing of what a frame means. Where a frame ends, a wire tells it: `Framing`.
 */

import type { Fd } from "../descriptor.ts";
import type { RpcError } from "../errors.ts";

/** How a wire says where its frames end. */
export interface Framing {
  /** Bytes from which `measure` can tell the rest; a frame is never shorter. */
  readonly headerBytes: number;
  /** Every frame starts at a multiple of this many bytes from the start of the stream; zero bytes fill the gap. */
  readonly alignment: number;
  /**
   * Reads a header: the bytes of the frame without what fills the gap after it. Throws a `ProtocolError` or a
   * `LimitError` on a header that no peer may send, before anything is allocated for it.
   */
  measure(view: DataView, offset: number): number;
  /** Reads from the same header how many descriptors belong to the frame. */
  descriptors(view: DataView, offset: number): number;
}

/** Where a transport delivers. Its methods do not throw; a receiver that has had enough closes the transport. */
export interface Receiver {
  /**
   * Takes one frame: `bytes` from `start` to `end`, of which `view` is a view over the same buffer from its first
   * byte. Both are lent for the call alone, unless `owned`: then the receiver may keep parts of `bytes`.
   * The descriptors belong to the receiver from now on, as many as the frame's header names.
   */
  frame(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    descriptors: readonly number[],
    owned: boolean,
  ): void;
  /** Everything that had arrived is delivered: a good time to send what it caused. */
  batchEnd(): void;
  /** What `send` had queued has fallen below the low-water mark. */
  drained(): void;
  /**
   * The road has ended, by either end or by a fault; nothing is delivered after this. Called once, also when the
   * receiver itself closed the transport; an orderly end of the peer has no reason. Where the reason is that what came
   * cannot be read as frames, a last `send` still reaches the peer.
   */
  closed(reason: RpcError | undefined): void;
}

/** Who is at the other end, as the kernel says: process, user and group when the socket was connected. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** A road to one peer. */
export interface Transport {
  /** Whether descriptors can cross. */
  readonly carriesDescriptors: boolean;
  /** Bytes that `send` has accepted and the kernel has not. */
  readonly queued: number;
  /**
   * Whether the peer has been found to run while this end does, on a processor of its own: then a long send is better
   * cut, so that the peer can begin with its first part.
   */
  readonly overlaps: boolean;
  /** Nothing where the peer is not another process. */
  readonly peer: PeerCredentials | undefined;

  /** Begins to deliver; called once. */
  start(receiver: Receiver): void;

  /**
   * Sends whole frames: `bytes` from 0 to `length`, their descriptors in order. Never blocks: what the kernel does
   * not take is queued. Bytes and descriptors are lent for the call; a queue keeps copies of its own, so the caller
   * may reuse the one and close the other as soon as this returns. After the end of the road nothing happens.
   */
  send(bytes: Uint8Array, length: number, descriptors: readonly number[]): void;

  /**
   * Sends as `send` does (`length` may be 0) and blocks the thread until something has been delivered to the receiver
   * (frames, `batchEnd`, or `closed`) or `timeoutMs` has passed; -1 waits for ever. Returns whether anything was
   * delivered; before the time is up, false only where nothing can come, for the other end is of this thread. Works also while `start`ed reading is paused and before the event loop turns.
   */
  exchange(bytes: Uint8Array, length: number, descriptors: readonly number[], timeoutMs: number): boolean;

  /**
   * Blocks the thread until nothing is queued, or `timeoutMs` has passed; -1 waits for ever. What comes meanwhile is
   * delivered. Returns at once where waiting would not help.
   */
  drain(timeoutMs: number): void;

  /**
   * Makes two connected sockets, of which one is for this end and one for the peer, to `adopt`: a further road between
   * the two. The caller owns both. Throws a `TransportError` at the limit of open files.
   */
  pair(): [near: Fd, far: Fd];

  /**
   * Speaks over a socket of a `pair`, made here or at the peer, to the same peer, and keeps the process alive if this
   * transport does. It owns the socket from then on. Throws a `ProtocolError` for any other socket, or a
   * `TransportError`; then it is still the caller's.
   */
  adopt(socket: Fd, framing: Framing): Transport;

  /** Stops reading, so that the peer in time stops sending; `exchange` reads all the same. */
  pause(): void;
  resume(): void;

  /** Whether an open transport keeps the event loop, and so the process, alive. It does until `unref`. */
  ref(): void;
  unref(): void;

  /**
   * Ends the road: unclaimed descriptors are closed, the receiver is told. Without a reason what is queued still leaves,
   * if the peer reads it within two seconds; with one it is dropped where the kernel does not take it at once. Closing
   * again does nothing.
   */
  close(reason?: RpcError): void;
}
