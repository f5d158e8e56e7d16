/**
 * Objects that are called before they have arrived, on the side that is to send them. From the call that is to bring one
 * until the caller gives it back, its promised target is here: calls to it wait in order while that call is not
 * answered, and are served, or fail as it did, from then on. A waiting call is one that this end works on: it counts as
 * such, can be cancelled, and its time runs.
 */

import { closeDescriptor } from "../descriptor.ts";
import { LimitError, ProtocolError, type RpcError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { viewOf } from "../marshal/frame-slab.ts";
import {
  CallFlag,
  clearFlag,
  Kind,
  PROMISED,
  PROMISED_BYTES,
  readCapabilities,
  readFlags,
  readId,
  readWord,
} from "../protocol/postern/frame.ts";
import { type CallHead, type Fault, peekCallHead } from "../protocol/postern/message.ts";
import type { Answers } from "./answers.ts";
import type { WaitingFrame } from "./backlog.ts";
import type { Chain } from "./chain.ts";
import type { Export, Exports } from "./exports.ts";
import type { Failure, Failures } from "./failures.ts";
import type { AnyInterface } from "./interface.ts";
import { WaitingCall } from "./waiting-call.ts";

/** What promises need of the side that serves. */
export interface PromisesOptions {
  readonly answers: Answers;
  readonly chain: Chain;
  readonly exports: Exports;
  readonly failures: Failures;
  readonly limits: Limits;
  /** How many calls are in flight here. */
  readonly calls: () => number;
  /** Handles frames that have waited, before all that wait for this thread. */
  readonly handle: (frames: readonly WaitingFrame[]) => void;
  /** Lets go of all that a frame has brought. */
  readonly discard: (frame: WaitingFrame) => void;
}

/** What became of the call that was to bring an object. */
type Outcome = { readonly id: number; readonly object: Export } | { readonly failure: Failure };

/** One promised target. */
interface Promised {
  /** The object's interface, once it is known. */
  type: AnyInterface | undefined;
  /** Nothing while the call is not answered. */
  outcome: Outcome | undefined;
  readonly waiting: Set<WaitingCall>;
}

/** See the file's comment. */
export class Promises {
  readonly #options: PromisesOptions;
  readonly #byTarget = new Map<number, Promised>();
  #pending = 0;
  #waitingBytes = 0;

  constructor(options: PromisesOptions) {
    this.#options = options;
  }

  /** How many promised targets there are. */
  get size(): number {
    return this.#byTarget.size;
  }

  /** Whether there are some whose call is not answered. */
  get pending(): boolean {
    return this.#pending > 0;
  }

  /** How many are of calls that have been answered: until they are given back, those calls are in flight. */
  get answered(): number {
    return this.#byTarget.size - this.#pending;
  }

  /** Whether the object that a call is to bring is called before it is there. */
  has(id: number): boolean {
    return this.#byTarget.has(PROMISED + id);
  }

  /**
   * The peer makes a call, with or without a promise. Throws a `ProtocolError` where it has not given back the target
   * that an earlier call of this id has promised.
   */
  called(id: number, flags: number, type?: AnyInterface): void {
    const target = PROMISED + id;
    // One whose call is not answered is that of the call itself, which has waited.
    if (this.#byTarget.get(target)?.outcome !== undefined)
      throw new ProtocolError(`Call ${id} is made while what it promised before is not given back.`);
    if ((flags & CallFlag.promised) === 0) return;
    if (id >= PROMISED) throw new ProtocolError(`Call ${id} has an id that no promised target can be made of.`);
    this.#byTarget.set(target, { type, outcome: undefined, waiting: new Set() });
    this.#pending++;
  }

  /** The call has turned out to bring an object of a type. Does nothing for one that has promised nothing. */
  brings(id: number, type: AnyInterface): void {
    const promised = this.#byTarget.get(PROMISED + id);
    if (promised !== undefined) promised.type = type;
  }

  // ---------------------------------------------------------------- waiting

  /**
   * Takes a frame over if it is a call or a one-way to an object that is not there yet; says whether it is. Throws what
   * the peer did wrong, and has closed the frame's descriptors then.
   */
  take(
    kind: Kind,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    descriptors: readonly number[],
  ): boolean {
    if (kind !== Kind.call && kind !== Kind.oneway) return false;
    const promised = this.#byTarget.get(readWord(view, start));
    if (promised === undefined || promised.outcome !== undefined) return false;
    try {
      const head = this.#check(kind, view, start, end);
      this.#wait(promised, { kind, bytes: bytes.slice(start, end), descriptors }, head);
    } catch (error) {
      for (const descriptor of descriptors) closeDescriptor(descriptor);
      throw error;
    }
    return true;
  }

  #check(kind: Kind, view: DataView, start: number, end: number): CallHead {
    const { answers, calls, limits } = this.#options;
    const id = readId(view, start);
    if ((kind === Kind.call) !== (id !== 0)) throw new ProtocolError("A call has the id zero, or a one-way has an id.");
    if (id !== 0 && answers.has(id)) throw new ProtocolError(`Call ${id} is not answered yet and comes again.`);
    if (id !== 0 && calls() >= limits.inflight)
      throw new LimitError(`More than the ${limits.inflight} calls allowed here are unanswered.`);
    if (this.#waitingBytes >= PROMISED_BYTES)
      throw new LimitError(`${this.#waitingBytes} bytes of calls wait for objects; ${PROMISED_BYTES} may.`);
    readCapabilities(view, start, end);
    return peekCallHead(view, start, end, readFlags(view, start));
  }

  #wait(promised: Promised, frame: WaitingFrame, head: CallHead): void {
    const { answers, chain, discard } = this.#options;
    const view = viewOf(frame);
    const id = readId(view, 0);
    const method = promised.type?.bySelector.get(head.selector);
    if (id !== 0) this.called(id, readFlags(view, 0), method?.brings?.());
    if (id !== 0 && chain.blocked) {
      discard(frame);
      this.#answer(id, deadlock);
      return;
    }
    // The promise is made: when the call is served it is not made again.
    clearFlag(view, 0, CallFlag.promised);
    const named = { ...frame, id, method: method?.fullName ?? "a method that there is not" };
    const waiting = new WaitingCall(named, head, (gone, reason) => this.#giveUp(promised, gone, reason));
    promised.waiting.add(waiting);
    this.#waitingBytes += waiting.weight;
    if (id !== 0) answers.wait(waiting);
  }

  /** A call waits no longer. */
  #leave(waiting: WaitingCall): void {
    waiting.stop();
    this.#waitingBytes -= waiting.weight;
    if (waiting.id !== 0) this.#options.answers.waited(waiting);
  }

  /** Nobody wants the answer to a call any more. */
  #giveUp(promised: Promised, waiting: WaitingCall, { code, message }: RpcError): void {
    promised.waiting.delete(waiting);
    this.#leave(waiting);
    this.#options.discard(waiting);
    this.#answer(waiting.id, { code, message, id: "" });
  }

  #answer(id: number, fault: Fault): void {
    this.#options.failures.sendFault(Kind.return, id, fault);
    this.failed(id, { fault });
  }

  // ---------------------------------------------------------------- what becomes of the call

  /** The call is answered, with the object that the word of a reference names. */
  arrived(id: number, word: number): void {
    const exported = word / 2;
    // The answer brings an export of this end, which was added for it or is there longer.
    this.#settle(id, { id: exported, object: this.#options.exports.get(exported)! });
  }

  /** The call is answered, with a failure. Does nothing for one that has promised nothing. */
  failed(id: number, failure: Failure): void {
    if (this.size > 0) this.#settle(id, { failure });
  }

  #settle(id: number, outcome: Outcome): void {
    const promised = this.#byTarget.get(PROMISED + id);
    if (promised === undefined) return;
    promised.outcome = outcome;
    this.#pending--;
    const frames = [...promised.waiting];
    promised.waiting.clear();
    for (const waiting of frames) this.#leave(waiting);
    if (frames.length > 0) this.#options.handle(frames);
  }

  /**
   * Gives what a call to a promised target is for: the object, or why there is none. Throws a `ProtocolError` for a
   * target that was not promised.
   */
  outcome(target: number, id: number): Export | Failure {
    const { chain, exports } = this.#options;
    const outcome = this.#byTarget.get(target)?.outcome;
    if (outcome === undefined) {
      // The call that promises it may be one of those that wait for this thread.
      if (chain.blocked && id !== 0) return { fault: deadlock };
      throw new ProtocolError(`Target 0x${target.toString(16)} was not promised.`);
    }
    if ("failure" in outcome) return outcome.failure;
    return exports.get(outcome.id) === outcome.object ? outcome.object : { fault: gone };
  }

  /** The peer gives a promised target back. Throws a `ProtocolError` for one that it does not have, or has no answer of. */
  release(target: number, count: number): void {
    if (count !== 1 || this.#byTarget.get(target)?.outcome === undefined)
      throw new ProtocolError(
        `The peer gives back the promised target 0x${target.toString(16)}, which it does not have.`,
      );
    this.#byTarget.delete(target);
  }

  /** The channel has ended: what waits is dropped, and its descriptors are closed. */
  clear(): void {
    const waiting = [...this.#byTarget.values()].flatMap((promised) => [...promised.waiting]);
    this.#byTarget.clear();
    this.#pending = 0;
    for (const each of waiting) {
      this.#leave(each);
      for (const descriptor of each.descriptors) closeDescriptor(descriptor);
    }
  }
}

const deadlock: Fault = {
  code: "Deadlock",
  message: "The object that is called cannot arrive: this thread waits for the caller.",
  id: "",
};
const gone: Fault = { code: "Unimplemented", message: "The object has been given back.", id: "" };
