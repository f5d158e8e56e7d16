/**
 * The streams of one channel, in both directions. A stream belongs to a call, as its result or as one of its
 * parameters, and so to the end that made the call; it counts among that end's calls in flight until it has ended.
 * The producer names it; the two directions have names of their own. A name is never used twice, so that what crosses
 * with the end of a stream is not taken for another's.
 */

import { InvalidError, LimitError, ProtocolError, type RpcError } from "../errors.ts";
import type { Decoder } from "../marshal/decoder.ts";
import type { Encoder } from "../marshal/encoder.ts";
import type { Stream, StreamReader, StreamWriter } from "../marshal/streams.ts";
import { Kind, requireZero } from "../protocol/postern/frame.ts";
import { CancelReason } from "../protocol/postern/message.ts";
import type { Answer } from "./answers.ts";
import { Consumer, type ConsumerHost } from "./consumer.ts";
import type { Failures } from "./failures.ts";
import type { Asked } from "./faults.ts";
import type { AnyMethod } from "./interface.ts";
import type { LedgerStream } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import { Producer, type ProducerHost } from "./producer.ts";
import type { Provenance } from "./provenance.ts";
import { ReceivedStream } from "./stream.ts";

/** The frames that are about streams. */
export type StreamKind = typeof Kind.item | typeof Kind.end | typeof Kind.credit | typeof Kind.stop;

const LAST_ID = 0xffffffff;
const none: readonly never[] = [];

/** See the file's comment. */
export class Streams implements StreamWriter<Encoder>, StreamReader<Decoder>, ProducerHost, ConsumerHost {
  readonly outbox: Outbox;
  readonly failures: Failures;
  readonly #producers = new Map<number, Producer>();
  readonly #consumers = new Map<number, Consumer>();
  /** Those that this end's calls have brought; all others are the peer's. */
  readonly #ours = new WeakSet<Producer | Consumer>();
  /** The producers among the parameters of our calls that are not answered, by the call's id. */
  readonly #parameters = new Map<number, readonly Producer[]>();
  /** Those of the frame being written, and of the frame being read. */
  #written: Producer[] = [];
  #read: Consumer[] = [];
  /** The stream that the frame being read is to open, where it answers a call of ours. */
  #expected: (ExpectedStream & { readonly call: number }) | undefined;
  readonly #stalled = new Set<Producer>();
  #lastId = 0;
  #serving = 0;

  readonly #provenance: Provenance | undefined;

  constructor(outbox: Outbox, failures: Failures, provenance?: Provenance) {
    this.outbox = outbox;
    this.failures = failures;
    this.#provenance = provenance;
  }

