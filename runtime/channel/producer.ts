/**
 * A stream that this end produces: takes values out of what a program gave as long as the peer has room for them, and
 * ends the stream when they end, when one fails, or when nobody wants more. The program's code runs in turns of its own,
 * never while a frame is being taken.
 */

import { CancelError, ProtocolError, type RpcError } from "../errors.ts";
import type { Encoder } from "../marshal/encoder.ts";
import { finishFrame, Kind } from "../protocol/postern/frame.ts";
import { beginItem, writeEnd } from "../protocol/postern/message.ts";
import type { Answer } from "./answers.ts";
import type { Failures } from "./failures.ts";
import type { AnyMethod } from "./interface.ts";
import type { Outbox } from "./outbox.ts";
import { disposeUnsent } from "./unsent.ts";
import { WINDOW_ITEMS, Window } from "./window.ts";

/** What one stream needs of its channel. */
export interface ProducerHost {
  readonly outbox: Outbox;
  readonly failures: Failures;
  /** The stream waits to be told that the peer has taken what was sent. */
  stalled(producer: Producer): void;
  /** The stream is over, and its id is never used again. */
  produced(producer: Producer): void;
}

type Values = Iterator<unknown, unknown> | AsyncIterator<unknown, unknown>;

/** See the file's comment. */
export class Producer {
  readonly id: number;
  /** The call whose handler the stream is the result of; nothing for a parameter. */
  answer: Answer | undefined;
  readonly #host: ProducerHost;
  readonly #source: AsyncIterable<unknown> | Iterable<unknown>;
  readonly #element: (encoder: Encoder, value: never) => void;
  readonly #window: Window = new Window();
  #method: AnyMethod | undefined;
  #values: Values | undefined;
  #started = false;
  /** How the stream is to end once its source has been let go of; nothing while it goes on. */
  #ending: (() => void) | undefined;
  /** Whether the source has been let go of. */
  #letGo = false;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(
    host: ProducerHost,
    id: number,
    source: AsyncIterable<unknown> | Iterable<unknown>,
    element: (encoder: Encoder, value: never) => void,
  ) {
    this.#host = host;
    this.id = id;
    this.#source = source;
    this.#element = element;
  }

  /** Says of which method the stream is a parameter or the result; before the first item. */
  set method(method: AnyMethod) {
    this.#method = method;
  }

  /** `package.Interface.method`. */
  get origin(): string {
    return this.#method?.fullName ?? "a call";
  }

  /** Begins to send items, in a turn of its own. */
  start(): void {
    this.#started = true;
    if (this.#ending === undefined) void Promise.resolve().then(() => this.#run());
    else if (this.#letGo) this.#end();
  }

  /** The consumer has room for more. Throws a `ProtocolError` for what it cannot have room for. */
  credit(count: number): void {
    if (this.#started) {
      this.#window.grant(count);
      this.goOn();
      return;
    }
    if (count !== WINDOW_ITEMS) throw new ProtocolError(`A stream starts with a credit of ${count}.`);
    this.start();
  }

  /** Looks again whether there is room. */
  goOn(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** The consumer wants no more. */
  stop(late: boolean): void {
    const code = late ? "DeadlineExceeded" : "Cancelled";
    const reason = new CancelError(code, "The stream is no longer wanted.");
    this.#started = true;
    this.#endBy(reason, () => this.#sendEnd());
  }

  /** The call that the stream is a parameter of is over for its caller; a consumer that reads on must not see a good end. */
  giveUp(): void {
    const fault = { code: "Cancelled", message: "The caller has given the call up.", id: "" } as const;
    this.#endBy(undefined, () => this.#host.failures.sendFault(Kind.end, this.id, fault));
  }

  /** The call is over, or was never sent: a stream that the peer never let begin does not exist for it. */
  callOver(): void {
    if (this.#started) this.giveUp();
    else this.abort(undefined);
  }

  /** Lets the source go without a word to the peer. */
  abort(reason: RpcError | undefined): void {
    const silently = (): void => {};
    this.#endBy(reason, silently);
    this.#ending = silently;
    this.#started = true;
    if (this.#letGo) this.#end();
  }

  async #run(): Promise<void> {
    try {
      this.#values ??= iterate(this.#source);
      while (this.#ending === undefined) {
        if (!this.#window.open) await this.#room();
        else if (this.#host.outbox.congested) await this.#stall();
        else this.#took(await this.#values.next());
      }
    } catch (thrown) {
      this.#threw(thrown);
    }
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Waits although its own reader has room, because the peer is behind with its socket. */
  #stall(): Promise<void> {
    this.#host.stalled(this);
    return this.#room();
  }

  /** Sends the next value, unless nobody wants it any more. */
  #took({ done, value }: IteratorResult<unknown, unknown>): void {
    if (this.#ending !== undefined) {
      if (done !== true) disposeUnsent(value);
      return;
    }
    if (done !== true) {
      this.#send(value);
      return;
    }
    this.#ending = () => this.#sendEnd();
    this.#end();
  }

  #send(value: unknown): void {
    const { outbox } = this.#host;
    const { encoder } = outbox;
    encoder.origin = this.origin;
    try {
      const start = beginItem(encoder, this.id);
      // The source is of the type that the element's writer is for.
      this.#element(encoder, value as never);
      finishFrame(encoder, start);
    } catch (unfit) {
      encoder.rollback();
      disposeUnsent(value);
      this.#endBy(undefined, () => this.#fail(unfit));
      return;
    }
    this.#window.add(encoder.frameBytes);
    outbox.commitItem();
  }

  /** The source itself has failed, and so is done with. */
  #threw(thrown: unknown): void {
    if (this.#ending === undefined) {
      this.#ending = this.#gaveUp(thrown) ?? (() => this.#fail(thrown));
      this.#end();
    } else if (!this.#expected(thrown)) this.#host.failures.log(this.#method!, thrown);
  }

  /** How to end because a handler has thrown only what its signal told it: its time ran out. */
  #gaveUp(thrown: unknown): (() => void) | undefined {
    const givenUp = this.answer?.gaveUp(thrown);
    if (givenUp === undefined) return undefined;
    const { code, message } = givenUp;
    return () => this.#host.failures.sendFault(Kind.end, this.id, { code, message, id: "" });
  }

  #fail(thrown: unknown): void {
    this.#host.failures.send(Kind.end, this.id, this.#method!, thrown);
  }

  /** Whether a source that was told to stop throws only what it was told. */
  #expected(thrown: unknown): boolean {
    return this.answer?.gaveUp(thrown) !== undefined || (thrown instanceof Error && thrown.name === "AbortError");
  }

  /** Tells whoever produces that nobody wants more, lets the source go, and then ends the stream. */
  #endBy(reason: RpcError | undefined, ending: () => void): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.goOn();
    void Promise.resolve().then(() => this.#letSourceGo(reason));
  }

  async #letSourceGo(reason: RpcError | undefined): Promise<void> {
    if (reason !== undefined) this.answer?.abort(reason);
    try {
      const values = this.#values ?? iterate(this.#source);
      await values.return?.();
    } catch (thrown) {
      if (!this.#expected(thrown)) this.#host.failures.log(this.#method!, thrown);
    }
    this.#letGo = true;
    if (this.#started) this.#end();
  }

  #sendEnd(): void {
    writeEnd(this.#host.outbox.encoder, this.id);
    this.#host.outbox.commitAnswer();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.answer?.end();
    this.#ending!();
    this.#host.produced(this);
  }
}

function iterate(source: AsyncIterable<unknown> | Iterable<unknown>): Values {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
