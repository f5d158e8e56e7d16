/** What proxies of all views do alike: keep their shape, and say what cannot be asked of them. */

import type { ProxyTarget } from "./proxy-target.ts";

/** Traps of any proxy: nothing can be done to it that its object would not notice. */
export class RemoteTraps implements ProxyHandler<ProxyTarget> {
  preventExtensions(): boolean {
    return false;
  }

  setPrototypeOf(): boolean {
    return false;
  }
}

/** Traps of a proxy that has to be awaited: what JavaScript would have at once throws, and says which function to use. */
export class WaitingTraps extends RemoteTraps {
  has(target: ProxyTarget, name: string | symbol): boolean {
    return typeof name === "symbol" ? Reflect.has(target, name) : cannotWait("has(object, name)");
  }

  ownKeys(): never {
    return cannotWait("keys(object)");
  }

  getOwnPropertyDescriptor(target: ProxyTarget, name: string | symbol): PropertyDescriptor | undefined {
    return typeof name === "symbol" ? Reflect.getOwnPropertyDescriptor(target, name) : cannotWait("has(object, name)");
  }
}

function cannotWait(instead: string): never {
  throw new TypeError(`A remote object is not here to be looked at: use \`await ${instead}\`, or the blocking view.`);
}
