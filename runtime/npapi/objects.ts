/** JavaScript objects across a channel, as `NPObject`s: what a program calls to give one away and to take one up. */

import type { NPObject, NPObjectImpl } from "../../generated/npapi.ts";
import { ExportedObject } from "./exported-object.ts";
import { isObject } from "./intrinsics.ts";
import { membraneOf } from "./membrane.ts";
import { everything, type Policy } from "./policy.ts";
import type { RemoteObject } from "./remote-object.ts";

/** How an object is exported. */
export interface ExportOptions {
  /** What peers may do with it, and with all that they reach through it. `everything` where nothing is said. */
  readonly policy?: Policy;
  /** Whether its functions are given blocking proxies of the peer's objects; without it they are asynchronous. */
  readonly blocking?: boolean;
  /** Is told when a peer says that what the object belonged to is gone. Without it that is ignored. The last one given counts. */
  readonly onInvalidate?: () => void;
}

/** How an object is imported. */
export interface ImportOptions {
  /** Under which this side's objects go out that are given to it, and to all that is reached through it. */
  readonly policy?: Policy;
}

/**
 * Serves an object or function to a peer: offered, returned or passed as any `NPObject`. The same object under the same
 * policy is the same `NPObject`. A proxy gives another stub of what it stands for, to be sent or disposed of. Throws a
 * `TypeError` for what has no identity, and for what has been asked of a proxy and not awaited.
 *
 *     connectAsHost(transport, { page: exportObject(page, { policy: only(["title", "write"]) }) });
 */
export function exportObject(object: object, options: ExportOptions = {}): NPObjectImpl {
  if (!isObject(object)) throw new TypeError(`${String(object)} is a value; objects and functions are exported.`);
  const { policy = everything, blocking = false, onInvalidate } = options;
  const served = membraneOf(policy, blocking ? "blocking" : "async").outward(object);
  if (onInvalidate !== undefined && served instanceof ExportedObject) served.onInvalidate = onInvalidate;
  return served;
}

/**
 * Takes an object of a peer over, stub and all, as a proxy whose members are awaited. The same object is the same proxy
 * while that is there. One of this side's own is what it was before it went out. `T` is the caller's word.
 *
 *     using page = importObject<Page>(await host.page());
 *     await page.write("hello");
 */
export function importObject<T extends object = Record<string, unknown>>(
  object: NPObject,
  { policy = everything }: ImportOptions = {},
): RemoteObject<T> {
  // What the object is made of, its type is made of by the same rules.
  return membraneOf(policy, "async").inward(object) as RemoteObject<T>;
}

/** The same, as a proxy of which every operator blocks until it is done; its objects are that too. */
export function importObjectSync<T extends object = Record<string, unknown>>(
  object: NPObject,
  { policy = everything }: ImportOptions = {},
): T & Disposable {
  // Used as the object itself is used.
  return membraneOf(policy, "blocking").inward(object) as T & Disposable;
}
