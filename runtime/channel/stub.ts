/** What generated stubs derive from. Its names start with `$` or are symbols, as no name of an IDL is. */

import type { Stream } from "../marshal/streams.ts";
import type { BlockingCallOptions, CalledMethod, CallOptions, Reference, Remote } from "./interface.ts";
import { type Referring, reference } from "./reference.ts";

/** An object of the peer, on this side: turns each method into a call through its channel. */
export class Stub implements Remote, Referring {
  readonly [reference]: Reference;

  constructor(to: Reference) {
    this[reference] = to;
  }

  /** Calls and returns a promise of the result. */
  $call<P extends readonly unknown[], R>(method: CalledMethod<P, R>, parameters: P, options?: CallOptions): Promise<R> {
    return this[reference].caller.call(this[reference], method, parameters, options);
  }

  /** Calls and returns at once what stands for the object that the call results in; it throws what the call fails with. */
  $early<P extends readonly unknown[], R>(method: CalledMethod<P, R>, parameters: P, options?: CallOptions): R {
    return this[reference].caller.early(this[reference], method, parameters, options);
  }

  /** Calls and returns the stream that the call results in; what is wrong with the call is thrown where it is read. */
  $stream<P extends readonly unknown[], T>(
    method: CalledMethod<P, Stream<T>>,
    parameters: P,
    options?: CallOptions,
  ): Stream<T> {
    return this[reference].caller.stream(this[reference], method, parameters, options);
  }

  /** Calls and blocks the thread until the result is there. */
  $callBlocking<P extends readonly unknown[], R>(
    method: CalledMethod<P, R>,
    parameters: P,
    options?: BlockingCallOptions,
  ): R {
    return this[reference].caller.callBlocking(this[reference], method, parameters, options);
  }

  /** Sends a one-way; the promise is about the sending only. */
  $send<P extends readonly unknown[]>(method: CalledMethod<P, void>, parameters: P): Promise<void> {
    return this[reference].caller.send(this[reference], method, parameters);
  }

  /** Lets go of the object. A bootstrap object lives as long as its channel: of it nothing is let go. */
  [Symbol.dispose](): void {
    this[reference][Symbol.dispose]();
  }
}
