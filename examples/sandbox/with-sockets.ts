/** What a program can do with sockets that it may not make itself: offer one, connect to it, talk through it. */

import { readSync, writeSync } from "node:fs";
import type { Fd } from "../../runtime/index.ts";
import type { Tell } from "../telling.ts";
import type { SocketFactory } from "./generated/sandbox.ts";

/** Tells of everything that `SocketFactory` has; both ends are this program here. */
export async function useSockets(sockets: SocketFactory, tell: Tell): Promise<void> {
  const connections: Fd[] = [];
  // `makeSocket(callback) -> descriptor`: the callback has each newcomer's connection.
  using bound = sockets.makeSocketSync((connection, peer) => {
    connections.push(connection);
    tell("somebody connects to the socket", `of user ${peer.uid}`);
  });

  // Blocks, and is called back meanwhile: the callback above runs within this call.
  using out = sockets.connectSync(bound);
  using into = connections.pop()!;
  writeSync(out.fd, "through a socket that nobody else can name");
  const buffer = Buffer.alloc(100);
  tell("what goes in at one end", buffer.toString("utf8", 0, readSync(into.fd, buffer)));

  using again = await sockets.connect(bound);
  tell("a second connection, by promise", again.kind);
  connections.pop()?.close();

  // The interface says what kind of descriptor goes where, and what it may allow: both ends hold it to that.
  const refused = await sockets.connect(out).catch((error: unknown) => error);
  tell("connecting to what is no bound socket", refused instanceof Error ? refused.message : "was possible!");
}
