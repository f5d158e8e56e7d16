/** What a program holds of a stream that its peer produces. */

import type { CancelError } from "../errors.ts";
import type { Stream } from "../marshal/streams.ts";
import type { Consumer } from "./consumer.ts";
import { cancelled, late } from "./faults.ts";
import type { AnyMethod } from "./interface.ts";
import { startTimer } from "./timer.ts";

const collected = new FinalizationRegistry((consumer: Consumer) => {
  if (!consumer.live) return;
  consumer.stop();
  process.emitWarning(`A stream of ${consumer.origin} was collected before its end; it has been stopped now.`, {
    code: "POSTERN_STREAM_COLLECTED",
    detail: "Read a stream to its end, leave a `for await` over it, or dispose of it: `await using`, return().",
  });
});

/** See `Stream`. The channel knows the consumer only, so that a stream nobody holds can be collected. */
export class ReceivedStream<T> implements Stream<T> {
  readonly #consumer: Consumer;

  constructor(consumer: Consumer) {
    this.#consumer = consumer;
    collected.register(this, consumer);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    // What the consumer hands out is what the stream's own element decoder has made.
    return this.#consumer.next(this) as Promise<IteratorResult<T, undefined>>;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#consumer.stop();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#consumer.stop();
    await this.#consumer.ended;
  }

  [Symbol.dispose](): void {
    this.#consumer.stop();
  }
}

/** Ends a stream that is not over after `timeoutMs`, or when the signal is aborted: its reader is told which. */
export function limitStream(
  consumer: Consumer,
  method: AnyMethod,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): void {
  if (timeoutMs === undefined && signal === undefined) return;
  const giveUp = (reason: CancelError): void => consumer.fail(reason);
  const onAbort = (): void => giveUp(cancelled(method, signal?.reason));
  const timer = timeoutMs === undefined ? undefined : startTimer(timeoutMs, () => giveUp(late(method, timeoutMs)));
  signal?.addEventListener("abort", onAbort, { once: true });
  consumer.onOver(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  });
}
