/**
 * Streams, as marshalling sees them: in a body one is an id, and its items travel in frames of their own. What an id
 * means is the channel's to know; here are the two seams that it fills, and what generated code says of streams.
 */

import { InvalidError, ProtocolError } from "../errors.ts";

/**
 * Values that the peer produces, as they are read. `for await` reads them; leaving the loop, `return` and disposal stop
 * the peer, and what had come and was not read is closed. A stream is read once.
 *
 *     for await (const entry of files.readdir("/")) console.log(entry.name);
 */
export interface Stream<T> extends AsyncDisposable, Disposable {
  /** The next value, or the end. Rejects once with what ended the stream early; after that there is only the end. */
  next(): Promise<IteratorResult<T, undefined>>;
  /** Stops the stream, and does not wait for the peer. */
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): this;
  /** Stops the stream and waits until the peer's producer has cleaned up, or the channel has ended. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Stops the stream, and does not wait for the peer. */
  [Symbol.dispose](): void;
}

/** What values to be sent may come from: a generator, a list, a Node stream. It is read as fast as the peer reads. */
export type StreamSource<T> = AsyncIterable<T> | Iterable<T>;

/** The streams of the frame that is being written. */
export interface StreamWriter<Encoder> {
  /** Adds one to the open frame and returns its id. Throws an `InvalidError` for what cannot be iterated. */
  add(source: unknown, element: (encoder: Encoder, value: never) => void): number;
}

/** The streams of the frame that is being read. */
export interface StreamReader<Decoder> {
  /** Opens the peer's stream of an id. Throws a `ProtocolError` when it is open already. */
  claim(id: number, element: (decoder: Decoder) => unknown): Stream<unknown>;
}

/** Where no streams can go: a message without a channel. */
export const noStreamsOut: StreamWriter<never> = {
  add() {
    throw new InvalidError("A stream cannot be sent here.");
  },
};

/** Where no streams can come from. */
export const noStreamsIn: StreamReader<never> = {
  claim(id) {
    throw new ProtocolError(`Stream ${id} is named where there are none.`);
  },
};
