/**
 * The parts of a channel, and which of them know which. Each sees what it works with and nothing else of the channel;
 * what concerns the channel as a whole, as its end does, is asked of its `Host`.
 *
 *     a call     calls - questions - outbox        its return    inbox - dispatch - questions
 *     serving    inbox - dispatch - skeleton - outbox
 */

import type { RpcError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { Decoder } from "../marshal/decoder.ts";
import type { Kept } from "../protocol/postern/fork.ts";
import { framing } from "../protocol/postern/frame.ts";
import type { Fault } from "../protocol/postern/message.ts";
import type { Transport } from "../transport/transport.ts";
import { Calls } from "./calls.ts";
import { Chain } from "./chain.ts";
import type { Traffic } from "./counts.ts";
import { Dispatch } from "./dispatch.ts";
import { Exports } from "./exports.ts";
import { Failures, type InternalFault } from "./failures.ts";
import { Forks } from "./forks.ts";
import { Imports } from "./imports.ts";
import { Inbox } from "./inbox.ts";
import type { Offer } from "./interface.ts";
import { Outbox } from "./outbox.ts";
import { IncomingCapabilities, OutgoingCapabilities } from "./passing.ts";
import { Provenance } from "./provenance.ts";
import { Questions } from "./questions.ts";
import { Skeleton } from "./skeleton.ts";
import { Streams } from "./streams.ts";

/** The channel as its parts see it, and what it was made with. */
export interface Host {
  readonly transport: Transport;
  readonly limits: Limits;
  readonly offers: readonly Offer[];
  /** Whether to note where everything comes from. */
  readonly ledger: boolean;
  readonly onFault: (fault: InternalFault) => void;
  /** How many channels the peer may fork. */
  readonly family: { takePlace(): boolean; giveBackPlace(): void };
  /** Throws the reason when the channel has ended. */
  readonly checkOpen: () => void;
  /** Tells the peer that this end holds so many references to one of its objects no longer. */
  readonly giveBack: (target: number, count: number) => void;
  /** Begins to speak over a road that the peer has made, or says goodbye over one that it may not have. */
  readonly openFork: (transport: Transport, kept: Kept | undefined) => void;
  readonly refuseFork: (transport: Transport) => void;
  /** Is told when the peer's hello has come. */
  readonly onHello: () => void;
  /** The ways in which the channel ends other than by this end's wish. */
  readonly onGoodbye: (why: Fault) => void;
  readonly onViolation: (error: unknown) => void;
  readonly onClosed: (reason: RpcError | undefined) => void;
}

/** See the file's comment. */
export interface Parts {
  readonly transport: Transport;
  readonly traffic: Readonly<Traffic>;
  readonly provenance: Provenance | undefined;
  readonly exports: Exports;
  readonly imports: Imports;
  readonly streams: Streams;
  readonly questions: Questions;
  readonly calls: Calls;
  readonly skeleton: Skeleton;
  readonly forks: Forks;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
}

/** Makes the parts of one channel. Nothing is sent or read before the transport is started with the inbox. */
export function assemble(host: Host): Parts {
  const { transport, limits, offers, family, checkOpen } = host;
  const traffic = noTraffic();
  const chain = new Chain();
  const provenance = host.ledger ? new Provenance() : undefined;
  // Those that are made last are asked for only when something is sent or read.
  const caller = (): Calls => calls;
  const onUnblocked = (): void => inbox.resumeSoon();

  const exports = new Exports(offers, limits.exports, provenance);
  const imports = new Imports(limits.exports, host.giveBack, provenance);
  const outbox = new Outbox(transport, traffic, limits.queue, new OutgoingCapabilities(exports, caller));
  const decoder = new Decoder(new IncomingCapabilities(exports, imports, caller));
  const name = Math.random().toString(36).slice(2, 8);
  const failures = new Failures(outbox, name, host.onFault);
  const streams = new Streams(outbox, failures, provenance);
  outbox.encoder.streams = streams;
  decoder.streams = streams;
  if (provenance !== undefined) decoder.descriptors.onClaimed = (fd, method) => provenance.received(fd, method);

  const questions = new Questions({
    outbox,
    decoder,
    chain,
    streams,
    provenance,
    checkOpen,
    onAsked: () => inbox.read(),
  });
  const forks = new Forks({
    transport,
    framing: framing(limits),
    chain,
    outbox,
    imports,
    takePlace: () => family.takePlace(),
    giveBackPlace: () => family.giveBackPlace(),
    open: host.openFork,
    refuse: host.refuseFork,
    onUnblocked,
  });
  const calls = new Calls({
    questions,
    outbox,
    chain,
    streams,
    checkOpen,
    onBlocking: (deadline) => {
      imports.tell();
      forks.announce(deadline);
    },
    onUnblocked,
  });
  const skeleton = new Skeleton({
    exports,
    imports,
    limits,
    outbox,
    chain,
    peer: transport.peer,
    failures,
    streams,
    onOneWayDone: () => inbox.resume(),
    onArrived: (frames) => inbox.handleSoon(frames),
    discard: (frame) => dispatch.discard(frame),
  });
  const { onHello, onGoodbye, onViolation, onClosed } = host;
  const whom = { skeleton, questions, streams, forks, outbox };
  const dispatch = new Dispatch({ ...whom, decoder, exports, imports, onHello, onGoodbye });
  const inbox = new Inbox({ ...whom, transport, limits, traffic, chain, dispatch, calls, onViolation, onClosed });
  return {
    transport,
    traffic,
    provenance,
    exports,
    imports,
    streams,
    questions,
    calls,
    skeleton,
    forks,
    outbox,
    inbox,
  };
}

function noTraffic(): Traffic {
  return {
    messagesSent: 0,
    messagesReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    descriptorsSent: 0,
    descriptorsReceived: 0,
  };
}
