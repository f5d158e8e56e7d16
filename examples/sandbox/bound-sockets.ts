/**
 * `SocketFactory`: sockets that exist only as descriptors. Whoever holds a made socket may connect to it, by handing it
 * to `connect`; there is no name in any namespace that somebody else could guess.
 */

import { fstatSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CallContext, type Fd, type Listener, listen, RpcError, socketPair } from "../../runtime/index.ts";
import { ErrnoError, type OnConnect, type SocketFactoryImpl } from "./generated/sandbox.ts";

/** A socket that was made. */
interface BoundSocket {
  readonly listener: Listener;
  readonly accept: OnConnect;
  readonly backlog: number;
  /** Newcomers that `accept` has not answered for. */
  waiting: number;
}

/** Whoever made it disposes of it, which closes every socket to newcomers. */
export class BoundSockets implements SocketFactoryImpl, Disposable {
  /** By inode: the kernel vouches for which socket a descriptor is of, whichever process it comes from. */
  readonly #bound = new Map<bigint, BoundSocket>();

  makeSocket(accept: OnConnect, backlog: number): Fd<"seqpacket"> {
    const listener = nameless(backlog);
    // What it was made as.
    const socket = listener.dup() as Fd<"seqpacket">;
    this.#bound.set(inodeOf(socket), { listener, accept, backlog, waiting: 0 });
    return socket;
  }

  async connect(sock: Fd<"seqpacket">, { peer }: CallContext): Promise<Fd<"seqpacket">> {
    const inode = inodeOf(sock);
    const bound = this.#bound.get(inode);
    if (bound === undefined || bound.waiting >= bound.backlog) throw new ErrnoError("ECONNREFUSED");
    const [near, far] = socketPair("seqpacket");
    bound.waiting++;
    try {
      await bound.accept(far, peer ?? nobody);
      return near;
    } catch (error) {
      near.close();
      far.close();
      // What the callback declares is its own way to refuse.
      if (!(error instanceof RpcError)) throw error;
      if (error.code === "Disconnected") this.#forget(inode);
      throw new ErrnoError("ECONNREFUSED");
    } finally {
      bound.waiting--;
    }
  }

  [Symbol.dispose](): void {
    for (const inode of [...this.#bound.keys()]) this.#forget(inode);
  }

  #forget(inode: bigint): void {
    const bound = this.#bound.get(inode);
    this.#bound.delete(inode);
    bound?.listener.close();
    bound?.accept[Symbol.dispose]();
  }
}

/** A peer in the same process. */
const nobody = { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** A listening socket whose name is gone again: nobody can connect to it but by its descriptor, here. */
function nameless(backlog: number): Listener {
  const folder = mkdtempSync(join(tmpdir(), "postern-"));
  try {
    return listen(join(folder, "socket"), { type: "seqpacket", backlog });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function inodeOf(socket: Fd): bigint {
  return fstatSync(socket.fd, { bigint: true }).ino;
}
