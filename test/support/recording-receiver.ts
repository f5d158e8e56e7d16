/** A receiver that keeps all it is told, and closes the descriptors it was given when the test is done with them. */

import { closeDescriptor } from "../../runtime/descriptor.ts";
import type { RpcError } from "../../runtime/errors.ts";
import type { Receiver } from "../../runtime/transport/transport.ts";

/** One frame as it was delivered; `payload` is a copy of what follows the plain framing's header. */
export interface RecordedFrame {
  readonly payload: Buffer;
  readonly descriptors: readonly number[];
  readonly owned: boolean;
}

export class RecordingReceiver implements Receiver {
  readonly frames: RecordedFrame[] = [];
  batches = 0;
  timesDrained = 0;
  /** The reasons given; more than one is a fault. */
  readonly ends: (RpcError | undefined)[] = [];
  /** What the test does with each frame, after it was recorded; `lent` is the payload where the transport has it. */
  onFrame: (frame: RecordedFrame, lent: Uint8Array) => void = () => {};
  onBatchEnd: () => void = () => {};

  /** The payloads as text. */
  get texts(): string[] {
    return this.frames.map((frame) => frame.payload.toString());
  }

  frame(
    bytes: Uint8Array,
    _view: DataView,
    start: number,
    end: number,
    descriptors: readonly number[],
    owned: boolean,
  ): void {
    const frame = { payload: Buffer.from(bytes.slice(start + 8, end)), descriptors, owned };
    this.frames.push(frame);
    this.onFrame(frame, bytes.subarray(start + 8, end));
  }

  batchEnd(): void {
    this.batches++;
    this.onBatchEnd();
  }

  drained(): void {
    this.timesDrained++;
  }

  closed(reason: RpcError | undefined): void {
    this.ends.push(reason);
  }

  closeDescriptors(): void {
    for (const { descriptors } of this.frames) for (const descriptor of descriptors) closeDescriptor(descriptor);
    this.frames.length = 0;
  }
}
