/**
 * A frame, when its turn has come, to whom it is about: calls to the side that serves, returns to the questions that
 * they answer, the rest by their kind. What the header of a kind may say is checked here, the body by its reader.
 */

import { ProtocolError } from "../errors.ts";
import type { Decoder } from "../marshal/decoder.ts";
import { viewOf } from "../marshal/frame-slab.ts";
import {
  HEADER_BYTES,
  Kind,
  PROMISED,
  readCapabilities,
  readFlags,
  readId,
  readWord,
  requireZero,
} from "../protocol/postern/frame.ts";
import { readHello } from "../protocol/postern/hello.ts";
import { CancelReason, type Fault, readFault } from "../protocol/postern/message.ts";
import type { WaitingFrame } from "./backlog.ts";
import type { Exports } from "./exports.ts";
import type { Forks } from "./forks.ts";
import type { Imports } from "./imports.ts";
import type { Outbox } from "./outbox.ts";
import type { Questions } from "./questions.ts";
import type { Skeleton } from "./skeleton.ts";
import type { Streams } from "./streams.ts";

/** Whom frames are about. */
export interface DispatchOptions {
  readonly decoder: Decoder;
  readonly skeleton: Skeleton;
  readonly questions: Questions;
  readonly streams: Streams;
  readonly forks: Forks;
  readonly exports: Exports;
  readonly imports: Imports;
  readonly outbox: Outbox;
  /** Is told when the peer's hello has come. */
  readonly onHello: () => void;
  /** Is told that the peer ends the channel, and why. */
  readonly onGoodbye: (why: Fault) => void;
}

/** See the file's comment. */
export class Dispatch {
  readonly #options: DispatchOptions;
  #greeted = false;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /** Whether the peer's hello has come. */
  get greeted(): boolean {
    return this.#greeted;
  }

  /**
   * Handles one frame, and takes its descriptors over. Throws what the peer did wrong, before any user code has run for
   * the frame; then `abandon` lets go of what it brought.
   */
  handle(
    kind: Kind,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    descriptors: readonly number[],
    owned: boolean,
  ): void {
    const { skeleton, decoder } = this.#options;
    const { promises } = skeleton;
    if (promises.pending && promises.take(kind, bytes, view, start, end, descriptors)) return;
    const id = readId(view, start);
    // First of all the decoder takes the descriptors over: whatever is wrong with the frame, they are closed then.
    decoder.reset(bytes, view, start + HEADER_BYTES, end, descriptors, owned);
    decoder.refer(readCapabilities(view, start, end));
    if ((kind === Kind.hello) === this.#greeted)
      throw new ProtocolError("The peer's hello is not its first frame, or not its only one.");
    switch (kind) {
      case Kind.call:
        if (id === 0) throw new ProtocolError("A call has the id zero.");
        skeleton.serve(id, readWord(view, start), readFlags(view, start), decoder);
        return;
      case Kind.oneway:
        if (id !== 0) throw new ProtocolError("A one-way has an id.");
        skeleton.serve(0, readWord(view, start), readFlags(view, start), decoder);
        return;
      case Kind.return:
        this.#options.questions.returned(id, readWord(view, start));
        return;
      case Kind.cancel:
        requireZero(readWord(view, start) >>> 1);
        decoder.finish();
        skeleton.cancel(id, readWord(view, start) === CancelReason.late);
        return;
      case Kind.release:
        decoder.finish();
        (id < PROMISED ? this.#options.exports : promises).release(id, readWord(view, start));
        return;
      case Kind.item:
      case Kind.end:
      case Kind.credit:
      case Kind.stop:
        this.#options.streams.frame(kind, id, readWord(view, start), decoder, end - start);
        return;
      case Kind.fork:
        requireZero(id);
        this.#options.forks.arrived(decoder, readWord(view, start));
        return;
      case Kind.hello:
        requireZero(id | readWord(view, start));
        this.#greet();
        return;
      case Kind.goodbye:
        requireZero(id | readWord(view, start));
        this.#options.onGoodbye(readFault(decoder));
        return;
    }
  }

  #greet(): void {
    const { decoder, exports, imports, outbox, onHello } = this.#options;
    const { limits, offers } = readHello(decoder);
    this.#greeted = true;
    imports.offer(offers);
    exports.allow(limits.exports);
    outbox.greet(limits);
    onHello();
  }

  /** Lets go of what the frame at hand has brought. */
  abandon(): void {
    this.#options.decoder.abandon();
  }

  /** Lets go of what a frame has brought that is never handled. */
  discard(frame: WaitingFrame): void {
    const { decoder } = this.#options;
    const { bytes, descriptors } = frame;
    const view = viewOf(frame);
    decoder.reset(bytes, view, HEADER_BYTES, bytes.length, descriptors, true);
    decoder.refer(readCapabilities(view, 0, bytes.length));
    decoder.abandon();
  }
}
