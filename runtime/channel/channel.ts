/**
 * One conversation with one peer over one transport: calls this end makes, calls it answers, objects that either holds
 * of the other, and the end of it all. Here is what a program asks of it, and how it ends; its parts do the work. Whatever
 * the peer does wrong ends this channel, with a reason that is told to the peer and to every caller here, and nothing
 * more than this channel.
 */

import type { Fd } from "../descriptor.ts";
import { LimitError, PeerError, ProtocolError, RpcError, TransportError } from "../errors.ts";
import { completeLimits, type Limits } from "../limits.ts";
import type { Kept } from "../protocol/postern/fork.ts";
import { framing } from "../protocol/postern/frame.ts";
import { writeHello } from "../protocol/postern/hello.ts";
import { type Fault, writeGoodbye, writeRelease } from "../protocol/postern/message.ts";
import type { Framing, PeerCredentials, Transport } from "../transport/transport.ts";
import type { Counts } from "./counts.ts";
import type { InternalFault } from "./failures.ts";
import { Family } from "./family.ts";
import { disconnected } from "./faults.ts";
import type { Interface, Offer } from "./interface.ts";
import { type KeepOptions, keepOnly } from "./kept.ts";
import { Ledger, type LedgerEntry } from "./ledger.ts";
import { assemble, type Parts } from "./parts.ts";
import { HeldReference } from "./reference.ts";

/** How long an orderly end waits for a peer that has not said hello, as a transport does for one that does not read. */
const HELLO_MS = 2000;

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

/** What a fork is made with: the options of the channel that it is forked of, but for those given here. */
export interface ForkOptions extends ChannelOptions, KeepOptions {}

/** See the file's comment. Made by `connect`, `serve` and `spawn`, or by hand over any transport. */
export class Channel implements Disposable {
  /** Settles when the channel has ended: with the reason, or with nothing for an orderly end by either side. */
  readonly closed: Promise<RpcError | undefined>;

  readonly #options: ChannelOptions;
  readonly #family: Family<Channel>;
  readonly #limits: Limits;
  readonly #parts: Parts;
  #ended: RpcError | undefined;
  /** Leaves the road, which has been put off until the peer's hello has come. */
  #leave: (() => void) | undefined;
  #settleClosed!: (reason: RpcError | undefined) => void;

