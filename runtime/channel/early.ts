/**
 * Objects that are called before they have arrived, on the side that calls them. A stub of one has a promised target,
 * made of the id of the call that brings it, until that is answered; then it has the object's, and the promised target
 * is given back. What an early call fails with is what every call through its stub fails with.
 */

import { InvalidError, ProtocolError } from "../errors.ts";
import { PROMISED } from "../protocol/postern/frame.ts";
import type { Caller, Coming, Reference } from "./interface.ts";
import { referenceOf } from "./reference.ts";

/** What one early call brings; shared by all stubs of it. */
export class Early implements Coming {
  /** The method that was called. */
  readonly origin: string;
  sentBytes = 0;
  #target = Number.NaN;
  #pending = true;
  #failure: { readonly reason: unknown } | undefined;
  #arrived: Reference | undefined;
  /** How many stubs hold it. */
  #held = 1;
  #waiting: (() => void)[] = [];

  constructor(origin: string) {
    this.origin = origin;
  }

  /** Not a number where the object never came: it is no object's then, and equal to no other. */
  get target(): number {
    return this.#target;
  }

  get pending(): boolean {
    return this.#pending;
  }

  get failure(): { readonly reason: unknown } | undefined {
    return this.#failure;
  }

  /** The object's own reference, once it is here and while somebody holds it. */
  get arrived(): Reference | undefined {
    return this.#arrived;
  }

  /** The call has its id, and so its object a target. */
  asked(id: number): void {
    this.#target = PROMISED + id;
  }

  /**
   * The call has been answered with a stub of the object, which is given back at once if nobody holds it any more. Throws
   * a `ProtocolError` for an object that is not the peer's: it answers for this end's own itself.
   */
  arrive(stub: unknown, caller: Caller): void {
    const reference = referenceOf(stub);
    if (reference?.caller !== caller)
      throw new ProtocolError(`The peer answers ${this.origin}, an early call, with an object of this end's own.`);
    this.#target = reference.target;
    if (this.#held > 0) this.#arrived = reference;
    else reference[Symbol.dispose]();
    this.#settle();
  }

  /** The call has failed, or was never sent. */
  fail(reason: unknown): void {
    if (!this.#pending) return;
    this.#failure = { reason };
    this.#target = Number.NaN;
    this.#settle();
  }

  #settle(): void {
    this.#pending = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const listener of waiting) listener();
  }

  /** Settles when the call is answered: rejects with what it failed with. */
  arrival(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => (this.#failure === undefined ? resolve() : reject(this.#failure.reason));
      if (this.#pending) this.#waiting.push(settle);
      else settle();
    });
  }

  hold(): void {
    this.#held++;
  }

  drop(): void {
    this.#held--;
    if (this.#held > 0) return;
    this.#arrived?.[Symbol.dispose]();
    this.#arrived = undefined;
  }
}

/**
 * One stub's hold on what an early call brings. One that is collected while held is reported by the object's own
 * reference, which nothing but the stubs keeps once the object is here.
 */
export class EarlyReference implements Reference {
  readonly caller: Caller;
  readonly once = false;
  readonly early: Early;
  #open = true;

  /** Takes over one hold on `early`. */
  constructor(caller: Caller, early: Early) {
    this.caller = caller;
    this.early = early;
  }

  get target(): number {
    return this.early.target;
  }

  get open(): boolean {
    return this.#open;
  }

  /** As of any reference; and throws what the early call failed with. */
  get liveTarget(): number {
    this.#checkOpen();
    const { failure, target } = this.early;
    if (failure !== undefined) throw failure.reason;
    return target;
  }

  dup(): Reference {
    this.#checkOpen();
    const { arrived } = this.early;
    if (arrived !== undefined) return arrived.dup();
    this.early.hold();
    return new EarlyReference(this.caller, this.early);
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.early.drop();
  }

  /** Of an object that is not here yet, nothing is told before it is: until then calls say what is lost. */
  onLost(listener: () => void): () => void {
    let stopped = false;
    let stop = (): void => {
      stopped = true;
    };
    const listen = (): void => {
      if (!stopped) stop = this.early.arrived?.onLost?.(listener) ?? stop;
    };
    if (this.early.pending) this.early.arrival().then(listen, () => {});
    else listen();
    return () => stop();
  }

  /** Only callbacks are let go of by the peer, and none comes early. */
  forget(): void {
    this[Symbol.dispose]();
  }

  #checkOpen(): void {
    if (!this.#open) throw new InvalidError(`The object from ${this.early.origin} has been disposed of or moved.`);
  }
}

/**
 * Waits until the object of an early call has arrived, so that it can be passed on; of any other stub it has. Rejects
 * with what the early call failed with, and with an `InvalidError` for what is no stub or has been disposed of.
 *
 *     const page = host.early.open();
 *     await arrived(page);
 *     await shelf.keep(page);
 */
export async function arrived(stub: Disposable): Promise<void> {
  const reference = referenceOf(stub);
  if (reference === undefined) throw new InvalidError("Only a stub, which stands for an object of a peer, arrives.");
  // It says what is wrong with the stub, or with the object, now and when the call is answered.
  void reference.liveTarget;
  await reference.early?.arrival();
  void reference.liveTarget;
}

/** Throws an `InvalidError` for a reference that cannot be passed on: its object is not here, or never came. */
export function checkArrived({ early }: Reference): void {
  if (early === undefined) return;
  if (early.pending)
    throw new InvalidError("An object that has not arrived yet cannot be passed on: await `arrived(stub)` first.");
  if (early.failure !== undefined)
    throw new InvalidError("An object that never came cannot be passed on.", { cause: early.failure.reason });
}
