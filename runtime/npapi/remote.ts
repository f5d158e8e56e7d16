/**
 * What can be done with a remote object of either view, as functions: for what no operator can wait for, and for members
 * whose names a proxy answers itself. All of them return promises.
 */

import { type ImportedObject, importOf } from "./imported-object.ts";
import { begin } from "./pending.ts";

/** Whether something is a proxy of an object of another program. */
export function isRemote(value: unknown): boolean {
  return importOf(value) !== undefined;
}

/** Reads a property; one that is not there is `undefined`. */
export async function get(object: object, name: string): Promise<unknown> {
  return remote(object).get(name);
}

/** Writes a property, and settles when that is done. */
export async function set(object: object, name: string, value: unknown): Promise<void> {
  return remote(object).set(name, value);
}

/** Whether the object has a property or method of this name that is not refused: `name in object`. */
export async function has(object: object, name: string): Promise<boolean> {
  return remote(object).has(name);
}

/** Removes a property, and settles when that is done. It need not be there. */
export async function remove(object: object, name: string): Promise<void> {
  return remote(object).remove(name);
}

/** The names of what the object has itself: `Object.keys(object)`. */
export async function keys(object: object): Promise<readonly string[]> {
  return remote(object).keys();
}

/** Calls a method, in one message each way: a blocking proxy's own call reads the method first. */
export async function invoke(object: object, name: string, ...args: readonly unknown[]): Promise<unknown> {
  return remote(object).invoke(name, args);
}

/** The same, blocking. */
export function invokeSync(object: object, name: string, ...args: readonly unknown[]): unknown {
  return remote(object).invokeSync(name, args);
}

/**
 * Calls the object itself, and nobody waits: one message, of which neither a result nor an exception comes back. The
 * promise is about the sending only, and need not be looked at.
 */
export function post(object: object, ...args: readonly unknown[]): Promise<void> {
  const sent = begin(() => remote(object).post(args));
  sent.catch(() => {});
  return sent;
}

function remote(object: object): ImportedObject {
  const imported = importOf(object);
  if (imported === undefined) throw new TypeError("This is no remote object, as importObject makes them.");
  return imported;
}
