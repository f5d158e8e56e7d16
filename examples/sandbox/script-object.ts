/**
 * `NPObject`: an object with methods and properties that the other side may use as its own. Both sides make theirs of
 * this class.
 */

import { type Awaitable, type CallContext, disposeAll, dup, same } from "../../runtime/index.ts";
import { NPError, type NPObject, type NPObjectImpl, NPVariant, type NPVariantInit } from "./generated/sandbox.ts";

/** A method of a script object. What its arguments hold is disposed of when it is done; `dup` keeps it. */
export type ScriptMethod = (args: readonly NPVariant[], context: CallContext) => Awaitable<NPVariantInit>;

/** What a script object is made of. */
export interface ScriptParts {
  readonly methods?: Readonly<Record<string, ScriptMethod>>;
  readonly properties?: Readonly<Record<string, NPVariantInit>>;
  /** What happens when the object itself is called. */
  readonly call?: ScriptMethod;
}

/** See the file's comment. It lives until `destroy`, however often the other side lets go of it. */
export class ScriptObject implements NPObjectImpl {
  readonly #methods: ReadonlyMap<string, ScriptMethod>;
  /** Objects among them are this side's own, or stubs that are held here. */
  readonly #properties: Map<string, NPVariantInit>;
  readonly #call: ScriptMethod | undefined;
  #destroyed = false;

  constructor({ methods = {}, properties = {}, call }: ScriptParts) {
    this.#methods = new Map(Object.entries(methods));
    this.#properties = new Map(Object.entries(properties));
    this.#call = call;
  }

  hasMethod(name: string): boolean {
    return this.#methods.has(name);
  }

  hasProperty(name: string): boolean {
    return this.#properties.has(name);
  }

  invoke(name: string, args: readonly NPVariant[], context: CallContext): Awaitable<NPVariantInit> {
    return this.#run(this.#methods.get(name), name, args, context);
  }

  invokeDefault(args: readonly NPVariant[], context: CallContext): Awaitable<NPVariantInit> {
    return this.#run(this.#call, "", args, context);
  }

  getProperty(name: string): NPVariantInit {
    this.#checkAlive();
    return lent(this.#properties.get(name) ?? NPVariant.void());
  }

  setProperty(name: string, value: NPVariant): void {
    this.#checkAlive();
    disposeAll(this.#properties.get(name));
    this.#properties.set(name, value);
  }

  removeProperty(name: string): void {
    this.#checkAlive();
    if (!this.#properties.has(name)) throw new NPError({ kind: "exception", value: `There is no ${name} to remove.` });
    disposeAll(this.#properties.get(name));
    this.#properties.delete(name);
  }

  enumerate(): readonly string[] {
    this.#checkAlive();
    return [...this.#methods.keys(), ...this.#properties.keys()];
  }

  /** One of ours that is passed to us arrives as itself. */
  same(other: NPObject): boolean {
    return same(other, this);
  }

  /** Lets go of what the properties hold; whoever still has the object is told that it is destroyed. */
  destroy(): void {
    this.#destroyed = true;
    for (const value of this.#properties.values()) disposeAll(value);
    this.#properties.clear();
  }

  /** Not `async`: while this side blocks in a call of its own, what is answered at once can be answered within it. */
  #run(
    method: ScriptMethod | undefined,
    name: string,
    args: readonly NPVariant[],
    context: CallContext,
  ): Awaitable<NPVariantInit> {
    this.#checkAlive();
    if (method === undefined) throw new NPError({ kind: "noSuchMethod", value: name });
    let result: Awaitable<NPVariantInit> | undefined;
    try {
      result = method(args, context);
      return result instanceof Promise ? result.finally(() => disposeAll(args)) : result;
    } finally {
      if (!(result instanceof Promise)) disposeAll(args);
    }
  }

  #checkAlive(): void {
    if (this.#destroyed) throw new NPError({ kind: "destroyed" });
  }
}

/** A value to be given away, which moves an object of the other side: so a second reference goes, and ours stays. */
function lent(value: NPVariantInit): NPVariantInit {
  if (value.kind !== "object" || value.value instanceof ScriptObject) return value;
  // What is no object of ours came from the other side, as a stub.
  return NPVariant.object(dup(value.value as NPObject));
}
