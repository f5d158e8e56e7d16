/**
 * One conversation with one peer over one transport: calls this end makes, calls it answers, objects that either holds
 * of the other, and the end of it all. Frames are handled in the order in which they came. While this end blocks on a
 * call, answers are taken as they come, calls on behalf of that call are served, and everything else waits its turn.
 * Whatever the peer does wrong ends this channel, with a reason that is told to the peer and to every caller here, and
 * nothing more than this channel.
 */

import { closeDescriptor, type Fd } from "../descriptor.ts";
import { InvalidError, LimitError, PeerError, ProtocolError, RpcError, TransportError } from "../errors.ts";
import { completeLimits, type Limits } from "../limits.ts";
import { Decoder } from "../marshal/decoder.ts";
import { type Kept, writeFork } from "../protocol/postern/fork.ts";
import {
  CallFlag,
  framing,
  HEADER_BYTES,
  Kind,
  PROMISED,
  readCapabilities,
  readFlags,
  readId,
  readKind,
  readWord,
} from "../protocol/postern/frame.ts";
import { type Hello, readHello, writeHello } from "../protocol/postern/hello.ts";
import {
  CancelReason,
  type Fault,
  readFault,
  readWithin,
  writeGoodbye,
  writeRelease,
} from "../protocol/postern/message.ts";
import type { Framing, PeerCredentials, Transport } from "../transport/transport.ts";
import { Backlog, type WaitingFrame } from "./backlog.ts";
import { Calls } from "./calls.ts";
import { Chain } from "./chain.ts";
import { Exports } from "./exports.ts";
import { Failures, type InternalFault } from "./failures.ts";
import { Family } from "./family.ts";
import { disconnected } from "./faults.ts";
import { Forks, type Keepable, keepOnly, keptOf } from "./forks.ts";
import { Imports } from "./imports.ts";
import type { Interface, Offer } from "./interface.ts";
import { Ledger, type LedgerEntry } from "./ledger.ts";
import { Outbox, type Traffic } from "./outbox.ts";
import { IncomingCapabilities, OutgoingCapabilities } from "./passing.ts";
import { Provenance } from "./provenance.ts";
import { HeldReference } from "./reference.ts";
import { Skeleton } from "./skeleton.ts";
import { Streams } from "./streams.ts";

/** What a channel is made with. */
export interface ChannelOptions {
  /** What the peer may call, each at its position in this list. */
  readonly offers?: readonly Offer[];
  /** What the peer may ask of this end; what is not given is as in `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** Is told what an implementation threw without declaring it; by default it goes to `console.error`. */
  readonly onFault?: (fault: InternalFault) => void;
  /**
   * Whether `Channel.ledger` is to list received descriptors, and of everything where the program asked for it. That
   * costs a stack trace a call, so it is for tests and for the hunt after what is never let go of.
   */
  readonly ledger?: boolean;
  /**
   * Is told of each channel that the peer forks of this one or of its forks, before anything comes through it; to throw
   * refuses it. It has the options of the channel that it was forked of, less the offers that the peer did not keep.
   */
  readonly onFork?: (forked: Channel) => void;
}

/** What a fork keeps of what the peer offers. */
export interface KeepOptions {
  /**
   * Which of the peer's offers the fork has: positions, or interfaces; all that this channel has where nothing is said.
   * Each stays at its position, and calls to the others fail with `Unimplemented`.
   */
  readonly keep?: readonly Keepable[];
}

/** What a fork is made with: the options of the channel that it is forked of, but for those given here. */
export interface ForkOptions extends ChannelOptions, KeepOptions {}

/** A channel's running totals, and what is open on it now. */
export interface Counts extends Readonly<Traffic> {
  readonly callsMade: number;
  readonly callsServed: number;
  readonly callsPending: number;
  readonly answersPending: number;
  /** Streams that have not ended, in both directions. */
  readonly streamsOpen: number;
  /** Objects of this end that the peer holds, the offers not counted. */
  readonly objectsExported: number;
  /** Objects of the peer that this end holds, the bootstrap ones not counted. */
  readonly objectsImported: number;
  /** Objects that the peer has called before they had arrived there, and of which it has not said since that they have. */
  readonly objectsPromised: number;
}

/** See the file's comment. Made by `connect`, `serve` and `spawn`, or by hand over any transport. */
export class Channel implements Disposable {
  /** Settles when the channel has ended: with the reason, or with nothing for an orderly end by either side. */
  readonly closed: Promise<RpcError | undefined>;

