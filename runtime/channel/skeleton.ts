/**
 * The serving side of a channel: finds what a call is for, unmarshals its parameters, lets the implementation answer
 * and marshals the answer. Here, and nowhere else, what an implementation throws becomes something that may cross:
 * a declared error as itself, anything else as `Internal` with an id under which it was logged on this side.
 */

import { Fd } from "../descriptor.ts";
import { LimitError, ProtocolError, RpcError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Decoder } from "../marshal/decoder.ts";
import { finishFrame } from "../protocol/postern/frame.ts";
import { beginResult, type Fault, writeDeclared, writeFault } from "../protocol/postern/message.ts";
import type { PeerCredentials } from "../transport/transport.ts";
import { Answer, Answers } from "./answers.ts";
import type { AnyMethod, Offer } from "./interface.ts";
import type { Outbox } from "./outbox.ts";

/** What an implementation threw without declaring it: for the log of the side it happened on. */
export interface InternalFault {
  /** What the peer was told, so that its report can be matched with this one. */
  readonly id: string;
  /** `package.Interface.method`. */
  readonly method: string;
  readonly thrown: unknown;
}

/** What serving needs of the channel it serves. */
export interface SkeletonOptions {
  readonly offers: readonly Offer[];
  readonly limits: Limits;
  readonly outbox: Outbox;
  readonly peer: PeerCredentials | undefined;
  /** Begins the ids of internal faults, so that those of different channels differ. */
  readonly name: string;
  readonly onFault: (fault: InternalFault) => void;
}

/** See the file's comment. */
export class Skeleton {
  readonly #options: SkeletonOptions;
  readonly #answers: Answers = new Answers();
  #served = 0;
  #faults = 0;

  constructor(options: SkeletonOptions) {
    this.#options = options;
  }

  /** How many calls and one-ways have been handed to implementations. */
  get served(): number {
    return this.#served;
  }

  /** How many of them are not answered yet. */
  get pending(): number {
    return this.#answers.size;
  }

  /**
   * Serves one call, or with id zero one one-way, whose body the decoder is at. Throws what is the peer's fault, before
   * any user code has run; what is the implementation's goes back as the answer.
   */
  serve(id: number, target: number, decoder: Decoder): void {
    if (id !== 0 && this.#answers.has(id)) throw new ProtocolError(`Call ${id} is not answered yet and comes again.`);
    if (this.#answers.size >= this.#options.limits.inflight)
      throw new LimitError(`More than the ${this.#options.limits.inflight} calls allowed here are unanswered.`);
    const selector = decoder.i32();
    const offer = this.#options.offers[target];
    const method = offer?.type.bySelector.get(selector);
    if (offer === undefined || method === undefined) {
      decoder.abandon();
      if (id !== 0) this.#fault(id, unimplemented(target, selector, offer));
      return;
    }
    if ((method.style === "oneway") !== (id === 0))
      throw new ProtocolError(`${method.fullName} came as ${id === 0 ? "a one-way" : "a call"}, which it is not.`);
    decoder.descriptors.origin = method.fullName;
    const parameters = method.decodeParameters(decoder);
    decoder.finish();
    this.#invoke(offer.implementation, method, parameters, id, decoder);
  }

  #invoke(
    implementation: unknown,
    method: AnyMethod,
    parameters: readonly unknown[],
    id: number,
    decoder: Decoder,
  ): void {
    this.#served++;
    const answer = new Answer(id, method, this.#options.peer, decoder.descriptors.lent);
    try {
      const result = method.invoke(implementation, parameters, answer);
      if (isPromise(result)) this.#await(result, answer, method);
      else this.#finish(answer, method, result);
    } catch (thrown) {
      this.#fail(answer, method, thrown);
    }
  }

  #await(result: PromiseLike<unknown>, answer: Answer, method: AnyMethod): void {
    this.#answers.add(answer);
    // Somebody's own thenable may settle twice, or throw; a promise made of it does not.
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    promise.then(
      (value) => {
        this.#answers.delete(answer);
        this.#finish(answer, method, value);
      },
      (thrown) => {
        this.#answers.delete(answer);
        this.#fail(answer, method, thrown);
      },
    );
  }

  #finish(answer: Answer, method: AnyMethod, result: unknown): void {
    answer.end();
    if (answer.id === 0) return;
    const { encoder } = this.#options.outbox;
    try {
      const start = beginResult(encoder, answer.id);
      method.encodeResult(encoder, result);
      finishFrame(encoder, start);
    } catch (thrown) {
      encoder.rollback();
      closeAll(result);
      this.#fail(answer, method, thrown);
      return;
    }
    this.#options.outbox.commit();
  }

  #fail(answer: Answer, method: AnyMethod, thrown: unknown): void {
    answer.end();
    if (answer.gaveUp(thrown)) {
      if (answer.id !== 0) this.#fault(answer.id, { code: thrown.code, message: thrown.message, id: "" });
      return;
    }
    const declared = answer.id === 0 ? undefined : method.throws.find((codec) => codec.claims(thrown));
    if (declared === undefined) {
      this.#report(answer.id, method, thrown);
      return;
    }
    try {
      writeDeclared(this.#options.outbox.encoder, answer.id, declared, thrown);
    } catch (unfit) {
      this.#options.outbox.encoder.rollback();
      this.#report(answer.id, method, unfit);
      return;
    }
    this.#options.outbox.commit();
  }

  #report(id: number, method: AnyMethod, thrown: unknown): void {
    const fault: InternalFault = { id: `${this.#options.name}-${++this.#faults}`, method: method.fullName, thrown };
    this.#log(fault);
    if (id === 0) return;
    const code = thrown instanceof RpcError && thrown.code === "Deadlock" ? "Deadlock" : "Internal";
    this.#fault(id, {
      code,
      message: `${method.fullName} failed; the peer's log has it as ${fault.id}.`,
      id: fault.id,
    });
  }

  /** What the log itself throws is nobody's on this channel: it goes the way of all uncaught exceptions. */
  #log(fault: InternalFault): void {
    try {
      this.#options.onFault(fault);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #fault(id: number, fault: Fault): void {
    writeFault(this.#options.outbox.encoder, id, fault);
    this.#options.outbox.commit();
  }

  /** The caller of a question has given up. */
  cancel(id: number): void {
    this.#answers.cancel(id);
  }

  /** The channel has ended: handlers are told, and what they return is dropped. */
  abortAll(reason: RpcError): void {
    this.#answers.abortAll(reason);
  }
}

function unimplemented(target: number, selector: number, offer: Offer | undefined): Fault {
  const what =
    offer === undefined
      ? `nothing is offered at ${target}`
      : `${offer.type.name} ${offer.type.major}.${offer.type.minor}, offered at ${target}, has no method ` +
        `with selector 0x${(selector >>> 0).toString(16).padStart(8, "0")}`;
  return { code: "Unimplemented", message: `The peer cannot answer: ${what}.`, id: "" };
}

/** Closes the descriptors of a result that cannot be sent: its handler has given them up, and nobody else has them. */
function closeAll(result: unknown, seen: Set<unknown> = new Set()): void {
  if (result instanceof Fd) result.close();
  if (seen.has(result) || !isData(result)) return;
  seen.add(result);
  // Members that are computed may be why it cannot be sent; they are left alone.
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(result))) closeAll(value, seen);
}

/** Whether a value is of the kind that generated types describe: a list or a struct, and not somebody's object. */
function isData(value: unknown): value is object {
  if (Array.isArray(value)) return true;
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
