/** What proxies of remote objects are made over: a function with nothing of its own but what is answered on this side. */

import { inspect } from "node:util";

/** The target of a proxy, which has no members that a peer's could be taken for. */
export type ProxyTarget = (...args: unknown[]) => unknown;

/**
 * Makes a target, which any number of proxies may share: it has no state. It can be called and made new of, because the
 * peer's object may be that, and has no prototype. A bound function is the only kind that has no member which a Proxy
 * would have to admit to.
 */
export function proxyTarget(description: string): ProxyTarget {
  // biome-ignore lint/complexity/useArrowFunction: an arrow function is no constructor.
  const target = function () {}.bind(undefined) as ProxyTarget;
  Object.setPrototypeOf(target, null);
  const answers: Readonly<Record<symbol, unknown>> = {
    [Symbol.toStringTag]: "RemoteObject",
    [Symbol.toPrimitive]: (hint: string) => (hint === "number" ? Number.NaN : description),
    [inspect.custom]: () => description,
  };
  for (const symbol of Object.getOwnPropertySymbols(answers)) define(target, symbol, answers[symbol]);
  return target;
}

/** The target of the proxies of objects. */
export const objectTarget: ProxyTarget = proxyTarget("[object RemoteObject]");

function define(target: ProxyTarget, symbol: symbol, value: unknown): void {
  Object.defineProperty(target, symbol, { value, configurable: true });
}

/** Throws for a symbol, which means nothing to another program. */
export function refuseSymbol(name: string | symbol): asserts name is string {
  if (typeof name === "symbol") throw new TypeError(`${String(name)} cannot cross to another program.`);
}

/** What assignment does to an object that merely inherits from a proxy: it gets a property of its own. */
export function assignTo(receiver: unknown, name: string | symbol, value: unknown): boolean {
  if ((typeof receiver !== "object" && typeof receiver !== "function") || receiver === null) return false;
  return Reflect.defineProperty(receiver, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Whether a descriptor says no more than an assignment does, which is all that can be said to a remote object. */
export function isAssignment({ value, get, set, ...attributes }: PropertyDescriptor): boolean {
  if (get !== undefined || set !== undefined) return false;
  return attributes.writable === true && attributes.enumerable === true && attributes.configurable === true;
}
