/** What generated stubs derive from. Its names start with `$`, which no name of an IDL does. */

import type { BlockingCallOptions, Caller, CallOptions, Method, Remote } from "./interface.ts";

/** An object of the peer, on this side: turns each method into a call through its channel. */
export class Stub implements Remote {
  readonly #caller: Caller;
  readonly #target: number;

  constructor(caller: Caller, target: number) {
    this.#caller = caller;
    this.#target = target;
  }

  /** Calls and returns a promise of the result. */
  $call<Impl, P extends readonly unknown[], R>(
    method: Method<Impl, P, R>,
    parameters: P,
    options?: CallOptions,
  ): Promise<R> {
    return this.#caller.call(this.#target, method, parameters, options);
  }

  /** Calls and blocks the thread until the result is there. */
  $callBlocking<Impl, P extends readonly unknown[], R>(
    method: Method<Impl, P, R>,
    parameters: P,
    options?: BlockingCallOptions,
  ): R {
    return this.#caller.callBlocking(this.#target, method, parameters, options);
  }

  /** Sends a one-way; the promise is about the sending only. */
  $send<Impl, P extends readonly unknown[]>(method: Method<Impl, P, void>, parameters: P): Promise<void> {
    return this.#caller.send(this.#target, method, parameters);
  }

  /** A bootstrap object lives as long as its channel, so there is nothing to give back. */
  [Symbol.dispose](): void {}
}
