/**
 * The smallest wire there can be, for tests of transports: a frame is its length and its number of descriptors, two
 * little-endian words, then anything. Frames start at multiples of eight.
 */

import { LimitError, ProtocolError } from "../../runtime/errors.ts";
import type { Framing } from "../../runtime/transport/transport.ts";

export const plainFraming: Framing = {
  headerBytes: 8,
  alignment: 8,
  measure(view, offset) {
    const length = view.getUint32(offset, true);
    if (length < 8) throw new ProtocolError(`A frame of ${length} bytes is shorter than its header.`);
    if (length > 64 << 20) throw new LimitError(`A frame of ${length} bytes is too long.`);
    return length;
  },
  descriptors: (view, offset) => view.getUint32(offset + 4, true),
};

/** A frame that carries `payload` and names `descriptors` of them, with the zeros up to the next frame. */
export function plainFrame(payload: string | Uint8Array, descriptors = 0): Uint8Array {
  const body = typeof payload === "string" ? Buffer.from(payload) : payload;
  const bytes = new Uint8Array(Math.ceil((8 + body.length) / 8) * 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 8 + body.length, true);
  view.setUint32(4, descriptors, true);
  bytes.set(body, 8);
  return bytes;
}
