/** The words for how calls fail: what callers are told, and what a fault from the peer becomes. */

import { CancelError, LimitError, PeerError, ProtocolError, type RpcError, TransportError } from "../errors.ts";
import type { FaultPlace } from "../marshal/codec.ts";
import type { Decoder } from "../marshal/decoder.ts";
import { type Fault, readFault, Status } from "../protocol/postern/message.ts";
import { type AnyMethod, versionOf } from "./interface.ts";

/** What was called, and with what. */
export interface Asked {
  readonly method: AnyMethod;
  readonly parameters: readonly unknown[];
}

/** Reads why a call or a stream failed, and makes the error of it. Throws a `ProtocolError` for what it cannot be. */
export function readFailure(decoder: Decoder, status: number, asked: Asked): Error {
  const { method } = asked;
  if (status === Status.fault) return peerError(method, readFault(decoder));
  if (status !== Status.declared) throw new ProtocolError(`A call ends with status ${status}, which does not exist.`);
  const errorId = decoder.i32();
  const codec = method.throws.find((candidate) => candidate.id === errorId);
  if (codec === undefined) throw new ProtocolError(`${method.fullName} answers with an error it does not declare.`);
  const error = codec.decode(decoder, faultPlace(asked));
  decoder.finish();
  return error;
}

/** What a fault that the peer answered with is to the caller. */
function peerError(method: AnyMethod, { code, message, id }: Fault): RpcError {
  // The peer has named its own version: the two differ where one end is older.
  const version = code === "Unimplemented" ? ` of version ${versionOf(method)}` : "";
  const text = `${method.fullName}${version}: ${message}`;
  if (code === "Cancelled" || code === "DeadlineExceeded") return new CancelError(code, text);
  if (code === "Limit") return new LimitError(text);
  return new PeerError(code === "Unimplemented" || code === "Deadlock" ? code : "Internal", text, id);
}

export function cancelled(method: AnyMethod, cause: unknown): CancelError {
  return new CancelError("Cancelled", `${method.fullName} was cancelled by its caller.`, { cause });
}

export function late(method: AnyMethod, timeoutMs: number): CancelError {
  return new CancelError("DeadlineExceeded", `${method.fullName} was not answered within ${timeoutMs} ms.`);
}

export function wouldDeadlock(method: AnyMethod): PeerError {
  return new PeerError("Deadlock", `${method.fullName} would block for ever: its answer must come from this thread.`);
}

export function tooDeep(method: AnyMethod): LimitError {
  return new LimitError(
    `${method.fullName} is called on behalf of a call that blocks, and the peer works on as many calls as it takes: ` +
      "it would wait for those that wait for it. Nest less deeply, or raise the peer's limit on calls in flight.",
  );
}

/** What a handler is told of the end of its channel, whatever ended it. */
export function disconnected(reason: RpcError): RpcError {
  if (reason.code === "Disconnected") return reason;
  return new TransportError("The channel has ended.", { code: "Disconnected", cause: reason });
}

/** Where a call failed, for the errors that name a path, unless that is not to be shown. */
function faultPlace({ method, parameters }: Asked): FaultPlace {
  if (method.sensitive === true) return { syscall: method.name, path: undefined, dest: undefined };
  return { syscall: method.name, path: textAt(parameters, method.path), dest: textAt(parameters, method.dest) };
}

function textAt(parameters: readonly unknown[], position: number | undefined): string | undefined {
  const value = position === undefined ? undefined : parameters[position];
  return typeof value === "string" ? value : undefined;
}
