/**
 * The calls this end has made and the peer has not answered. A question's id is its place in the table, and the place
 * stays taken until the answer comes, even when nobody waits for it any more: so an answer can never be mistaken for
 * that of a later call.
 */

import type { AnyMethod } from "./interface.ts";

declare const question: unique symbol;
/** Names a question on the wire, from one upwards; zero is no question. */
export type QuestionId = number & { readonly [question]: true };

/** A call awaiting its return. */
export interface Question {
  readonly method: AnyMethod;
  /** What was asked, for the errors that name a path. */
  readonly parameters: readonly unknown[];
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** What keeps the place of a question that nobody waits for. */
const abandoned = Symbol("abandoned");

/** The table; see the file's comment. */
export class Questions {
  readonly #places: (Question | typeof abandoned | undefined)[] = [];
  readonly #free: number[] = [];

  /** How many places are taken. */
  get size(): number {
    return this.#places.length - this.#free.length;
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
    return found === abandoned ? undefined : found;
  }

  /** Gives the place of an answered question back. */
  close(id: number): void {
    this.#places[id - 1] = undefined;
    this.#free.push(id - 1);
  }

  /** Keeps the place but forgets the question, whose caller has given up. Returns whether it was still open. */
  abandon(id: QuestionId): boolean {
    if (typeof this.#places[id - 1] !== "object") return false;
    this.#places[id - 1] = abandoned;
    return true;
  }

  /** Rejects every question with one reason and empties the table. */
  rejectAll(reason: unknown): void {
    const open = this.#places.filter((place): place is Question => typeof place === "object");
    this.#places.length = 0;
    this.#free.length = 0;
    for (const question of open) question.reject(reason);
  }
}
