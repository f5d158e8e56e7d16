/** Hands over everybody who connects to a bound socket, as a listener does with those who connect to an address. */

import { TransportError } from "../errors.ts";
import type { BoundSocket, Newcomer } from "./bound-socket.ts";
import type { OnConnection } from "./listener.ts";
import { isShortage } from "./sockets.ts";

/** How long to leave newcomers waiting when the process is out of descriptors or memory. */
const PAUSE_MS = 100;

/**
 * Accepts until the bound socket ends. What `onConnection` throws is an uncaught exception; its newcomer is refused. A
 * fault of the socket itself closes it, and is an uncaught exception too.
 */
export async function acceptAll(bound: BoundSocket, onConnection: OnConnection): Promise<void> {
  for (;;) {
    const newcomer = await nextOf(bound);
    if (newcomer === undefined) return;
    try {
      onConnection(newcomer.socket, newcomer.peer);
    } catch (error) {
      newcomer.socket.close();
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** The next newcomer, also when it had to wait until this process could have its descriptor; nothing at the end. */
async function nextOf(bound: BoundSocket): Promise<Newcomer | undefined> {
  for (let warned = false; ; warned = true) {
    try {
      return await bound.acceptSocket();
    } catch (error) {
      if (!(error instanceof TransportError) || !isShortage(error.cause)) return ended(bound, error);
      if (!warned) process.emitWarning(`Newcomers have to wait: ${error.message}`, { code: "POSTERN_ACCEPT_WAITS" });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** Ends the waiting: in order, or by throwing what is no orderly end. */
function ended(bound: BoundSocket, reason: unknown): undefined {
  bound.close();
  if (!(reason instanceof TransportError) || reason.code !== "Disconnected") throw reason;
}
