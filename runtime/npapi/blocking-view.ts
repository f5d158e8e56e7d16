/**
 * The blocking view of a remote object: every operator is a call that is done when it returns. It needs a channel that
 * can block its thread.
 */

import { ScriptError } from "../../generated/npapi.ts";
import { type ImportedObject, importOf } from "./imported-object.ts";
import { isObject } from "./intrinsics.ts";
import { plainOf } from "./plain.ts";
import { assignTo, isAssignment, objectTarget, type ProxyTarget, refuseSymbol } from "./proxy-target.ts";
import { checkMayCross, isOfFunctions, neverCrosses } from "./reach.ts";
import { RemoteTraps } from "./traps.ts";

/** Makes the proxy of an object that it takes over. */
export function blockingView(imported: ImportedObject): object {
  return new Proxy(objectTarget, new BlockingView(imported));
}

class BlockingView extends RemoteTraps {
  readonly #imported: ImportedObject;
  /**
   * The names that were listed last and not looked at since. Whoever lists an object's keys looks at each of them at
   * once, which would be a call each; and a second look is one.
   */
  #listed: Set<string> = new Set();

  constructor(imported: ImportedObject) {
    super();
    this.#imported = imported;
  }

  get(target: ProxyTarget, name: string | symbol): unknown {
    if (name === Symbol.dispose) return () => this.#imported[Symbol.dispose]();
    if (typeof name === "symbol") return Reflect.get(target, name);
    // To await the object itself asks the peer nothing.
    if (name === "then" || neverCrosses(name)) return undefined;
    if (name === "toJSON") return () => plainOf(this.#imported);
    if (isOfFunctions(name)) return this.#memberOfFunctions(name);
    return this.#read(name);
  }

  /** `call` and its like of a remote function are this side's; a remote object may have a member of that name. */
  #memberOfFunctions(name: string): unknown {
    try {
      return this.#read(name);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return Reflect.get(Function.prototype, name, this.#imported.proxy);
    }
  }

  #read(name: string): unknown {
    const value = this.#imported.getSync(name);
    if (isObject(value)) this.#imported.members.set(value, name);
    return value;
  }

  set(_target: ProxyTarget, name: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.#imported.proxy) return assignTo(receiver, name, value);
    refuseSymbol(name);
    checkMayCross(name);
    this.#listed.clear();
    this.#imported.setSync(name, value);
    return true;
  }

  has(target: ProxyTarget, name: string | symbol): boolean {
    if (typeof name === "symbol") return Reflect.has(target, name);
    return !neverCrosses(name) && this.#imported.hasSync(name);
  }

  deleteProperty(_target: ProxyTarget, name: string | symbol): boolean {
    refuseSymbol(name);
    this.#listed.clear();
    if (!neverCrosses(name)) this.#imported.removeSync(name);
    return true;
  }

  ownKeys(): string[] {
    const names = this.#names();
    this.#listed = names;
    return [...names];
  }

  #names(): Set<string> {
    // A name that never crosses would change a prototype where somebody copies what is listed.
    return new Set(this.#imported.keysSync().filter((name) => !neverCrosses(name)));
  }

  /** An accessor, so that whoever only asks whether a property is there does not read it. */
  getOwnPropertyDescriptor(target: ProxyTarget, name: string | symbol): PropertyDescriptor | undefined {
    if (typeof name === "symbol") return Reflect.getOwnPropertyDescriptor(target, name);
    if (!this.#listed.delete(name) && !this.#names().has(name)) return undefined;
    return {
      get: () => this.#read(name),
      set: (value) => this.#imported.setSync(name, value),
      enumerable: true,
      configurable: true,
    };
  }

  defineProperty(target: ProxyTarget, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    return isAssignment(descriptor) && this.set(target, name, descriptor.value, this.#imported.proxy);
  }

  /** A function that was read from the object it is called on is called there by its name, and has its `this`. */
  apply(_target: ProxyTarget, self: unknown, args: readonly unknown[]): unknown {
    this.#listed.clear();
    const parent = importOf(self);
    const name = parent?.members.get(this.#imported.proxy);
    return name === undefined ? this.#imported.callSync(args) : parent!.invokeSync(name, args);
  }

  construct(_target: ProxyTarget, args: readonly unknown[]): object {
    const made = this.#imported.constructSync(args);
    if (isObject(made)) return made;
    throw new TypeError("The remote constructor did not make an object.");
  }
}

function isRefusal(error: unknown): boolean {
  const cause: unknown = error instanceof TypeError ? error.cause : undefined;
  return cause instanceof ScriptError && cause.kind === "refused";
}
