/** Channels to those who connect to a bound socket: one after the other, in the order in which they connected. */

import type { Channel } from "./channel/channel.ts";
import { type ConnectOptions, channelOver } from "./connect.ts";
import type { AcceptSocketOptions, AcceptSocketSyncOptions, BoundSocket } from "./transport/bound-socket.ts";

/** What an accepted channel is made with, and what ends the wait for one. */
export interface AcceptOptions extends Omit<ConnectOptions, "socket">, AcceptSocketOptions {}

/** What a channel accepted by blocking is made with, and what ends the wait for one. */
export interface AcceptSyncOptions extends Omit<ConnectOptions, "socket">, AcceptSocketSyncOptions {}

/**
 * Waits for the next who connects, and opens a channel to it; what it has sent by then is handled first. Rejects with a
 * `TransportError`, which is `Disconnected` once `bound` is closed or nobody can connect to it any more, or with
 * `Cancelled`.
 *
 *     const { bound, capability } = boundSocket();
 *     await plugin.meet(capability);
 *     using channel = await accept(bound, { offers: [offer(Document, page)] });
 */
export async function accept(bound: BoundSocket, options: AcceptOptions = {}): Promise<Channel> {
  const { socket, peer } = await bound.acceptSocket({ signal: options.signal });
  return channelOver(socket, { ...options, shared: true }, peer);
}

/**
 * Blocks the thread until somebody connects, and opens a channel to it: works before the event loop has turned. Throws as
 * `accept` rejects, or `DeadlineExceeded` after `timeoutMs`.
 *
 *     const { host } = connectAsPlugin((options) => acceptSync(boundFromParent(), options), { plugin });
 */
export function acceptSync(bound: BoundSocket, options: AcceptSyncOptions = {}): Channel {
  const { socket, peer } = bound.acceptSocketSync({ timeoutMs: options.timeoutMs });
  return channelOver(socket, { ...options, shared: true }, peer);
}
