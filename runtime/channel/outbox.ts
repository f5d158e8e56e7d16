/**
 * Frames on their way to the peer. Those written in one turn of the event loop leave together; a frame with lent
 * descriptors leaves at once, because its caller may close them. What the peer's limits do not allow yet is held back,
 * in order, and so is everything behind it.
 */

import { closeDescriptor } from "../descriptor.ts";
import { LimitError } from "../errors.ts";
import { defaultLimits, MAX_DESCRIPTORS, minimumLimits } from "../limits.ts";
import type { CapabilityWriter } from "../marshal/capabilities.ts";
import { Encoder } from "../marshal/encoder.ts";
import { type ExtractedMessage, viewOf } from "../marshal/frame-slab.ts";
import { ALIGNMENT, PROMISED_BYTES, promisedBytes, writeWord } from "../protocol/postern/frame.ts";
import type { AnnouncedLimits } from "../protocol/postern/hello.ts";
import type { Transport } from "../transport/transport.ts";
import type { Traffic } from "./counts.ts";
import { drop, type HeldFrame, HeldFrames } from "./held-frames.ts";
import type { Coming } from "./interface.ts";

/** Frames gathered beyond this many bytes leave without waiting for the end of the turn: about one packet. */
const FLUSH_BYTES = 64 * 1024;
/**
 * The same for answers to a peer on another processor. It then takes the first of a batch while the last are being
 * written, instead of taking turns: 256 calls in flight took 0.5 us each instead of 1.2. On one processor, and for a
 * turn's one-ways on any, more sends are only more system calls.
 */
const OVERLAP_BYTES = 8 * 1024;
/** A sender is asked to wait while more than this is queued for a peer that does not read. */
const HIGH_WATER_BYTES = 1 << 20;

