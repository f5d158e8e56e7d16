/**
 * References to objects, as marshalling sees them: a body names them by index, in order, as it does descriptors, and
 * the words they stand for lie at the end of the frame. What a word means, and who holds what, is the channel's to
 * know; here are only the two seams that it fills.
 */

import { InvalidError, ProtocolError } from "../errors.ts";

/** What the IDL says of a reference: the interface or callback that the object has. */
export interface CapabilityType<Read, Written> {
  /** `package.Name`. */
  readonly name: string;
  /** Never there; they carry the types of what is read and what may be written. */
  readonly read?: Read;
  readonly written?: Written;
}

/** `own` moves a reference, `borrow` lends it for the call. */
export type Ownership = "own" | "borrow";

/** The most references of one frame: its header counts them in a byte. */
export const MAX_CAPABILITIES = 255;

/** Undoes what taking references out of their frame has kept. */
export interface SentCapabilities {
  /** The frame is never sent: what it was to give is taken back. */
  takeBack(): void;
  /** Whether it gives something to a peer that is given more than it holds. */
  readonly excessive: boolean;
}

/** The references of the frame that is being written. */
export interface CapabilityWriter {
  /** The method that the open frame is about: who has given what is in it. */
  origin: string;
  /**
   * Whether the receiver's own objects do not come home by the open frame, but are answered for by this end: their
   * receiver calls what the frame brings already, and calls this end for it.
   */
  standsIn: boolean;
  /** Those of the open frame, as they go over the wire. */
  readonly words: readonly number[];
  /** Adds one to the open frame and returns its index there. Throws an `InvalidError` for what is none. */
  add(value: unknown, type: CapabilityType<unknown, unknown>, ownership: Ownership): number;
  /** Closes the open frame: what it gives is given, what it moves is the caller's no longer. */
  commit(): SentCapabilities;
  /** Undoes the open frame. */
  rollback(): void;
}

/** The references of the frame that is being read. */
export interface CapabilityReader {
  /** Takes over the words of a frame; `origin` names who is to answer for what is forgotten. */
  reset(words: readonly number[]): void;
  /** The method that the frame is about. */
  origin: string;
  /** How many have been claimed or passed over. */
  readonly next: number;
  /** Claims the one at an index: each is named once, in order. Throws a `ProtocolError`. */
  claim(index: number, type: CapabilityType<unknown, unknown>, ownership: Ownership): unknown;
  /** Passes over the next ones, which belong to something this end does not know, and gives them back. */
  skip(count: number): void;
  /** Ends the frame and hands over what was claimed. Throws a `ProtocolError` if some are left over. */
  finish(): void;
  /** Those that have been claimed so far. */
  readonly claimed: readonly Disposable[];
  /** Those that were only lent, to be disposed when the call is over. */
  readonly lent: readonly Disposable[];
  /** Gives everything back that the frame brought, claimed or not. */
  abandon(): void;
}

const none: readonly never[] = [];
const nothingSent: SentCapabilities = { takeBack() {}, excessive: false };

/** Where no references can go: a message without a channel. */
export const noCapabilitiesOut: CapabilityWriter = {
  origin: "",
  standsIn: false,
  words: none,
  add(_value, type) {
    throw new InvalidError(`A ${type.name} cannot be sent here.`);
  },
  commit: () => nothingSent,
  rollback() {},
};

/** Where no references can come from. */
export const noCapabilitiesIn: CapabilityReader = {
  origin: "",
  next: 0,
  claimed: none,
  lent: none,
  reset(words) {
    if (words.length > 0) throw new ProtocolError("A message has references where none can be.");
  },
  claim(index) {
    throw new ProtocolError(`Reference ${index} is named where there are none.`);
  },
  skip(count) {
    if (count > 0) throw new ProtocolError("References are named where there are none.");
  },
  finish() {},
  abandon() {},
};
