/**
 * Frames on their way in. Each is handled when its turn is, in the order in which they came: but while this thread
 * blocks on a call, answers are taken as they come, calls on behalf of that call are served, and everything else waits.
 * Where too much waits, this end stops reading. Whom a frame is about is for `Dispatch` to know.
 */

import { closeDescriptor } from "../descriptor.ts";
import { LimitError, type RpcError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { viewOf } from "../marshal/frame-slab.ts";
import { CallFlag, Kind, readFlags, readKind } from "../protocol/postern/frame.ts";
import { readWithin } from "../protocol/postern/message.ts";
import type { Receiver, Transport } from "../transport/transport.ts";
import { Backlog, type WaitingFrame } from "./backlog.ts";
import type { Calls } from "./calls.ts";
import type { Chain } from "./chain.ts";
import type { Traffic } from "./counts.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Forks } from "./forks.ts";
import type { Outbox } from "./outbox.ts";
import type { Questions } from "./questions.ts";
import type { Skeleton } from "./skeleton.ts";
import type { Streams } from "./streams.ts";

/** What receiving needs of its channel. */
export interface InboxOptions {
  readonly transport: Transport;
  readonly limits: Limits;
  readonly traffic: Traffic;
  readonly chain: Chain;
  readonly dispatch: Dispatch;
  readonly outbox: Outbox;
  readonly skeleton: Skeleton;
  readonly questions: Questions;
  readonly calls: Calls;
  readonly streams: Streams;
  readonly forks: Forks;
  /** Is told what the peer did wrong. */
  readonly onViolation: (error: unknown) => void;
  /** Is told that the road has ended. */
  readonly onClosed: (reason: RpcError | undefined) => void;
}

/** See the file's comment. */
export class Inbox implements Receiver {
  readonly #options: InboxOptions;
  readonly #backlog: Backlog = new Backlog();
  /** Whether this end has stopped reading; never while it waits for an answer. */
  #paused = false;
  /** Whether the channel has ended: nothing comes any more. */
  #ended = false;
  /** Is told, after the end, when all is handled that came before it. */
  #finished: (() => void) | undefined;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  // ---------------------------------------------------------------- what comes

  frame(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    descriptors: readonly number[],
    owned: boolean,
  ): void {
    const { traffic, outbox, dispatch } = this.#options;
    traffic.messagesReceived++;
    traffic.bytesReceived += end - start;
    traffic.descriptorsReceived += descriptors.length;
    outbox.cork();
    try {
      const kind = kindOf(view, start, descriptors);
      if (this.#mustWait(kind, view, start)) this.#defer({ kind, bytes: bytes.slice(start, end), descriptors });
      else dispatch.handle(kind, bytes, view, start, end, descriptors, owned);
    } catch (error) {
      this.#violated(error);
    }
  }

  /** Nothing may overtake what had to wait, and answers need not: their order is the callee's own. */
  #mustWait(kind: Kind, view: DataView, start: number): boolean {
    if (!this.#options.dispatch.greeted) return false;
    if (kind === Kind.cancel || kind === Kind.release) return this.#backlog.size > 0;
    if (kind !== Kind.call && kind !== Kind.oneway) return false;
    if (this.#options.chain.blocked && this.#mustServe(view, start)) return false;
    return this.#backlog.size > 0 || this.#tooBusy();
  }

  /**
   * Whether a call cannot wait for the one that this thread blocks on: it is made on behalf of it; or its caller blocks
   * as well and so will never answer, which serving turns into a `Deadlock`.
   */
  #mustServe(view: DataView, start: number): boolean {
    const flags = readFlags(view, start);
    return (flags & CallFlag.blocking) !== 0 || this.#options.chain.awaits(readWithin(view, start, flags));
  }

  /** Whether serving must wait: for a blocking call, for the peer to read its answers, or for one-ways to be done with. */
  #tooBusy(): boolean {
    const { chain, skeleton, limits, outbox } = this.#options;
    return chain.blocked || skeleton.oneways >= limits.inflight || outbox.answersWait();
  }

  #defer(frame: WaitingFrame): void {
    this.#backlog.push(frame);
    const { calls, bytes } = this.#backlog;
    const { inflight, queue } = this.#options.limits;
    if (calls + this.#options.skeleton.calls > inflight)
      throw new LimitError(`More than the ${inflight} calls allowed here are unanswered.`);
    if (bytes > queue) throw new LimitError(`${bytes} bytes of one-ways wait to be handled; ${queue} may.`);
  }

  #violated(error: unknown): void {
    this.#options.dispatch.abandon();
    this.#backlog.clear();
    this.#options.onViolation(error);
  }

  batchEnd(): void {
    const { outbox, calls, streams, limits } = this.#options;
    outbox.uncork();
    if (this.#ended) return;
    // Answers may have let go what was held back, of which the transport knows nothing.
    if (this.#backlog.size > 0 || calls.someoneWaits || streams.someoneWaits) this.drained();
    if (this.#backlog.memory > limits.queue / 2) this.#pause();
  }

  drained(): void {
    const { outbox, calls, streams } = this.#options;
    this.resume();
    if (outbox.congested) return;
    calls.roomAgain();
    streams.roomAgain();
  }

  closed(reason: RpcError | undefined): void {
    this.#options.onClosed(reason);
  }

  // ---------------------------------------------------------------- what has waited

  /** Handles what has waited for this thread, later and on behalf of nothing that is done now. */
  resumeSoon(): void {
    if (this.#waits) queueMicrotask(() => this.resume());
  }

  get #waits(): boolean {
    return this.#backlog.size > 0 || this.#options.forks.waiting > 0;
  }

  /** Handles what had to wait and now need not, in order, and on behalf of nothing that has just been done. */
  resume(): void {
    const { chain, outbox, limits } = this.#options;
    if (this.#waits) chain.apart(() => this.#catchUp());
    outbox.flush();
    if (this.#backlog.memory <= limits.queue / 2) this.read();
    if (!this.#waits) this.#finish();
  }

  #catchUp(): void {
    const { forks, chain } = this.#options;
    forks.resume();
    // After the end only this thread has to be waited for: there will be no better time.
    while (this.#backlog.size > 0 && !(this.#ended ? chain.blocked : this.#tooBusy())) {
      const frame = this.#backlog.shift()!;
      const { kind, bytes, descriptors } = frame;
      try {
        this.#options.dispatch.handle(kind, bytes, viewOf(frame), 0, bytes.length, descriptors, true);
      } catch (error) {
        this.#violated(error);
      }
    }
  }

  /** Handles frames that have waited for something else, soon and before all that wait for this thread. */
  handleSoon(frames: readonly WaitingFrame[]): void {
    this.#backlog.unshift(frames);
    this.resumeSoon();
  }

  // ---------------------------------------------------------------- whether to read

  /**
   * Stops reading, so that in time the peer stops sending; but not while this end waits for an answer. If it has
   * stopped because the peer does not read its answers, then the peer waits for one and has not stopped itself: two
   * ends never wait for each other to read.
   */
  #pause(): void {
    if (this.#paused || this.#options.questions.pending > 0) return;
    this.#paused = true;
    this.#options.transport.pause();
  }

  /** Reads again: an answer is waited for, or little waits here. */
  read(): void {
    if (!this.#paused || this.#ended) return;
    this.#paused = false;
    this.#options.transport.resume();
  }

  // ---------------------------------------------------------------- the end

  /**
   * The peer has ended the channel in order. What it had sent is handled still, but for the calls, which cannot be
   * answered any more: now or, where it waits for this thread, when that no longer blocks. Then `finished` is told.
   */
  finish(finished: () => void): void {
    this.#ended = true;
    this.#finished = finished;
    this.#backlog.dropAllBut(Kind.oneway);
    this.resume();
  }

  #finish(): void {
    const finished = this.#finished;
    this.#finished = undefined;
    finished?.();
  }

  /** Nothing is handled any more: what waits is dropped, and its descriptors are closed. */
  clear(): void {
    this.#ended = true;
    this.#backlog.clear();
    this.#finish();
  }
}

/** Reads a frame's kind. The descriptors of a frame that has none are closed, for nobody else will see them. */
function kindOf(view: DataView, start: number, descriptors: readonly number[]): Kind {
  try {
    return readKind(view, start);
  } catch (error) {
    for (const descriptor of descriptors) closeDescriptor(descriptor);
    throw error;
  }
}
