/**
 * The fork: one end of a new road to the same peer, on which both ends begin anew with their hellos. The body:
 *
 *     u32   index of the frame's descriptor: the receiver's end, a connected socket
 *
 * and where the header's word is 1 and not 0, what the new channel has of the receiver's offers, in place of all:
 *
 *     list<u16, 512>   those at these positions
 *     list<i32, 512>   and those of the interfaces with these ids
 *
 * What is listed and is not there is passed over, so that it can be written before the receiver's hello has come.
 */

import type { Fd } from "../../descriptor.ts";
import { ProtocolError } from "../../errors.ts";
import { fdType } from "../../marshal/attachments.ts";
import type { Decoder } from "../../marshal/decoder.ts";
import type { Encoder } from "../../marshal/encoder.ts";
import { finishFrame, Kind, writeHeader } from "./frame.ts";

/** As many positions, and as many interfaces, as fit the least that every end takes. */
export const MOST_KEPT = 512;

/** Which of its receiver's offers a fork has. */
export interface Kept {
  /** By their positions. */
  readonly positions: readonly number[];
  /** By the ids of their interfaces. */
  readonly interfaces: readonly number[];
}

/** What the header's word says. */
const Keeping = { all: 0, listed: 1 } as const;

const roadEnd = fdType({ kinds: ["seqpacket", "stream"], required: ["read", "write"], optional: [], ownership: "own" });

/** Writes a fork, for the caller to commit, which moves the socket. All offers are kept where nothing is listed. */
export function writeFork(encoder: Encoder, socket: Fd, kept?: Kept): void {
  const start = encoder.begin();
  writeHeader(encoder, start, Kind.fork, 0, kept === undefined ? Keeping.all : Keeping.listed);
  // The pair that it is one of was made as sockets.
  encoder.fd(socket as Fd<"seqpacket">, roadEnd);
  if (kept !== undefined) {
    encoder.list(kept.positions, MOST_KEPT, (e, position) => e.u16(position));
    encoder.list(kept.interfaces, MOST_KEPT, (e, id) => e.i32(id));
  }
  finishFrame(encoder, start);
}

/**
 * Reads the body of a fork, whose header's word is given. The socket is the caller's. Throws a `ProtocolError` where
 * there is not one descriptor, or one that is no connected socket.
 */
export function readFork(decoder: Decoder, word: number): { readonly socket: Fd; readonly kept: Kept | undefined } {
  decoder.origin = "Channel.fork";
  const socket = decoder.fd(roadEnd);
  const kept = readKept(decoder, word);
  decoder.finish();
  return { socket, kept };
}

function readKept(decoder: Decoder, word: number): Kept | undefined {
  if (word === Keeping.all) return undefined;
  if (word !== Keeping.listed) throw new ProtocolError(`A fork keeps offers in a way that does not exist: ${word}.`);
  return {
    positions: decoder.list(MOST_KEPT, 2, (d) => d.u16()),
    interfaces: decoder.list(MOST_KEPT, 4, (d) => d.i32()),
  };
}
