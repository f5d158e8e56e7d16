/** `NPObject` with methods that a test writes down, and two that any end may have: one to be called back by, one to count. */

import { type NPObjectImpl, NPVariant, type NPVariantInit, ScriptError } from "../../generated/npapi.ts";
import type { Awaitable } from "../../runtime/channel/awaitable.ts";
import { disposeAll } from "../../runtime/marshal/held.ts";

/** A method of a script object. Its arguments are disposed of when it is done. */
export type ScriptMethod = (args: readonly NPVariant[]) => Awaitable<NPVariantInit | undefined>;

/** See the file's comment. Called by itself, or posted to, it runs the method `""`. */
export class ScriptObject implements NPObjectImpl {
  readonly #methods: Readonly<Record<string, ScriptMethod>>;

  constructor(methods: Readonly<Record<string, ScriptMethod>> = {}) {
    this.#methods = methods;
  }

  invoke(name: string, args: readonly NPVariant[]): Awaitable<NPVariantInit> {
    let later = false;
    try {
      const method = this.#methods[name];
      if (method === undefined) throw new ScriptError({ kind: "noSuchMember", value: name });
      const result = method(args);
      if (!(result instanceof Promise)) return (result as NPVariantInit | undefined) ?? NPVariant.void();
      later = true;
      return result.then((value) => value ?? NPVariant.void()).finally(() => disposeAll(args));
    } finally {
      if (!later) disposeAll(args);
    }
  }

  invokeDefault(args: readonly NPVariant[]): Awaitable<NPVariantInit> {
    return this.invoke("", args);
  }

  post(args: readonly NPVariant[]): Awaitable<void> {
    const result = this.invoke("", args);
    if (result instanceof Promise) return result.then(disposeAll);
  }

  construct(): never {
    throw new ScriptError({ kind: "notCallable" });
  }

  getProperty(name: string): never {
    throw new ScriptError({ kind: "noSuchMember", value: name });
  }

  setProperty(name: string): never {
    throw new ScriptError({ kind: "noSuchMember", value: name });
  }

  hasMethod(name: string): boolean {
    return Object.hasOwn(this.#methods, name);
  }

  hasProperty(): boolean {
    return false;
  }

  removeProperty(): void {}

  enumerate(): readonly string[] {
    return Object.keys(this.#methods);
  }

  invalidate(): void {}
}
