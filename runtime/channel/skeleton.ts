/**
 * The serving side of a channel: finds what a call is for, unmarshals its parameters, lets the implementation answer
 * and marshals the answer.
 */

import { LimitError, ProtocolError, type RpcError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Decoder } from "../marshal/decoder.ts";
import { CallFlag, finishFrame, Kind, PROMISED } from "../protocol/postern/frame.ts";
import { beginResult, type CallHead, type Fault, readCallHead } from "../protocol/postern/message.ts";
import type { PeerCredentials } from "../transport/transport.ts";
import { Answer, Answers } from "./answers.ts";
import { type Awaitable, isPromise } from "./awaitable.ts";
import type { WaitingFrame } from "./backlog.ts";
import type { Chain } from "./chain.ts";
import type { Export, Exports } from "./exports.ts";
import type { Failures } from "./failures.ts";
import { wouldDeadlock } from "./faults.ts";
import type { Imports } from "./imports.ts";
import { type AnyInterface, type AnyMethod, withheld } from "./interface.ts";
import type { LedgerAnswer } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import { Promises } from "./promises.ts";
import type { Streams } from "./streams.ts";
import { disposeUnsent } from "./unsent.ts";

/** What serving needs of the channel it serves. */
export interface SkeletonOptions {
  readonly exports: Exports;
  readonly limits: Limits;
  readonly outbox: Outbox;
  readonly chain: Chain;
  readonly imports: Imports;
  readonly peer: PeerCredentials | undefined;
  readonly failures: Failures;
  readonly streams: Streams;
  /** Is told whenever a one-way that took a while is done with. */
  readonly onOneWayDone: () => void;
  /** Handles frames that have waited for their objects, before all that wait for this thread. */
  readonly onArrived: (frames: readonly WaitingFrame[]) => void;
  /** Lets go of all that a frame has brought. */
  readonly discard: (frame: WaitingFrame) => void;
}

/** See the file's comment. */
export class Skeleton {
  readonly #options: SkeletonOptions;
  readonly #answers: Answers = new Answers();
  /** What the peer calls before it has arrived. */
  readonly promises: Promises;
  #served = 0;

  constructor(options: SkeletonOptions) {
    this.#options = options;
    this.promises = new Promises({
      ...options,
      answers: this.#answers,
      calls: () => this.calls,
      handle: options.onArrived,
    });
  }

  /** How many calls and one-ways have been handed to implementations. */
  get served(): number {
    return this.#served;
  }

  /** How many of them are not answered yet. */
  get pending(): number {
    return this.#answers.size;
  }

  /** Those that are not answered yet. */
  live(): Iterable<LedgerAnswer> {
    return this.#answers.live();
  }

  /** How many calls are in flight as their caller counts them: with their streams, and with what they have promised. */
  get calls(): number {
    return this.#answers.calls + this.#options.streams.serving + this.promises.answered;
  }

  /** How many of them are one-ways, of which their sender hears nothing. */
  get oneways(): number {
    return this.#answers.size - this.#answers.calls;
  }

