/**
 * The asynchronous view of a remote object: members are awaited or called, assignments are sent. What JavaScript lets no
 * Proxy do later (`in`, `Object.keys`) throws and says which function does it.
 */

import type { ImportedObject } from "./imported-object.ts";
import { begin, memberOf, resultOf, type Whole } from "./pending.ts";
import { assignTo, isAssignment, objectTarget, type ProxyTarget, refuseSymbol } from "./proxy-target.ts";
import { checkMayCross, neverCrosses } from "./reach.ts";
import { WaitingTraps } from "./traps.ts";

/** Makes the proxy of an object that it takes over. */
export function asyncView(imported: ImportedObject): object {
  return new Proxy(objectTarget, new AsyncView(imported));
}

class AsyncView extends WaitingTraps {
  readonly #imported: ImportedObject;
  readonly #whole: Whole;

  constructor(imported: ImportedObject) {
    super();
    this.#imported = imported;
    this.#whole = { writes: imported.writes, use: (goOn) => goOn(imported.proxy) };
  }

  get(target: ProxyTarget, name: string | symbol): unknown {
    if (name === Symbol.dispose) return () => this.#imported[Symbol.dispose]();
    if (typeof name === "symbol") return Reflect.get(target, name);
    // To await the object itself, or to write it as JSON, asks the peer nothing.
    if (name === "then" || name === "toJSON" || neverCrosses(name)) return undefined;
    return memberOf(this.#whole, name);
  }

  set(_target: ProxyTarget, name: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.#imported.proxy) return assignTo(receiver, name, value);
    refuseSymbol(name);
    checkMayCross(name);
    this.#imported.writes.add(this.#imported.set(name, value));
    return true;
  }

  deleteProperty(_target: ProxyTarget, name: string | symbol): boolean {
    refuseSymbol(name);
    if (!neverCrosses(name)) this.#imported.writes.add(this.#imported.remove(name));
    return true;
  }

  defineProperty(target: ProxyTarget, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    return isAssignment(descriptor) && this.set(target, name, descriptor.value, this.#imported.proxy);
  }

  apply(_target: ProxyTarget, _self: unknown, args: readonly unknown[]): object {
    return resultOf(
      this.#imported.writes,
      begin(() => this.#imported.call(args)),
    );
  }

  construct(_target: ProxyTarget, args: readonly unknown[]): object {
    return resultOf(
      this.#imported.writes,
      begin(() => this.#imported.construct(args)),
    );
  }
}