  readonly #options: ChannelOptions;
  readonly #family: Family<Channel>;
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
  readonly #chain: Chain = new Chain();
  readonly #exports: Exports;
  readonly #imports: Imports;
  readonly #outbox: Outbox;
  readonly #decoder: Decoder;
  readonly #calls: Calls;
  readonly #skeleton: Skeleton;
  readonly #streams: Streams;
  readonly #forks: Forks;
  readonly #backlog: Backlog = new Backlog();
  readonly #provenance: Provenance | undefined;
  #peerHello: Hello | undefined;
  /** What this channel was forked of by this end, while the frame that tells the peer may not have left there. */
  #parent: Channel | undefined;
  /** Whether this end has stopped reading; never while it waits for an answer. */
  #paused = false;
  #ended: RpcError | undefined;
  #settleClosed!: (reason: RpcError | undefined) => void;

  /**
   * Takes the transport over and says hello on it; `makeTransport` is told where the wire's frames end. The channel and
   * its forks join `family`, or one of their own.
   */
  constructor(makeTransport: (framing: Framing) => Transport, options: ChannelOptions = {}, family?: Family<Channel>) {
    const offers = options.offers ?? [];
    this.#options = options;
    this.#limits = completeLimits(options.limits);
    this.#family = family ?? new Family(this.#limits.forks);
    this.#transport = makeTransport(framing(this.#limits));
    const caller = (): Calls => this.#calls;
    const provenance = options.ledger === true ? new Provenance() : undefined;
    this.#provenance = provenance;
    this.#exports = new Exports(offers, this.#limits.exports, provenance);
    this.#imports = new Imports(this.#limits.exports, (target, count) => this.#giveBack(target, count), provenance);
    const outgoing = new OutgoingCapabilities(this.#exports, caller);
    this.#outbox = new Outbox(this.#transport, this.#traffic, this.#limits.queue, outgoing);
    this.#decoder = new Decoder(new IncomingCapabilities(this.#exports, this.#imports, caller));
    const name = Math.random().toString(36).slice(2, 8);
    const failures = new Failures(this.#outbox, name, options.onFault ?? logFault);
    this.#streams = new Streams(this.#outbox, failures, provenance);
    this.#outbox.encoder.streams = this.#streams;
    this.#decoder.streams = this.#streams;
    if (provenance !== undefined) this.#decoder.descriptors.onClaimed = (fd, method) => provenance.received(fd, method);
    this.#calls = new Calls({
      outbox: this.#outbox,
      decoder: this.#decoder,
      chain: this.#chain,
      streams: this.#streams,
      provenance,
      checkOpen: () => this.#checkOpen(),
      onAsked: () => this.#read(),
      onUnblocked: () => this.#resumeSoon(),
      onBlocking: (deadline) => {
        this.#imports.tell();
        this.#tellOfFork(deadline);
      },
    });
    this.#skeleton = new Skeleton({
      exports: this.#exports,
      limits: this.#limits,
      outbox: this.#outbox,
      chain: this.#chain,
      peer: this.#transport.peer,
      peerCanBeCalled: () => this.#imports.size > 0 || (this.#peerHello?.offers.length ?? 0) > 0,
      failures,
      streams: this.#streams,
      onOneWayDone: () => this.#resume(),
      onArrived: (frames) => this.#handleSoon(frames),
      discard: (frame) => this.#discard(frame),
    });
    this.#forks = new Forks({
      transport: this.#transport,
      framing: framing(this.#limits),
      chain: this.#chain,
      takePlace: () => this.#family.takePlace(),
      giveBackPlace: () => this.#family.giveBackPlace(),
      open: (transport, kept) => this.#openFork(transport, kept),
      refuse: (transport) => this.#refuseFork(transport),
    });
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    writeHello(this.#outbox.encoder, { limits: this.#limits, offers: offers.map((offer) => offer.type) });
    this.#outbox.commit();
    this.#start();
    this.#family.join(this);
  }

  /** The peer's object at a position among its offers. Nothing is sent: calls may follow at once. */
  bootstrap<Client>(type: Interface<Client, unknown>, position = 0): Client {
    return new type.Stub(new HeldReference(this.#calls, position));
  }

  /**
   * Gives another user of this process a channel of its own to the same peer, over a new socket. It can be used at once,
   * and lives when this one has ended. What is sent over the one is not in order with what is sent over the other, and a
   * thread that blocks on the one serves nothing of the other meanwhile. Throws why this channel has ended; an `InvalidError` for what cannot be kept, or
   * where descriptors cannot cross; a `LimitError` where the peer does not read; a `TransportError` where no socket is
   * to be had. A peer that refuses ends the fork.
   *
   *     const { broker } = connectAsPlugin((options) => channel.fork(options), { main });
   */
  fork({ keep, ...options }: ForkOptions = {}): Channel {
    const limits = { ...this.#limits, ...options.limits };
    const fork = this.#branch(keep, (near) => {
      const makeTransport = (framing: Framing): Transport => this.#transport.adopt(near, framing);
      return new Channel(makeTransport, { ...this.#options, ...options, limits }, this.#family);
    });
    if (this.#parent !== undefined || this.#transport.queued > 0) fork.#parent = this;
    return fork;
  }

  /**
   * Forks as `fork` does, and leaves it to somebody else to speak: gives the socket, for `channelOver` in a Worker of
   * this process or, by `spawnOver`, for another program. The caller owns it.
   */
  forkSocket({ keep }: KeepOptions = {}): Fd {
    return this.#branch(keep, (near) => near);
  }

  /** Who is at the other end, as the kernel says; nothing where it is not another process. */
  get peer(): PeerCredentials | undefined {
    return this.#transport.peer;
  }

  /** What has crossed so far, and what is open now. */
  get counts(): Counts {
    return {
      ...this.#traffic,
      callsMade: this.#calls.made,
      callsServed: this.#skeleton.served,
      callsPending: this.#calls.pending,
      answersPending: this.#skeleton.pending,
      streamsOpen: this.#streams.size,
      objectsExported: this.#exports.size,
      objectsImported: this.#imports.size,
      objectsPromised: this.#skeleton.promises.size,
    };
  }

  /** What is live on the channel now, with the methods that made it: see `ChannelOptions.ledger` for what that takes. */
  ledger(): Ledger {
    const live = [this.#calls, this.#skeleton, this.#imports, this.#exports, this.#streams];
    const received = this.#provenance?.descriptors ?? [];
    const descriptors = received.map(({ fd: { fd: id }, ...rest }) => ({ kind: "descriptor", id, ...rest }) as const);
    return new Ledger([...live.flatMap((table): LedgerEntry[] => [...table.live()]), ...descriptors]);
  }

  /** Lets the process end although the channel is open, or takes that back. */
  unref(): void {
    this.#transport.unref();
  }

  ref(): void {
    this.#transport.ref();
  }

  /**
   * Ends the channel in order: what was sent before is delivered, if the peer reads it within two seconds; pending calls
   * of either side are told. Calling it again does nothing.
   */
  close(): void {
    this.#end(new TransportError("The channel was closed by this end.", { code: "Disconnected" }), undefined);
  }

  /** Closes, with this channel, all that were forked of it, and what it was forked of: by either end, and forks of forks. */
  closeAll(): void {
    this.#family.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkOpen(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  /** Tells the peer that this end holds so many references to one of its objects no longer. */
  #giveBack(target: number, count: number): void {
    if (this.#ended !== undefined) return;
    writeRelease(this.#outbox.encoder, target, count);
    this.#outbox.commitCall(0, () => {});
  }

  // ---------------------------------------------------------------- forks

  /** Makes a new road to the peer, of whose near end `use` makes something, and tells the peer of the far one. */
  #branch<T extends Disposable>(keep: readonly Keepable[] | undefined, use: (near: Fd) => T): T {
    this.#checkOpen();
    if (!this.#transport.carriesDescriptors) throw new InvalidError("A fork needs a road that carries descriptors.");
    const kept = keep && keptOf(keep, this.#peerHello?.offers);
    this.#outbox.checkRoom();
    const [near, far] = this.#transport.pair();
    let made: T | undefined;
    try {
      made = use(near);
      // It is within every peer's limits and so is never held back: somebody may block on it at once.
      writeFork(this.#outbox.encoder, far, kept);
      this.#outbox.commit();
      this.#outbox.flush();
      return made;
    } catch (error) {
      made?.[Symbol.dispose]();
      near.close();
      far.close();
      throw error;
    }
  }

  /**
   * Lets leave, before this thread blocks on a fork, the frame that tells the peer of it: where the peer is slow it may
   * still be queued at the parent, which sends nothing while this thread blocks here.
   */
  #tellOfFork(deadline: number | undefined): void {
    const parent = this.#parent;
    if (parent === undefined) return;
    parent.#tellOfFork(deadline);
    const left = deadline === undefined ? -1 : Math.max(0, Math.ceil(deadline - performance.now()));
    parent.#chain.hold(() => parent.#transport.drain(left));
    if (parent.#transport.queued === 0) this.#parent = undefined;
    if (!parent.#chain.blocked) parent.#resumeSoon();
  }

  /** Begins to speak over a road that the peer has made. */
  #openFork(transport: Transport, kept: Kept | undefined): void {
    const offers = keepOnly(this.#options.offers ?? [], kept);
    const fork = new Channel(() => transport, { ...this.#options, offers }, this.#family);
    fork.closed.then(() => this.#family.giveBackPlace());
    try {
      this.#options.onFork?.(fork);
    } catch {
      const reason = new PeerError("Unimplemented", "The fork is refused.");
      fork.#end(reason, reason);
    }
  }

  /** Says goodbye over a road that the peer has made and may not have. */
  #refuseFork(transport: Transport): void {
    const fork = new Channel(() => transport, { limits: this.#limits });
    const reason = new LimitError("As many channels are forked of this connection as this end allows.");
    fork.#end(reason, reason);
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
      if (this.#mustWait(kind, view, start)) this.#defer({ kind, bytes: bytes.slice(start, end), descriptors });
      else this.#handle(kind, bytes, view, start, end, descriptors, owned);
    } catch (error) {
      this.#violated(error);
    }
  }

  /** Nothing may overtake what had to wait, and answers need not: their order is the callee's own. */
  #mustWait(kind: Kind, view: DataView, start: number): boolean {
    if (this.#peerHello === undefined) return false;
    if (kind === Kind.cancel || kind === Kind.release) return this.#backlog.size > 0;
    if (kind !== Kind.call && kind !== Kind.oneway) return false;
    if (this.#chain.blocked && this.#mustServe(view, start)) return false;
    return this.#backlog.size > 0 || this.#tooBusy();
  }

  /**
   * Whether a call cannot wait for the one that this thread blocks on: it is made on behalf of it; or its caller blocks
   * as well and so will never answer, which serving turns into a `Deadlock`.
   */
  #mustServe(view: DataView, start: number): boolean {
    const flags = readFlags(view, start);
    return (flags & CallFlag.blocking) !== 0 || this.#chain.awaits(readWithin(view, start, flags));
  }

  /** Whether serving must wait: for a blocking call, for the peer to read its answers, or for one-ways to be done with. */
  #tooBusy(): boolean {
    return this.#chain.blocked || this.#skeleton.oneways >= this.#limits.inflight || this.#outbox.answersWait();
  }

  #defer(frame: WaitingFrame): void {
    this.#backlog.push(frame);
    const { calls, bytes } = this.#backlog;
    const { inflight, queue } = this.#limits;
    if (calls + this.#skeleton.calls > inflight)
      throw new LimitError(`More than the ${inflight} calls allowed here are unanswered.`);
    if (bytes > queue) throw new LimitError(`${bytes} bytes of one-ways wait to be handled; ${queue} may.`);
  }

  /** Handles frames, which have waited for something else, before all that wait for this thread. */
  #handleSoon(frames: readonly WaitingFrame[]): void {
    this.#backlog.unshift(frames);
    this.#resumeSoon();
  }

  /** Lets go of what a frame has brought that is never handled. */
  #discard({ bytes, descriptors }: WaitingFrame): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#decoder.reset(bytes, view, HEADER_BYTES, bytes.length, descriptors, true);
    this.#decoder.refer(readCapabilities(view, 0, bytes.length));
    this.#decoder.abandon();
  }

  #resumeSoon(): void {
    if (this.#backlog.size > 0 || this.#forks.waiting > 0) queueMicrotask(() => this.#resume());
  }

  /** Handles what had to wait, in order, and on behalf of nothing that has just been done. */
  #resume(): void {
    if (this.#backlog.size > 0 || this.#forks.waiting > 0) this.#chain.apart(() => this.#catchUp());
    this.#outbox.flush();
    if (this.#backlog.memory <= this.#limits.queue / 2) this.#read();
  }

  #catchUp(): void {
    this.#forks.resume();
    while (this.#backlog.size > 0 && !this.#tooBusy()) {
      const { kind, bytes, descriptors } = this.#backlog.shift()!;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      try {
        this.#handle(kind, bytes, view, 0, bytes.length, descriptors, true);
      } catch (error) {
        this.#violated(error);
      }
    }
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
    const { promises } = this.#skeleton;
    if (promises.pending && promises.take(kind, bytes, view, start, end, descriptors)) return;
    const decoder = this.#decoder;
    const id = readId(view, start);
    // First of all the decoder takes the descriptors over: whatever is wrong with the frame, they are closed then.
    decoder.reset(bytes, view, start + HEADER_BYTES, end, descriptors, owned);
    decoder.refer(readCapabilities(view, start, end));
    if ((kind === Kind.hello) !== (this.#peerHello === undefined))
      throw new ProtocolError("The peer's hello is not its first frame, or not its only one.");
    switch (kind) {
      case Kind.call:
        if (id === 0) throw new ProtocolError("A call has the id zero.");
        this.#skeleton.serve(id, readWord(view, start), readFlags(view, start), decoder);
        return;
      case Kind.oneway:
        if (id !== 0) throw new ProtocolError("A one-way has an id.");
        this.#skeleton.serve(0, readWord(view, start), readFlags(view, start), decoder);
        return;
      case Kind.return:
        this.#calls.returned(id, readWord(view, start));
        return;
      case Kind.cancel:
        requireZero(readWord(view, start) >>> 1);
        decoder.finish();
        this.#skeleton.cancel(id, readWord(view, start) === CancelReason.late);
        return;
      case Kind.release:
        decoder.finish();
        (id < PROMISED ? this.#exports : promises).release(id, readWord(view, start));
        return;
      case Kind.item:
      case Kind.end:
      case Kind.credit:
      case Kind.stop:
        this.#streams.frame(kind, id, readWord(view, start), decoder, end - start);
        return;
      case Kind.fork:
        requireZero(id);
        this.#forks.arrived(decoder, readWord(view, start));
        return;
      case Kind.hello:
        requireZero(id | readWord(view, start));
        this.#peerHello = readHello(decoder);
        this.#exports.allow(this.#peerHello.limits.exports);
        this.#outbox.greet(this.#peerHello.limits);
        return;
      case Kind.goodbye:
        requireZero(id | readWord(view, start));
        this.#farewell(readFault(decoder));
        return;
    }
  }

  #batchEnd(): void {
    this.#outbox.uncork();
    if (this.#ended !== undefined) return;
    // Answers may have let go what was held back, of which the transport knows nothing.
    if (this.#backlog.size > 0 || this.#calls.someoneWaits || this.#streams.someoneWaits) this.#drained();
    if (this.#backlog.memory > this.#limits.queue / 2) this.#pause();
  }

  #drained(): void {
    this.#resume();
    if (this.#outbox.congested) return;
    this.#calls.roomAgain();
    this.#streams.roomAgain();
  }

  /**
   * Stops reading, so that in time the peer stops sending; but not while this end waits for an answer. If it has
   * stopped because the peer does not read its answers, then the peer waits for one and has not stopped itself: two
   * ends never wait for each other to read.
   */
  #pause(): void {
    if (this.#paused || this.#calls.pending > 0) return;
    this.#paused = true;
    this.#transport.pause();
  }

  #read(): void {
    if (!this.#paused || this.#ended !== undefined) return;
    this.#paused = false;
    this.#transport.resume();
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
    this.#transport.close(outcome);
    this.#settleClosed(outcome);
    this.#backlog.clear();
    this.#forks.clear();
    const forHandlers = disconnected(reason);
    this.#skeleton.abortAll(forHandlers);
    this.#calls.rejectAll(reason);
    this.#streams.endAll(reason, forHandlers);
    this.#imports.clear();
    this.#exports.clear();
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

/** Throws for a word of a header that its kind does not use and its sender has. */
function requireZero(word: number): void {
  if (word !== 0) throw new ProtocolError("A frame's header says something where its kind says nothing.");
}

function logFault({ id, method, thrown }: InternalFault): void {
  console.error(`postern: ${method} failed (${id}):`, thrown);
}
