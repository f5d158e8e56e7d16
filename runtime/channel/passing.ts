/**
 * References in messages. On the wire one is a word: an id, and in the lowest bit whose: 0, the sender's export, of
 * which the receiver gets one reference; 1, the receiver's own, which comes home. So an object that is passed back to
 * its owner arrives as itself.
 */

import { InvalidError, LimitError, ProtocolError } from "../errors.ts";
import {
  type CapabilityReader,
  type CapabilityWriter,
  MAX_CAPABILITIES,
  type Ownership,
  type SentCapabilities,
} from "../marshal/capabilities.ts";
import { checkArrived } from "./early.ts";
import type { Export, Exports } from "./exports.ts";
import type { Imports } from "./imports.ts";
import type { AnyInterface, Caller, Reference } from "./interface.ts";
import { HeldReference, referenceOf } from "./reference.ts";

const SENDERS = 0;
const RECEIVERS = 1;

/** The references of the frame being written; see `CapabilityWriter`. */
export class OutgoingCapabilities implements CapabilityWriter {
  origin = "a message";
  standsIn = false;
  words: number[] = [];
  readonly #caller: () => Caller;
  readonly #exports: Exports;
  /** Those among the words that are exports of ours, to be taken back if the frame is not sent. */
  #given: number[] = [];
  /** Stubs that move with the frame. */
  #moved: Reference[] = [];

  constructor(exports: Exports, caller: () => Caller) {
    this.#exports = exports;
    this.#caller = caller;
  }

  add(value: unknown, type: AnyInterface, ownership: Ownership): number {
    const index = this.words.length;
    if (index === MAX_CAPABILITIES) throw new LimitError(`A message has more than ${MAX_CAPABILITIES} objects.`);
    this.words.push(this.#word(value, type, ownership));
    return index;
  }

  #word(value: unknown, type: AnyInterface, ownership: Ownership): number {
    const reference = referenceOf(value);
    if (reference === undefined) return this.#give(implementationOf(value, type), type);
    checkArrived(reference);
    if (reference.caller === this.#caller() && !this.standsIn) {
      const target = reference.liveTarget;
      if (ownership === "own") this.#moved.push(reference);
      return target * 2 + RECEIVERS;
    }
    // An object of another peer, or one that is to be called here: ours to answer for, by handing calls on.
    const forwarded = new type.Stub(reference.dup());
    if (ownership === "own") this.#moved.push(reference);
    return this.#give(forwarded, type);
  }

  #give(implementation: unknown, type: AnyInterface): number {
    const id = this.#exports.add(implementation, type, this.origin);
    this.#given.push(id);
    return id * 2 + SENDERS;
  }

  commit(): SentCapabilities {
    const given = this.#given;
    for (const reference of this.#moved) reference[Symbol.dispose]();
    this.#reset();
    return new Given(this.#exports, given);
  }

  rollback(): void {
    if (this.words.length === 0) return;
    new Given(this.#exports, this.#given).takeBack();
    this.#reset();
  }

  #reset(): void {
    this.standsIn = false;
    this.words = [];
    this.#given = [];
    this.#moved = [];
  }
}

/** What a frame gives the peer. */
class Given implements SentCapabilities {
  readonly #exports: Exports;
  readonly #ids: readonly number[];

  constructor(exports: Exports, ids: readonly number[]) {
    this.#exports = exports;
    this.#ids = ids;
  }

  get excessive(): boolean {
    return this.#ids.length > 0 && this.#exports.excessive;
  }

  takeBack(): void {
    for (const id of this.#ids) if (this.#exports.get(id) !== undefined) this.#exports.drop(id, 1);
  }
}

/** What may be exported: an object, or for a callback a function. */
function implementationOf(value: unknown, type: AnyInterface): unknown {
  if (type.callback === undefined ? typeof value === "object" && value !== null : typeof value === "function")
    return value;
  throw new InvalidError(`${String(value)} is not a ${type.name}.`);
}

/** The references of the frame being read; see `CapabilityReader`. */
export class IncomingCapabilities implements CapabilityReader {
  origin = "a message";
  next = 0;
  #words: readonly number[] = none;
  #claimed: Disposable[] = [];
  /** Objects of this end that come home to stay, if the frame is as it should be. */
  #returned: Export[] = [];
  #lent: readonly Disposable[] = none;
  readonly #exports: Exports;
  readonly #imports: Imports;
  readonly #caller: () => Caller;

  constructor(exports: Exports, imports: Imports, caller: () => Caller) {
    this.#exports = exports;
    this.#imports = imports;
    this.#caller = caller;
  }

  reset(words: readonly number[]): void {
    this.#words = words;
    this.next = 0;
    this.#lent = none;
    if (words.length > 0) this.#claimed = [];
  }

  claim(index: number, type: AnyInterface, ownership: Ownership): unknown {
    if (index !== this.next || index >= this.#words.length)
      throw new ProtocolError(
        `Object ${index} is named where ${this.next} is next and the message has ${this.#words.length}.`,
      );
    const word = this.#words[index]!;
    this.next++;
    const id = Math.floor(word / 2);
    return word % 2 === RECEIVERS ? this.#home(id, type, ownership) : this.#arrived(id, type, ownership);
  }

  #home(id: number, type: AnyInterface, ownership: Ownership): unknown {
    const own = this.#exports.get(id);
    if (own === undefined) throw new ProtocolError(`The peer passes object ${id} of this end, which it does not have.`);
    if (own.type.id !== type.id)
      throw new ProtocolError(`The peer passes a ${own.type.name} where a ${type.name} goes.`);
    if (ownership === "own") this.#returned.push(own);
    return own.implementation;
  }

  #arrived(id: number, type: AnyInterface, ownership: Ownership): unknown {
    const once = type.callback?.once === true;
    const reference = new HeldReference(
      this.#caller(),
      id,
      this.#imports.arrive(id, type, this.origin),
      this.origin,
      once,
    );
    this.#claimed.push(reference);
    if (ownership === "borrow") this.#lent = [...this.#lent, reference];
    return new type.Stub(reference);
  }

  skip(count: number): void {
    for (let skipped = 0; skipped < count; skipped++) {
      const word = this.#words[this.next];
      if (word === undefined) throw new ProtocolError("More objects are named than the message has.");
      this.next++;
      if (word % 2 === SENDERS) this.#imports.decline(Math.floor(word / 2));
    }
  }

  finish(): void {
    const left = this.#words.length - this.next;
    if (left > 0) throw new ProtocolError(`${left} objects of the message are not named in it.`);
    // What was claimed is its receivers' now, whatever a later message brings.
    this.#words = none;
    this.#claimed = [];
    for (const own of this.#returned.splice(0)) own.returned = true;
  }

  get claimed(): readonly Disposable[] {
    return this.#words.length === 0 ? none : this.#claimed;
  }

  get lent(): readonly Disposable[] {
    return this.#lent;
  }

  abandon(): void {
    if (this.#words.length === 0) return;
    for (const reference of this.#claimed) reference[Symbol.dispose]();
    this.#returned = [];
    for (; this.next < this.#words.length; this.next++) {
      const word = this.#words[this.next]!;
      if (word % 2 === SENDERS) this.#imports.decline(Math.floor(word / 2));
    }
    this.reset(none);
  }
}

const none: readonly never[] = [];
