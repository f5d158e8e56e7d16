/** What may be there at once, or later. */

import type { Awaitable } from "../channel/interface.ts";

/**
 * Goes on with a value: at once where it is there, so that a handler that need not wait can answer a thread that blocks
 * on it, and which this one blocks on.
 */
export function after<T, R>(value: Awaitable<T>, goOn: (value: T) => R): Awaitable<R> {
  return isPromise(value) ? Promise.resolve(value).then(goOn) : goOn(value);
}

function isPromise<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === "function";
}
