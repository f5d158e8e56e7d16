/**
 * What implementations throw, on its way to the peer. Here, and nowhere else, it becomes something that may cross: a
 * declared error as itself, anything else as `Internal` with an id under which it was logged on this side.
 */

import { PeerError, RpcError } from "../errors.ts";
import { Kind } from "../protocol/postern/frame.ts";
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
  /** Whether the method's values must not be shown: what was thrown may speak of them. */
  readonly sensitive: boolean;
}

/** How a call failed, as its caller was told: with a fault, or with an error that its method declares. */
export type Failure = { readonly fault: Fault } | { readonly method: AnyMethod; readonly thrown: unknown };

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

  /** Tells the peer what `method` threw, as the method declares it. Returns the fault that it was made of it otherwise. */
  send(kind: FailingKind, id: number, method: AnyMethod, thrown: unknown): Fault | undefined {
    const unfit = this.#sendDeclared(kind, id, method, thrown);
    if (unfit === undefined) return undefined;
    const fault = this.#faultOf(method, unfit.thrown);
    this.sendFault(kind, id, fault);
    return fault;
  }

  /** Tells the caller of another call what one before it has failed with. */
  repeat(id: number, failure: Failure): void {
    if ("fault" in failure) this.sendFault(Kind.return, id, failure.fault);
    else if (this.#sendDeclared(Kind.return, id, failure.method, failure.thrown) !== undefined)
      this.sendFault(Kind.return, id, spent);
  }

  /** Sends what was thrown if the method declares it; returns what was thrown, or why it cannot be sent, if not. */
  #sendDeclared(
    kind: FailingKind,
    id: number,
    method: AnyMethod,
    thrown: unknown,
  ): { readonly thrown: unknown } | undefined {
    const declared = method.throws.find((codec) => codec.claims(thrown));
    if (declared === undefined) return { thrown };
    this.#outbox.encoder.origin = method.fullName;
    try {
      writeDeclared(this.#outbox.encoder, id, declared, thrown, kind);
    } catch (unfit) {
      this.#outbox.encoder.rollback();
      return { thrown: unfit };
    }
    this.#outbox.commitAnswer();
    return undefined;
  }

  #faultOf(method: AnyMethod, thrown: unknown): Fault {
    if (thrown instanceof PeerError && thrown.code === "Unimplemented")
      return { code: "Unimplemented", message: "The peer has no implementation of it.", id: "" };
    const id = this.log(method, thrown);
    const code = thrown instanceof RpcError && thrown.code === "Deadlock" ? "Deadlock" : "Internal";
    return { code, message: `${method.fullName} failed; the peer's log has it as ${id}.`, id };
  }

  /** Tells the peer of a fault. */
  sendFault(kind: FailingKind, id: number, fault: Fault): void {
    writeFault(this.#outbox.encoder, id, fault, kind);
    this.#outbox.commitAnswer();
  }

  /** Logs what nobody declared and returns the id it is found under. */
  log(method: AnyMethod, thrown: unknown): string {
    const { fullName, sensitive = false } = method;
    const fault: InternalFault = { id: `${this.#name}-${++this.#count}`, method: fullName, thrown, sensitive };
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

/** In place of a declared error that brought what can be given only once. */
const spent: Fault = { code: "Cancelled", message: "The call that was to bring the object has failed.", id: "" };
