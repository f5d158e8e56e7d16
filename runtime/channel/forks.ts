/**
 * The further roads to the same peer, of which each becomes a channel of its own: those that this end makes, and those
 * that the peer makes. The frame that tells of one is all that a channel has to do with its forks.
 */

import type { Fd } from "../descriptor.ts";
import { InvalidError, ProtocolError } from "../errors.ts";
import type { Decoder } from "../marshal/decoder.ts";
import { type Kept, readFork, writeFork } from "../protocol/postern/fork.ts";
import type { Framing, Transport } from "../transport/transport.ts";
import type { Chain } from "./chain.ts";
import type { Imports } from "./imports.ts";
import { type Keepable, keptOf } from "./kept.ts";
import type { Outbox } from "./outbox.ts";

/** What forking needs of the channel that is forked. */
export interface ForksOptions {
  readonly transport: Transport;
  readonly framing: Framing;
  readonly chain: Chain;
  readonly outbox: Outbox;
  readonly imports: Imports;
  /** Takes a place among the peer's forks. Returns whether there was one. */
  readonly takePlace: () => boolean;
  readonly giveBackPlace: () => void;
  /** Speaks over a road that the peer has made, in the place that was taken for it. */
  readonly open: (transport: Transport, kept: Kept | undefined) => void;
  /** Tells the peer over such a road that there was no place, and closes it. */
  readonly refuse: (transport: Transport) => void;
  /** Is told that this thread no longer blocks. */
  readonly onUnblocked: () => void;
}

/** One of the peer's that waits for this thread. */
interface WaitingFork {
  readonly transport: Transport;
  readonly kept: Kept | undefined;
}

/** See the file's comment. */
export class Forks {
  readonly #options: ForksOptions;
  /** Those of the channel that this one was forked of here, while the frame that tells the peer may not have left there. */
  #parent: Forks | undefined;
  #waiting: WaitingFork[] = [];

  constructor(options: ForksOptions) {
    this.#options = options;
  }

  // ---------------------------------------------------------------- made here

  /**
   * Makes a new road to the peer, of whose near end `use` makes something, and tells the peer of the far one. Throws as
   * `Channel.fork` says.
   */
  make<T extends Disposable>(keep: readonly Keepable[] | undefined, use: (near: Fd) => T): T {
    const { transport, outbox, imports } = this.#options;
    if (!transport.carriesDescriptors) throw new InvalidError("A fork needs a road that carries descriptors.");
    const kept = keep && keptOf(keep, imports.offered);
    outbox.checkRoom();
    const [near, far] = transport.pair();
    let made: T | undefined;
    try {
      made = use(near);
      // It is within every peer's limits and so is never held back: somebody may block on it at once.
      writeFork(outbox.encoder, far, kept);
      outbox.commit();
      outbox.flush();
      return made;
    } catch (error) {
      made?.[Symbol.dispose]();
      near.close();
      far.close();
      throw error;
    }
  }

  /** This channel's road was made by another's `make`. */
  madeBy(parent: Forks): void {
    if (parent.#parent !== undefined || parent.#options.transport.queued > 0) this.#parent = parent;
  }

  /**
   * Lets leave, before this thread blocks on the channel, the frame that tells the peer of it: where the peer is slow it
   * may still be queued at the parent, which sends nothing while this thread blocks here.
   */
  announce(deadline: number | undefined): void {
    const parent = this.#parent;
    if (parent === undefined) return;
    parent.announce(deadline);
    const { chain, transport, onUnblocked } = parent.#options;
    const left = deadline === undefined ? -1 : Math.max(0, Math.ceil(deadline - performance.now()));
    chain.hold(() => transport.drain(left));
    if (transport.queued === 0) this.#parent = undefined;
    if (!chain.blocked) onUnblocked();
  }

  // ---------------------------------------------------------------- made by the peer

  /** How many of the peer's wait for this thread: while it blocks on the channel, nothing of the program runs for them. */
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
