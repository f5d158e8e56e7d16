/**
 * Where what is live on a channel comes from: the places in the program that made it, and the descriptors that came by
 * the channel. It costs a stack trace a call, so a channel keeps it only if its options ask for a ledger.
 */

import type { Fd } from "../descriptor.ts";
import { callSite } from "./call-site.ts";

/** A descriptor that came by the channel and is in the program's hands. */
export interface ReceivedDescriptor {
  readonly fd: Fd;
  readonly method: string;
  readonly site: readonly string[];
}

/** Held weakly: a ledger keeps nobody from being collected, and what was collected is in no ledger. */
interface Received extends Omit<ReceivedDescriptor, "fd"> {
  readonly fd: WeakRef<Fd>;
}

/** As many descriptors are noted before those that are closed are looked for. */
const SWEEP_AT_LEAST = 64;

const nowhere: readonly string[] = [];

/** See the file's comment. */
export class Provenance {
  readonly #sites = new WeakMap<object, readonly string[]>();
  /** Of the frame that is being written or read; nowhere for what the peer began. */
  #current: readonly string[] = nowhere;
  #received: Received[] = [];
  #sweepAt = SWEEP_AT_LEAST;

  /** The program makes a call: its site is that of everything in the frame, until `leave`. */
  enter(call: object): void {
    this.#current = callSite();
    this.note(call);
  }

  /** A call is being answered: what the answer brings was made where the call was, until `leave`. */
  resume(call: object): void {
    this.#current = this.siteOf(call);
  }

  /** One thing has taken another's place. */
  inherit(made: object, from: object): void {
    this.#sites.set(made, this.siteOf(from));
  }

  leave(): void {
    this.#current = nowhere;
  }

  /** Something was made by the frame at hand. */
  note(made: object): void {
    if (this.#current.length > 0) this.#sites.set(made, this.#current);
  }

  siteOf(made: object): readonly string[] {
    return this.#sites.get(made) ?? nowhere;
  }

  /** A descriptor has come with the frame at hand, which is about `method`. */
  received(fd: Fd, method: string): void {
    if (this.#received.length >= this.#sweepAt) this.#sweep();
    this.#received.push({ fd: new WeakRef(fd), method, site: this.#current });
  }

  /** Those that are open still, oldest first. */
  get descriptors(): readonly ReceivedDescriptor[] {
    return this.#received.flatMap(({ fd: held, ...rest }) => {
      const fd = held.deref();
      return fd === undefined || fd.closed ? [] : [{ fd, ...rest }];
    });
  }

  #sweep(): void {
    this.#received = this.#received.filter(({ fd }) => fd.deref()?.closed === false);
    this.#sweepAt = Math.max(SWEEP_AT_LEAST, 2 * this.#received.length);
  }
}
