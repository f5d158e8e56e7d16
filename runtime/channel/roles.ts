/**
 * The roles of a `channel` block, as data: what each end offers, under the names of the IDL. Generated code makes one
 * for each role and opens channels by them; by hand they serve for whatever else makes a channel.
 */

import type { Limits } from "../limits.ts";
import type { ChannelOptions } from "./channel.ts";
import { type AnyInterface, type Interface, offer } from "./interface.ts";

/** What a role needs of a channel: the objects that the peer offers. */
export interface ChannelLike {
  bootstrap<Client>(type: Interface<Client, unknown>, position?: number): Client;
}

/** What an end may choose for itself: all of a channel's options but the offers, which its role decides. */
export interface EndOptions extends Omit<ChannelOptions, "offers"> {}

/** What `defineRole` is given. */
export interface RoleDefinition {
  /** The offers by name, in the order of the IDL, which is their position on the wire. */
  readonly offers: { readonly [name: string]: AnyInterface };
  /** What the peer may ask of this end: `@limits`. */
  readonly limits?: Partial<Limits>;
}

/** One of a channel's two roles. `Held` are its offers as the peer holds them, `Served` what it serves them with. */
export interface Role<Held, Served> extends RoleDefinition {
  /** The options of a channel whose own end has this role; limits given here stand before those of the IDL. */
  options(served: Served, options?: EndOptions): ChannelOptions;
  /** The offers of this role, through a channel to the peer that has it. Nothing is sent. */
  of(channel: ChannelLike): Held;
}

/** Makes a role of what the compiler knows of it. */
export function defineRole<Held, Served extends object>(definition: RoleDefinition): Role<Held, Served> {
  const offers = Object.entries(definition.offers);
  return {
    ...definition,
    options: (served, options = {}) => ({
      ...options,
      limits: { ...definition.limits, ...options.limits },
      offers: offers.map(([name, type]) => offer(type, implementationOf(served, name))),
    }),
    of: (channel) => {
      const held = offers.map(([name, type], position) => [name, channel.bootstrap(type, position)]);
      // Generated code names the same offers in `Held`.
      return Object.fromEntries(held) as Held;
    },
  };
}

/** Finds what is to serve an offer. Throws a `TypeError` where the types did not stop it from being left out. */
function implementationOf(served: object, name: string): unknown {
  const implementation: unknown = (served as Readonly<Record<string, unknown>>)[name];
  if (implementation === undefined) throw new TypeError(`The offer \`${name}\` has no implementation.`);
  return implementation;
}
