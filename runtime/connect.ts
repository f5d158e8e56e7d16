/**
 * Joins a channel to the socket it speaks through: one made to an address or through a capability, one inherited, or one
 * that is there.
 */

import { Channel, type ChannelOptions } from "./channel/channel.ts";
import type { Family } from "./channel/family.ts";
import { descriptorOf, Fd, type FdLike } from "./descriptor.ts";
import { TransportError } from "./errors.ts";
import { type BoundSocket, boundSocketOver, connectThrough } from "./transport/bound-socket.ts";
import { peerOf } from "./transport/sockets.ts";
import type { PeerCredentials } from "./transport/transport.ts";
import { connectSocket, type SocketType, setCloseOnExec, unixSocket } from "./transport/unix-socket.ts";

/** The environment variable in which `spawn` tells a child which of its descriptors is its channel. */
export const CHANNEL_VARIABLE = "POSTERN_CHANNEL";

/** The environment variable in which `spawnBound` tells a child which of its descriptors is its bound socket. */
export const BOUND_SOCKET_VARIABLE = "POSTERN_BOUND_SOCKET";

/** How a socket is made and waited for. */
export interface SocketOptions {
  /** At an address: `seqpacket` where nothing is said; both ends use the same. All others are what they are. */
  readonly socket?: SocketType;
  /**
   * Microseconds to look for the answer before sleeping, which saves the wake-up where the peer answers at once on
   * another processor. It adapts: looking in vain stops it. 0 never looks; 50 where nothing is said.
   */
  readonly spin?: number;
  /**
   * Whether others may hold this very end of the socket as well: whoever has made both ends of a pair, and given this one
   * away. It costs a blocking call that sleeps one system call, and then they cannot keep it from ending in its time.
   */
  readonly shared?: boolean;
}

/** What a channel over a socket is made with. */
export interface ConnectOptions extends ChannelOptions, SocketOptions {}

/**
 * Connects to a socket that another process serves: a path, after `@` a name in Linux's abstract namespace, or the
 * capability of a bound socket, which stays the caller's. The channel can be used at once, also when nobody has accepted
 * it yet. Throws a `TransportError` with the system's error as its cause: through a capability, EAGAIN when its bound
 * socket's queue is full; and an `InvalidError` where there is no capability.
 *
 * Through a capability, the channel's `peer` is who made the bound socket.
 */
export function connect(address: string | FdLike, options: ConnectOptions = {}): Channel {
  if (typeof address === "string") return channelOver(connectSocket(address, options.socket ?? "seqpacket"), options);
  return channelOver(connectThrough(address), options, peerOf(descriptorOf(address)));
}

/**
 * Takes up the channel that this process was started with: the descriptor that the environment variable
 * `POSTERN_CHANNEL` names. The variable is removed, so that a process started from this one does not find it. Throws a
 * `TransportError` when the process was not started with a channel, or has taken it up already.
 */
export function connectToParent(options: ConnectOptions = {}): Channel {
  return channelOver(inherited(CHANNEL_VARIABLE, "a channel"), options);
}

/**
 * Takes up the bound socket that this process was started with: the descriptor that the environment variable
 * `POSTERN_BOUND_SOCKET` names, which is removed. Throws as `connectToParent` does.
 */
export function boundFromParent(): BoundSocket {
  const fd = inherited(BOUND_SOCKET_VARIABLE, "a bound socket");
  try {
    return boundSocketOver(fd);
  } catch (error) {
    fd.close();
    throw error;
  }
}

/** Takes over the descriptor that an environment variable names, once. */
function inherited(variable: string, what: string): Fd {
  const named = process.env[variable];
  delete process.env[variable];
  if (named === undefined || !/^\d{1,9}$/.test(named))
    throw new TransportError(`This process was not started with ${what}: ${variable} does not name one.`);
  const fd = Fd.adopt(Number(named), variable);
  try {
    setCloseOnExec(fd);
    return fd;
  } catch (error) {
    // It is not open, so there is nothing that somebody owns.
    fd.release();
    throw error;
  }
}

/**
 * Speaks over a connected socket, which belongs to the channel from now on; if this throws, it is closed. `peer` says
 * who is at the other end of a pair of sockets, of which the kernel knows only who made it. The channel and its forks
 * join `family`, or one of their own.
 */
export function channelOver(
  fd: Fd,
  options: ConnectOptions = {},
  peer?: PeerCredentials,
  family?: Family<Channel>,
): Channel {
  const { spin, shared } = options;
  try {
    return new Channel((framing) => unixSocket(fd, framing, { spin, shared, peer }), options, family);
  } catch (error) {
    fd.close();
    throw error;
  }
}
