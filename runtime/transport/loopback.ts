/**
 * A road inside one process: two ends that hand each other whole sends, copied as a socket would copy them, in later
 * turns of the microtask queue. It runs everything but the kernel, so tests and fakes exercise the real marshalling.
 */

import { AsyncResource } from "node:async_hooks";
import { fstatSync } from "node:fs";
import { closeDescriptor, duplicateDescriptor, type Fd } from "../descriptor.ts";
import { ProtocolError, RpcError, TransportError } from "../errors.ts";
import { socketPair } from "./sockets.ts";
import type { Framing, Receiver, Transport } from "./transport.ts";
import { adoptSocket } from "./unix-socket.ts";

/** What a further road is made of where one of its ends is given to somebody else. */
const BRANCH_TYPE = "seqpacket";

/** One send on its way: a copy of its bytes, duplicates of its descriptors, and how far it has been read. */
interface Packet {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Those that no frame has claimed yet. */
  readonly descriptors: number[];
  offset: number;
}

/** Makes two connected ends; `framings` are those of the first and the second. */
export function loopback(first: Framing, second: Framing): [Transport, Transport] {
  return connected(first, second);
}

function connected(first: Framing, second: Framing): [LoopbackEnd, LoopbackEnd] {
  const a = new LoopbackEnd(first);
  const b = new LoopbackEnd(second);
  a.connect(b);
  b.connect(a);
  return [a, b];
}

