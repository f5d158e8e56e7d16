/**
 * What the frames after the hello say. The bodies:
 *
 *     call, oneway   u32 selector, what the flags say, the parameters   (header: id, zero for a one-way; target)
 *     return         by status: the result; or i32 error id and the error; or a fault     (header: id; status)
 *     cancel         nothing                                    (header: id)
 *     release        nothing                                    (header: id of the object; how many)
 *     goodbye        a fault
 *     item           the value                                  (header: id of the stream)
 *     end            as of a return, without a result           (header: id of the stream; status)
 *     credit         nothing                                    (header: id of the stream; how many)
 *     stop           nothing                                    (header: id of the stream; reason)
 *
 * A fault is a u32 code, a string of at most 1,024 bytes that says what is wrong, and a string of at most 64 under
 * which the sender's log has the rest.
 */

import { type Code, ProtocolError } from "../../errors.ts";
import type { ErrorCodec } from "../../marshal/codec.ts";
import type { Decoder } from "../../marshal/decoder.ts";
import type { Encoder } from "../../marshal/encoder.ts";
import { CallFlag, finishFrame, HEADER_BYTES, Kind, writeHeader } from "./frame.ts";

/** How a call or a stream ended, as the header of its return or its end says. */
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

/**
 * Starts a call or, with id zero, a one-way, made on behalf of the receiver's call `within` (zero for none) and no
 * longer wanted after `deadlineMs`. The parameters follow, then `finishFrame`. Returns the frame's start.
 */
export function beginCall(
  encoder: Encoder,
  id: number,
  target: number,
  selector: number,
  flags: number = 0,
  within: number = 0,
  deadlineMs?: number,
): number {
  const start = encoder.begin();
  const kind = id === 0 ? Kind.oneway : Kind.call;
  const allFlags = flags | (within === 0 ? 0 : CallFlag.within) | (deadlineMs === undefined ? 0 : CallFlag.deadline);
  writeHeader(encoder, start, kind, id, target, allFlags);
  encoder.i32(selector);
  if (within !== 0) encoder.u32(within);
  if (deadlineMs !== undefined) encoder.u32(Math.min(Math.max(0, Math.ceil(deadlineMs)), 0xffffffff));
  return start;
}

/** What a call says of itself before its parameters. */
export interface CallHead {
  readonly selector: number;
  /** The receiver's call on whose behalf it is made; zero for none. */
  readonly within: number;
  /** Whether its caller's thread blocks. */
  readonly blocking: boolean;
  readonly deadlineMs: number | undefined;
}

/** Looks ahead for the call on whose behalf a call is made; zero for none, or where the frame is too short to say. */
export function readWithin(view: DataView, start: number, flags: number): number {
  const at = start + HEADER_BYTES + 4;
  return (flags & CallFlag.within) === 0 || at + 4 > view.byteLength ? 0 : view.getUint32(at, true);
}

/** Writes anew how many milliseconds are left for a call that has waited; only for one that has a deadline. */
export function writeDeadline(view: DataView, start: number, flags: number, deadlineMs: number): void {
  const at = start + HEADER_BYTES + 4 + ((flags & CallFlag.within) === 0 ? 0 : 4);
  view.setUint32(at, Math.min(Math.max(0, Math.ceil(deadlineMs)), 0xffffffff), true);
}

/** Reads the head of a call that is not decoded yet. Throws a `ProtocolError` where the frame is too short for it. */
export function peekCallHead(view: DataView, start: number, end: number, flags: number): CallHead {
  const within = (flags & CallFlag.within) === 0 ? 0 : 4;
  const deadline = (flags & CallFlag.deadline) === 0 ? 0 : 4;
  const at = start + HEADER_BYTES;
  if (at + 4 + within + deadline > end) throw new ProtocolError("A call is too short to say what is called.");
  return {
    selector: view.getInt32(at, true),
    within: within === 0 ? 0 : view.getUint32(at + 4, true),
    blocking: (flags & CallFlag.blocking) !== 0,
    deadlineMs: deadline === 0 ? undefined : view.getUint32(at + 4 + within, true),
  };
}

/** Reads the head of a call's body; the parameters follow. */
export function readCallHead(decoder: Decoder, flags: number): CallHead {
  return {
    selector: decoder.i32(),
    within: (flags & CallFlag.within) === 0 ? 0 : decoder.u32(),
    blocking: (flags & CallFlag.blocking) !== 0,
    deadlineMs: (flags & CallFlag.deadline) === 0 ? undefined : decoder.u32(),
  };
}

/** Writes that references to an object of the peer are given back. */
export function writeRelease(encoder: Encoder, target: number, count: number): void {
  writeBare(encoder, Kind.release, target, count);
}

/** Starts a return that carries a result; the result follows, then `finishFrame`. Returns the frame's start. */
export function beginResult(encoder: Encoder, id: number): number {
  const start = encoder.begin();
  writeHeader(encoder, start, Kind.return, id, Status.result);
  return start;
}

/** What can say why something failed: the return of a call, the end of a stream. */
export type FailingKind = typeof Kind.return | typeof Kind.end;

/** Writes a return or an end that carries an error which the method declares and `codec` has claimed. */
export function writeDeclared(
  encoder: Encoder,
  id: number,
  codec: ErrorCodec,
  thrown: unknown,
  kind: FailingKind = Kind.return,
): void {
  const start = encoder.begin();
  writeHeader(encoder, start, kind, id, Status.declared);
  encoder.i32(codec.id);
  codec.encode(encoder, thrown);
  finishFrame(encoder, start);
}

/** Writes a return or an end that carries a fault. */
export function writeFault(encoder: Encoder, id: number, fault: Fault, kind: FailingKind = Kind.return): void {
  const start = encoder.begin();
  writeHeader(encoder, start, kind, id, Status.fault);
  writeFaultBody(encoder, fault);
  finishFrame(encoder, start);
}

/** Why an answer or a stream is no longer wanted, as the header of a cancel or a stop says. */
export const CancelReason = { cancelled: 0, late: 1 } as const;

/** Writes the notice that a call's answer is no longer wanted. */
export function writeCancel(encoder: Encoder, id: number, late: boolean): void {
  writeBare(encoder, Kind.cancel, id, late ? CancelReason.late : CancelReason.cancelled);
}

/** Starts an item of a stream; the value follows, then `finishFrame`. Returns the frame's start. */
export function beginItem(encoder: Encoder, id: number): number {
  const start = encoder.begin();
  writeHeader(encoder, start, Kind.item, id, 0);
  return start;
}

/** Writes the end of a stream whose values have ended, or were not wanted any more. */
export function writeEnd(encoder: Encoder, id: number): void {
  writeBare(encoder, Kind.end, id, Status.result);
}

/** Writes how many more items the consumer of a stream takes. */
export function writeCredit(encoder: Encoder, id: number, count: number): void {
  writeBare(encoder, Kind.credit, id, count);
}

/** Writes that the consumer of a stream wants no more; `late` if that is because its time ran out. */
export function writeStop(encoder: Encoder, id: number, late: boolean): void {
  writeBare(encoder, Kind.stop, id, late ? CancelReason.late : CancelReason.cancelled);
}

/** Writes a frame whose header says all. */
function writeBare(encoder: Encoder, kind: Kind, id: number, word: number): void {
  const start = encoder.begin();
  writeHeader(encoder, start, kind, id, word);
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
