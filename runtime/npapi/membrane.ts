/**
 * The membrane between two programs' objects: what goes out becomes an `NPObject`, what comes in a proxy, and what comes
 * back is what it was. There is one for each policy and view, and what crosses one takes all that is reached through it
 * along; so an object has one identity on either side of it.
 */

import { NPObject, type NPObjectImpl } from "../../generated/npapi.ts";
import type { Reference } from "../channel/interface.ts";
import { dup, referenceOf } from "../channel/reference.ts";
import { asyncView } from "./async-view.ts";
import { blockingView } from "./blocking-view.ts";
import { ExportedObject } from "./exported-object.ts";
import { ImportedObject, importOf } from "./imported-object.ts";
import { isPending } from "./pending.ts";
import type { Policy } from "./policy.ts";
import type { Crossing } from "./values.ts";
import { Writes } from "./writes.ts";

/** How remote objects are used: by promise, or blocking. */
export type View = "async" | "blocking";

/** What is left of a proxy that was collected: enough to let go of its object. */
interface Left {
  readonly stub: NPObject;
  readonly writes: Writes;
  /** Takes the proxy out of its table. */
  forget(): void;
}

const collected = new FinalizationRegistry(letGo);

function letGo({ stub, writes, forget }: Left): void {
  forget();
  stub[Symbol.dispose]();
  writes.abandon();
}

/** The membranes of a policy, which last as long as it does. */
const membranes = new WeakMap<Policy, Readonly<Record<View, Membrane>>>();

/** Finds the membrane of a policy and a view. */
export function membraneOf(policy: Policy, view: View): Membrane {
  let both = membranes.get(policy);
  if (both === undefined) {
    both = { async: new Membrane(policy, asyncView), blocking: new Membrane(policy, blockingView) };
    membranes.set(policy, both);
  }
  return both[view];
}

/** See the file's comment. */
export class Membrane implements Crossing {
  readonly #policy: Policy;
  readonly #view: (imported: ImportedObject) => object;
  readonly #exported = new WeakMap<object, ExportedObject>();
  /** Proxies by channel, and there by the peer's number for the object, which is no other's while a stub holds it. */
  readonly #imported = new WeakMap<object, Map<number, WeakRef<object>>>();

  constructor(policy: Policy, view: (imported: ImportedObject) => object) {
    this.#policy = policy;
    this.#view = view;
  }

  outward(object: object): NPObjectImpl {
    if (object instanceof ExportedObject) return object;
    if (object instanceof NPObject.Stub) return dup(object);
    const imported = importOf(object);
    if (imported !== undefined) return dup(imported.stub);
    if (isPending(object)) throw new TypeError("A member of a remote object cannot cross before it is awaited.");
    return this.export(object);
  }

  /** What serves an object of this side, the same each time until it is taken away. */
  export(object: object): ExportedObject {
    const known = this.#exported.get(object);
    if (known?.revoked === false) return known;
    const exported = new ExportedObject(object, this.#policy, this);
    this.#exported.set(object, exported);
    return exported;
  }

  inward(object: NPObject): object {
    if (object instanceof ExportedObject) return object.object;
    const reference = referenceOf(object);
    // Somebody's own implementation has come home, as itself.
    if (reference === undefined) return object;
    const known = this.#known(reference);
    if (known === undefined) return this.#proxyOf(object, reference);
    object[Symbol.dispose]();
    return known;
  }

  #known({ caller, target }: Reference): object | undefined {
    const proxy = this.#imported.get(caller)?.get(target)?.deref();
    // Its stub may have moved to another program, with all that it held.
    return referenceOf(importOf(proxy)?.stub)?.open === true ? proxy : undefined;
  }

  #proxyOf(stub: NPObject, reference: Reference): object {
    const writes = new Writes();
    let left: Left | undefined;
    const imported = new ImportedObject(stub, this, writes, () => {
      if (left === undefined) return;
      collected.unregister(left);
      letGo(left);
      left = undefined;
    });
    const proxy = this.#view(imported);
    imported.standFor(proxy);
    left = { stub, writes, forget: this.#remember(proxy, reference) };
    collected.register(proxy, left, left);
    return proxy;
  }

  /** Puts a proxy into the table; returns what takes it out. */
  #remember(proxy: object, { caller, target, early }: Reference): () => void {
    // Before it arrives it has no number of its own.
    if (early !== undefined) return () => {};
    let ofChannel = this.#imported.get(caller);
    if (ofChannel === undefined) {
      ofChannel = new Map();
      this.#imported.set(caller, ofChannel);
    }
    const table = ofChannel;
    const weak = new WeakRef(proxy);
    table.set(target, weak);
    return () => {
      if (table.get(target) === weak) table.delete(target);
    };
  }
}