  /** Those that are open, in both directions. */
  *live(): Iterable<LedgerStream> {
    for (const each of [...this.#producers.values(), ...this.#consumers.values()]) {
      const site = this.#provenance?.siteOf(each) ?? [];
      const direction = each instanceof Producer ? "out" : "in";
      yield { kind: "stream", id: each.id, direction, method: each.origin, site };
    }
  }

  /** How many streams are open, in both directions. */
  get size(): number {
    return this.#producers.size + this.#consumers.size;
  }

  /** How many of them belong to calls of the peer. */
  get serving(): number {
    return this.#serving;
  }

  /** Whether some wait for the peer to take from its socket what they have sent. */
  get someoneWaits(): boolean {
    return this.#stalled.size > 0;
  }

  /** The peer has taken what was sent. */
  roomAgain(): void {
    const stalled = [...this.#stalled];
    this.#stalled.clear();
    for (const producer of stalled) producer.goOn();
  }

  // ---------------------------------------------------------------- writing

  add(source: unknown, element: (encoder: Encoder, value: never) => void): number {
    if (!isIterable(source)) throw new InvalidError(`${typeof source} values cannot be iterated as a stream.`);
    if (this.#lastId === LAST_ID) throw new LimitError("The channel has had as many streams as there are ids.");
    const producer = new Producer(this, ++this.#lastId, source, element);
    this.#written.push(producer);
    this.#provenance?.note(producer);
    return producer.id;
  }

  /** How many the frame being written has. */
  get written(): number {
    return this.#written.length;
  }

  /** The frame being written was undone: its streams never were, and their sources are the caller's as before. */
  rollback(): void {
    if (this.#written.length > 0) this.#written = [];
  }

  /** The frame was a call of ours: its streams begin when the peer says so. */
  asked(call: number, method: AnyMethod): void {
    const producers = this.#takeWritten(method);
    if (producers.length === 0) return;
    for (const producer of producers) this.#ours.add(producer);
    this.#parameters.set(call, producers);
  }

  /** The frame was an answer of ours: its stream begins, and the call lasts until it ends. */
  answered(answer: Answer, method: AnyMethod): void {
    answer.begin();
    for (const producer of this.#takeWritten(method)) {
      producer.answer = answer;
      this.#serving++;
      producer.start();
    }
  }

  #takeWritten(method: AnyMethod): readonly Producer[] {
    const written = this.#written;
    if (written.length === 0) return none;
    this.#written = [];
    for (const producer of written) {
      producer.method = method;
      this.#producers.set(producer.id, producer);
    }
    return written;
  }

  // ---------------------------------------------------------------- what becomes of our calls

  /** Makes the stream that a call of ours is going to result in, or that a call of the peer has brought. */
  expect(asked: Asked | undefined): ExpectedStream {
    const consumer = new Consumer(this, asked);
    return { consumer, stream: new ReceivedStream(consumer) };
  }

  /** The frame being read is the return of a call that results in a stream: `claim` opens the one that it expects. */
  returning(call: number, expected: ExpectedStream): void {
    this.#expected = { ...expected, call };
  }

  /** A call has been answered. Its parameters are not wanted any more, unless it lasts as long as its result. */
  returned(call: number): void {
    this.#expected = undefined;
    for (const producer of this.#takeParameters(call)) producer.callOver();
  }

  /** The caller has given a call up; its answer is still to come. */
  givenUp(call: number): void {
    for (const producer of this.#parameters.get(call) ?? none) producer.giveUp();
  }

  /** A call was never sent. */
  unsent(call: number): void {
    for (const producer of this.#takeParameters(call)) {
      this.#producers.delete(producer.id);
      producer.callOver();
    }
  }

  #takeParameters(call: number): readonly Producer[] {
    if (this.#parameters.size === 0) return none;
    const producers = this.#parameters.get(call);
    this.#parameters.delete(call);
    return producers ?? none;
  }

  // ---------------------------------------------------------------- reading

  claim(id: number, element: (decoder: Decoder) => unknown): Stream<unknown> {
    if (id === 0 || this.#consumers.has(id)) throw new ProtocolError(`Stream ${id} is opened, and is open already.`);
    const { consumer, stream, call } = this.#expected ?? { ...this.expect(undefined), call: 0 };
    this.#consumers.set(id, consumer);
    this.#provenance?.note(consumer);
    if (call === 0) {
      this.#serving++;
      this.#read.push(consumer);
    } else {
      this.#ours.add(consumer);
      this.outbox.opened();
      const parameters = this.#takeParameters(call);
      consumer.onOver(() => {
        for (const producer of parameters) producer.callOver();
      });
    }
    consumer.open(id, element);
    return stream;
  }

  /** The frame was a call of the peer: its streams begin. Returns them, to be disposed of when the call is over. */
  accept(method: AnyMethod, parameters: readonly unknown[]): readonly Disposable[] {
    const consumers = this.#read;
    if (consumers.length === 0) return none;
    this.#read = [];
    for (const consumer of consumers) consumer.start({ method, parameters });
    return consumers;
  }

  /** Handles a frame whose body the decoder is at, and which has so many bytes. Throws what the peer did wrong. */
  frame(kind: StreamKind, id: number, word: number, decoder: Decoder, bytes: number): void {
    switch (kind) {
      case Kind.item:
        requireZero(word);
        this.#consumer(id).item(decoder, bytes);
        return;
      case Kind.end:
        this.#consumer(id).end(word, decoder);
        return;
      case Kind.credit:
        decoder.finish();
        this.#producer(id)?.credit(word);
        return;
      case Kind.stop:
        if (word > CancelReason.late) throw new ProtocolError(`A stream is stopped for a reason of ${word}.`);
        decoder.finish();
        this.#producer(id)?.stop(word === CancelReason.late);
        return;
    }
  }

  #consumer(id: number): Consumer {
    const consumer = this.#consumers.get(id);
    if (consumer === undefined) throw new ProtocolError(`Stream ${id} is not open.`);
    return consumer;
  }

  /** Nothing for a stream that has ended, of which the peer may not have heard yet. */
  #producer(id: number): Producer | undefined {
    if (id === 0 || id > this.#lastId) throw new ProtocolError(`Stream ${id} never was.`);
    return this.#producers.get(id);
  }

  // ---------------------------------------------------------------- the end

  stalled(producer: Producer): void {
    this.#stalled.add(producer);
  }

  produced(producer: Producer): void {
    this.#stalled.delete(producer);
    if (this.#producers.delete(producer.id)) this.#uncount(producer);
  }

  consumed(consumer: Consumer): void {
    if (this.#consumers.delete(consumer.id)) this.#uncount(consumer);
  }

  #uncount(stream: Producer | Consumer): void {
    if (this.#ours.has(stream)) this.outbox.answered();
    else this.#serving--;
  }

  /** The channel has ended: readers get the reason, and producers stop. Handlers are told, either way, `forHandlers`. */
  endAll(reason: RpcError, forHandlers: RpcError): void {
    const producers = [...this.#producers.values()];
    const consumers = [...this.#consumers.values()];
    this.#producers.clear();
    this.#consumers.clear();
    this.#parameters.clear();
    this.#stalled.clear();
    this.#serving = 0;
    for (const producer of producers) producer.abort(forHandlers);
    for (const consumer of consumers) consumer.cut(this.#ours.has(consumer) ? reason : forHandlers);
  }
}

/** The stream that a stub has returned and the peer has not named yet. */
export interface ExpectedStream {
  readonly consumer: Consumer;
  readonly stream: ReceivedStream<unknown>;
}

function isIterable(source: unknown): source is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof source !== "object" || source === null) return false;
  return Symbol.asyncIterator in source || Symbol.iterator in source;
}
