/**
 * A JavaScript object or function served as `NPObject`. A peer reaches its own members and those of prototypes that the
 * program has made, as far as its policy allows; never a prototype, a constructor or anything that has a symbol for a
 * name. Members run with the object as their `this`, and what they return may be a promise.
 */

import { types } from "node:util";
import {
  NAMES_MAX,
  type NPObjectImpl,
  type NPVariant,
  type NPVariantInit,
  ScriptError,
  ScriptErrorArm,
} from "../../generated/npapi.ts";
import type { Awaitable } from "../channel/awaitable.ts";
import { disposeAll } from "../marshal/held.ts";
import { outgoing } from "./exceptions.ts";
import { isIntrinsic, makesCode } from "./intrinsics.ts";
import { nobody } from "./nobody.ts";
import { isPending } from "./pending.ts";
import { allows, type Operation, opensBuiltIn, type Policy } from "./policy.ts";
import { isBuiltIn, isRefused } from "./reach.ts";
import { type Crossing, isName, valueIn, variantOf } from "./values.ts";

/** An object while it is not taken away; shared by all that serve it. */
interface Target {
  object: object | undefined;
}

const targets = new WeakMap<object, Target>();

/**
 * Takes an object away from every peer that it was exported to: each call of it fails with `destroyed`, and it is not
 * kept from being collected any more. What was reached through it stays. Exported again, it is another object to peers.
 */
export function revoke(object: object): void {
  const target = targets.get(object);
  targets.delete(object);
  if (target !== undefined) target.object = undefined;
}

/** See the file's comment. */
export class ExportedObject implements NPObjectImpl {
  /** Is told when the peer says that what the object belonged to is gone; without it that is ignored. */
  onInvalidate: (() => void) | undefined;
  readonly #target: Target;
  readonly #policy: Policy;
  readonly #crossing: Crossing;

  constructor(object: object, policy: Policy, crossing: Crossing) {
    let target = targets.get(object);
    if (target === undefined) {
      target = { object };
      targets.set(object, target);
    }
    this.#target = target;
    this.#policy = policy;
    this.#crossing = crossing;
  }

  /** Whether its owner has taken it away. */
  get revoked(): boolean {
    return this.#target.object === undefined;
  }

  /** The object itself. Throws a `ScriptError` when it has been taken away. */
  get object(): object {
    const { object } = this.#target;
    if (object === undefined) throw new ScriptError(ScriptErrorArm.destroyed());
    return object;
  }

