/**
 * Which blocking calls wait for which. A thread that blocks on a call still serves the calls that are made on behalf
 * of that call, or the two ends would wait for each other; so a call says on whose behalf it is made. A call is made on
 * behalf of another when the other's handler makes it, in the handler's own turn or after an `await` of it.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { QuestionId } from "./question-table.ts";

/** The id of no call: those on the wire are not below zero. */
const NO_CALL = -1;

/** One channel's chains; see the file's comment. */
export class Chain {
  /** Our calls that this thread blocks on, the innermost last. */
  readonly #awaited: number[] = [];
  /** The peer's blocking call whose handler is on the stack; zero for none. */
  #served = 0;
  /** The same for what runs after an `await`; made when it is first needed, because it slows every promise. */
  #storage: AsyncLocalStorage<number> | undefined;

  /** Whether this thread blocks on a call. */
  get blocked(): boolean {
    return this.#awaited.length > 0;
  }

  /** The peer's call on whose behalf a call made now would be; zero for none. */
  get within(): number {
    if (this.#served !== 0) return this.#served;
    return this.#storage?.getStore() ?? 0;
  }

  /** Blocks on a call of ours while `wait` runs. */
  block(id: QuestionId, wait: () => void): void {
    this.#awaited.push(id);
    try {
      wait();
    } finally {
      this.#awaited.pop();
    }
  }

  /** Blocks while `wait` runs, and not on a call of ours: none of the peer's is served meanwhile. */
  hold(wait: () => void): void {
    this.#awaited.push(NO_CALL);
    try {
      wait();
    } finally {
      this.#awaited.pop();
    }
  }

  /** Whether a call on behalf of `id` must be served while this thread blocks. */
  awaits(id: number): boolean {
    return this.#awaited.includes(id);
  }

  /** Runs what is done for nobody, wherever it happens to be done: not for whom this thread has just worked. */
  apart(work: () => void): void {
    const before = this.#served;
    this.#served = 0;
    try {
      if (this.#storage === undefined) work();
      else this.#storage.run(0, work);
    } finally {
      this.#served = before;
    }
  }

  /** Runs the handler of a peer's blocking call; `lasting` if it may call back after an `await`. */
  serve<T>(id: number, lasting: boolean, handler: () => T): T {
    const before = this.#served;
    this.#served = id;
    try {
      if (!lasting) return handler();
      this.#storage ??= new AsyncLocalStorage();
      return this.#storage.run(id, handler);
    } finally {
      this.#served = before;
    }
  }
}
