/** What may be there at once, or later. */

/** What an implementation may return: the value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Whether something is a promise, of whatever make. */
export function isPromise<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/**
 * Goes on with a value: at once where it is there, so that a handler that need not wait can answer a thread that blocks
 * on it, and which this one blocks on.
 */
export function after<T, R>(value: Awaitable<T>, goOn: (value: T) => R): Awaitable<R> {
  return isPromise(value) ? Promise.resolve(value).then(goOn) : goOn(value);
}