  /**
   * Takes the transport over and says hello on it; `makeTransport` is told where the wire's frames end. The channel and
   * its forks join `family`, or one of their own.
   */
  constructor(makeTransport: (framing: Framing) => Transport, options: ChannelOptions = {}, family?: Family<Channel>) {
    const { offers = [], onFault = logFault, ledger = false } = options;
    const limits = completeLimits(options.limits);
    this.#options = options;
    this.#limits = limits;
    this.#family = family ?? new Family(limits.forks);
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#parts = assemble({
      transport: makeTransport(framing(limits)),
      limits,
      offers,
      ledger,
      onFault,
      family: this.#family,
      checkOpen: () => this.#checkOpen(),
      giveBack: (target, count) => this.#giveBack(target, count),
      openFork: (transport, kept) => this.#openFork(transport, kept),
      refuseFork: (transport) => this.#refuseFork(transport),
      onHello: () => this.#leave?.(),
      onGoodbye: (why) => this.#farewell(why),
      onViolation: (error) => this.#violated(error),
      onClosed: (reason) => this.#transportClosed(reason),
    });
    const { outbox, transport, inbox } = this.#parts;
    writeHello(outbox.encoder, { limits, offers: offers.map((offer) => offer.type) });
    outbox.commit();
    transport.start(inbox);
    this.#family.join(this);
  }

  /** The peer's object at a position among its offers. Nothing is sent: calls may follow at once. */
  bootstrap<Client>(type: Interface<Client, unknown>, position = 0): Client {
    return new type.Stub(new HeldReference(this.#parts.calls, position));
  }

  /**
   * Gives another user of this process a channel of its own to the same peer, over a new socket. It can be used at once,
   * and lives when this one has ended. What is sent over the one is not in order with what is sent over the other, and a
   * thread that blocks on the one serves nothing of the other meanwhile. Throws why this channel has ended; an
   * `InvalidError` for what cannot be kept, or where descriptors cannot cross; a `LimitError` where the peer does not
   * read; a `TransportError` where no socket is to be had. A peer that refuses ends the fork.
   *
   *     const { broker } = connectAsPlugin((options) => channel.fork(options), { main });
   */
  fork({ keep, ...options }: ForkOptions = {}): Channel {
    this.#checkOpen();
    const { transport, forks } = this.#parts;
    const limits = { ...this.#limits, ...options.limits };
    const fork = forks.make(keep, (near) => {
      const makeTransport = (framing: Framing): Transport => transport.adopt(near, framing);
      return new Channel(makeTransport, { ...this.#options, ...options, limits }, this.#family);
    });
    fork.#parts.forks.madeBy(forks);
    return fork;
  }

  /**
   * Forks as `fork` does, and leaves it to somebody else to speak: gives the socket, for `channelOver` in a Worker of
   * this process or, by `spawnOver`, for another program. The caller owns it.
   */
  forkSocket({ keep }: KeepOptions = {}): Fd {
    this.#checkOpen();
    return this.#parts.forks.make(keep, (near) => near);
  }

  /** Who is at the other end, as the kernel says; nothing where it is not another process. */
  get peer(): PeerCredentials | undefined {
    return this.#parts.transport.peer;
  }

  /** What has crossed so far, and what is open now. */
  get counts(): Counts {
    const { traffic, questions, skeleton, streams, exports, imports } = this.#parts;
    return {
      ...traffic,
      callsMade: questions.made,
      callsServed: skeleton.served,
      callsPending: questions.pending,
      answersPending: skeleton.pending,
      streamsOpen: streams.size,
      objectsExported: exports.size,
      objectsImported: imports.size,
      objectsPromised: skeleton.promises.size,
    };
  }

  /** What is live on the channel now, with the methods that made it: see `ChannelOptions.ledger` for what that takes. */
  ledger(): Ledger {
    const { questions, skeleton, imports, exports, streams, provenance } = this.#parts;
    const live = [questions, skeleton, imports, exports, streams];
    const received = provenance?.descriptors ?? [];
    const descriptors = received.map(({ fd: { fd: id }, ...rest }) => ({ kind: "descriptor", id, ...rest }) as const);
    return new Ledger([...live.flatMap((table): LedgerEntry[] => [...table.live()]), ...descriptors]);
  }

  /** Lets the process end although the channel is open, or takes that back. */
  unref(): void {
    this.#parts.transport.unref();
  }

  ref(): void {
    this.#parts.transport.ref();
  }

  /**
   * Ends the channel in order: what was sent before is delivered, if the peer reads it within two seconds; pending calls
   * of either side are told. Calling it again does nothing.
   */
  close(): void {
    this.#end(new TransportError("The channel was closed by this end.", { code: "Disconnected" }), undefined);
    // Where the peer had ended it before, what it had sent until then may still have waited for this thread.
    this.#parts.inbox.clear();
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
    const { outbox } = this.#parts;
    writeRelease(outbox.encoder, target, count);
    if (!outbox.commitCall(0)) outbox.hold(0);
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

  // ---------------------------------------------------------------- the end

  /** The peer broke the rules, or a limit: it is told, and the channel ends. */
  #violated(error: unknown): void {
    const reason =
      error instanceof RpcError ? error : new ProtocolError("A message could not be read.", { cause: error });
    this.#end(reason, reason);
    this.#leave?.();
  }

  /** The peer ends the channel and says why. What it sent before an orderly end is delivered. */
  #farewell({ code, message }: Fault): void {
    if (code === "Disconnected") {
      const reason = new TransportError(message || "The channel was closed by the peer.", { code });
      this.#hangUp(reason, undefined);
      this.#parts.inbox.finish(() => this.#letGo(reason, undefined));
      return;
    }
    const reason = new TransportError(`The peer ended the channel: ${message}`, { code: "Disconnected" });
    this.#end(reason, reason);
  }

  #transportClosed(reason: RpcError | undefined): void {
    const lost = new TransportError("The peer is gone.", { code: "Disconnected" });
    this.#end(reason ?? lost, reason ?? lost);
    this.#leave?.();
  }

  /** Ends the channel once: `reason` is what callers are told, `outcome` what `closed` settles with. */
  #end(reason: RpcError, outcome: RpcError | undefined): void {
    if (this.#ended !== undefined) return;
    this.#hangUp(reason, outcome);
    this.#letGo(reason, outcome);
  }

  /** From here on nothing is sent, and nobody waits for what would be received. */
  #hangUp(reason: RpcError, outcome: RpcError | undefined): void {
    const { outbox, transport, questions, calls } = this.#parts;
    const leave = (): void => {
      this.#leave = undefined;
      this.#sayGoodbye(reason);
      outbox.abandon();
      transport.close(outcome);
    };
    this.#ended = reason;
    if (outcome === undefined && outbox.waitsForHello) this.#leaveLater(leave);
    else leave();
    questions.rejectAll(reason);
    calls.roomAgain();
  }

  /** Leaves when the peer's hello has let go of what is held back for it. Nothing else can come before that. */
  #leaveLater(leave: () => void): void {
    const timer = setTimeout(leave, HELLO_MS).unref();
    this.#leave = () => {
      clearTimeout(timer);
      leave();
    };
  }

  #sayGoodbye({ code, message }: RpcError): void {
    const { outbox } = this.#parts;
    outbox.encoder.rollback();
    // An orderly end needs no words: what happened is told differently at either end.
    writeGoodbye(outbox.encoder, { code, message: code === "Disconnected" ? "" : message, id: "" });
    outbox.commit();
    outbox.flush();
  }

  /** From here on nothing is handled, and whoever works for the peer or holds something of it is told. */
  #letGo(reason: RpcError, outcome: RpcError | undefined): void {
    const { inbox, forks, skeleton, streams, imports, exports } = this.#parts;
    const forHandlers = disconnected(reason);
    this.#settleClosed(outcome);
    inbox.clear();
    forks.clear();
    skeleton.abortAll(forHandlers);
    streams.endAll(reason, forHandlers);
    imports.clear();
    exports.clear();
  }
}

function logFault({ id, method, thrown, sensitive }: InternalFault): void {
  console.error(`postern: ${method} failed (${id}):`, sensitive ? "what it threw is not shown" : thrown);
}
