/** The roads that every channel suite runs over: within one process, and real sockets of both types. */

import { loopback } from "../../runtime/transport/loopback.ts";
import type { Framing, Transport } from "../../runtime/transport/transport.ts";
import { socketPair, unixSocket } from "../../runtime/transport/unix-socket.ts";

/** Makes one end of a road when it is told the wire's framing, as a `Channel` does. */
export type End = (framing: Framing) => Transport;

/** A way to make two connected ends. */
export interface Road {
  readonly name: string;
  /** Whether one end can answer while the other blocks this thread: then blocking needs no second thread. */
  readonly answersWhileBlocked: boolean;
  pair(): [End, End];
}

export const overLoopback: Road = {
  name: "loopback",
  answersWhileBlocked: true,
  pair() {
    const framings = [new LateFraming(), new LateFraming()] as const;
    const transports = loopback(...framings);
    const end = (index: 0 | 1): End => {
      return (framing) => {
        framings[index].target = framing;
        return transports[index];
      };
    };
    return [end(0), end(1)];
  },
};

function overSocket(type: "seqpacket" | "stream"): Road {
  return {
    name: type,
    answersWhileBlocked: false,
    pair() {
      const [first, second] = socketPair(type);
      return [first, second].map(
        (fd): End =>
          (framing) =>
            unixSocket(fd, framing, { spin: 0 }),
      ) as [End, End];
    },
  };
}

export const overSeqpacket: Road = overSocket("seqpacket");
export const overStream: Road = overSocket("stream");

/** All of them. */
export const roads: readonly Road[] = [overLoopback, overSeqpacket, overStream];

/** A loopback is made with the framings of both its ends, and each channel makes its own when it is given its end. */
class LateFraming implements Framing {
  target: Framing | undefined;

  get headerBytes(): number {
    return this.target!.headerBytes;
  }

  get alignment(): number {
    return this.target!.alignment;
  }

  measure(view: DataView, offset: number): number {
    return this.target!.measure(view, offset);
  }

  descriptors(view: DataView, offset: number): number {
    return this.target!.descriptors(view, offset);
  }
}
