/** Both ends of a bound socket in one process, and what goes over the connections that are made through it. */

import { readSync, writeSync } from "node:fs";
import type { Fd } from "../../runtime/descriptor.ts";
import { TransportError } from "../../runtime/errors.ts";
import { type BoundSocketPair, boundSocket } from "../../runtime/transport/bound-socket.ts";

/** Makes a bound socket and its capability, both of which `using` closes. */
export function boundEnds(): BoundSocketPair & Disposable {
  const { bound, capability } = boundSocket();
  return {
    bound,
    capability,
    [Symbol.dispose]() {
      bound.close();
      capability.close();
    },
  };
}

/** Sends a packet. */
export function say(socket: Fd, text: string): void {
  writeSync(socket.fd, text);
}

/** The next packet; the text of an end is empty. It is there, or its sender gone: else this would block. */
export function hear(socket: Fd): string {
  const bytes = Buffer.alloc(64);
  return bytes.toString("utf8", 0, readSync(socket.fd, bytes));
}

/** Whether an error says that nobody is at the other end. */
export function disconnected(error: unknown): boolean {
  return error instanceof TransportError && error.code === "Disconnected";
}