  /**
   * Serves one call, or with id zero one one-way, whose body the decoder is at. Throws what is the peer's fault, before
   * any user code has run; what is the implementation's goes back as the answer.
   */
  serve(id: number, target: number, flags: number, decoder: Decoder): void {
    if (id !== 0 && this.#answers.has(id)) throw new ProtocolError(`Call ${id} is not answered yet and comes again.`);
    if (id !== 0 && this.calls >= this.#options.limits.inflight)
      throw new LimitError(`More than the ${this.#options.limits.inflight} calls allowed here are unanswered.`);
    if (this.promises.size > 0 || (flags & CallFlag.promised) !== 0) this.promises.called(id, flags);
    const head = readCallHead(decoder, flags);
    const found = target < PROMISED ? this.#options.exports.get(target) : this.#promisedObject(id, target, decoder);
    if (found === "failed") return;
    const method = found?.type.bySelector.get(head.selector);
    if (found === undefined || method === undefined) {
      decoder.abandon();
      if (id !== 0) this.#fault(id, unimplemented(target, head.selector, found));
      return;
    }
    if ((method.style === "oneway") !== (id === 0))
      throw new ProtocolError(`${method.fullName} came as ${id === 0 ? "a one-way" : "a call"}, which it is not.`);
    if (this.#promised(id)) this.promises.brings(id, broughtBy(method));
    if (this.#cannotFinish(head)) {
      decoder.abandon();
      this.#fault(id, { code: "Deadlock", message: wouldDeadlock(method).message, id: "" });
      return;
    }
    if (id !== 0 && isBusy(found)) {
      decoder.abandon();
      this.#fault(id, busy(found));
      return;
    }
    decoder.origin = method.fullName;
    const parameters = method.decodeParameters(decoder);
    decoder.finish();
    const { implementation, type } = found;
    const lent = this.#lent(decoder, method, parameters);
    // What is called only once is not there any more, and is told so when it is done.
    const held = type.callback?.once === true ? [...lent, this.#options.exports.spend(target)] : lent;
    this.#invoke(implementation, method, parameters, new Answer(id, method, head, this.#options.peer, held, found));
  }

  /** Finds the object of a promised target, or answers the call as the one failed that was to bring it. */
  #promisedObject(id: number, target: number, decoder: Decoder): Export | "failed" {
    const outcome = this.promises.outcome(target, id);
    if ("implementation" in outcome) return outcome;
    decoder.abandon();
    if (id !== 0) {
      this.#options.failures.repeat(id, outcome);
      this.promises.failed(id, outcome);
    }
    return "failed";
  }

  /** Whether the object that a call is to bring is called before it is there. */
  #promised(id: number): boolean {
    return this.promises.size > 0 && this.promises.has(id);
  }

  /** Whether this thread waits for its peer, and the caller for this thread: neither would ever answer the other. */
  #cannotFinish({ blocking, within }: CallHead): boolean {
    return blocking && this.#options.chain.blocked && !this.#options.chain.awaits(within);
  }

  /** What was only lent for a call, to be let go of when it is over: descriptors, objects and streams. */
  #lent(decoder: Decoder, method: AnyMethod, parameters: readonly unknown[]): readonly Disposable[] {
    const { descriptors, capabilities } = decoder;
    const streams = this.#options.streams.accept(method, parameters);
    if (capabilities.lent.length + streams.length === 0) return descriptors.lent;
    return [...descriptors.lent, ...capabilities.lent, ...streams];
  }

  #invoke(implementation: unknown, method: AnyMethod, parameters: readonly unknown[], answer: Answer): void {
    this.#served++;
    try {
      const result = this.#run(implementation, method, parameters, answer);
      if (!isPromise(result)) this.#finish(answer, method, result);
      else if (this.#options.chain.blocked && answer.id !== 0) this.#stuck(result, answer, method);
      else this.#await(result, answer, method);
    } catch (thrown) {
      this.#fail(answer, method, thrown);
    }
  }