/** See the file's comment. */
export class Outbox {
  readonly encoder: Encoder;
  readonly #transport: Transport;
  readonly #traffic: Traffic;
  readonly #queueLimit: number;
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.flush();
  };
  #peer: AnnouncedLimits = minimumLimits;
  #greeted = false;
  #inflight = 0;
  /** Bytes of the frames that were sent to objects which had not arrived, and have not since. */
  #promisedBytes = 0;
  readonly #held: HeldFrames = new HeldFrames();
  readonly #take = (held: HeldFrame): boolean => this.#takes(held);
  /** Bytes of answers since nothing was queued: as many of the queue's bytes, at most, are answers. */
  #answerBytes = 0;
  #scheduled = false;
  /** Whether a batch is being received, at whose end everything leaves anyway. */
  #corked = false;

  constructor(transport: Transport, traffic: Traffic, queueLimit: number, capabilities: CapabilityWriter) {
    this.encoder = new Encoder(defaultLimits.message, defaultLimits.fds, ALIGNMENT, capabilities);
    this.#transport = transport;
    this.#traffic = traffic;
    this.#queueLimit = queueLimit;
  }

  /** Whether the peer is so far behind that a sender had better wait. */
  get congested(): boolean {
    return this.#transport.queued > HIGH_WATER_BYTES || this.#held.bytes > HIGH_WATER_BYTES;
  }

  /** Whether the peer is so far behind with reading its answers that its calls had better wait. */
  answersWait(): boolean {
    const { queued } = this.#transport;
    if (queued === 0) this.#answerBytes = 0;
    return Math.min(queued, this.#answerBytes) > HIGH_WATER_BYTES;
  }

  /** Throws a `LimitError` when as much waits for the peer as may wait. */
  checkRoom(): void {
    const waiting = this.#transport.queued + this.#held.bytes;
    if (waiting > this.#queueLimit)
      throw new LimitError(`The peer does not read: ${waiting} bytes wait for it and ${this.#queueLimit} may.`);
  }

  /** Commits the encoder's open frame, which is an answer. */
  commitAnswer(): void {
    this.#answerBytes += this.encoder.frameBytes;
    this.commit();
  }

  /** Commits the encoder's open frame, which is neither a call nor an answer: a hello, a goodbye. */
  commit(): void {
    if (this.#gather()) this.#schedule();
  }

  /**
   * Commits the encoder's open frame, which is an item of a stream. It leaves when the microtasks that run now are
   * done, so that what a generator yields without waiting leaves together.
   */
  commitItem(): void {
    if (!this.#gather() || this.#scheduled || this.#corked) return;
    this.#scheduled = true;
    process.nextTick(this.#flush);
  }

  /** Commits the open frame. Returns whether it waits for others to leave with it, or has left. */
  #gather(): boolean {
    this.#traffic.messagesSent++;
    this.#traffic.descriptorsSent += this.encoder.descriptors.open;
    const lent = this.encoder.commit();
    if (!lent && !this.#full) return true;
    this.flush();
    return false;
  }

  /** Whether one send may not carry a further frame: too many bytes, or too many descriptors if it has all it may. */
  get #full(): boolean {
    const { committed, descriptors } = this.encoder;
    const long = committed >= OVERLAP_BYTES && (committed >= FLUSH_BYTES || (this.#corked && this.#transport.overlaps));
    return long || descriptors.numbers.length + descriptors.limit > MAX_DESCRIPTORS;
  }

  /**
   * Commits a one-way, or a call that `opens` itself and its streams; `to` is the object of an early call that it may go
   * to. Returns false, having done nothing, where the peer's limits do not let it go now: then it is to be held.
   */
  commitCall(opens: number, to?: Coming): boolean {
    const { frameBytes, descriptors } = this.encoder;
    if (this.#held.size > 0 || !this.#fits(opens, frameBytes, descriptors.open, to) || this.#bringsTooEarly)
      return false;
    this.#inflight += opens;
    if (to !== undefined) this.#count(to, frameBytes, descriptors.open);
    this.commit();
    return true;
  }

  /**
   * Holds back the open frame that was not committed; `refuse` is told if it turns out longer than the peer takes, or if
   * it goes `to` an object that never comes. Throws a `TransportError` when a lent descriptor cannot be held for want of
   * another; then the frame is undone.
   */
  hold(opens: number, to?: Coming, refuse?: (reason: unknown) => void): void {
    this.#held.push({ ...this.#extract(), opens, refuse, to });
  }

  /** Whether the open frame brings objects, of which the peer has yet to say how many it holds. */
  get #bringsTooEarly(): boolean {
    return !this.#greeted && this.encoder.capabilities.words.length > 0;
  }

  #count(to: Coming, bytes: number, descriptors: number): void {
    if (!to.pending) return;
    const weight = promisedBytes(bytes, descriptors);
    to.sentBytes += weight;
    this.#promisedBytes += weight;
  }

  /** The object of an early call is here, or never comes; commits the open frame, which gives its promised target back. */
  arrived({ sentBytes }: Coming): void {
    this.#promisedBytes -= sentBytes;
    this.commit();
  }

  /** Whether something is held back that the peer's hello may let go. */
  get waitsForHello(): boolean {
    return !this.#greeted && this.#held.size > 0;
  }

  /** Whether a further call would wait for the peer to answer another; not while only its hello is waited for. */
  get saturated(): boolean {
    return this.#greeted && (this.#held.size > 0 || this.#inflight >= this.#peer.inflight);
  }

  #fits(opens: number, bytes: number, descriptors: number, to: Coming | undefined): boolean {
    const { message, fds, inflight } = this.#peer;
    if (to?.pending === true && this.#promisedBytes >= PROMISED_BYTES) return false;
    return bytes <= message && descriptors <= fds && !(opens > 0 && this.#inflight >= inflight);
  }

  /** Drops a call that is held back and no longer wanted. Returns whether it was: if not, it has left. */
  withdraw(id: number): boolean {
    const withdrawn = this.#held.withdraw(id);
    if (withdrawn) this.#release();
    return withdrawn;
  }

  #extract(): ExtractedMessage {
    try {
      return this.encoder.extract();
    } catch (error) {
      this.encoder.rollback();
      throw error;
    }
  }

  /** Learns the peer's limits from its hello. */
  greet(limits: AnnouncedLimits): void {
    // What was gathered is within the old limits, and what one send may gather depends on them.
    this.flush();
    this.#peer = limits;
    this.#greeted = true;
    this.encoder.frameLimit = limits.message;
    this.encoder.descriptors.limit = Math.min(limits.fds, MAX_DESCRIPTORS);
    const { exports } = limits;
    this.#held.refuseExcess(
      () => new LimitError(`The message brings objects to a peer that holds ${exports} at most.`),
    );
    this.#release();
  }

  /** The answer to one of our calls has a stream, which counts among those in flight from now on. */
  opened(): void {
    this.#inflight++;
  }

  /** One of our calls has been answered, or one of their streams has ended. */
  answered(): void {
    this.#inflight--;
    if (this.#held.size > 0) this.#release();
  }

  /** Sends what was held back and now may go. */
  #release(): void {
    if (!this.#greeted) return;
    this.#held.handOver(this.#take);
    this.#schedule();
  }

  /** Sends one frame that was held back, or refuses it for good. Returns whether either was due; if not, it waits on. */
  #takes(held: HeldFrame): boolean {
    const refusal = this.#refusal(held);
    if (refusal !== undefined) {
      drop(held);
      held.refuse?.(refusal.reason);
      return true;
    }
    if (!this.#fits(held.opens, 0, 0, held.to)) return false;
    this.#inflight += held.opens;
    if (held.to !== undefined) this.#redirect(held, held.to);
    this.encoder.append(held);
    this.#traffic.messagesSent++;
    this.#traffic.descriptorsSent += held.descriptors.length;
    if (this.#full) this.flush();
    return true;
  }

  /** Why a frame that was held can never be sent. */
  #refusal({ bytes, descriptors, to }: HeldFrame): { readonly reason: unknown } | undefined {
    const { message, fds } = this.#peer;
    if (bytes.length > message || descriptors.length > fds)
      return { reason: new LimitError("The message is longer, or has more descriptors, than the peer takes.") };
    return to?.failure;
  }

  /** Turns a held frame to where the object of an early call is by now. */
  #redirect(held: HeldFrame, to: Coming): void {
    writeWord(viewOf(held), 0, to.target);
    this.#count(to, held.bytes.length, held.descriptors.length);
  }

  #schedule(): void {
    if (this.#scheduled || this.#corked) return;
    this.#scheduled = true;
    queueMicrotask(this.#flush);
  }

  /** A batch begins to arrive: what it causes leaves at its end. */
  cork(): void {
    this.#corked = true;
  }

  /** The batch is over. */
  uncork(): void {
    this.#corked = false;
    this.flush();
  }

  /** Sends all committed frames now. */
  flush(): void {
    const length = this.encoder.committed;
    if (length === 0) return;
    const { slab } = this.encoder;
    const { numbers, ours } = this.encoder.take();
    this.#traffic.bytesSent += length;
    this.#transport.send(slab, length, numbers);
    for (const number of ours) closeDescriptor(number);
  }

  /** Sends all committed frames and blocks until something came; see `Transport.exchange`. */
  exchange(timeoutMs: number): boolean {
    const length = this.encoder.committed;
    const { slab } = this.encoder;
    const { numbers, ours } = this.encoder.take();
    this.#traffic.bytesSent += length;
    const delivered = this.#transport.exchange(slab, length, numbers, timeoutMs);
    for (const number of ours) closeDescriptor(number);
    return delivered;
  }

  /** Drops what has not left: the channel has ended, also if in the middle of a batch. What is written now goes nowhere. */
  abandon(): void {
    this.#corked = false;
    for (const number of this.encoder.take().ours) closeDescriptor(number);
    this.#held.clear();
  }
}
