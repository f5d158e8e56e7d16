/**
 * The objects of this end that the peer may call. The first are the offers, for good; the others are there while the
 * peer holds references to them, of which each one sent counts, so that one in transit is never forgotten.
 */

import { LimitError, ProtocolError } from "../errors.ts";
import type { AnyInterface, Offer } from "./interface.ts";
import type { LedgerObject } from "./ledger.ts";
import type { Provenance } from "./provenance.ts";

/** One object that the peer may call. */
export interface Export {
  readonly type: AnyInterface;
  readonly implementation: unknown;
  /** The method that gave it first; empty for an offer. */
  readonly origin: string;
  /** References that were sent and have not been given back; an offer has one that is never given. */
  references: number;
  /** Calls that it has not answered yet. */
  working: number;
  /** Whether the object came home to stay: then its owner has it again, and disposes of it. */
  returned?: boolean;
}

/** The table; an export's id is its place. */
export class Exports {
  readonly #places: (Export | undefined)[];
  readonly #free: number[] = [];
  readonly #offers: number;
  /** What serves them: whoever made the channel has it, and disposes of it. */
  readonly #offered: ReadonlySet<unknown>;
  #limit: number;
  /** Whether the channel has ended. */
  #over = false;
  readonly #provenance: Provenance | undefined;
  /** Places by implementation and type, so that one object is one export however often it is sent. */
  readonly #known = new Map<unknown, Map<AnyInterface, number>>();

  /** `limit` is how many objects besides the offers the peer may hold at a time. */
  constructor(offers: readonly Offer[], limit: number, provenance?: Provenance) {
    this.#places = offers.map(({ type, implementation }) => ({
      type,
      implementation,
      origin: "",
      references: 1,
      working: 0,
    }));
    this.#offers = offers.length;
    this.#offered = new Set(offers.map(({ implementation }) => implementation));
    this.#limit = limit;
    this.#provenance = provenance;
    for (const [id, { implementation, type }] of offers.entries()) this.#note(implementation, type, id);
  }

  /** How many objects besides the offers the peer holds; none when the channel has ended. */
  get size(): number {
    return Math.max(0, this.#places.length - this.#offers - this.#free.length);
  }

  /** Whether the peer is given more objects than it holds, some of them by frames that have not left yet. */
  get excessive(): boolean {
    return this.size > this.#limit;
  }

  /** Learns how many objects the peer holds at most. */
  allow(limit: number): void {
    this.#limit = Math.min(this.#limit, limit);
  }

  get(id: number): Export | undefined {
    return this.#places[id];
  }

  /**
   * Adds one reference to an object, given by the method `origin`, and returns its id. Of an offer no references are
   * counted. Throws a `LimitError` when the peer holds too many objects.
   */
  add(implementation: unknown, type: AnyInterface, origin: string): number {
    // A callback that is called once is gone then, so each time it is sent it is an object of its own.
    const once = type.callback?.once === true;
    const known = once ? undefined : this.#known.get(implementation)?.get(type);
    if (known !== undefined) {
      if (known >= this.#offers) this.#places[known]!.references++;
      return known;
    }
    if (this.size >= this.#limit) throw new LimitError(`The peer holds ${this.size} objects, which is all it may.`);
    const id = this.#free.pop() ?? this.#places.length;
    const added: Export = { type, implementation, origin, references: 1, working: 0 };
    this.#places[id] = added;
    // The result of a handler that was still at work when the channel ended: nobody will ever give it back.
    if (this.#over) queueMicrotask(() => this.clear());
    this.#provenance?.note(added);
    if (!once) this.#note(implementation, type, id);
    return id;
  }

  #note(implementation: unknown, type: AnyInterface, id: number): void {
    const byType = this.#known.get(implementation);
    if (byType === undefined) this.#known.set(implementation, new Map([[type, id]]));
    else if (!byType.has(type)) byType.set(type, id);
  }

  /** What the peer holds besides the offers. */
  *live(): Iterable<LedgerObject> {
    for (const [id, held] of this.#places.entries()) {
      if (held === undefined || id < this.#offers) continue;
      const { type, origin, references } = held;
      const site = this.#provenance?.siteOf(held) ?? [];
      yield { kind: "exported", id, type: type.name, references, method: origin, site };
    }
  }

  /** The peer gives references back. Throws a `ProtocolError` for more than it has. */
  release(id: number, count: number): void {
    const found = this.#places[id];
    if (found === undefined || id < this.#offers || count === 0 || count > found.references)
      throw new ProtocolError(`The peer gives back ${count} references to object ${id}, which it does not have.`);
    this.drop(id, count);
  }

  /** Takes references away; the last one takes the object, which is disposed of if it can be. Those of an offer stay. */
  drop(id: number, count: number): void {
    if (id < this.#offers) return;
    const found = this.#places[id]!;
    found.references -= count;
    if (found.references > 0) return;
    this.#forget(id, found);
    if (found.returned !== true && !this.#known.has(found.implementation)) dispose(found.implementation);
  }

  #forget(id: number, { implementation, type }: Export): void {
    this.#places[id] = undefined;
    this.#free.push(id);
    const byType = this.#known.get(implementation);
    if (byType?.get(type) === id) byType.delete(type);
    if (byType?.size === 0) this.#known.delete(implementation);
  }

  /**
   * Takes out an object that is called once, with its call. Whoever has served that disposes of what this returns, which
   * disposes of the object if it can be.
   */
  spend(id: number): Disposable {
    const spent = this.#places[id]!;
    this.#forget(id, spent);
    return { [Symbol.dispose]: () => dispose(spent.implementation) };
  }

  /** Forgets everything: the channel has ended. What is not an offer is disposed of. */
  clear(): void {
    const held = new Set<unknown>();
    for (const place of this.#places.slice(this.#offers))
      if (place !== undefined && place.returned !== true && !this.#offered.has(place.implementation))
        held.add(place.implementation);
    this.#over = true;
    this.#places.length = this.#offers;
    this.#places.fill(undefined);
    this.#free.length = 0;
    this.#known.clear();
    for (const implementation of held) dispose(implementation);
  }
}

/** Tells an implementation that nobody holds it any more; what it throws is nobody's to catch. */
function dispose(implementation: unknown): void {
  const disposable = implementation as Partial<Disposable>;
  try {
    disposable[Symbol.dispose]?.();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
