/** A tap between two ends that speak postern's wire: it hands on every frame as it came, and keeps what each said. */

import { closeDescriptor } from "../../runtime/descriptor.ts";
import type { Fd } from "../../runtime/index.ts";
import { socketPair } from "../../runtime/transport/sockets.ts";
import type { Transport } from "../../runtime/transport/transport.ts";
import { unixSocket } from "../../runtime/transport/unix-socket.ts";
import { credulous } from "./raw-peer.ts";
import { type RawFrame, readFrame } from "./wire.ts";

/** A frame with the end that sent it: 0 for the first, 1 for the second. */
export interface RelayedFrame extends RawFrame {
  readonly from: 0 | 1;
}

/** See the file's comment. */
export class Relay implements Disposable {
  /** In the order in which they came to the tap. */
  readonly frames: RelayedFrame[] = [];
  /** The sockets of the two ends; whoever takes one owns it. */
  readonly ends: readonly [Fd, Fd];
  readonly #transports: readonly [Transport, Transport];

  constructor() {
    const [first, nearFirst] = socketPair("seqpacket");
    const [second, nearSecond] = socketPair("seqpacket");
    this.ends = [first, second];
    const open = (fd: Fd): Transport => unixSocket(fd, credulous, { spin: 0 });
    this.#transports = [open(nearFirst), open(nearSecond)];
    this.#handOn(0);
    this.#handOn(1);
  }

  #handOn(from: 0 | 1): void {
    const other = this.#transports[1 - from]!;
    this.#transports[from].start({
      frame: (bytes, _view, start, end, descriptors) => {
        this.frames.push({ from, ...readFrame(bytes.slice(start, end)) });
        const padded = new Uint8Array(Math.ceil((end - start) / 8) * 8);
        padded.set(bytes.subarray(start, end));
        other.send(padded, padded.length, descriptors);
        for (const descriptor of descriptors) closeDescriptor(descriptor);
      },
      batchEnd() {},
      drained() {},
      closed: () => other.close(),
    });
  }

  [Symbol.dispose](): void {
    for (const transport of this.#transports) transport.close();
  }
}