class LoopbackEnd implements Transport {
  readonly carriesDescriptors = true;
  readonly overlaps = false;
  readonly peer = undefined;
  #framing: Framing;
  #other: LoopbackEnd | undefined;
  /** The far socket, by its inode, of each pair made here. */
  readonly #pairs = new WeakMap<Fd, number>();
  /** What the other end speaks over already, by the inode of the socket that stands for it until it is adopted here. */
  readonly #branches = new Map<number, LoopbackEnd>();
  #receiver: Receiver | undefined;
  /** Where deliveries run, as those of a socket do, and not in whatever context the other end was sending in. */
  readonly #context = new AsyncResource("POSTERN_LOOPBACK");
  #inbox: Packet[] = [];
  #inboxBytes = 0;
  #paused = false;
  #scheduled = false;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  connect(other: LoopbackEnd): void {
    this.#other = other;
  }

  /** What the other end has not read yet. */
  get queued(): number {
    return this.#other === undefined ? 0 : this.#other.#inboxBytes;
  }

  start(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#schedule();
  }

  send(bytes: Uint8Array, length: number, descriptors: readonly number[]): void {
    const other = this.#other;
    if (other === undefined || length === 0) return;
    const copy = bytes.slice(0, length);
    const view = new DataView(copy.buffer);
    other.#inbox.push({ bytes: copy, view, descriptors: descriptors.map(duplicateDescriptor), offset: 0 });
    other.#inboxBytes += length;
    other.#schedule();
  }

  /**
   * Sends, then lets the other end work until something has come back. Both ends are of one thread, so what does not
   * come while the other end works cannot come at all: waiting would be for ever, and this returns at once. Called
   * from within a delivery, it goes on where that one stands and leaves nothing to it.
   */
  exchange(bytes: Uint8Array, length: number, descriptors: readonly number[]): boolean {
    this.send(bytes, length, descriptors);
    if (this.#inbox.length === 0 && this.#other !== undefined) this.#other.#work();
    return this.#deliver();
  }

  /** Lets the other end work: only it can take what is queued. */
  drain(): void {
    const other = this.#other;
    if (other !== undefined && other.#inbox.length > 0) other.#work();
  }

  pair(): [near: Fd, far: Fd] {
    const [near, far] = socketPair(BRANCH_TYPE);
    this.#pairs.set(near, inodeOf(far));
    return [near, far];
  }

  /**
   * Of a pair whose two ends are adopted by the two ends of this road, makes a road like this one: over sockets, an end
   * that blocks would wait for its own thread. Where another has taken the one socket, speaks over the other.
   */
  adopt(socket: Fd, framing: Framing): Transport {
    const far = this.#pairs.get(socket);
    const end = far === undefined ? this.#takeBranch(socket, framing) : this.#branch(far, framing);
    if (end === undefined) return adoptSocket(socket, BRANCH_TYPE, framing);
    socket.close();
    return end;
  }

  #branch(far: number, framing: Framing): LoopbackEnd | undefined {
    // How the far end reads is known when that is adopted, before it reads anything.
    const [here, there] = connected(framing, framing);
    const other = this.#other;
    if (other === undefined) there.close();
    else other.#branches.set(far, there);
    return here;
  }

  #takeBranch(socket: Fd, framing: Framing): LoopbackEnd | undefined {
    const inode = inodeOf(socket);
    const branch = this.#branches.get(inode);
    this.#branches.delete(inode);
    if (branch !== undefined) branch.#framing = framing;
    return branch;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  ref(): void {}

  unref(): void {}

  close(reason?: RpcError): void {
    const other = this.#other;
    if (other === undefined) return;
    this.#other = undefined;
    this.#drop();
    this.#receiver?.closed(reason);
    other.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#paused) this.#work();
    });
  }

  /** Delivers what has come, called by nobody of this end. */
  #work(): void {
    this.#context.runInAsyncScope(() => this.#deliver());
  }

  /** Hands over what has come, and the end of the road after the last of it. Returns whether there was anything. */
  #deliver(): boolean {
    const receiver = this.#receiver;
    if (receiver === undefined || this.#other === undefined) return false;
    const had = this.#inbox.length > 0;
    this.#drain(receiver);
    if (had) receiver.batchEnd();
    // A receiver may close this end, and in consequence the other, while it is being served.
    const other = this.#end();
    if (had && other !== undefined) other.#receiver?.drained();
    return had;
  }

  /** The other end; nothing if it, or this one, is closed: then the receiver has been told. */
  #end(): LoopbackEnd | undefined {
    const other = this.#other;
    if (other === undefined || other.#other !== undefined) return other;
    this.close();
    return undefined;
  }

  #drain(receiver: Receiver): void {
    try {
      for (let packet = this.#inbox[0]; packet !== undefined; packet = this.#inbox[0]) this.#open(packet, receiver);
    } catch (error) {
      this.#refuse(error instanceof RpcError ? error : new TransportError("A packet was not read.", { cause: error }));
    }
  }

  /** Hands over the packet's next frame; of a packet that is used up, takes leave. */
  #open(packet: Packet, receiver: Receiver): void {
    const { bytes, view, descriptors } = packet;
    const offset = this.#skipGap(bytes, packet.offset);
    if (offset >= bytes.length) {
      if (descriptors.length > 0)
        throw new ProtocolError(`${descriptors.length} descriptors came that no frame names.`);
      this.#inbox.shift();
      this.#inboxBytes -= bytes.length;
      return;
    }
    const end = offset + this.#measure(view, offset);
    const count = this.#framing.descriptors(view, offset);
    if (count > descriptors.length)
      throw new ProtocolError(`A frame names ${count} descriptors and came with ${descriptors.length}.`);
    packet.offset = end;
    receiver.frame(bytes, view, offset, end, descriptors.splice(0, count), true);
  }

  #measure(view: DataView, offset: number): number {
    const left = view.byteLength - offset;
    const length = left < this.#framing.headerBytes ? left + 1 : this.#framing.measure(view, offset);
    if (length > left) throw new ProtocolError("A packet ends in the middle of a frame.");
    return length;
  }

  #skipGap(bytes: Uint8Array, end: number): number {
    const next = Math.ceil(end / this.#framing.alignment) * this.#framing.alignment;
    if (bytes.subarray(end, next).some((byte) => byte !== 0))
      throw new ProtocolError("There is something other than zeros between frames.");
    return next;
  }

  /** What came cannot be read. The receiver is told first, for it may have a last word for the peer. */
  #refuse(reason: RpcError): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.closed(reason);
    this.close();
  }

  #drop(): void {
    for (const { descriptors } of this.#inbox) for (const descriptor of descriptors) closeDescriptor(descriptor);
    for (const branch of this.#branches.values()) branch.close();
    this.#branches.clear();
    this.#inbox = [];
    this.#inboxBytes = 0;
  }
}

/** The inode of a socket tells it from all others that are open. */
function inodeOf({ fd }: Fd): number {
  return fstatSync(fd).ino;
}
