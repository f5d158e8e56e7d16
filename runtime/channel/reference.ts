/**
 * What a stub holds of an object of the peer: where calls to it go, and that it is still held. Two stubs may refer to
 * one object and are let go of separately; the object is given back to the peer with the last of them.
 */

import { InvalidError } from "../errors.ts";
import type { Caller, Reference } from "./interface.ts";

/** Where a stub keeps its reference; no name of an IDL is a symbol. */
export const reference: unique symbol = Symbol("postern.reference");

/** An object of the peer that this end holds, shared by all references to it. */
export interface Holding {
  /** The export id at the peer. */
  readonly target: number;
  /** Whether the channel has ended, and so there is nobody to give the object back to. */
  readonly lost: boolean;
  /** A further reference is held, or one is no longer. */
  hold(): void;
  drop(): void;
  /** The peer has let go of the object by itself. */
  forget(): void;
  /** Calls back when the channel has ended, unless what this returns is called before. */
  onLost(listener: () => void): () => void;
}

/** What outlives a reference that is collected: enough to let go of the object and to name who forgot it. */
interface Held {
  holding: Holding | undefined;
  readonly origin: string;
}

const collected = new FinalizationRegistry((held: Held) => {
  // A peer that is gone takes its objects with it, and nobody need let go of them.
  if (held.holding === undefined || held.holding.lost) return;
  held.holding.drop();
  process.emitWarning(`An object from ${held.origin} was collected while held; it has been given back now.`, {
    code: "POSTERN_CAPABILITY_COLLECTED",
    detail: "Dispose of a stub when it is done with: `using`, [Symbol.dispose](), or pass it on.",
  });
});

/** One stub's hold on an object of the peer. */
export class HeldReference implements Reference {
  readonly caller: Caller;
  readonly target: number;
  readonly once: boolean;
  /** Nothing for a bootstrap object, which lives as long as its channel. */
  readonly #held: Held | undefined;
  #open = true;

  /** Takes over one hold on `holding`; `origin` names the method that brought it. */
  constructor(caller: Caller, target: number, holding?: Holding, origin = "", once = false) {
    this.once = once;
    this.caller = caller;
    this.target = target;
    if (holding === undefined) return;
    this.#held = { holding, origin };
    collected.register(this, this.#held);
  }

  get open(): boolean {
    return this.#open;
  }

  get liveTarget(): number {
    if (this.#open) return this.target;
    throw new InvalidError(`The object from ${this.#held?.origin ?? "the peer"} has been disposed of or moved.`);
  }

  dup(): HeldReference {
    const target = this.liveTarget;
    const holding = this.#held?.holding;
    holding?.hold();
    return new HeldReference(this.caller, target, holding, this.#held?.origin, this.once);
  }

  /** Lets go. Again, or on a bootstrap object, does nothing. */
  [Symbol.dispose](): void {
    this.#letGo()?.drop();
  }

  forget(): void {
    this.#letGo()?.forget();
  }

  /** See `onLost`. */
  onLost(listener: () => void): () => void {
    return this.#held?.holding?.onLost(listener) ?? (() => {});
  }

  #letGo(): Holding | undefined {
    const held = this.#held;
    if (held === undefined || !this.#open) return undefined;
    this.#open = false;
    const { holding } = held;
    held.holding = undefined;
    return holding;
  }
}

/** What has a reference: every stub, and every callback of the peer. */
export interface Referring {
  readonly [reference]: Reference;
}

/** A second stub for the same object, to be disposed of by itself: what keeps an object that was only lent. */
export function dup<S extends Disposable>(stub: S): S {
  const from = referenceOf(stub);
  if (from === undefined) throw new InvalidError("Only a stub, which stands for an object of a peer, has references.");
  // What has a reference was made by a class that takes one.
  return new (stub.constructor as new (to: Reference) => S)(from.dup());
}

/**
 * Calls back once when a stub's channel has ended and so its object is out of reach, for those that only hold it and do
 * not call. Returns what takes that back. Of a bootstrap object, which lasts as long as its channel, `Channel.closed`
 * tells; of what is no stub, or is let go of already, nothing is ever told.
 */
export function onLost(stub: Disposable, listener: () => void): () => void {
  return referenceOf(stub)?.onLost?.(listener) ?? (() => {});
}

/** Finds the reference of a stub; nothing for anything else. */
export function referenceOf(value: unknown): Reference | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  return (value as Partial<Referring>)[reference];
}

/** Whether two stubs stand for one object of one peer; anything else is the same only as itself. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  const first = referenceOf(one);
  const second = referenceOf(other);
  return first !== undefined && first.caller === second?.caller && first.target === second.target;
}
