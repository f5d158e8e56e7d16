/** What generated codecs do with an arm that is not theirs: carried along by a flexible union, refused by a strict one. */

import { InvalidError, ProtocolError } from "../errors.ts";
import type { Encoder } from "./encoder.ts";

/** An arm of a flexible union from a peer that is newer than this code. It can be sent on as it came. */
export interface UnknownArm {
  readonly kind: "unknown";
  readonly ordinal: number;
  /** The value, as it was encoded. */
  readonly value: Uint8Array;
  /** There when it came with descriptors or objects. They have been let go of, so it cannot be sent on. */
  readonly incomplete?: true;
}

/**
 * Starts a union whose arm this code does not know, and writes the arm byte for byte. Throws an `InvalidError` for what
 * is no such arm, and for one that has lost what it came with.
 */
export function encodeUnknownArm(encoder: Encoder, arm: UnknownArm, name: string): void {
  const { kind, ordinal, value, incomplete } = arm;
  if (kind !== "unknown") throw notAnArm(arm, name);
  if (!Number.isInteger(ordinal) || ordinal < 1 || ordinal > 0xffff || !(value instanceof Uint8Array))
    throw new InvalidError(`An unknown arm of ${name} has an ordinal from 1 to 65535 and a Uint8Array.`);
  if (incomplete)
    throw new InvalidError(`Arm ${ordinal} of ${name} came with descriptors or objects that nobody here could hold.`);
  encoder.openUnion(ordinal);
  const at = encoder.position;
  encoder.reserve(value.length);
  encoder.slab.set(value, at);
  encoder.position = at + value.length;
}

/** Makes the error for a value that is none of a union's arms. */
export function notAnArm(value: unknown, name: string): InvalidError {
  const kind: unknown = typeof value === "object" && value !== null && "kind" in value ? value.kind : value;
  return new InvalidError(`${JSON.stringify(String(kind).slice(0, 40))} is not an arm of ${name}.`);
}

/** Makes the error for an arm of a strict union that a peer sent and this code does not have. */
export function unlistedArm(ordinal: number, name: string): ProtocolError {
  return new ProtocolError(`${ordinal} is not the ordinal of an arm of ${name}.`);
}
