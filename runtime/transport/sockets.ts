/**
 * Sockets of the Unix domain before anything speaks over them: pairs, and ends connected to an address, which is a path
 * or after `@` a name in Linux's abstract namespace.
 */

import { Fd } from "../descriptor.ts";
import { TransportError } from "../errors.ts";
import { addon, type SocketType, socketType } from "../native/addon.ts";
import { systemError } from "../system-error.ts";
import type { PeerCredentials } from "./transport.ts";

export type { SocketType } from "../native/addon.ts";

/** Makes two sockets connected to each other, which the caller owns. Throws a `TransportError`. */
export function socketPair<Type extends SocketType>(type: Type): [Fd<Type>, Fd<Type>] {
  const pair = addon().socketpair(socketType[type]);
  if (typeof pair === "number") throw refused("A pair of sockets cannot be made", pair, "socketpair");
  const [first, second] = pair;
  return [Fd.adopt(first, "socketPair"), Fd.adopt(second, "socketPair")];
}

/**
 * Connects to a listening socket; blocks while the listener's backlog is full. Throws a `TransportError` with the
 * system's error as its cause.
 */
export function connectSocket(address: string, type: SocketType): Fd {
  const fd = addon().connect(socketType[type], address);
  if (fd < 0) throw refused(`No connection to ${address}`, fd, "connect", address);
  return Fd.adopt(fd, "connectSocket");
}

/** Keeps a descriptor that this process inherited from the programs that it starts. Throws a `TransportError`. */
export function setCloseOnExec(fd: Fd): void {
  const status = addon().setcloexec(fd.fd, true);
  if (status < 0) throw refused(`Descriptor ${fd.fd} cannot be used`, status, "fcntl");
}

/** Who is at the other end of a socket: of a pair, who made it. Nothing where the kernel does not say. */
export function peerOf(fd: number): PeerCredentials | undefined {
  const credentials = addon().peercred(fd);
  if (typeof credentials === "number") return undefined;
  const [pid, uid, gid] = credentials;
  return { pid, uid, gid };
}

/** Whether the system refused for want of something that others may give back: descriptors, memory. */
export function isShortage(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
  return ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"].includes(code);
}

/** What the system refused. */
export function refused(what: string, status: number, syscall: string, path?: string): TransportError {
  const cause = systemError(status, syscall, path);
  return new TransportError(`${what}: ${cause.message}.`, { cause });
}
