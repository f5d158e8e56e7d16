/**
 * What this end asks of objects of the peer, on the wire: each question is written, keeps its place until its return
 * settles it, and is given up when its caller no longer waits. One-ways are written here too, and end with that.
 */

import { InvalidError, LimitError, ProtocolError, RpcError } from "../errors.ts";
import type { Decoder } from "../marshal/decoder.ts";
import { finishFrame, PROMISED } from "../protocol/postern/frame.ts";
import { beginCall, Status, writeCancel, writeRelease } from "../protocol/postern/message.ts";
import type { Chain } from "./chain.ts";
import type { Early } from "./early.ts";
import { readFailure, tooDeep } from "./faults.ts";
import type { AnyMethod, CalledMethod, Reference } from "./interface.ts";
import type { LedgerCall } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import type { Provenance } from "./provenance.ts";
import { type Question, type QuestionId, QuestionTable } from "./question-table.ts";
import type { Streams } from "./streams.ts";

/** What asking needs of its channel. */
export interface QuestionsOptions {
  readonly outbox: Outbox;
  readonly decoder: Decoder;
  readonly chain: Chain;
  readonly streams: Streams;
  /** Notes where calls are made, for a ledger. */
  readonly provenance: Provenance | undefined;
  /** Throws the reason when the channel has ended. */
  readonly checkOpen: () => void;
  /** Is told that an answer is awaited now. */
  readonly onAsked: () => void;
}

/** What is marshalled: a call, or a one-way. */
interface WrittenCall<P extends readonly unknown[], R> {
  readonly method: CalledMethod<P, R>;
  readonly parameters: P;
}

/** See the file's comment. */
export class Questions {
  readonly #options: QuestionsOptions;
  readonly #table: QuestionTable;
  /** The early calls that were sent and are not answered, by their ids. */
  readonly #early = new Map<number, Early>();
  #made = 0;

  constructor(options: QuestionsOptions) {
    this.#options = options;
    this.#table = new QuestionTable(options.provenance);
  }

  /** How many were asked. */
  get made(): number {
    return this.#made;
  }

  /** How many of them are not answered. */
  get pending(): number {
    return this.#table.size;
  }

  /** Those that are not answered, with where they were made. */
  live(): Iterable<LedgerCall> {
    return this.#table.live();
  }

  // ---------------------------------------------------------------- asking

  /** Sends a call; throws what is wrong with it, in which case nothing was sent and nothing has moved. */
  ask(question: Question, flags: number, deadlineMs: number | undefined): QuestionId {
    const { outbox, chain, streams, checkOpen, onAsked } = this.#options;
    const { reference, method } = question;
    checkOpen();
    const target = reference.liveTarget;
    outbox.checkRoom();
    // It would wait for the very calls that wait for it.
    if (chain.within !== 0 && outbox.saturated) throw tooDeep(method);
    const id = this.#table.open(question);
    try {
      const start = beginCall(outbox.encoder, id, target, method.selector, flags, chain.within, deadlineMs);
      this.#marshal(start, question);
      const opens = 1 + streams.written;
      if (!outbox.commitCall(opens, reference.early)) this.#hold(id, question, opens);
    } catch (error) {
      this.#table.close(id);
      streams.rollback();
      throw error;
    }
    streams.asked(id, method);
    if (reference.once) reference.forget();
    this.#made++;
    onAsked();
    return id;
  }

  /** The question of that id, which has just been asked, is an early call. */
  promises(id: QuestionId, early: Early): void {
    early.asked(id);
    this.#early.set(id, early);
  }

  /** Sends a one-way; throws what is wrong with it, as `ask` does. */
  tell<P extends readonly unknown[]>(reference: Reference, method: CalledMethod<P, void>, parameters: P): void {
    const { outbox } = this.#options;
    outbox.checkRoom();
    const start = beginCall(outbox.encoder, 0, reference.liveTarget, method.selector, 0, 0, undefined);
    this.#marshal(start, { method, parameters });
    if (!outbox.commitCall(0, reference.early)) outbox.hold(0, reference.early);
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
      throw unfit(method, error);
    } finally {
      provenance?.leave();
    }
  }

  /** The peer's limits do not let a call go yet. */
  #hold(id: QuestionId, question: Question, opens: number): void {
    this.#options.outbox.hold(opens, question.reference.early, (reason) => this.#refuse(id, question, reason));
  }

  // ---------------------------------------------------------------- giving up

  /** A held call turned out not to fit the peer's limits, or to have nobody to go to: it was never sent. */
  #refuse(id: QuestionId, question: Question, reason: unknown): void {
    // Where the channel has ended meanwhile, nothing is left to be told or to be taken back.
    if (!this.#table.abandon(id)) return;
    question.reject(reason);
    this.#neverSent(id);
  }

  /** The caller gives up: it is told why, the peer is told to stop, and the id stays taken until the peer has answered. */
  abandon(id: QuestionId, question: Question, reason: RpcError): void {
    if (!this.#table.abandon(id)) return;
    this.cancel(id, reason.code === "DeadlineExceeded");
    question.reject(reason);
    if (question.early !== undefined) this.#abandonHopeless(reason);
  }

  /** An early call was given up, and so are the calls to what it was to bring, and to what those were to bring. */
  #abandonHopeless(reason: RpcError): void {
    for (let found = true; found; ) {
      found = false;
      for (const [id, question] of this.#table.hopeless()) {
        found = true;
        this.#table.abandon(id);
        this.cancel(id, reason.code === "DeadlineExceeded");
        question.reject(reason);
      }
    }
  }

  /** Tells the peer to stop, at once and past all that is held back; a call that is itself held back is never made. */
  cancel(id: QuestionId, late: boolean): void {
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
    this.#table.close(id);
    this.#early.delete(id);
    this.#options.streams.unsent(id);
  }

  // ---------------------------------------------------------------- the return

  /** Settles the question that a return answers; the decoder is at the return's body. Throws what the peer did wrong. */
  returned(id: number, status: number): void {
    const question = this.#table.get(id);
    if (question === "none") throw new ProtocolError(`The peer answers call ${id}, which is not open.`);
    this.#table.close(id);
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

  /** Rejects all that is pending with one reason: the channel has ended. */
  rejectAll(reason: RpcError): void {
    this.#early.clear();
    this.#table.rejectAll(reason);
  }
}

/** What is wrong with a parameter, with the method that it was for; of a sensitive one no more than the kind of fault. */
function unfit({ fullName, sensitive }: AnyMethod, error: unknown): unknown {
  if (!(error instanceof RpcError)) return error;
  const message = `${fullName}: ${sensitive === true ? "a value that is not shown here does not fit." : error.message}`;
  if (sensitive === true) return error instanceof LimitError ? new LimitError(message) : new InvalidError(message);
  error.message = message;
  return error;
}
