/** Joins a channel to the socket it speaks through: one made to an address, one inherited, or one that is there. */

import { Channel, type ChannelOptions } from "./channel/channel.ts";
import { Fd } from "./descriptor.ts";
import { TransportError } from "./errors.ts";
import type { PeerCredentials } from "./transport/transport.ts";
import { connectSocket, type SocketType, setCloseOnExec, unixSocket } from "./transport/unix-socket.ts";

/** The environment variable in which `spawn` tells a child which of its descriptors is its channel. */
export const CHANNEL_VARIABLE = "POSTERN_CHANNEL";

/** How a socket is made and waited for. */
export interface SocketOptions {
  /** `seqpacket` where nothing is said; both ends use the same. */
  readonly socket?: SocketType;
  /**
   * Microseconds to look for the answer before sleeping, which saves the wake-up where the peer answers at once on
   * another processor. It adapts: looking in vain stops it. 0 never looks; 50 where nothing is said.
   */
  readonly spin?: number;
}

/** What a channel over a socket is made with. */
export interface ConnectOptions extends ChannelOptions, SocketOptions {}

/**
 * Connects to a socket that another process serves: a path, or after `@` a name in Linux's abstract namespace. The
 * channel can be used at once. Throws a `TransportError` with the system's error as its cause.
 */
export function connect(address: string, options: ConnectOptions = {}): Channel {
  return channelOver(connectSocket(address, options.socket ?? "seqpacket"), options);
}

/**
 * Takes up the channel that this process was started with: the descriptor that the environment variable
 * `POSTERN_CHANNEL` names. The variable is removed, so that a process started from this one does not find it. Throws a
 * `TransportError` when the process was not started with a channel, or has taken it up already.
 */
export function connectToParent(options: ConnectOptions = {}): Channel {
  const named = process.env[CHANNEL_VARIABLE];
  delete process.env[CHANNEL_VARIABLE];
  if (named === undefined || !/^\d{1,9}$/.test(named))
    throw new TransportError(`This process was not started with a channel: ${CHANNEL_VARIABLE} does not name one.`);
  const fd = Fd.adopt(Number(named), CHANNEL_VARIABLE);
  setCloseOnExec(fd);
  return channelOver(fd, options);
}

/**
 * Speaks over a connected socket, which belongs to the channel from now on; if this throws, it is closed. `peer` says
 * who is at the other end of a pair of sockets, of which the kernel knows only who made it.
 */
export function channelOver(fd: Fd, options: ConnectOptions = {}, peer?: PeerCredentials): Channel {
  try {
    return new Channel((framing) => unixSocket(fd, framing, { spin: options.spin, peer }), options);
  } catch (error) {
    fd.close();
    throw error;
  }
}
