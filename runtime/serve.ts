/** Serves a socket: a channel for each peer that connects. */

import { Channel, type ChannelOptions } from "./channel/channel.ts";
import type { Offer } from "./channel/interface.ts";
import type { SocketOptions } from "./connect.ts";
import { type Listener, listen } from "./transport/listener.ts";
import type { PeerCredentials } from "./transport/transport.ts";
import { unixSocket } from "./transport/unix-socket.ts";

/** What a server is made with. */
export interface ServeOptions extends Omit<ChannelOptions, "offers">, SocketOptions {
  /** What each peer may call; a function decides peer by peer, and refuses one by throwing or returning nothing. */
  readonly offers?: readonly Offer[] | ((peer: PeerCredentials) => readonly Offer[] | undefined);
  /** Connections that wait to be accepted: listen(2)'s backlog. 128 where nothing is said. */
  readonly backlog?: number;
  /** Is told of each channel when it opens; the place to call the peer. */
  readonly onChannel?: (channel: Channel) => void;
}

/** A socket being served. */
export interface Server extends Disposable {
  /** As it was given. */
  readonly address: string;
  /** The channels that are open now. */
  readonly channels: ReadonlySet<Channel>;
  /** Lets the process end although the server listens. */
  unref(): void;
  /** Stops listening, removes the path, and closes every channel. */
  close(): void;
}

/**
 * Listens at a path, or after `@` at a name in Linux's abstract namespace, and opens a channel for each peer. Throws a
 * `TransportError` with the system's error as its cause, EADDRINUSE for a path that exists.
 */
export function serve(address: string, options: ServeOptions = {}): Server {
  return new SocketServer(address, options);
}

class SocketServer implements Server {
  readonly address: string;
  readonly channels: Set<Channel> = new Set();
  readonly #options: ServeOptions;
  readonly #listener: Listener;

  constructor(address: string, options: ServeOptions) {
    this.address = address;
    this.#options = options;
    this.#listener = listen(address, { type: options.socket ?? "seqpacket", backlog: options.backlog ?? 128 });
    this.#listener.start((fd, peer) => {
      const offers = this.#offersFor(peer);
      if (offers === undefined) fd.close();
      else
        this.#open(new Channel((framing) => unixSocket(fd, framing, { spin: options.spin }), { ...options, offers }));
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

  #open(channel: Channel): void {
    this.channels.add(channel);
    channel.closed.then(() => this.channels.delete(channel));
    this.#options.onChannel?.(channel);
  }

  unref(): void {
    this.#listener.unref();
  }

  close(): void {
    this.#listener.close();
    for (const channel of this.channels) channel.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
