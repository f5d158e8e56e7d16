/**
 * The asking side of a channel: turns what a stub wants into frames, keeps each question until its return, and settles
 * it. A blocking call is the same as another until it is sent; then its thread waits in the transport.
 */

import { type CancelError, ProtocolError, RpcError } from "../errors.ts";
import type { Decoder } from "../marshal/decoder.ts";
import type { Stream } from "../marshal/streams.ts";
import { CallFlag, finishFrame, PROMISED } from "../protocol/postern/frame.ts";
import { beginCall, Status, writeCancel, writeRelease } from "../protocol/postern/message.ts";
import type { Chain } from "./chain.ts";
import { Early, EarlyReference } from "./early.ts";
import { cancelled, late, readFailure, tooDeep, wouldDeadlock } from "./faults.ts";
import type { BlockingCallOptions, CalledMethod, Caller, CallOptions, Reference } from "./interface.ts";
import type { LedgerCall } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import type { Provenance } from "./provenance.ts";
import { type Question, type QuestionId, Questions } from "./questions.ts";
import { limitStream } from "./stream.ts";
import type { Streams } from "./streams.ts";

/** What asking needs of its channel. */
export interface CallsOptions {
  readonly outbox: Outbox;
  readonly decoder: Decoder;
  readonly chain: Chain;
  readonly streams: Streams;
  /** Throws the reason when the channel has ended. */
  readonly checkOpen: () => void;
  /** Is told that an answer is awaited now. */
  readonly onAsked: () => void;
  /** Notes where calls are made, for a ledger. */
  readonly provenance: Provenance | undefined;
  /** Is told that this thread is about to block, until `performance.now()` says so much. */
  readonly onBlocking: (deadline: number | undefined) => void;
  /** Is told that this thread no longer blocks. */
  readonly onUnblocked: () => void;
}

/** What is marshalled: a call, or a one-way. */
interface WrittenCall<P extends readonly unknown[], R> {
  readonly method: CalledMethod<P, R>;
  readonly parameters: P;
}

const READY: Promise<void> = Promise.resolve();

