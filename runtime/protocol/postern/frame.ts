/**
 * The header that starts every frame of postern's wire, and where a frame ends. Four little-endian words:
 *
 *     0  u32  length of the frame in bytes, this header included, the gap after it not
 *     4  u8   kind
 *     5  u8   flags; zero where the kind defines none
 *     6  u8   how many descriptors belong to the frame
 *     7  u8   zero
 *     8  u32  id of the call the frame is about; zero where it is about none
 *    12  u32  target of a call, status of a return; zero otherwise
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
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Writes a header for the encoder's frame that starts at `start`; `finishFrame` fills in the length and descriptors. */
export function writeHeader(encoder: Encoder, start: number, kind: Kind, id: number, word: number): void {
  encoder.reserve(HEADER_BYTES);
  const { view } = encoder;
  view.setUint32(start + 4, kind, true);
  view.setUint32(start + 8, id, true);
  view.setUint32(start + 12, word, true);
  encoder.position = start + HEADER_BYTES;
}

/** Completes the header of the encoder's open frame, which started at `start`. */
export function finishFrame(encoder: Encoder, start: number): void {
  encoder.view.setUint32(start, encoder.position - start, true);
  encoder.slab[start + 6] = encoder.descriptors.open;
}

/** Reads the header's kind; throws a `ProtocolError` for one that this version does not have. */
export function readKind(view: DataView, start: number): Kind {
  const word = view.getUint32(start + 4, true);
  const kind = word & 0xff;
  if (kind < Kind.hello || kind > Kind.goodbye) throw new ProtocolError(`Frame kind ${kind} does not exist.`);
  // All flags are for later versions, and so is the byte after the descriptor count.
  if ((word & 0xff00ff00) !== 0) throw new ProtocolError("A frame has flags that do not exist.");
  return kind as Kind;
}

/** Reads the header's id. */
export function readId(view: DataView, start: number): number {
  return view.getUint32(start + 8, true);
}

/** Reads the header's last word: target or status. */
export function readWord(view: DataView, start: number): number {
  return view.getUint32(start + 12, true);
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
