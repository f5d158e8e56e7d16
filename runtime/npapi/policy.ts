/** Policies: what a peer may do with the objects that are exported to it, beyond what is refused to everyone. */

/** What a peer may want of an object. */
export type Operation = "get" | "set" | "has" | "delete" | "call" | "construct" | "enumerate";

/**
 * Decides for one exported object and for every object that is reached through it: what it returns, what its properties
 * hold, and what is given to functions that the peer has passed to it.
 */
export interface Policy {
  /**
   * Whether the peer may do this; only `true` lets it. `name` is that of the member, also of a method that is called;
   * nothing where the object itself is called, made new of, or asked for its names, each of which must also be one
   * that it may ask after (`has`). Without it everything is allowed. If it throws, that is a refusal.
   */
  allow?(operation: Operation, name: string | undefined, object: object): boolean;
  /**
   * Whether a member is reached that an object only has from the language, as an array its `push`, a Map its `get`, or
   * a typed array its bytes. Without it none is. It is asked after `allow`, and if it throws, that is a refusal.
   */
  builtIn?(name: string, object: object): boolean;
}

/** Refuses nothing: what an object is exported under where nothing else is said. */
export const everything: Policy = Object.freeze({});

/** The peer looks at properties and calls nothing, because a method may change what it likes. Accessors do run. */
export const readOnly: Policy = Object.freeze({
  allow: (operation: Operation) => operation === "get" || operation === "has" || operation === "enumerate",
});

/** The peer uses members of these names and no others, and may call what they lead to. */
export function only(names: Iterable<string>): Policy {
  const allowed = new Set(names);
  return { allow: (_operation, name) => name === undefined || allowed.has(name) };
}

/** What each of several policies allows. */
export function allOf(...policies: readonly Policy[]): Policy {
  return {
    allow: (...asked) => policies.every((policy) => allows(policy, ...asked)),
    builtIn: (...asked) => policies.every((policy) => opensBuiltIn(policy, ...asked)),
  };
}

/** Asks a policy. */
export function allows(policy: Policy, operation: Operation, name: string | undefined, object: object): boolean {
  try {
    return policy.allow === undefined || policy.allow(operation, name, object) === true;
  } catch {
    return false;
  }
}

/** Asks a policy about a member that is built in. */
export function opensBuiltIn(policy: Policy, name: string, object: object): boolean {
  try {
    return policy.builtIn?.(name, object) === true;
  } catch {
    return false;
  }
}
