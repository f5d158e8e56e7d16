/**
 * What implementations throw, on its way to the peer. Here, and nowhere else, it becomes something that may cross: a
 * declared error as itself, anything else as `Internal` with an id under which it was logged on this side.
 */

import { PeerError, RpcError } from "../errors.ts";
import { type FailingKind, type Fault, writeDeclared, writeFault } from "../protocol/postern/message.ts";
import type { AnyMethod } from "./interface.ts";
import type { Outbox } from "./outbox.ts";

/** What an implementation threw without declaring it: for the log of the side it happened on. */
export interface InternalFault {
  /** What the peer was told, so that its report can be matched with this one. */
  readonly id: string;
  /** `package.Interface.method`. */
  readonly method: string;
  readonly thrown: unknown;
}

/** See the file's comment. */
export class Failures {
  readonly #outbox: Outbox;
  readonly #name: string;
  readonly #onFault: (fault: InternalFault) => void;
  #count = 0;

  /** `name` begins the ids of faults, so that those of different channels differ. */
  constructor(outbox: Outbox, name: string, onFault: (fault: InternalFault) => void) {
    this.#outbox = outbox;
    this.#name = name;
    this.#onFault = onFault;
  }

  /** Tells the peer what `method` threw, as the method declares it. */
  send(kind: FailingKind, id: number, method: AnyMethod, thrown: unknown): void {
    const declared = method.throws.find((codec) => codec.claims(thrown));
    if (declared === undefined) {
      this.#sendInternal(kind, id, method, thrown);
      return;
    }
    this.#outbox.encoder.origin = method.fullName;
    try {
      writeDeclared(this.#outbox.encoder, id, declared, thrown, kind);
    } catch (unfit) {
      this.#outbox.encoder.rollback();
      this.#sendInternal(kind, id, method, unfit);
      return;
    }
    this.#outbox.commitAnswer();
  }

  #sendInternal(kind: FailingKind, id: number, method: AnyMethod, thrown: unknown): void {
    if (thrown instanceof PeerError && thrown.code === "Unimplemented") {
      this.sendFault(kind, id, { code: "Unimplemented", message: "The peer has no implementation of it.", id: "" });
      return;
    }
    const faultId = this.log(method, thrown);
    const code = thrown instanceof RpcError && thrown.code === "Deadlock" ? "Deadlock" : "Internal";
    const message = `${method.fullName} failed; the peer's log has it as ${faultId}.`;
    this.sendFault(kind, id, { code, message, id: faultId });
  }

  /** Tells the peer of a fault. */
  sendFault(kind: FailingKind, id: number, fault: Fault): void {
    writeFault(this.#outbox.encoder, id, fault, kind);
    this.#outbox.commitAnswer();
  }

  /** Logs what nobody declared and returns the id it is found under. */
  log(method: AnyMethod, thrown: unknown): string {
    const fault: InternalFault = { id: `${this.#name}-${++this.#count}`, method: method.fullName, thrown };
    try {
      this.#onFault(fault);
    } catch (error) {
      // What the log itself throws is nobody's on this channel: it goes the way of all uncaught exceptions.
      queueMicrotask(() => {
        throw error;
      });
    }
    return fault.id;
  }
}