  hasMethod(name: string): boolean {
    return this.#answersWhether((object) => {
      if (!this.#mayReach("has", object, name) || !this.#mayReach("call", object, name)) return false;
      return typeof look(object, name) === "function";
    });
  }

  hasProperty(name: string): boolean {
    return this.#answersWhether((object) => this.#mayReach("has", object, name) && Reflect.has(object, name));
  }

  invoke(name: string, args: readonly NPVariant[]): Awaitable<NPVariantInit> {
    return this.#run(args, (object) => {
      const method = this.#method(object, name);
      return (values) => Reflect.apply(method, object, values);
    });
  }

  invokeDefault(args: readonly NPVariant[]): Awaitable<NPVariantInit> {
    return this.#run(args, (object) => {
      const callee = this.#callee("call", object);
      return (values) => Reflect.apply(callee, nobody, values);
    });
  }

  construct(args: readonly NPVariant[]): Awaitable<NPVariantInit> {
    return this.#run(args, (object) => {
      const callee = this.#callee("construct", object);
      if (!isConstructor(callee)) throw new ScriptError(ScriptErrorArm.notCallable());
      return (values) => Reflect.construct(callee, values);
    });
  }

  getProperty(name: string): Awaitable<NPVariantInit> {
    return this.#run([], (object) => {
      this.#check("get", object, name);
      if (!this.#isThere(object, name)) return () => undefined;
      return () => Reflect.get(object, name);
    });
  }

  setProperty(name: string, value: NPVariant): void {
    this.#act([value], (object) => {
      this.#checkWrite("set", object, name);
      // Own or not, it would be found in the place of what everybody takes to be the language's.
      if (!this.#isThere(object, name)) throw refused(name);
      return ([given]) => {
        if (!Reflect.set(object, name, given)) throw new TypeError(`${JSON.stringify(name)} cannot be assigned to.`);
      };
    });
  }

  removeProperty(name: string): void {
    this.#act([], (object) => {
      this.#checkWrite("delete", object, name);
      return () => {
        if (!Reflect.deleteProperty(object, name)) throw new TypeError(`${JSON.stringify(name)} cannot be deleted.`);
      };
    });
  }

  enumerate(): readonly string[] {
    return this.#act([], (object) => {
      if (!allows(this.#policy, "enumerate", undefined, object)) throw refused("");
      return () => namesOf(object).filter((name) => isName(name) && this.#mayReach("has", object, name));
    });
  }

  /** As `invokeDefault`, of whose refusals nobody hears; what the object itself throws is a fault of this side's. */
  async post(args: readonly NPVariant[]): Promise<void> {
    try {
      const answer = await this.invokeDefault(args);
      if (answer.kind === "object") disposeAll(answer.value);
    } catch (error) {
      if (!(error instanceof ScriptError) || error.kind === "thrown") throw error;
    }
  }

  invalidate(): void {
    this.onInvalidate?.();
  }

  /** Does something with the object that may take a while; see `#act`. */
  #run(
    args: readonly NPVariant[],
    prepare: (object: object) => (values: readonly unknown[]) => unknown,
  ): Awaitable<NPVariantInit> {
    return this.#act(args, (object) => {
      const act = prepare(object);
      return (values) => this.#answer(act(values));
    });
  }

  /**
   * Does something with the object, in two steps: while it may still be refused the arguments are the message's, and let
   * go of if it is; then they are the program's. What fails is thrown as the peer is to have it.
   */
  #act<T>(args: readonly NPVariant[], prepare: (object: object) => (values: readonly unknown[]) => T): T {
    try {
      let act: (values: readonly unknown[]) => T;
      try {
        act = prepare(this.object);
      } catch (refusal) {
        disposeAll(args);
        throw refusal;
      }
      return act(args.map((arg) => valueIn(arg, this.#crossing)));
    } catch (error) {
      throw outgoing(error);
    }
  }

  #answer(result: unknown): Awaitable<NPVariantInit> {
    if (!types.isPromise(result) && !isPending(result)) return variantOf(result, this.#crossing);
    return Promise.resolve(result)
      .then((value) => variantOf(value, this.#crossing))
      .catch((error) => {
        throw outgoing(error);
      });
  }

  /** Answers a question to which whatever is in the way is a no. */
  #answersWhether(ask: (object: object) => boolean): boolean {
    try {
      return ask(this.object);
    } catch {
      return false;
    }
  }

  /** The method of a name. Throws for one that is refused, or not there. */
  #method(object: object, name: string): Callee {
    this.#check("call", object, name);
    const method = this.#isThere(object, name) ? look(object, name) : undefined;
    if (typeof method !== "function") throw new ScriptError(ScriptErrorArm.noSuchMember(name));
    if (makesCode(method)) throw refused(name);
    return method as Callee;
  }

  /** The object itself, to be called. Throws where that is refused, or it is no function. */
  #callee(operation: "call" | "construct", object: object): Callee {
    if (!allows(this.#policy, operation, undefined, object) || makesCode(object)) throw refused("");
    if (typeof object !== "function") throw new ScriptError(ScriptErrorArm.notCallable());
    return object as Callee;
  }

  #check(operation: Operation, object: object, name: string): void {
    if (isRefused(object, name) || !allows(this.#policy, operation, name, object)) throw refused(name);
  }

  #checkWrite(operation: "set" | "delete", object: object, name: string): void {
    this.#check(operation, object, name);
    // What is the language's is everybody's.
    if (isIntrinsic(object)) throw refused(name);
  }

  #mayReach(operation: Operation, object: object, name: string): boolean {
    if (isRefused(object, name) || !allows(this.#policy, operation, name, object)) return false;
    return this.#isThere(object, name);
  }

  /** Whether a name is the program's own, or nobody's; what is built in is there only if the policy says so. */
  #isThere(object: object, name: string): boolean {
    return !isBuiltIn(object, name) || opensBuiltIn(this.#policy, name, object);
  }
}

type Callee = (...values: unknown[]) => unknown;

/** Reads a member to see what it is. A promise that is none of what was looked for is nobody's to await. */
function look(object: object, name: string): unknown {
  const value: unknown = Reflect.get(object, name);
  if (types.isPromise(value)) value.catch(() => {});
  return value;
}

/** What an object lists. Throws a `RangeError` for more than can cross, if possible before it makes a list of them. */
function namesOf(object: object): readonly string[] {
  const { length } = Array.isArray(object) || ArrayBuffer.isView(object) ? (object as ArrayLike<unknown>) : [];
  const names = length > NAMES_MAX ? undefined : Object.keys(object);
  if (names !== undefined && names.length <= NAMES_MAX) return names;
  throw new RangeError(`It has ${names?.length ?? length} names; ${NAMES_MAX} can cross.`);
}

function refused(name: string): Error {
  return new ScriptError(ScriptErrorArm.refused(name));
}

/** Whether `new` works on a function: asked of a Proxy of it, because asking itself would run it. */
function isConstructor(callee: Callee): boolean {
  try {
    Reflect.construct(new Proxy(callee, { construct: () => ({}) }), []);
    return true;
  } catch {
    return false;
  }
}
