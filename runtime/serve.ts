/** Serves a socket, at an address or a bound one: a channel for each peer that connects. */

import type { Channel, ChannelOptions } from "./channel/channel.ts";
import { Family } from "./channel/family.ts";
import type { Offer } from "./channel/interface.ts";
import { channelOver, type SocketOptions } from "./connect.ts";
import type { Fd } from "./descriptor.ts";
import { completeLimits } from "./limits.ts";
import { acceptAll } from "./transport/accept-all.ts";
import type { BoundSocket } from "./transport/bound-socket.ts";
import { type Listener, listen } from "./transport/listener.ts";
import type { PeerCredentials } from "./transport/transport.ts";

/** What a server is made with. */
export interface ServeOptions extends Omit<ChannelOptions, "offers">, SocketOptions {
  /** What each peer may call; a function decides peer by peer, and refuses one by throwing or returning nothing. */
  readonly offers?: readonly Offer[] | ((peer: PeerCredentials) => readonly Offer[] | undefined);
  /** Connections to an address that wait to be accepted: listen(2)'s backlog. 128 where nothing is said. */
  readonly backlog?: number;
  /** Is told of each peer's first channel when it opens; the place to call the peer. Of their forks, `onFork` is told. */
  readonly onChannel?: (channel: Channel) => void;
}

/** A socket being served. */
export interface Server extends Disposable {
  /** As it was given; nothing where a bound socket is served. */
  readonly address: string | undefined;
  /** The channels that are open now, forks included. */
  readonly channels: ReadonlySet<Channel>;
  /** Lets the process end although others may connect. */
  unref(): void;
  /** Stops accepting, removes the path, and closes every channel. */
  close(): void;
}

/**
 * Listens at a path, or after `@` at a name in Linux's abstract namespace, and opens a channel for each peer. Throws a
 * `TransportError` with the system's error as its cause, EADDRINUSE for a path that exists.
 *
 * Or accepts all who connect to a bound socket, which belongs to the server from now on. When nobody holds its
 * capability any more, the channels that are open stay so.
 */
export function serve(address: string | BoundSocket, options: ServeOptions = {}): Server {
  return new SocketServer(address, options);
}

class SocketServer implements Server {
  readonly address: string | undefined;
  readonly channels: Set<Channel> = new Set();
  readonly #options: ServeOptions;
  /** How many channels each peer may have forked. */
  readonly #forks: number;
  readonly #source: Listener | BoundSocket;

  constructor(address: string | BoundSocket, options: ServeOptions) {
    this.#options = options;
    this.#forks = completeLimits(options.limits).forks;
    if (typeof address === "string") {
      this.address = address;
      const listener = listen(address, { type: options.socket ?? "seqpacket", backlog: options.backlog ?? 128 });
      this.#source = listener;
      listener.start((fd, peer) => this.#admit(fd, peer));
    } else {
      this.#source = address;
      acceptAll(address, (fd, peer) => this.#admit(fd, peer));
    }
  }

  #admit(fd: Fd, peer: PeerCredentials): void {
    const offers = this.#offersFor(peer);
    if (offers === undefined) {
      fd.close();
      return;
    }
    const channel = channelOver(
      fd,
      { ...this.#options, offers, shared: this.address === undefined },
      peer,
      this.#newFamily(),
    );
    this.#options.onChannel?.(channel);
  }

  /** Makes the family of a peer's channels, each of which is one of the server's while it is open. */
  #newFamily(): Family<Channel> {
    return new Family(this.#forks, (channel) => {
      this.channels.add(channel);
      channel.closed.then(() => this.channels.delete(channel));
    });
  }

  #offersFor(peer: PeerCredentials): readonly Offer[] | undefined {
    const { offers } = this.#options;
    if (typeof offers !== "function") return offers ?? [];
    try {
      return offers(peer);
    } catch {
      return undefined;
    }
  }

  unref(): void {
    this.#source.unref();
  }

  close(): void {
    this.#source.close();
    for (const channel of this.channels) channel.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