  /** Runs a handler, as part of its caller's chain if that blocks. */
  #run(implementation: unknown, method: AnyMethod, parameters: readonly unknown[], answer: Answer): Awaitable<unknown> {
    if (!answer.blocking) return method.invoke(implementation, parameters, answer);
    const { chain, imports } = this.#options;
    return chain.serve(answer.id, imports.any, () => method.invoke(implementation, parameters, answer));
  }

  /** An asynchronous handler was called on behalf of the call that this thread blocks on: it cannot go on. */
  #stuck(result: PromiseLike<unknown>, answer: Answer, method: AnyMethod): void {
    Promise.resolve(result).catch(() => {});
    this.#fail(answer, method, wouldDeadlock(method));
  }

  #await(result: PromiseLike<unknown>, answer: Answer, method: AnyMethod): void {
    this.#answers.add(answer);
    // Somebody's own thenable may settle twice, or throw; a promise made of it does not.
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    promise.then(
      (value) => {
        this.#answers.delete(answer);
        this.#finish(answer, method, value);
        if (answer.id === 0) this.#options.onOneWayDone();
      },
      (thrown) => {
        this.#answers.delete(answer);
        this.#fail(answer, method, thrown);
        if (answer.id === 0) this.#options.onOneWayDone();
      },
    );
  }

  #finish(answer: Answer, method: AnyMethod, result: unknown): void {
    if (method.streaming === undefined) answer.end();
    if (answer.id === 0) return;
    const { outbox, streams } = this.#options;
    const { encoder } = outbox;
    const { capabilities } = encoder;
    const promised = this.#promised(answer.id);
    encoder.origin = method.fullName;
    try {
      const start = beginResult(encoder, answer.id);
      if (promised) capabilities.standsIn = true;
      method.encodeResult(encoder, result);
      finishFrame(encoder, start);
      if (promised) this.promises.arrived(answer.id, capabilities.words[0]!);
    } catch (thrown) {
      encoder.rollback();
      streams.rollback();
      disposeUnsent(result);
      this.#fail(answer, method, thrown);
      return;
    } finally {
      if (promised) capabilities.standsIn = false;
    }
    outbox.commitAnswer();
    if (method.streaming !== undefined) streams.answered(answer, method);
  }

  #fail(answer: Answer, method: AnyMethod, thrown: unknown): void {
    answer.end();
    const givenUp = answer.gaveUp(thrown);
    if (givenUp !== undefined) {
      if (answer.id !== 0) this.#fault(answer.id, { code: givenUp.code, message: givenUp.message, id: "" });
      return;
    }
    if (answer.id === 0) {
      this.#options.failures.log(method, thrown);
      return;
    }
    const fault = this.#options.failures.send(Kind.return, answer.id, method, thrown);
    this.promises.failed(answer.id, fault === undefined ? { method, thrown } : { fault });
  }

  #fault(id: number, fault: Fault): void {
    this.#options.failures.sendFault(Kind.return, id, fault);
    this.promises.failed(id, { fault });
  }

  /** The caller of a question has given up. */
  cancel(id: number, late: boolean): void {
    this.#answers.cancel(id, late);
  }

  /** The channel has ended: handlers are told, and what they return is dropped. */
  abortAll(reason: RpcError): void {
    this.promises.clear();
    this.#answers.abortAll(reason);
  }
}

/** The interface of the object that a method results in. Throws a `ProtocolError` for one that results in something else. */
function broughtBy({ brings, fullName }: AnyMethod): AnyInterface {
  if (brings === undefined)
    throw new ProtocolError(`${fullName} is called as if it brought one object, which it does not.`);
  return brings();
}

/** Whether an object works on as many calls as its interface lets it. */
function isBusy({ type: { limits }, working }: Export): boolean {
  return limits?.inflight !== undefined && working >= limits.inflight;
}

function busy({ type, working }: Export): Fault {
  const message = `This ${type.name} works on ${working} calls, which is as many as it may.`;
  return { code: "Limit", message, id: "" };
}

function unimplemented(target: number, selector: number, offer: Export | undefined): Fault {
  return { code: "Unimplemented", message: `The peer cannot answer: ${missing(target, selector, offer)}.`, id: "" };
}

function missing(target: number, selector: number, offer: Export | undefined): string {
  if (offer === undefined) return `nothing is offered at ${target}`;
  const { type } = offer;
  if (type === withheld.type) return `what is offered at ${target} is withheld from this fork`;
  const method = `0x${(selector >>> 0).toString(16).padStart(8, "0")}`;
  return `${type.name} ${type.major}.${type.minor}, offered at ${target}, has no method with selector ${method}`;
}
