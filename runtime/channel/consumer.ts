/**
 * A stream that the peer produces, on this side: keeps what has come until it is read, and grants the producer more as
 * it is. Nothing here runs user code, so that frames can be taken at any time.
 */

import { InvalidError, ProtocolError, type RpcError } from "../errors.ts";
import type { Decoder } from "../marshal/decoder.ts";
import { Status, writeCredit, writeStop } from "../protocol/postern/message.ts";
import { type Asked, readFailure } from "./faults.ts";
import type { Outbox } from "./outbox.ts";
import { WINDOW_BYTES, WINDOW_ITEMS, Window } from "./window.ts";

/** What one stream needs of its channel. */
export interface ConsumerHost {
  readonly outbox: Outbox;
  /** The stream's id is free again: the peer has ended it. */
  consumed(consumer: Consumer): void;
}

/** An item that nobody has read. */
interface Unread {
  readonly value: unknown;
  /** What it brought, to be closed if nobody ever reads it. */
  readonly carried: readonly Disposable[];
  readonly bytes: number;
}

/** Somebody who waits for the next item. */
interface Reader {
  resolve(result: IteratorResult<unknown, undefined>): void;
  reject(reason: unknown): void;
  /** Kept, so that a stream which is being read is not collected. */
  readonly stream: object;
}

const END: IteratorResult<never, undefined> = { value: undefined, done: true };

/** See the file's comment. */
export class Consumer {
  /** The producer's name for the stream; zero until the peer has said. */
  id = 0;
  readonly #host: ConsumerHost;
  /** The call that the stream is the result or a parameter of; a parameter is read before it is known. */
  #asked: Asked | undefined;
  readonly #window: Window = new Window();
  #element: ((decoder: Decoder) => unknown) | undefined;
  #unread: Unread[] = [];
  #readers: Reader[] = [];
  /** Of the items that were read and not granted again: how many, and their bytes. */
  #taken = 0;
  #takenBytes = 0;
  /** Whether nothing more will be handed out but what is unread. */
  #over = false;
  /** Whether nothing more will come. */
  #ended = false;
  #late = false;
  /** What the next read throws when all is read. */
  #failure: { readonly reason: unknown } | undefined;
  #whenOver: (() => void)[] = [];
  #whenEnded: (() => void)[] = [];

  constructor(host: ConsumerHost, asked: Asked | undefined) {
    this.#host = host;
    this.#asked = asked;
  }

  /** `package.Interface.method`. */
  get origin(): string {
    return this.#asked?.method.fullName ?? "a call";
  }

  /** Whether there is something to read, or to wait for. */
  get live(): boolean {
    return !this.#over || this.#unread.length > 0;
  }

