/**
 * One conversation with one peer over one transport: calls this end makes, calls it answers, and the end of both.
 * Frames are handled in the order in which they came. While this end blocks on a call, answers are taken as they come
 * and everything else waits its turn. Whatever the peer does wrong ends this channel, with a reason that is told to the
 * peer and to every caller here, and nothing more than this channel.
 */

import { closeDescriptor } from "../descriptor.ts";
import { CancelError, LimitError, PeerError, ProtocolError, RpcError, TransportError } from "../errors.ts";
import { completeLimits, type Limits } from "../limits.ts";
import type { FaultPlace } from "../marshal/codec.ts";
import { Decoder } from "../marshal/decoder.ts";
import type { Message } from "../marshal/encoder.ts";
import { finishFrame, framing, HEADER_BYTES, Kind, readId, readKind, readWord } from "../protocol/postern/frame.ts";
import { type Hello, readHello, writeHello } from "../protocol/postern/hello.ts";
import { beginCall, type Fault, readFault, Status, writeCancel, writeGoodbye } from "../protocol/postern/message.ts";
import type { Framing, PeerCredentials, Transport } from "../transport/transport.ts";
import type { AnyMethod, BlockingCallOptions, Caller, CallOptions, Interface, Method, Offer } from "./interface.ts";
import { Outbox, type Traffic } from "./outbox.ts";
import { type Question, type QuestionId, Questions } from "./questions.ts";
import { type InternalFault, Skeleton } from "./skeleton.ts";

/** What a channel is made with. */
export interface ChannelOptions {
  /** What the peer may call, each at its position in this list. */
  readonly offers?: readonly Offer[];
  /** What the peer may ask of this end; what is not given is as in `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** Is told what an implementation threw without declaring it; by default it goes to `console.error`. */
  readonly onFault?: (fault: InternalFault) => void;
}

/** A channel's running totals, and what is open on it now. */
export interface Counts extends Readonly<Traffic> {
  readonly callsMade: number;
  readonly callsServed: number;
  readonly callsPending: number;
  readonly answersPending: number;
}

const READY: Promise<void> = Promise.resolve();

/** See the file's comment. Made by `connect`, `serve` and `spawn`, or by hand over any transport. */
export class Channel implements Disposable {
  /** Settles when the channel has ended: with the reason, or with nothing for an orderly end by either side. */
  readonly closed: Promise<RpcError | undefined>;

