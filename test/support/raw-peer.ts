/** A peer that speaks bytes: it sends what it is told, however wrong, and keeps what it is sent. */

import { closeDescriptor } from "../../runtime/descriptor.ts";
import type { Framing, Transport } from "../../runtime/transport/transport.ts";
import type { End } from "./roads.ts";
import { kind, type RawFrame, readFault, readFrame } from "./wire.ts";
import { until, within } from "./within.ts";

/** Believes every header, so that nothing the other end says is refused. */
export const credulous: Framing = {
  headerBytes: 16,
  alignment: 8,
  measure: (view, offset) => Math.max(view.getUint32(offset, true), 16),
  descriptors: (view, offset) => view.getUint8(offset + 6),
};

/** See the file's comment. Descriptors that it receives are counted and closed. */
export class RawPeer implements Disposable {
  readonly frames: RawFrame[] = [];
  readonly ended: Promise<void>;
  readonly #transport: Transport;
  #settleEnded!: () => void;

  /** `reading: false` makes a peer that takes nothing from its socket until it is told to `read`. */
  constructor(end: End, { reading = true }: { readonly reading?: boolean } = {}) {
    this.#transport = end(credulous);
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    if (!reading) this.#transport.pause();
    this.#transport.start({
      frame: (bytes, _view, start, end, descriptors) => {
        this.frames.push(readFrame(bytes.slice(start, end)));
        for (const descriptor of descriptors) closeDescriptor(descriptor);
      },
      batchEnd: () => {},
      drained: () => {},
      closed: () => this.#settleEnded(),
    });
  }

  /** Begins to read. */
  read(): void {
    this.#transport.resume();
  }

  /** Sends bytes in one packet, with descriptors, which stay the caller's. */
  send(bytes: Uint8Array, descriptors: readonly number[] = []): void {
    this.#transport.send(bytes, bytes.length, descriptors);
  }

  /** All frames of a kind that have come. */
  of(name: keyof typeof kind): readonly RawFrame[] {
    return this.frames.filter((frame) => frame.kind === kind[name]);
  }

  /** Waits until so many frames of a kind have come, and returns them. */
  async received(name: keyof typeof kind, count = 1): Promise<readonly RawFrame[]> {
    await until(() => this.of(name).length >= count, `frame ${count} of kind ${name}`);
    return this.of(name);
  }

  /** Waits for the end, and returns why the other end says it is; nothing if it went without a word. */
  async farewell(): Promise<{ readonly code: number; readonly message: string } | undefined> {
    await within(this.ended, "the end of the raw peer's road");
    const [last] = this.of("goodbye");
    return last && readFault(last.body);
  }

  /** Goes without a word. */
  vanish(): void {
    this.#transport.close();
  }

  [Symbol.dispose](): void {
    this.vanish();
  }
}
