/**
 * The types of the asynchronous view, made of the type that an object has where it lives. They are the importer's word:
 * nothing checks that the peer's object is so.
 */

/** What arrives of a value: objects as themselves in this view. */
export type Arrived<T> = T extends object ? RemoteObject<T> : T;

/** What has been asked of the peer: awaited, or used further before it is there. */
export type Pending<T> = Pick<Promise<Arrived<T>>, "then" | "catch" | "finally"> & Members<T>;

/** An object of another program. Dispose of it, or leave that to the collector. */
export type RemoteObject<T extends object = Record<string, unknown>> = Disposable & Members<T>;

/** What a value has to be asked for. */
type Members<T> = [T] extends [object] ? { [Name in keyof T]: Member<T[Name]> } & Callable<T> : unknown;

/** A property that is awaited, and if it is of no object's type assigned to. */
type Member<V> = unknown extends V ? Untyped : [V] extends [object] ? Pending<Awaited<V>> : V | PromiseLike<Arrived<V>>;

/** Of which nothing is known: it may be anything's member. */
type Untyped = PromiseLike<unknown> & Callable<(...args: unknown[]) => unknown> & (new (...args: unknown[]) => object);

type Callable<T> = (T extends (...args: infer Args) => infer R ? (...args: Args) => Pending<Awaited<R>> : unknown) &
  (T extends new (...args: infer Args) => infer R ? new (...args: Args) => Pending<R> : unknown);