  readonly #transport: Transport;
  readonly #limits: Limits;
  readonly #traffic: Traffic = {
    messagesSent: 0,
    messagesReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    descriptorsSent: 0,
    descriptorsReceived: 0,
  };
  readonly #outbox: Outbox;
  readonly #decoder: Decoder = new Decoder();
  readonly #questions: Questions = new Questions();
  readonly #skeleton: Skeleton;
  readonly #caller: Caller;
  #callsMade = 0;
  #peerHello: Hello | undefined;
  /** How many blocking calls of this thread are waiting, one inside the other. */
  #blocking = 0;
  #deferred: Message[] = [];
  #deferredBytes = 0;
  #ended: RpcError | undefined;
  #settleClosed!: (reason: RpcError | undefined) => void;
  #waitingForRoom: (() => void)[] = [];

  /** Takes the transport over and says hello on it; `makeTransport` is told where the wire's frames end. */
  constructor(makeTransport: (framing: Framing) => Transport, options: ChannelOptions = {}) {
    const offers = options.offers ?? [];
    this.#limits = completeLimits(options.limits);
    this.#transport = makeTransport(framing(this.#limits));
    this.#outbox = new Outbox(this.#transport, this.#traffic, this.#limits.queue);
    this.#skeleton = new Skeleton({
      offers,
      limits: this.#limits,
      outbox: this.#outbox,
      peer: this.#transport.peer,
      name: Math.random().toString(36).slice(2, 8),
      onFault: options.onFault ?? logFault,
    });
    this.#caller = {
      call: (target, method, parameters, callOptions) => this.#call(target, method, parameters, callOptions),
      callBlocking: (target, method, parameters, callOptions) =>
        this.#callBlocking(target, method, parameters, callOptions),
      send: (target, method, parameters) => this.#send(target, method, parameters),
    };
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    writeHello(this.#outbox.encoder, { limits: this.#limits, offers: offers.map((offer) => offer.type) });
    this.#outbox.commit();
    this.#start();
  }

  /** The peer's object at a position among its offers. Nothing is sent: calls may follow at once. */
  bootstrap<Client>(type: Interface<Client, unknown>, position = 0): Client {
    return new type.Stub(this.#caller, position);
  }

  /** Who is at the other end, as the kernel says; nothing where it is not another process. */
  get peer(): PeerCredentials | undefined {
    return this.#transport.peer;
  }

  /** What has crossed so far, and what is open now. */
  get counts(): Counts {
    return {
      ...this.#traffic,
      callsMade: this.#callsMade,
      callsServed: this.#skeleton.served,
      callsPending: this.#questions.size,
      answersPending: this.#skeleton.pending,
    };
  }

  /** Lets the process end although the channel is open, or takes that back. */
  unref(): void {
    this.#transport.unref();
  }

  ref(): void {
    this.#transport.ref();
  }

  /**
   * Ends the channel in order: what was sent before is delivered, pending calls of either side are told. Calling it
   * again does nothing.
   */
  close(): void {
    this.#end(new TransportError("The channel was closed by this end.", { code: "Disconnected" }), undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  // ---------------------------------------------------------------- asking

  #call<Impl, P extends readonly unknown[], R>(
    target: number,
    method: Method<Impl, P, R>,
    parameters: P,
    options: CallOptions | undefined,
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      // What the method's own decoder returns is what the caller's promise is of.
      const question: Question = { method, parameters, resolve: resolve as (value: unknown) => void, reject };
      if (options === undefined) this.#ask(question, target);
      else this.#askWithin(options, question, target);
    });
  }

  #askWithin({ timeoutMs, signal }: CallOptions, question: Question, target: number): void {
    if (signal?.aborted) throw cancelled(question.method, signal.reason);
    const giveUp = (reason: CancelError): void => {
      forget();
      this.#abandon(id, question, reason);
    };
    const onAbort = (): void => giveUp(cancelled(question.method, signal?.reason));
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => giveUp(late(question.method, timeoutMs)), timeoutMs);
    const forget = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const settled: Question = {
      ...question,
      resolve: (value) => (forget(), question.resolve(value)),
      reject: (reason) => (forget(), question.reject(reason)),
    };
    let id: QuestionId;
    try {
      id = this.#ask(settled, target);
    } catch (error) {
      forget();
      throw error;
    }
  }

  #callBlocking<Impl, P extends readonly unknown[], R>(
    target: number,
    method: Method<Impl, P, R>,
    parameters: P,
    options: BlockingCallOptions | undefined,
  ): R {
    let outcome: { readonly value: unknown } | { readonly reason: unknown } | undefined;
    const question: Question = {
      method,
      parameters,
      resolve: (value) => {
        outcome = { value };
      },
      reject: (reason) => {
        outcome = { reason };
      },
    };
    const id = this.#ask(question, target);
    this.#blockUntil(() => outcome !== undefined, id, question, options?.timeoutMs);
    // The loop above ends with an outcome or an exception.
    if ("reason" in outcome!) throw outcome.reason;
    return outcome!.value as R;
  }

  #blockUntil(done: () => boolean, id: QuestionId, question: Question, timeoutMs: number | undefined): void {
    const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    this.#blocking++;
    try {
      while (!done()) {
        const left = deadline === undefined ? -1 : Math.max(0, Math.ceil(deadline - performance.now()));
        if (this.#outbox.exchange(left) || done()) continue;
        const reason = left < 0 ? wouldDeadlock(question.method) : late(question.method, timeoutMs ?? 0);
        this.#abandon(id, question, reason);
      }
    } finally {
      this.#blocking--;
      if (this.#blocking === 0 && this.#deferred.length > 0) queueMicrotask(() => this.#resume());
    }
  }

  /** Sends a call; throws what is wrong with it, in which case nothing was sent and descriptors are still the caller's. */
  #ask(question: Question, target: number): QuestionId {
    if (this.#ended !== undefined) throw this.#ended;
    this.#outbox.checkRoom();
    const id = this.#questions.open(question);
    try {
      this.#marshal(id, target, question.method, question.parameters);
      this.#outbox.commitCall(true, (reason) => this.#refuse(id, question, reason));
    } catch (error) {
      this.#questions.close(id);
      throw error;
    }
    this.#callsMade++;
    return id;
  }

  #marshal(id: number, target: number, method: AnyMethod, parameters: readonly unknown[]): void {
    const { encoder } = this.#outbox;
    const start = beginCall(encoder, id, target, method.selector);
    try {
      method.encodeParameters(encoder, parameters);
      finishFrame(encoder, start);
    } catch (error) {
      encoder.rollback();
      if (error instanceof RpcError) error.message = `${method.fullName}: ${error.message}`;
      throw error;
    }
  }

  #send<Impl, P extends readonly unknown[]>(
    target: number,
    method: Method<Impl, P, void>,
    parameters: P,
  ): Promise<void> {
    try {
      if (this.#ended !== undefined) throw this.#ended;
      this.#outbox.checkRoom();
      this.#marshal(0, target, method, parameters);
      this.#outbox.commitCall(false, () => {});
    } catch (error) {
      // Nobody need look at a one-way's promise, so nobody is punished for not looking.
      const failed = Promise.reject(error);
      failed.catch(() => {});
      return failed;
    }
    return this.#outbox.congested ? new Promise((resolve) => this.#waitingForRoom.push(resolve)) : READY;
  }

  /** A held call turned out not to fit the peer's limits: it was never sent. */
  #refuse(id: QuestionId, question: Question, reason: LimitError): void {
    if (this.#questions.abandon(id)) question.reject(reason);
    this.#questions.close(id);
  }

  /** The caller gives up: it is told why, the peer is told to stop, and the id stays taken until the peer has answered. */
  #abandon(id: QuestionId, question: Question, reason: RpcError): void {
    if (!this.#questions.abandon(id)) return;
    writeCancel(this.#outbox.encoder, id);
    this.#outbox.commitCall(false, () => {});
    question.reject(reason);
  }

  // ---------------------------------------------------------------- receiving

  #start(): void {
    this.#transport.start({
      frame: (bytes, view, start, end, descriptors, owned) => this.#frame(bytes, view, start, end, descriptors, owned),
      batchEnd: () => this.#batchEnd(),
      drained: () => this.#drained(),
      closed: (reason) => this.#transportClosed(reason),
    });
  }

  #frame(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    descriptors: readonly number[],
    owned: boolean,
  ): void {
    this.#traffic.messagesReceived++;
    this.#traffic.bytesReceived += end - start;
    this.#traffic.descriptorsReceived += descriptors.length;
    this.#outbox.cork();
    try {
      const kind = kindOf(view, start, descriptors);
      if (this.#mustWait(kind)) this.#defer(bytes.slice(start, end), descriptors);
      else this.#handle(kind, bytes, view, start, end, descriptors, owned);
    } catch (error) {
      this.#violated(error);
    }
  }

  /**
   * While a call blocks only answers are handled, and so it is while the peer does not read ours: but they are still
   * taken off the socket, or two ends that wait for each other to read would wait for ever. Nothing may overtake what
   * had to wait.
   */
  #mustWait(kind: Kind): boolean {
    if (this.#peerHello === undefined) return false;
    if (kind === Kind.cancel) return this.#deferred.length > 0;
    if (kind !== Kind.call && kind !== Kind.oneway) return false;
    return this.#blocking > 0 || this.#deferred.length > 0 || this.#outbox.congested;
  }

  #defer(bytes: Uint8Array, descriptors: readonly number[]): void {
    this.#deferred.push({ bytes, descriptors });
    this.#deferredBytes += bytes.length;
    if (this.#blocking > 0 && this.#deferredBytes > this.#limits.queue)
      throw new LimitError(`${this.#deferredBytes} bytes wait behind a blocking call; ${this.#limits.queue} may.`);
  }

  /** Handles what had to wait, in order. */
  #resume(): void {
    while (this.#deferred.length > 0 && this.#blocking === 0 && !this.#outbox.congested) {
      const { bytes, descriptors } = this.#deferred.shift()!;
      this.#deferredBytes -= bytes.length;
      const view = new DataView(bytes.buffer);
      try {
        this.#handle(readKind(view, 0), bytes, view, 0, bytes.length, descriptors, true);
      } catch (error) {
        this.#violated(error);
      }
    }
    this.#outbox.flush();
    if (this.#deferredBytes <= this.#limits.queue / 2 && this.#ended === undefined) this.#transport.resume();
  }

  #handle(
    kind: Kind,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    descriptors: readonly number[],
    owned: boolean,
  ): void {
    const decoder = this.#decoder;
    const id = readId(view, start);
    decoder.reset(bytes, view, start + HEADER_BYTES, end, descriptors, owned);
    if ((kind === Kind.hello) !== (this.#peerHello === undefined))
      throw new ProtocolError("The peer's hello is not its first frame, or not its only one.");
    switch (kind) {
      case Kind.call:
        if (id === 0) throw new ProtocolError("A call has the id zero.");
        this.#skeleton.serve(id, readWord(view, start), decoder);
        return;
      case Kind.oneway:
        if (id !== 0) throw new ProtocolError("A one-way has an id.");
        this.#skeleton.serve(0, readWord(view, start), decoder);
        return;
      case Kind.return:
        this.#return(id, readWord(view, start));
        return;
      case Kind.cancel:
        decoder.finish();
        this.#skeleton.cancel(id);
        return;
      case Kind.hello:
        this.#peerHello = readHello(decoder);
        this.#outbox.greet(this.#peerHello.limits);
        return;
      case Kind.goodbye:
        this.#farewell(readFault(decoder));
        return;
    }
  }

  #return(id: number, status: number): void {
    const question = this.#questions.get(id);
    if (question === "none") throw new ProtocolError(`The peer answers call ${id}, which is not open.`);
    this.#questions.close(id);
    this.#outbox.answered();
    if (question === undefined) {
      // The caller has given up; what the answer brought is closed.
      this.#decoder.abandon();
      return;
    }
    try {
      const value = this.#readReturn(question, status);
      this.#decoder.finish();
      if (status === Status.result) question.resolve(value);
      else question.reject(value);
    } catch (error) {
      question.reject(error);
      throw error;
    }
  }

  #readReturn(question: Question, status: number): unknown {
    const decoder = this.#decoder;
    const { method } = question;
    decoder.descriptors.origin = method.fullName;
    if (status === Status.result) return method.decodeResult(decoder);
    if (status === Status.fault) return peerError(method, readFault(decoder));
    if (status !== Status.declared) throw new ProtocolError(`A return has status ${status}.`);
    const errorId = decoder.i32();
    const codec = method.throws.find((candidate) => candidate.id === errorId);
    if (codec === undefined) throw new ProtocolError(`${method.fullName} answers with an error it does not declare.`);
    return codec.decode(decoder, faultPlace(question));
  }

  #batchEnd(): void {
    this.#outbox.uncork();
    if (this.#ended !== undefined) return;
    if (this.#deferredBytes > this.#limits.queue / 2) this.#transport.pause();
    // Answers may have let go what was held back, of which the transport knows nothing.
    if (this.#someoneWaits && !this.#outbox.congested) this.#drained();
  }

  get #someoneWaits(): boolean {
    return this.#deferred.length > 0 || this.#waitingForRoom.length > 0;
  }

  #drained(): void {
    this.#resume();
    const waiting = this.#waitingForRoom;
    this.#waitingForRoom = [];
    for (const resolve of waiting) resolve();
  }

  // ---------------------------------------------------------------- the end

  /** The peer broke the rules, or a limit: it is told, and the channel ends. */
  #violated(error: unknown): void {
    this.#decoder.abandon();
    const reason =
      error instanceof RpcError ? error : new ProtocolError("A message could not be read.", { cause: error });
    this.#end(reason, reason);
  }

  /** The peer ends the channel and says why. */
  #farewell({ code, message }: Fault): void {
    if (code === "Disconnected") {
      this.#end(new TransportError(message || "The channel was closed by the peer.", { code }), undefined);
      return;
    }
    const reason = new TransportError(`The peer ended the channel: ${message}`, { code: "Disconnected" });
    this.#end(reason, reason);
  }

  #transportClosed(reason: RpcError | undefined): void {
    const lost = new TransportError("The peer is gone.", { code: "Disconnected" });
    this.#end(reason ?? lost, reason ?? lost);
  }

  /** Ends the channel once: `reason` is what callers are told, `outcome` what `closed` settles with. */
  #end(reason: RpcError, outcome: RpcError | undefined): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#sayGoodbye(reason);
    this.#outbox.abandon();
    this.#transport.close();
    this.#settleClosed(outcome);
    for (const { descriptors } of this.#deferred) for (const descriptor of descriptors) closeDescriptor(descriptor);
    this.#deferred = [];
    this.#skeleton.abortAll(disconnected(reason));
    this.#questions.rejectAll(reason);
    for (const resolve of this.#waitingForRoom) resolve();
  }

  #sayGoodbye({ code, message }: RpcError): void {
    this.#outbox.encoder.rollback();
    // An orderly end needs no words: what happened is told differently at either end.
    writeGoodbye(this.#outbox.encoder, { code, message: code === "Disconnected" ? "" : message, id: "" });
    this.#outbox.commit();
    this.#outbox.flush();
  }
}

