/**
 * What the frames after the hello say. The bodies:
 *
 *     call, oneway   u32 selector, then the parameters          (header: id, or zero for a one-way; target)
 *     return         by status: the result; or i32 error id and the error; or a fault     (header: id; status)
 *     cancel         nothing                                    (header: id)
 *     goodbye        a fault
 *
 * A fault is a u32 code, a string of at most 1,024 bytes that says what is wrong, and a string of at most 64 under
 * which the sender's log has the rest.
 */

import type { Code } from "../../errors.ts";
import type { ErrorCodec } from "../../marshal/codec.ts";
import type { Decoder } from "../../marshal/decoder.ts";
import type { Encoder } from "../../marshal/encoder.ts";
import { finishFrame, Kind, writeHeader } from "./frame.ts";

/** How a call ended, as the header of its return says. */
export const Status = { result: 0, declared: 1, fault: 2 } as const;

/** A fault on the wire. */
export interface Fault {
  readonly code: Code;
  readonly message: string;
  readonly id: string;
}

const MESSAGE_BYTES = 1024;
const ID_BYTES = 64;

/** Codes by their number on the wire. */
const codes: readonly Code[] = [
  "Disconnected",
  "Internal",
  "Unimplemented",
  "Cancelled",
  "DeadlineExceeded",
  "Deadlock",
  "Protocol",
  "Limit",
];

/** Starts a call or, with id zero, a one-way; the parameters follow, then `finishFrame`. Returns the frame's start. */
export function beginCall(encoder: Encoder, id: number, target: number, selector: number): number {
  const start = encoder.begin();
  writeHeader(encoder, start, id === 0 ? Kind.oneway : Kind.call, id, target);
  encoder.i32(selector);
  return start;
}

/** Starts a return that carries a result; the result follows, then `finishFrame`. Returns the frame's start. */
export function beginResult(encoder: Encoder, id: number): number {
  const start = encoder.begin();
  writeHeader(encoder, start, Kind.return, id, Status.result);
  return start;
}

/** Writes a return that carries an error which the method declares and `codec` has claimed. */
export function writeDeclared(encoder: Encoder, id: number, codec: ErrorCodec, thrown: unknown): void {
  const start = encoder.begin();
  writeHeader(encoder, start, Kind.return, id, Status.declared);
  encoder.i32(codec.id);
  codec.encode(encoder, thrown);
  finishFrame(encoder, start);
}

/** Writes a return that carries a fault. */
export function writeFault(encoder: Encoder, id: number, fault: Fault): void {
  const start = encoder.begin();
  writeHeader(encoder, start, Kind.return, id, Status.fault);
  writeFaultBody(encoder, fault);
  finishFrame(encoder, start);
}

/** Writes the notice that a call's answer is no longer wanted. */
export function writeCancel(encoder: Encoder, id: number): void {
  const start = encoder.begin();
  writeHeader(encoder, start, Kind.cancel, id, 0);
  finishFrame(encoder, start);
}

/** Writes the last frame of this direction, with the reason: code `Disconnected` for an orderly end. */
export function writeGoodbye(encoder: Encoder, fault: Fault): void {
  const start = encoder.begin();
  writeHeader(encoder, start, Kind.goodbye, 0, 0);
  writeFaultBody(encoder, fault);
  finishFrame(encoder, start);
}

function writeFaultBody(encoder: Encoder, fault: Fault): void {
  encoder.u32(Math.max(codes.indexOf(fault.code), 0));
  encoder.string(clip(fault.message), MESSAGE_BYTES);
  encoder.string(fault.id, ID_BYTES);
}

/** Cuts a message so that it fits even if every character takes three bytes, and leaves no half of a pair behind. */
function clip(message: string): string {
  return message.slice(0, Math.floor(MESSAGE_BYTES / 3)).toWellFormed();
}

/** Reads the body of a fault or a goodbye; a code from a newer peer is read as `Internal`. */
export function readFault(decoder: Decoder): Fault {
  const code = codes[decoder.u32()] ?? "Internal";
  const message = decoder.string(MESSAGE_BYTES);
  const id = decoder.string(ID_BYTES);
  decoder.finish();
  return { code, message, id };
}
