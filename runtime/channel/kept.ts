/**
 * What a fork keeps of what a channel's end offers: as the end that forks asks for it of its peer, and as that peer
 * finds it among its offers.
 */

import { InvalidError } from "../errors.ts";
import { type Kept, MOST_KEPT } from "../protocol/postern/fork.ts";
import type { OfferedInterface } from "../protocol/postern/hello.ts";
import { type AnyInterface, type Offer, withheld } from "./interface.ts";

/** One of the peer's offers: its position, or all that are of an interface. */
export type Keepable = number | AnyInterface;

/** What a fork keeps of what the peer offers. */
export interface KeepOptions {
  /**
   * Which of the peer's offers the fork has: positions, or interfaces; all that this channel has where nothing is said.
   * Each stays at its position, and calls to the others fail with `Unimplemented`.
   */
  readonly keep?: readonly Keepable[];
}

/**
 * Says which of the peer's offers a fork has. Throws an `InvalidError` for what cannot be an offer, or is none of those
 * in the peer's hello, where that has come.
 */
export function keptOf(keep: readonly Keepable[], offered: readonly OfferedInterface[] | undefined): Kept {
  if (keep.length > MOST_KEPT)
    throw new InvalidError(`A fork keeps at most ${MOST_KEPT} offers by name, and not ${keep.length}.`);
  for (const each of keep) {
    const [there, what] =
      typeof each === "number" ? [isThere(each, offered), `at ${each}`] : [has(each, offered), each.name];
    if (!there) throw new InvalidError(`The peer offers nothing ${what} that a fork could keep.`);
  }
  return {
    positions: keep.filter((each) => typeof each === "number"),
    interfaces: keep.filter((each) => typeof each !== "number").map(({ id }) => id),
  };
}

function isThere(position: number, offered: readonly OfferedInterface[] | undefined): boolean {
  if (!Number.isInteger(position) || position < 0 || position > 0xffff) return false;
  return offered === undefined || (offered[position]?.name ?? "") !== "";
}

function has({ name }: AnyInterface, offered: readonly OfferedInterface[] | undefined): boolean {
  return offered?.some((other) => other.name === name) ?? true;
}

/** What is left of the offers for a fork that keeps some of them: each at its position, the others withheld. */
export function keepOnly(offers: readonly Offer[], kept: Kept | undefined): readonly Offer[] {
  if (kept === undefined) return offers;
  const positions = new Set(kept.positions);
  const interfaces = new Set(kept.interfaces);
  return offers.map((each, position) => (positions.has(position) || interfaces.has(each.type.id) ? each : withheld));
}
