/**
 * The two objects of the old route's later results: at the host an object that gives them later, and in the plugin the
 * one that it gives them to.
 */

import { type NPObject, type NPObjectImpl, NPVariant, type NPVariantInit, ScriptError } from "../../generated/npapi.ts";
import type { Awaitable } from "../channel/awaitable.ts";
import type { CallContext } from "../channel/interface.ts";
import { disposeAll } from "../marshal/held.ts";

/** The property under which such an object keeps whom it gives its results to. */
export const ON_RESULT = "onresult";

/** The most calls of one object whose results have not been given. */
const UNDER_WAY = 1024;

/**
 * Makes an object of a host give its results later, as a page's scripts did for a plugin: while its property `onresult`
 * is an object, a call of it is answered at once with nothing. The first argument is then a number of the caller's, the
 * others are what the object itself is called with, and `onresult` is called with that number and the result, or with
 * that number, nothing and a message. At most 1,024 are under way at a time. Everything else is as without this.
 */
export function answeringLater(object: NPObjectImpl): NPObjectImpl {
  return new LaterObject(object);
}

class LaterObject implements NPObjectImpl {
  readonly #object: NPObjectImpl;
  #results: NPObject | undefined;
  #underWay = 0;

  constructor(object: NPObjectImpl) {
    this.#object = object;
  }

  invokeDefault(args: readonly NPVariant[], context: CallContext): Awaitable<NPVariantInit> {
    const results = this.#results;
    if (results === undefined) return this.#object.invokeDefault(args, context);
    const [ticket, ...rest] = args;
    if (ticket?.kind !== "int32") {
      disposeAll(args);
      throw thrown("TypeError", "The first argument is not a number to answer under.");
    }
    // The channel counts calls that are not answered, and these are.
    if (this.#underWay >= UNDER_WAY) {
      disposeAll(args);
      throw thrown(
        "RangeError",
        `${UNDER_WAY} results of the object have not been given yet, which is as many as may.`,
      );
    }
    this.#underWay++;
    // In a turn of its own, or a result that is there at once would come before this answer.
    setImmediate(() => void this.#answer(results, ticket.value, rest, context).finally(() => this.#underWay--));
    return NPVariant.void();
  }

  async #answer(results: NPObject, ticket: number, args: readonly NPVariant[], context: CallContext): Promise<void> {
    const outcome = await this.#outcome(args, context);
    try {
      using _ = await results.invokeDefault([NPVariant.int32(ticket), ...outcome]);
    } catch {
      // Nobody is there any more who would want it.
    }
  }

  async #outcome(args: readonly NPVariant[], context: CallContext): Promise<readonly NPVariantInit[]> {
    try {
      return [await this.#object.invokeDefault(args, context)];
    } catch (error) {
      const message = error instanceof ScriptError && error.kind === "thrown" ? error.value.message : undefined;
      return [NPVariant.void(), NPVariant.string(message ?? "The object failed.")];
    }
  }

  setProperty(name: string, value: NPVariant, context: CallContext): Awaitable<void> {
    if (name !== ON_RESULT) return this.#object.setProperty(name, value, context);
    this.#giveTo(value.kind === "object" ? value.value : undefined);
  }

  removeProperty(name: string, context: CallContext): Awaitable<void> {
    if (name !== ON_RESULT) return this.#object.removeProperty(name, context);
    this.#giveTo(undefined);
  }

  #giveTo(results: NPObject | undefined): void {
    disposeAll(this.#results);
    this.#results = results;
  }

  hasMethod(name: string, context: CallContext): Awaitable<boolean> {
    return this.#object.hasMethod(name, context);
  }

  hasProperty(name: string, context: CallContext): Awaitable<boolean> {
    return this.#object.hasProperty(name, context);
  }

  invoke(name: string, args: readonly NPVariant[], context: CallContext): Awaitable<NPVariantInit> {
    return this.#object.invoke(name, args, context);
  }

  construct(args: readonly NPVariant[], context: CallContext): Awaitable<NPVariantInit> {
    return this.#object.construct(args, context);
  }

  getProperty(name: string, context: CallContext): Awaitable<NPVariantInit> {
    return this.#object.getProperty(name, context);
  }

  enumerate(context: CallContext): Awaitable<readonly string[]> {
    return this.#object.enumerate(context);
  }

  post(args: readonly NPVariant[], context: CallContext): Awaitable<void> {
    return this.#object.post(args, context);
  }

  invalidate(context: CallContext): Awaitable<void> {
    return this.#object.invalidate(context);
  }

  [Symbol.dispose](): void {
    this.#giveTo(undefined);
    this.#object[Symbol.dispose]?.();
  }
}

/** An object that can be called, and is told when nobody holds it any more; otherwise it has nothing. */
export class CallableObject implements NPObjectImpl {
  readonly #call: (args: readonly NPVariant[]) => void;
  readonly #letGo: () => void;

  /** What the arguments hold is `call`'s to dispose of. */
  constructor(call: (args: readonly NPVariant[]) => void, letGo: () => void) {
    this.#call = call;
    this.#letGo = letGo;
  }

  invokeDefault(args: readonly NPVariant[]): NPVariantInit {
    this.#call(args);
    return NPVariant.void();
  }

  post(args: readonly NPVariant[]): void {
    this.#call(args);
  }

  invoke(name: string, args: readonly NPVariant[]): never {
    disposeAll(args);
    throw new ScriptError({ kind: "noSuchMember", value: name });
  }

  construct(args: readonly NPVariant[]): never {
    disposeAll(args);
    throw new ScriptError({ kind: "notCallable" });
  }

  setProperty(name: string, value: NPVariant): never {
    disposeAll(value);
    throw new ScriptError({ kind: "refused", value: name });
  }

  getProperty(name: string): never {
    throw new ScriptError({ kind: "noSuchMember", value: name });
  }

  hasMethod(): boolean {
    return false;
  }

  hasProperty(): boolean {
    return false;
  }

  removeProperty(): void {}

  enumerate(): readonly string[] {
    return [];
  }

  invalidate(): void {}

  [Symbol.dispose](): void {
    this.#letGo();
  }
}

function thrown(name: string, message: string): Error {
  return new ScriptError({ kind: "thrown", value: { name, message } });
}