/** See the file's comment. */
export class Calls implements Caller {
  readonly #options: CallsOptions;
  readonly #questions: Questions;
  /** The early calls that were sent and are not answered, by their ids. */
  readonly #early = new Map<number, Early>();
  #made = 0;
  #waitingForRoom: (() => void)[] = [];

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#questions = new Questions(options.provenance);
  }

  /** How many calls were made. */
  get made(): number {
    return this.#made;
  }

  /** How many of them are not answered. */
  get pending(): number {
    return this.#questions.size;
  }

  /** Those that are not answered, with where they were made. */
  live(): Iterable<LedgerCall> {
    return this.#questions.live();
  }

  call<P extends readonly unknown[], R>(
    reference: Reference,
    method: CalledMethod<P, R>,
    parameters: P,
    options: CallOptions | undefined,
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      // What the method's own decoder returns is what the caller's promise is of.
      const settle = resolve as (value: unknown) => void;
      const question: Question = { reference, method, parameters, resolve: settle, reject };
      if (options === undefined && method.deadlineMs === undefined) this.#ask(question, 0, undefined);
      else this.#askWithin(options ?? {}, question);
    });
  }

  #askWithin({ timeoutMs, signal }: CallOptions, question: Question, flags = 0): QuestionId {
    const { method } = question;
    if (signal?.aborted) throw cancelled(method, signal.reason);
    const limit = shorter(timeoutMs, method.deadlineMs);
    const giveUp = (reason: CancelError): void => {
      forget();
      this.#abandon(id, question, reason);
    };
    const onAbort = (): void => giveUp(cancelled(method, signal?.reason));
    const timer = limit === undefined ? undefined : setTimeout(() => giveUp(late(method, limit)), limit);
    const forget = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const settled: Question = {
      ...question,
      resolve: (value) => {
        forget();
        question.resolve(value);
      },
      reject: (reason) => {
        forget();
        question.reject(reason);
      },
    };
    let id: QuestionId;
    try {
      id = this.#ask(settled, flags, limit);
    } catch (error) {
      forget();
      throw error;
    }
    return id;
  }

  early<P extends readonly unknown[], R>(
    reference: Reference,
    method: CalledMethod<P, R>,
    parameters: P,
    options: CallOptions = {},
  ): R {
    const early = new Early(method.fullName);
    const question: Question = {
      reference,
      method,
      parameters,
      early,
      resolve: (stub) => early.arrive(stub, this),
      reject: (reason) => early.fail(reason),
    };
    try {
      const id = this.#askWithin(options, question, CallFlag.promised);
      early.asked(id);
      this.#early.set(id, early);
    } catch (error) {
      early.fail(error);
    }
    const type = method.brings!();
    // The method's result is a stub of this type, as its own decoder makes them.
    return new type.Stub(new EarlyReference(this, early)) as R;
  }

  stream<P extends readonly unknown[], T>(
    reference: Reference,
    method: CalledMethod<P, Stream<T>>,
    parameters: P,
    options: CallOptions = {},
  ): Stream<T> {
    let answered = false;
    const result = this.#options.streams.expect({ method, parameters });
    const { consumer, stream } = result;
    const question: Question = {
      reference,
      method,
      parameters,
      result,
      // The answer itself has opened the stream; the object stays held until that is over.
      resolve: () => {
        answered = true;
        consumer.onOver(() => reference);
      },
      reject: (reason) => {
        answered = true;
        consumer.cut(reason);
      },
    };
    const limit = shorter(options.timeoutMs, method.deadlineMs);
    try {
      if (options.signal?.aborted) throw cancelled(method, options.signal.reason);
      const id = this.#ask(question, 0, limit);
      // Where the call is not answered yet, its handler is told that nobody wants the stream. This must not keep the
      // question, which keeps the stream: once that is answered, only its reader does.
      consumer.onOver(() => {
        if (!answered) this.#sendCancel(id, consumer.late);
      });
      limitStream(consumer, method, limit, options.signal);
    } catch (error) {
      consumer.cut(error);
    }
    // What the method's own decoder makes of the stream's items is what the caller gets.
    return stream as Stream<T>;
  }

  callBlocking<P extends readonly unknown[], R>(
    reference: Reference,
    method: CalledMethod<P, R>,
    parameters: P,
    options: BlockingCallOptions | undefined,
  ): R {
    let outcome: { readonly value: unknown } | { readonly reason: unknown } | undefined;
    const question: Question = {
      reference,
      method,
      parameters,
      resolve: (value) => {
        outcome = { value };
      },
      reject: (reason) => {
        outcome = { reason };
      },
    };
    const limit = shorter(options?.timeoutMs, method.deadlineMs);
    const id = this.#ask(question, CallFlag.blocking, limit);
    this.#options.chain.block(id, () => this.#waitFor(() => outcome !== undefined, id, question, limit));
    if (!this.#options.chain.blocked) this.#options.onUnblocked();
    // The wait ends with an outcome or an exception.
    if ("reason" in outcome!) throw outcome.reason;
    return outcome!.value as R;
  }

  #waitFor(done: () => boolean, id: QuestionId, question: Question, timeoutMs: number | undefined): void {
    const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    this.#options.onBlocking(deadline);
    while (!done()) {
      const left = deadline === undefined ? -1 : Math.max(0, Math.ceil(deadline - performance.now()));
      if (this.#options.outbox.exchange(left) || done()) continue;
      const reason = left < 0 ? wouldDeadlock(question.method) : late(question.method, timeoutMs ?? 0);
      this.#abandon(id, question, reason);
    }
  }

  send<P extends readonly unknown[]>(
    reference: Reference,
    method: CalledMethod<P, void>,
    parameters: P,
  ): Promise<void> {
    const { outbox } = this.#options;
    try {
      this.#options.checkOpen();
      if (method.overload === "drop" && outbox.congested) return READY;
      outbox.checkRoom();
      const start = beginCall(outbox.encoder, 0, reference.liveTarget, method.selector, 0, 0, undefined);
      this.#marshal(start, { method, parameters });
      outbox.commitCall(0, () => {}, reference.early);
    } catch (error) {
      // Nobody need look at a one-way's promise, so nobody is punished for not looking.
      const failed = Promise.reject(error);
      failed.catch(() => {});
      return failed;
    }
    return outbox.congested ? new Promise((resolve) => this.#waitingForRoom.push(resolve)) : READY;
  }

  /** Sends a call; throws what is wrong with it, in which case nothing was sent and nothing has moved. */
  #ask(question: Question, flags: number, deadlineMs: number | undefined): QuestionId {
    const { outbox, chain, streams, checkOpen, onAsked } = this.#options;
    const { reference, method } = question;
    checkOpen();
    const target = reference.liveTarget;
    outbox.checkRoom();
    // It would wait for the very calls that wait for it.
    if (chain.within !== 0 && outbox.saturated) throw tooDeep(method);
    const id = this.#questions.open(question);
    try {
      const start = beginCall(outbox.encoder, id, target, method.selector, flags, chain.within, deadlineMs);
      this.#marshal(start, question);
      outbox.commitCall(1 + streams.written, (reason) => this.#refuse(id, question, reason), reference.early);
    } catch (error) {
      this.#questions.close(id);
      streams.rollback();
      throw error;
    }
    streams.asked(id, method);
    if (reference.once) reference.forget();
    this.#made++;
    onAsked();
    return id;
  }

  #marshal<P extends readonly unknown[], R>(start: number, call: WrittenCall<P, R>): void {
    const { outbox, provenance } = this.#options;
    const { encoder } = outbox;
    const { method, parameters } = call;
    encoder.origin = method.fullName;
    provenance?.enter(call);
    try {
      method.encodeParameters(encoder, parameters);
      finishFrame(encoder, start);
    } catch (error) {
      encoder.rollback();
      if (error instanceof RpcError) error.message = `${method.fullName}: ${error.message}`;
      throw error;
    } finally {
      provenance?.leave();
    }
  }

  /** A held call turned out not to fit the peer's limits, or to have nobody to go to: it was never sent. */
  #refuse(id: QuestionId, question: Question, reason: unknown): void {
    if (this.#questions.abandon(id)) question.reject(reason);
    this.#neverSent(id);
  }

  /** The caller gives up: it is told why, the peer is told to stop, and the id stays taken until the peer has answered. */
  #abandon(id: QuestionId, question: Question, reason: RpcError): void {
    if (!this.#questions.abandon(id)) return;
    this.#sendCancel(id, reason.code === "DeadlineExceeded");
    question.reject(reason);
    if (question.early !== undefined) this.#abandonHopeless(reason);
  }

  /** An early call was given up, and so are the calls to what it was to bring, and to what those were to bring. */
  #abandonHopeless(reason: RpcError): void {
    for (let found = true; found; ) {
      found = false;
      for (const [id, question] of this.#questions.hopeless()) {
        found = true;
        this.#questions.abandon(id);
        this.#sendCancel(id, reason.code === "DeadlineExceeded");
        question.reject(reason);
      }
    }
  }

  /** Tells the peer to stop, at once and past all that is held back; a call that is itself held back is never made. */
  #sendCancel(id: QuestionId, late: boolean): void {
    const { outbox, streams } = this.#options;
    if (outbox.withdraw(id)) {
      this.#neverSent(id);
      return;
    }
    writeCancel(outbox.encoder, id, late);
    outbox.commit();
    streams.givenUp(id);
  }

  #neverSent(id: QuestionId): void {
    this.#questions.close(id);
    this.#early.delete(id);
    this.#options.streams.unsent(id);
  }

  /** Settles the question that a return answers; the decoder is at the return's body. Throws what the peer did wrong. */
  returned(id: number, status: number): void {
    const question = this.#questions.get(id);
    if (question === "none") throw new ProtocolError(`The peer answers call ${id}, which is not open.`);
    this.#questions.close(id);
    // The caller may have given up; then what the answer brought is let go of.
    if (question === undefined) this.#options.decoder.abandon();
    else if (status === Status.result || !this.#failedBefore(question)) this.#settle(id, question, status);
    this.#options.streams.returned(id);
    if (this.#early.size > 0) this.#giveBackPromise(id);
    this.#options.outbox.answered();
  }

  /**
   * An early call has been answered. Its promised target goes back before anything else leaves: nothing that is still
   * held back goes there any more, and the call's id is free from then on.
   */
  #giveBackPromise(id: number): void {
    const early = this.#early.get(id);
    if (early === undefined) return;
    this.#early.delete(id);
    const { outbox } = this.#options;
    writeRelease(outbox.encoder, PROMISED + id, 1);
    outbox.arrived(early);
  }

  /**
   * Rejects a question that was asked of what an early call was to bring, with what that call failed with. The answer
   * says the same, in words that the question's own method need not have.
   */
  #failedBefore({ reference, reject }: Question): boolean {
    const failure = reference.early?.failure;
    if (failure === undefined) return false;
    this.#options.decoder.abandon();
    reject(failure.reason);
    return true;
  }

  #settle(id: number, question: Question, status: number): void {
    try {
      const value = this.#readReturn(id, question, status);
      this.#options.decoder.finish();
      if (status === Status.result) question.resolve(value);
      else question.reject(value);
    } catch (error) {
      question.reject(error);
      throw error;
    } finally {
      this.#options.provenance?.leave();
    }
  }

  #readReturn(id: number, question: Question, status: number): unknown {
    const { decoder, streams, provenance } = this.#options;
    const { method, result } = question;
    decoder.origin = method.fullName;
    provenance?.resume(question);
    if (status !== Status.result) return readFailure(decoder, status, question);
    if (result !== undefined) streams.returning(id, result);
    return method.decodeResult(decoder);
  }

  /** Whether somebody waits for the peer to read. */
  get someoneWaits(): boolean {
    return this.#waitingForRoom.length > 0;
  }

  /** The peer has read, and senders of one-ways may go on. */
  roomAgain(): void {
    const waiting = this.#waitingForRoom;
    this.#waitingForRoom = [];
    for (const resolve of waiting) resolve();
  }

  /** Rejects all that is pending with one reason: the channel has ended. */
  rejectAll(reason: RpcError): void {
    this.#early.clear();
    this.#questions.rejectAll(reason);
    this.roomAgain();
  }
}

/** The shorter of two limits in milliseconds, either of which may not be there. */
function shorter(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}
