/**
 * What has been asked of an asynchronous proxy: a member, read each time it is awaited, or the result of a call, which
 * was made at once. Either can be awaited, and used further before it is there: `await doc.body.firstChild.name`.
 */

import { importOf } from "./imported-object.ts";
import { isAssignment, type ProxyTarget, proxyTarget, refuseSymbol } from "./proxy-target.ts";
import { WaitingTraps } from "./traps.ts";
import type { Writes } from "./writes.ts";

type Arguments = readonly unknown[];

/** How something is come by. */
interface Road {
  /** Those of the object that it began with. */
  readonly writes: Writes;
  read(): Promise<unknown>;
  /** Calls what is there; of a member, with its object as `this`. */
  call(args: Arguments): Promise<unknown>;
}

/** What members are of: goes on with it, at once if it is there. */
export interface Whole {
  readonly writes: Writes;
  use<T>(goOn: (value: unknown) => Promise<T>): Promise<T>;
}

const all = new WeakSet<object>();
const target: ProxyTarget = proxyTarget("[object PendingRemoteValue]");

/** Whether something is what this file is about: to be awaited, and no object of anybody's. */
export function isPending(value: unknown): boolean {
  // A weak set has no primitives, and may be asked for them.
  return all.has(value as object);
}

/** A member of something, which is read when it is awaited. */
export function memberOf(whole: Whole, name: string): object {
  return pending({
    writes: whole.writes,
    read: () => whole.use((value) => get(value, name)),
    call: (args) => whole.use((value) => invoke(value, name, args)),
  });
}

/**
 * The result of what has been asked. Code that calls a function need not know that it is a peer's, as emitters of events
 * do not: where nobody looks at the result, it is no rejection that ends the process.
 */
export function resultOf(writes: Writes, promise: Promise<unknown>): object {
  let awaited = false;
  const read = (): Promise<unknown> => {
    awaited = true;
    return promise;
  };
  promise.catch((reason: unknown) => {
    if (!awaited) writes.unheard(reason);
  });
  return pending({ writes, read, call: (args) => read().then((value) => call(value, args)) });
}

/** Begins at once; what it throws is rejected with. */
export function begin<T>(act: () => Promise<T>): Promise<T> {
  return new Promise((resolve) => resolve(act()));
}

function pending(road: Road): object {
  const proxy = new Proxy(target, new PendingHandler(road));
  all.add(proxy);
  return proxy;
}

class PendingHandler extends WaitingTraps {
  readonly #road: Road;
  readonly #whole: Whole;

  constructor(road: Road) {
    super();
    this.#road = road;
    this.#whole = { writes: road.writes, use: (goOn) => road.read().then(goOn) };
  }

  get(target: ProxyTarget, name: string | symbol): unknown {
    if (typeof name === "symbol") return Reflect.get(target, name);
    switch (name) {
      case "then":
        return (...on: Parameters<Promise<unknown>["then"]>) => this.#road.read().then(...on);
      case "catch":
        return (...on: Parameters<Promise<unknown>["catch"]>) => this.#road.read().catch(...on);
      case "finally":
        return (...on: Parameters<Promise<unknown>["finally"]>) => this.#road.read().finally(...on);
      default:
        return memberOf(this.#whole, name);
    }
  }

  set(_target: ProxyTarget, name: string | symbol, value: unknown): boolean {
    refuseSymbol(name);
    this.#road.writes.add(this.#whole.use(async (object) => set(object, name, value)));
    return true;
  }

  deleteProperty(_target: ProxyTarget, name: string | symbol): boolean {
    refuseSymbol(name);
    this.#road.writes.add(this.#whole.use(async (object) => remove(object, name)));
    return true;
  }

  defineProperty(target: ProxyTarget, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    return isAssignment(descriptor) && this.set(target, name, descriptor.value);
  }

  apply(_target: ProxyTarget, _self: unknown, args: Arguments): object {
    return resultOf(
      this.#road.writes,
      begin(() => this.#road.call(args)),
    );
  }

  construct(_target: ProxyTarget, args: Arguments): object {
    return resultOf(
      this.#road.writes,
      this.#whole.use((value) => construct(value, args)),
    );
  }
}

/** A value that has arrived, of which a remote object is asked what any other would be. */
type Local = Readonly<Record<string, unknown>>;

async function get(value: unknown, name: string): Promise<unknown> {
  const imported = importOf(value);
  return imported === undefined ? (value as Local)[name] : imported.get(name);
}

async function invoke(value: unknown, name: string, args: Arguments): Promise<unknown> {
  const imported = importOf(value);
  return imported === undefined
    ? (value as Readonly<Record<string, ProxyTarget>>)[name]!(...args)
    : imported.invoke(name, args);
}

async function call(value: unknown, args: Arguments): Promise<unknown> {
  return importOf(value)?.call(args) ?? (value as ProxyTarget)(...args);
}

async function construct(value: unknown, args: Arguments): Promise<unknown> {
  return importOf(value)?.construct(args) ?? new (value as new (...args: Arguments) => object)(...args);
}

async function set(object: unknown, name: string, value: unknown): Promise<void> {
  const imported = importOf(object);
  if (imported === undefined) (object as Record<string, unknown>)[name] = value;
  else await imported.set(name, value);
}

async function remove(object: unknown, name: string): Promise<void> {
  const imported = importOf(object);
  if (imported === undefined) delete (object as Record<string, unknown>)[name];
  else await imported.remove(name);
}
