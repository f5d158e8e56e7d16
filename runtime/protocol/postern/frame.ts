/**
 * The header that starts every frame of postern's wire, and where a frame ends. Four little-endian words:
 *
 *     0  u32  length of the frame in bytes, this header included, the gap after it not
 *     4  u8   kind
 *     5  u8   flags of a call; zero otherwise
 *     6  u8   how many descriptors belong to the frame
 *     7  u8   how many references to objects belong to the frame: as many words at its end
 *     8  u32  id of the call, object or stream the frame is about; zero where it is about none
 *    12  u32  target of a call, status of a return or an end, a count; zero otherwise
 *
 * Frames start at multiples of eight bytes; zeros fill the gap.
 */

import { LimitError, ProtocolError } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import type { Encoder } from "../../marshal/encoder.ts";
import type { Framing } from "../../transport/transport.ts";

export const HEADER_BYTES = 16;
export const ALIGNMENT = 8;

/** What a frame is, as its header's `kind` says. */
export const Kind = {
  /** The first frame in either direction; see hello.ts. */
  hello: 1,
  call: 2,
  oneway: 3,
  return: 4,
  /** The caller no longer wants the answer; it still gets one. */
  cancel: 5,
  /** The last frame in a direction: why the sender ends the channel. */
  goodbye: 6,
  /** References to an object, named by the header's id, are given back to the end that exports it. */
  release: 7,
  /** A value of a stream, from its producer; the header's id is the stream's. */
  item: 8,
  /** The last that a producer says of a stream. */
  end: 9,
  /** How many more items the consumer of a stream takes. */
  credit: 10,
  /** The consumer of a stream wants no more; it still gets an end. */
  stop: 11,
  /** One end of a new road to the same peer; see fork.ts. */
  fork: 12,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** What a call says of itself beside its parameters. */
export const CallFlag = {
  /** It is made on behalf of a call of the receiver's, whose id follows the selector. */
  within: 1,
  /** Its caller's thread blocks until it is answered. */
  blocking: 2,
  /** Milliseconds follow, after which the answer is no longer wanted. */
  deadline: 4,
  /** Its result, one object, is called before it is there: by the promised target that is made of the call's id. */
  promised: 8,
} as const;
const CALL_FLAGS = CallFlag.within | CallFlag.blocking | CallFlag.deadline | CallFlag.promised;

/** Targets from here up are promised: the object that the call with the id above this bit results in. */
export const PROMISED = 0x80000000;
/**
 * Bytes of calls and one-ways to promised targets that wait for their objects, beyond which none may follow. The last of
 * them may be as long as a message, so that any call can be sent.
 */
export const PROMISED_BYTES = 256 * 1024;

/** What a descriptor counts among those bytes, so that frames which are nearly nothing but descriptors do not add up. */
const PROMISED_DESCRIPTOR_BYTES = 4096;

/** What a frame to a promised target counts among those that wait. */
export function promisedBytes(bytes: number, descriptors: number): number {
  return bytes + PROMISED_DESCRIPTOR_BYTES * descriptors;
}

/** Writes a header for the encoder's frame that starts at `start`; `finishFrame` fills in the length and descriptors. */
export function writeHeader(
  encoder: Encoder,
  start: number,
  kind: Kind,
  id: number,
  word: number,
  flags: number = 0,
): void {
  encoder.reserve(HEADER_BYTES);
  const { view } = encoder;
  view.setUint32(start + 4, kind | (flags << 8), true);
  view.setUint32(start + 8, id, true);
  view.setUint32(start + 12, word, true);
  encoder.position = start + HEADER_BYTES;
}

/** Completes the encoder's open frame, which started at `start`: its references, and what its header counts. */
export function finishFrame(encoder: Encoder, start: number): void {
  const { words } = encoder.capabilities;
  for (const word of words) encoder.u32(word);
  encoder.view.setUint32(start, encoder.position - start, true);
  encoder.slab[start + 6] = encoder.descriptors.open;
  encoder.slab[start + 7] = words.length;
}

/** Reads the header's kind; throws a `ProtocolError` for one that this version does not have. */
export function readKind(view: DataView, start: number): Kind {
  const word = view.getUint32(start + 4, true);
  const kind = word & 0xff;
  if (kind < Kind.hello || kind > Kind.fork) throw new ProtocolError(`Frame kind ${kind} does not exist.`);
  const flags = (word >>> 8) & 0xff;
  if ((flags & ~flagsOf(kind)) !== 0) throw new ProtocolError("A frame has flags that do not exist.");
  return kind as Kind;
}

function flagsOf(kind: number): number {
  if (kind === Kind.call) return CALL_FLAGS;
  return kind === Kind.oneway ? CallFlag.within : 0;
}

/** Reads a call's flags from its header. */
export function readFlags(view: DataView, start: number): number {
  return view.getUint8(start + 5);
}

/** Takes a flag out of the header of a call. */
export function clearFlag(view: DataView, start: number, flag: number): void {
  view.setUint8(start + 5, readFlags(view, start) & ~flag);
}

/** Reads the references at the end of a frame. Throws a `ProtocolError` when it has no room for them. */
export function readCapabilities(view: DataView, start: number, end: number): readonly number[] {
  const count = view.getUint8(start + 7);
  if (count === 0) return noCapabilities;
  const table = end - 4 * count;
  if (table < start + HEADER_BYTES) throw new ProtocolError(`A frame has no room for its ${count} references.`);
  return Array.from({ length: count }, (_, index) => view.getUint32(table + 4 * index, true));
}

const noCapabilities: readonly number[] = [];

/** Reads the header's id. */
export function readId(view: DataView, start: number): number {
  return view.getUint32(start + 8, true);
}

/** Reads the header's last word: target or status. */
export function readWord(view: DataView, start: number): number {
  return view.getUint32(start + 12, true);
}

/** Throws a `ProtocolError` for a word of a header that its kind does not use and its sender has. */
export function requireZero(word: number): void {
  if (word !== 0) throw new ProtocolError("A frame's header says something where its kind says nothing.");
}

/** Writes the header's last word anew: a call that has waited goes to another target by now. */
export function writeWord(view: DataView, start: number, word: number): void {
  view.setUint32(start + 12, word, true);
}

/** Tells a transport where frames end, and refuses those over the limits of this end. */
export function framing(limits: Limits): Framing {
  return {
    headerBytes: HEADER_BYTES,
    alignment: ALIGNMENT,
    measure(view, offset) {
      const length = view.getUint32(offset, true);
      if (length < HEADER_BYTES) throw new ProtocolError(`A frame of ${length} bytes is shorter than its header.`);
      if (length > limits.message)
        throw new LimitError(`A frame of ${length} bytes is longer than the ${limits.message} allowed here.`);
      return length;
    },
    descriptors(view, offset) {
      const count = view.getUint8(offset + 6);
      if (count > limits.fds) throw new LimitError(`A frame has ${count} descriptors; ${limits.fds} are allowed here.`);
      return count;
    },
  };
}
