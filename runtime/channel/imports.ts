/**
 * The objects of the peer that this end holds. The peer counts what it has sent; so does this end, and gives the whole
 * count back with the last reference. What is let go of in one turn is given back together, at its end. What the peer
 * offers is there for good, so of that nothing is counted or given back, also where it is sent.
 */

import { LimitError } from "../errors.ts";
import type { OfferedInterface } from "../protocol/postern/hello.ts";
import type { AnyInterface } from "./interface.ts";
import type { LedgerObject } from "./ledger.ts";
import type { Provenance } from "./provenance.ts";
import type { Holding } from "./reference.ts";

/** An object of the peer: how many references came over the wire, and how many stubs hold it here. */
class Import implements Holding {
  readonly target: number;
  /** `package.Interface`, and the method that brought it first. */
  readonly type: string;
  readonly origin: string;
  received = 0;
  #held = 0;
  #lost = false;
  /** Who is to be told when the channel has ended. */
  readonly #listeners = new Set<() => void>();
  readonly #gone: (gone: Import, count: number) => void;

  constructor(target: number, type: string, origin: string, gone: (gone: Import, count: number) => void) {
    this.target = target;
    this.type = type;
    this.origin = origin;
    this.#gone = gone;
  }

  /** How many stubs hold it. */
  get held(): number {
    return this.#held;
  }

  hold(): void {
    this.#held++;
  }

  drop(): void {
    this.#held--;
    if (this.#held === 0) this.#gone(this, this.received);
  }

  forget(): void {
    this.#held--;
    if (this.#held === 0) this.#gone(this, 0);
  }

  get lost(): boolean {
    return this.#lost;
  }

  onLost(listener: () => void): () => void {
    if (this.#lost) queueMicrotask(listener);
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The channel has ended. What a listener throws is nobody's to catch. */
  lose(): void {
    this.#lost = true;
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    this.#listeners.clear();
  }
}

/** The table; see the file's comment. */
export class Imports {
  readonly #byTarget = new Map<number, Import>();
  readonly #limit: number;
  readonly #provenance: Provenance | undefined;
  readonly #giveBack: (target: number, count: number) => void;
  #offered: readonly OfferedInterface[] | undefined;
  /** How many of those that are held are offers, which the peer has sent besides. */
  #offersHeld = 0;
  #letGo: { readonly target: number; readonly count: number }[] = [];

  /** `limit` is how many objects the peer may have this end hold; `giveBack` tells the peer. */
  constructor(limit: number, giveBack: (target: number, count: number) => void, provenance?: Provenance) {
    this.#limit = limit;
    this.#provenance = provenance;
    this.#giveBack = giveBack;
  }

  /** What the peer offers, once its hello has come. */
  get offered(): readonly OfferedInterface[] | undefined {
    return this.#offered;
  }

  /** Learns from the peer's hello what it offers. */
  offer(offers: readonly OfferedInterface[]): void {
    this.#offered = offers;
  }

  /** Whether the peer has anything that could be called. */
  get any(): boolean {
    return this.size > 0 || (this.#offered?.length ?? 0) > 0;
  }

  /** How many objects of the peer are held, besides what it offers. */
  get size(): number {
    return this.#byTarget.size - this.#offersHeld;
  }

  /** The objects of the peer that are held. */
  *live(): Iterable<LedgerObject> {
    for (const held of this.#byTarget.values()) {
      const site = this.#provenance?.siteOf(held) ?? [];
      const { target: id, type, origin: method, held: references } = held;
      yield { kind: "imported", id, type, references, method, site };
    }
  }

  /**
   * A reference has arrived, by the method `origin`: takes one hold on its object. Throws a `LimitError` when the peer
   * exports too many.
   */
  arrive(target: number, type: AnyInterface, origin: string): Holding {
    const found = this.#byTarget.get(target) ?? this.#add(target, type, origin);
    if (!this.#isOffer(target)) found.received++;
    found.hold();
    return found;
  }

  #add(target: number, type: AnyInterface, origin: string): Import {
    const offer = this.#isOffer(target);
    if (!offer && this.size >= this.#limit)
      throw new LimitError(`The peer exports more than the ${this.#limit} objects allowed.`);
    const added = new Import(target, type.name, origin, (gone, count) => this.#forget(gone, count));
    this.#byTarget.set(target, added);
    if (offer) this.#offersHeld++;
    this.#provenance?.note(added);
    return added;
  }

  #isOffer(target: number): boolean {
    return target < (this.#offered?.length ?? 0);
  }

  /** A reference has arrived that is not wanted. */
  decline(target: number): void {
    if (!this.#isOffer(target)) this.#giveBackLater(target, 1);
  }

  #forget(gone: Import, count: number): void {
    this.#byTarget.delete(gone.target);
    if (this.#isOffer(gone.target)) this.#offersHeld--;
    if (count > 0) this.#giveBackLater(gone.target, count);
  }

  #giveBackLater(target: number, count: number): void {
    this.#letGo.push({ target, count });
    if (this.#letGo.length === 1) queueMicrotask(() => this.tell());
  }

  /** Tells the peer what has been let go of: at the end of the turn, and before this thread blocks, as none may end then. */
  tell(): void {
    const letGo = this.#letGo;
    this.#letGo = [];
    for (const { target, count } of letGo) this.#giveBack(target, count);
  }

  /** Forgets everything: the channel has ended, and with it what the peer had. Those who hold it here are told. */
  clear(): void {
    const lost = [...this.#byTarget.values()];
    this.#byTarget.clear();
    this.#offersHeld = 0;
    this.#letGo = [];
    for (const held of lost) held.lose();
  }
}
