/**
 * The asking side of a channel: turns what a stub wants into frames, keeps each question until its return, and settles
 * it. A blocking call is the same as another until it is sent; then its thread waits in the transport.
 */

import { type CancelError, type LimitError, ProtocolError, RpcError } from "../errors.ts";
import type { Decoder } from "../marshal/decoder.ts";
import type { Stream } from "../marshal/streams.ts";
import { CallFlag, finishFrame } from "../protocol/postern/frame.ts";
import { beginCall, Status, writeCancel } from "../protocol/postern/message.ts";
import type { Chain } from "./chain.ts";
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

  #askWithin({ timeoutMs, signal }: CallOptions, question: Question): void {
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
      id = this.#ask(settled, 0, limit);
    } catch (error) {
      forget();
      throw error;
    }
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
      outbox.commitCall(0, () => {});
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
      outbox.commitCall(1 + streams.written, (reason) => this.#refuse(id, question, reason));
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

  /** A held call turned out not to fit the peer's limits: it was never sent. */
  #refuse(id: QuestionId, question: Question, reason: LimitError): void {
    if (this.#questions.abandon(id)) question.reject(reason);
    this.#questions.close(id);
    this.#options.streams.unsent(id);
  }

  /** The caller gives up: it is told why, the peer is told to stop, and the id stays taken until the peer has answered. */
  #abandon(id: QuestionId, question: Question, reason: RpcError): void {
    if (!this.#questions.abandon(id)) return;
    this.#sendCancel(id, reason.code === "DeadlineExceeded");
    question.reject(reason);
  }

  #sendCancel(id: QuestionId, late: boolean): void {
    writeCancel(this.#options.outbox.encoder, id, late);
    this.#options.outbox.commitCall(0, () => {});
    this.#options.streams.givenUp(id);
  }

  /** Settles the question that a return answers; the decoder is at the return's body. Throws what the peer did wrong. */
  returned(id: number, status: number): void {
    const question = this.#questions.get(id);
    if (question === "none") throw new ProtocolError(`The peer answers call ${id}, which is not open.`);
    this.#questions.close(id);
    // The caller may have given up; then what the answer brought is let go of.
    if (question === undefined) this.#options.decoder.abandon();
    else this.#settle(id, question, status);
    this.#options.streams.returned(id);
    this.#options.outbox.answered();
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
    this.#questions.rejectAll(reason);
    this.roomAgain();
  }
}

/** The shorter of two limits in milliseconds, either of which may not be there. */
function shorter(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}