/** Reads a frame's kind. The descriptors of a frame that has none are closed, for nobody else will see them. */
function kindOf(view: DataView, start: number, descriptors: readonly number[]): Kind {
  try {
    return readKind(view, start);
  } catch (error) {
    for (const descriptor of descriptors) closeDescriptor(descriptor);
    throw error;
  }
}

/** What a handler is told of the end of its channel, whatever ended it. */
function disconnected(reason: RpcError): RpcError {
  if (reason.code === "Disconnected") return reason;
  return new TransportError("The channel has ended.", { code: "Disconnected", cause: reason });
}

function faultPlace({ method, parameters }: Question): FaultPlace {
  return { syscall: method.name, path: textAt(parameters, method.path), dest: textAt(parameters, method.dest) };
}

function textAt(parameters: readonly unknown[], position: number | undefined): string | undefined {
  const value = position === undefined ? undefined : parameters[position];
  return typeof value === "string" ? value : undefined;
}

function peerError(method: AnyMethod, { code, message, id }: Fault): RpcError {
  const text = `${method.fullName}: ${message}`;
  if (code === "Cancelled" || code === "DeadlineExceeded") return new CancelError(code, text);
  return new PeerError(code === "Unimplemented" || code === "Deadlock" ? code : "Internal", text, id);
}

function cancelled(method: AnyMethod, cause: unknown): CancelError {
  return new CancelError("Cancelled", `${method.fullName} was cancelled by its caller.`, { cause });
}

function late(method: AnyMethod, timeoutMs: number): CancelError {
  return new CancelError("DeadlineExceeded", `${method.fullName} was not answered within ${timeoutMs} ms.`);
}

function wouldDeadlock(method: AnyMethod): PeerError {
  return new PeerError("Deadlock", `${method.fullName} would block for ever: its answer must come from this thread.`);
}

function logFault({ id, method, thrown }: InternalFault): void {
  console.error(`postern: ${method} failed (${id}):`, thrown);
}