  /** The peer has said which stream it is. One that nobody wants by then is stopped at once. */
  open(id: number, element: (decoder: Decoder) => unknown): void {
    this.id = id;
    this.#element = element;
    if (this.#over) this.#sendStop();
  }

  /** Lets the peer begin: the stream is a parameter of this call, and its producer holds it back until then. */
  start(asked: Asked): void {
    this.#asked = asked;
    this.#sendCredit(WINDOW_ITEMS);
  }

  // ---------------------------------------------------------------- the peer's side

  /** An item has come, in a frame of so many bytes. Throws what is wrong with it, in which case the channel ends. */
  item(decoder: Decoder, bytes: number): void {
    if (!this.#window.open) throw new ProtocolError(`Stream ${this.id} has more items unread than it may.`);
    this.#window.add(bytes);
    if (this.#over || this.#element === undefined) {
      decoder.abandon();
      return;
    }
    decoder.origin = this.origin;
    const value = this.#element(decoder);
    const { carried } = decoder;
    decoder.finish();
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#unread.push({ value, carried, bytes });
      return;
    }
    reader.resolve({ value, done: false });
    this.#take(bytes);
  }

  /** The producer has ended the stream. What has come can still be read. */
  end(status: number, decoder: Decoder): void {
    if (this.#over) decoder.abandon();
    else this.#finish(this.#readEnd(status, decoder));
    this.#markEnded();
    this.#host.consumed(this);
  }

  #readEnd(status: number, decoder: Decoder): { readonly reason: unknown } | undefined {
    // A parameter that was never started has no items, and its end comes after its start as well.
    if (status !== Status.result) return { reason: readFailure(decoder, status, this.#asked!) };
    decoder.finish();
    return undefined;
  }

  // ---------------------------------------------------------------- the reader's side

  /** The next value; `stream` is kept until there is one. */
  next(stream: object): Promise<IteratorResult<unknown, undefined>> {
    const unread = this.#unread.shift();
    if (unread !== undefined) {
      this.#take(unread.bytes);
      return Promise.resolve({ value: unread.value, done: false });
    }
    if (!this.#over) return new Promise((resolve, reject) => this.#readers.push({ resolve, reject, stream }));
    const failure = this.#failure;
    this.#failure = undefined;
    return failure === undefined ? Promise.resolve(END) : Promise.reject(failure.reason);
  }

  /** Stops the stream: nobody reads on. */
  stop(): void {
    this.#failure = undefined;
    this.#drop();
    if (this.#over) return;
    this.#finish(undefined);
    if (!this.#ended) this.#sendStop();
  }

  /** Whether the reader's time ran out. */
  get late(): boolean {
    return this.#late;
  }

  /** Ends the stream from this side: reading throws the reason, what is unread is dropped, the producer is stopped. */
  fail(reason: RpcError): void {
    if (this.#over) return;
    this.#late = reason.code === "DeadlineExceeded";
    this.#drop();
    this.#finish({ reason });
    this.#sendStop();
  }

  /** The call whose parameter the stream is has been answered: its handler had until then to read it. */
  [Symbol.dispose](): void {
    this.#drop();
    this.fail(new InvalidError(`A stream of ${this.origin} is read after its call was answered.`));
  }

  /** Ends the stream because the peer will never say anything of it: its call failed, or the channel has ended. */
  cut(reason: unknown): void {
    this.#markEnded();
    if (this.#over) return;
    this.#drop();
    this.#finish({ reason });
  }

  /** Is called when nothing more is wanted of the stream, whoever says so. */
  onOver(listener: () => void): void {
    if (this.#over) listener();
    else this.#whenOver.push(listener);
  }

  /** Settles when the producer has ended the stream. */
  get ended(): Promise<void> {
    return this.#ended ? Promise.resolve() : new Promise((resolve) => this.#whenEnded.push(resolve));
  }

  #take(bytes: number): void {
    this.#taken++;
    this.#takenBytes += bytes;
    if (this.#over || (this.#taken < WINDOW_ITEMS / 2 && this.#takenBytes < WINDOW_BYTES / 2)) return;
    this.#window.grant(this.#taken);
    this.#sendCredit(this.#taken);
    this.#taken = 0;
    this.#takenBytes = 0;
  }

  #sendCredit(count: number): void {
    writeCredit(this.#host.outbox.encoder, this.id, count);
    this.#host.outbox.commit();
  }

  #sendStop(): void {
    if (this.id === 0 || this.#ended) return;
    writeStop(this.#host.outbox.encoder, this.id, this.#late);
    this.#host.outbox.commit();
  }

  #drop(): void {
    const dropped = this.#unread;
    this.#unread = [];
    for (const { carried } of dropped) for (const held of carried) held[Symbol.dispose]();
  }

  #finish(failure: { readonly reason: unknown } | undefined): void {
    this.#over = true;
    const [first, ...others] = this.#readers;
    this.#readers = [];
    if (first === undefined) this.#failure = failure;
    else if (failure === undefined) first.resolve(END);
    else first.reject(failure.reason);
    for (const reader of others) reader.resolve(END);
    const listeners = this.#whenOver;
    this.#whenOver = [];
    for (const listener of listeners) listener();
  }

  #markEnded(): void {
    this.#ended = true;
    const waiting = this.#whenEnded;
    this.#whenEnded = [];
    for (const resolve of waiting) resolve();
  }
}
