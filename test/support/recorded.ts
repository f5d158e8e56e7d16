/** A road whose sends are written down: what left together, and in which order. */

import type { Transport } from "../../runtime/transport/transport.ts";
import type { End, Road } from "./roads.ts";
import { type RawFrame, readFrame } from "./wire.ts";

/** The frames of each send of one end, in order. */
export type Packets = (readonly RawFrame[])[];

/** A road like another, and what the first end of its next pair sends. */
export function recorded(road: Road): { readonly road: Road; readonly packets: Packets } {
  const packets: Packets = [];
  return {
    packets,
    road: {
      ...road,
      pair() {
        const [one, other] = road.pair();
        return [(framing) => noting(one(framing), packets), other] satisfies [End, End];
      },
    },
  };
}

function noting(transport: Transport, packets: Packets): Transport {
  const { send, exchange } = transport;
  const note = (bytes: Uint8Array, length: number): void => {
    if (length > 0) packets.push(framesOf(bytes.subarray(0, length)));
  };
  return Object.assign(transport, {
    send(this: Transport, ...given: Parameters<typeof send>) {
      note(given[0], given[1]);
      send.apply(this, given);
    },
    exchange(this: Transport, ...given: Parameters<typeof exchange>) {
      note(given[0], given[1]);
      return exchange.apply(this, given);
    },
  });
}

function framesOf(bytes: Uint8Array): readonly RawFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: RawFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + view.getUint32(at, true);
    frames.push(readFrame(bytes.slice(at, end)));
    at = Math.ceil(end / 8) * 8;
  }
  return frames;
}
