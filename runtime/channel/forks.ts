/**
 * The forks that the peer makes of a channel, from the frame that tells of one until it is a channel of its own. While
 * this thread blocks on the channel they wait, as the peer's calls do: nothing of the program runs for them before.
 */

import type { Fd } from "../descriptor.ts";
import { InvalidError, ProtocolError } from "../errors.ts";
import type { Decoder } from "../marshal/decoder.ts";
import { type Kept, MOST_KEPT, readFork } from "../protocol/postern/fork.ts";
import type { OfferedInterface } from "../protocol/postern/hello.ts";
import type { Framing, Transport } from "../transport/transport.ts";
import type { Chain } from "./chain.ts";
import { type AnyInterface, type Offer, withheld } from "./interface.ts";

/** One of the peer's offers: its position, or all that are of an interface. */
export type Keepable = number | AnyInterface;

/** What taking forks needs of their channel. */
export interface ForksOptions {
  readonly transport: Transport;
  readonly framing: Framing;
  readonly chain: Chain;
  /** Takes a place among the peer's forks. Returns whether there was one. */
  readonly takePlace: () => boolean;
  readonly giveBackPlace: () => void;
  /** Speaks over the new road, in the place that was taken for it. */
  readonly open: (transport: Transport, kept: Kept | undefined) => void;
  /** Tells the peer over the new road that there was no place, and closes it. */
  readonly refuse: (transport: Transport) => void;
}

interface WaitingFork {
  readonly transport: Transport;
  readonly kept: Kept | undefined;
}

/** See the file's comment. */
export class Forks {
  readonly #options: ForksOptions;
  #waiting: WaitingFork[] = [];

  constructor(options: ForksOptions) {
    this.#options = options;
  }

  /** How many wait for this thread. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes the fork whose body the decoder is at. Throws a `ProtocolError` for what the peer may not send. */
  arrived(decoder: Decoder, word: number): void {
    const { chain, takePlace, open, refuse } = this.#options;
    const { socket, kept } = readFork(decoder, word);
    const transport = this.#adopt(socket);
    if (transport === undefined) return;
    if (!takePlace()) refuse(transport);
    else if (chain.blocked) this.#waiting.push({ transport, kept });
    else open(transport, kept);
  }

  /** Makes a transport of what came; nothing where this process is short of what that takes. */
  #adopt(socket: Fd): Transport | undefined {
    const { transport, framing } = this.#options;
    try {
      return transport.adopt(socket, framing);
    } catch (error) {
      // The peer, if it has not done wrong, sees its end closed.
      socket.close();
      if (error instanceof ProtocolError) throw error;
      return undefined;
    }
  }

  /** This thread no longer blocks. */
  resume(): void {
    if (this.#options.chain.blocked) return;
    for (const { transport, kept } of this.#waiting.splice(0)) this.#options.open(transport, kept);
  }

  /** The channel has ended: what waited for it is closed. */
  clear(): void {
    for (const { transport } of this.#waiting.splice(0)) {
      transport.close();
      this.#options.giveBackPlace();
    }
  }
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
