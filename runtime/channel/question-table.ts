/**
 * The table of the calls that this end has made and the peer has not answered. A question's id is its place, which stays
 * taken until the answer comes, even when nobody waits for it any more: so an answer can never be mistaken for that of a
 * later call.
 */

import type { AnyMethod, Coming, Reference } from "./interface.ts";
import type { LedgerCall } from "./ledger.ts";
import type { Provenance } from "./provenance.ts";
import type { ExpectedStream } from "./streams.ts";

declare const question: unique symbol;
/** Names a question on the wire, from one upwards; zero is no question. */
export type QuestionId = number & { readonly [question]: true };

/** A call awaiting its return. */
export interface Question {
  /** Whom it was asked: kept, so that the object stays held until it has answered. */
  readonly reference: Reference;
  readonly method: AnyMethod;
  /** What was asked, for the errors that name a path. */
  readonly parameters: readonly unknown[];
  /** What the caller has already, where the result is a stream. */
  readonly result?: ExpectedStream;
  /** What the caller has already, where the result is an object that is called before it is here. */
  readonly early?: Coming;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** What keeps the place of a question that nobody waits for. */
class Abandoned {
  readonly method: AnyMethod;

  constructor(method: AnyMethod) {
    this.method = method;
  }
}

/** The table; see the file's comment. */
export class QuestionTable {
  readonly #places: (Question | Abandoned | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #provenance: Provenance | undefined;

  constructor(provenance?: Provenance) {
    this.#provenance = provenance;
  }

  /** How many places are taken. */
  get size(): number {
    return this.#places.length - this.#free.length;
  }

  /** What is not answered, with or without somebody who waits for it. */
  *live(): Iterable<LedgerCall> {
    for (const [place, found] of this.#places.entries()) {
      if (found === undefined) continue;
      const givenUp = found instanceof Abandoned;
      const site = this.#provenance?.siteOf(found) ?? [];
      yield { kind: "call", id: place + 1, method: found.method.fullName, givenUp, site };
    }
  }

  /** Takes a place. */
  open(question: Question): QuestionId {
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = question;
    return (place + 1) as QuestionId;
  }

  /** Returns what waits at an id: a question, nothing because it was abandoned, or `none` for an id that is not taken. */
  get(id: number): Question | undefined | "none" {
    const found = this.#places[id - 1];
    if (found === undefined) return "none";
    return found instanceof Abandoned ? undefined : found;
  }

  /** Gives the place of an answered question back. */
  close(id: number): void {
    this.#places[id - 1] = undefined;
    this.#free.push(id - 1);
  }

  /** Keeps the place but forgets the question, whose caller has given up. Returns whether it was still open. */
  abandon(id: QuestionId): boolean {
    const found = this.#places[id - 1];
    if (found === undefined || found instanceof Abandoned) return false;
    const left = new Abandoned(found.method);
    this.#places[id - 1] = left;
    this.#provenance?.inherit(left, found);
    return true;
  }

  /** Those that somebody waits for and that were asked of what will never come, since the call that brings it has failed. */
  *hopeless(): Iterable<readonly [QuestionId, Question]> {
    for (const [place, found] of this.#places.entries()) {
      if (found === undefined || found instanceof Abandoned || found.reference.early?.failure === undefined) continue;
      yield [(place + 1) as QuestionId, found];
    }
  }

  /** Rejects every question with one reason and empties the table. */
  rejectAll(reason: unknown): void {
    const open = this.#places.filter(
      (place): place is Question => place !== undefined && !(place instanceof Abandoned),
    );
    this.#places.length = 0;
    this.#free.length = 0;
    for (const question of open) question.reject(reason);
  }
}
