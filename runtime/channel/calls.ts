/**
 * The forms in which a stub may call: for a promise, within a time or until a signal, before its object has arrived, for
 * a stream, blocking this thread, or without an answer. A form decides what its caller gets and when it is told; the
 * question that it makes of the call goes its way in `Questions`.
 */

import type { CancelError } from "../errors.ts";
import type { Stream } from "../marshal/streams.ts";
import { CallFlag } from "../protocol/postern/frame.ts";
import type { Chain } from "./chain.ts";
import { Early, EarlyReference } from "./early.ts";
import { cancelled, late, wouldDeadlock } from "./faults.ts";
import type { BlockingCallOptions, CalledMethod, Caller, CallOptions, Reference } from "./interface.ts";
import type { Outbox } from "./outbox.ts";
import type { Question, QuestionId } from "./question-table.ts";
import type { Questions } from "./questions.ts";
import { limitStream } from "./stream.ts";
import type { Streams } from "./streams.ts";
import { startTimer } from "./timer.ts";

/** What calling needs of its channel. */
export interface CallsOptions {
  readonly questions: Questions;
  readonly outbox: Outbox;
  readonly chain: Chain;
  readonly streams: Streams;
  /** Throws the reason when the channel has ended. */
  readonly checkOpen: () => void;
  /** Is told that this thread is about to block, until `performance.now()` says so much. */
  readonly onBlocking: (deadline: number | undefined) => void;
  /** Is told that this thread no longer blocks. */
  readonly onUnblocked: () => void;
}

const READY: Promise<void> = Promise.resolve();

/** See the file's comment. */
export class Calls implements Caller {
  readonly #options: CallsOptions;
  readonly #questions: Questions;
  #waitingForRoom: (() => void)[] = [];

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#questions = options.questions;
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
      if (options === undefined && method.deadlineMs === undefined) this.#questions.ask(question, 0, undefined);
      else this.#askWithin(options ?? {}, question);
    });
  }

  #askWithin({ timeoutMs, signal }: CallOptions, question: Question, flags = 0): QuestionId {
    const { method } = question;
    if (signal?.aborted) throw cancelled(method, signal.reason);
    const limit = shorter(timeoutMs, method.deadlineMs);
    const giveUp = (reason: CancelError): void => {
      forget();
      this.#questions.abandon(id, question, reason);
    };
    const onAbort = (): void => giveUp(cancelled(method, signal?.reason));
    const timer = limit === undefined ? undefined : startTimer(limit, () => giveUp(late(method, limit)));
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
      id = this.#questions.ask(settled, flags, limit);
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
      this.#questions.promises(id, early);
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
      const id = this.#questions.ask(question, 0, limit);
      // Where the call is not answered yet, its handler is told that nobody wants the stream. This must not keep the
      // question, which keeps the stream: once that is answered, only its reader does.
      consumer.onOver(() => {
        if (!answered) this.#questions.cancel(id, consumer.late);
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
    const id = this.#questions.ask(question, CallFlag.blocking, limit);
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
      // Before its time is up, nothing comes only where nothing can.
      const over = deadline !== undefined && performance.now() >= deadline;
      const reason = over ? late(question.method, timeoutMs ?? 0) : wouldDeadlock(question.method);
      this.#questions.abandon(id, question, reason);
    }
  }

  send<P extends readonly unknown[]>(
    reference: Reference,
    method: CalledMethod<P, void>,
    parameters: P,
  ): Promise<void> {
    const { outbox, checkOpen } = this.#options;
    try {
      checkOpen();
      if (method.overload === "drop" && outbox.congested) return READY;
      this.#questions.tell(reference, method, parameters);
    } catch (error) {
      // Nobody need look at a one-way's promise, so nobody is punished for not looking.
      const failed = Promise.reject(error);
      failed.catch(() => {});
      return failed;
    }
    return outbox.congested ? new Promise((resolve) => this.#waitingForRoom.push(resolve)) : READY;
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
}

/** The shorter of two limits in milliseconds, either of which may not be there. */
function shorter(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}
