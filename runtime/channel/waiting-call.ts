/** A call to an object that is not there yet, while it waits for it: its time runs, and nobody may want it any more. */

import { CancelError, type RpcError } from "../errors.ts";
import { viewOf } from "../marshal/frame-slab.ts";
import { type Kind, promisedBytes, readFlags } from "../protocol/postern/frame.ts";
import { type CallHead, writeDeadline } from "../protocol/postern/message.ts";
import type { PendingAnswer } from "./answers.ts";
import type { WaitingFrame } from "./backlog.ts";
import { startTimer } from "./timer.ts";

/** See the file's comment; or a one-way, which nobody takes back. */
export class WaitingCall implements WaitingFrame, PendingAnswer {
  readonly kind: Kind;
  readonly bytes: Uint8Array;
  readonly descriptors: readonly number[];
  readonly id: number;
  readonly method: string;
  readonly #giveUp: (waiting: WaitingCall, reason: RpcError) => void;
  readonly #deadline: number | undefined;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(
    frame: WaitingFrame & { readonly id: number; readonly method: string },
    { deadlineMs }: CallHead,
    giveUp: (waiting: WaitingCall, reason: RpcError) => void,
  ) {
    this.kind = frame.kind;
    this.bytes = frame.bytes;
    this.descriptors = frame.descriptors;
    this.id = frame.id;
    this.method = frame.method;
    this.#giveUp = giveUp;
    if (deadlineMs === undefined) return;
    const late = (): void => this.abort(new CancelError("DeadlineExceeded", `The time for ${this.method} is up.`));
    this.#deadline = performance.now() + deadlineMs;
    this.#timer = startTimer(deadlineMs, late);
  }

  /** What it counts of the bytes that may wait. */
  get weight(): number {
    return promisedBytes(this.bytes.length, this.descriptors.length);
  }

  abort(reason: RpcError): void {
    this.#giveUp(this, reason);
  }

  /** It waits no longer: what is left of its time is written into it. */
  stop(): void {
    clearTimeout(this.#timer);
    if (this.#deadline === undefined) return;
    const view = viewOf(this);
    writeDeadline(view, 0, readFlags(view, 0), this.#deadline - performance.now());
  }
}
