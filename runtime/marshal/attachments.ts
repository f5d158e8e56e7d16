/**
 * The descriptors of messages, beside their bytes. `OutgoingDescriptors` gathers what leaves, `IncomingDescriptors`
 * hands out what came; between them each descriptor has one owner at any time and is closed exactly once. `FdType` is
 * what the IDL says of a descriptor, and both ends check against it.
 */

import {
  closeDescriptor,
  type DescriptorFacts,
  type DescriptorKind,
  type DescriptorRight,
  descriptorOf,
  duplicateDescriptor,
  Fd,
  type FdLike,
  inspectDescriptor,
} from "../descriptor.ts";
import { InvalidError, LimitError, ProtocolError } from "../errors.ts";

/** `fd<kinds, rights>`: what a descriptor must be. No kinds: anything goes. */
export interface FdType<Kind extends DescriptorKind = DescriptorKind> {
  readonly kinds: readonly Kind[];
  readonly required: readonly DescriptorRight[];
  readonly optional: readonly DescriptorRight[];
  readonly ownership: "own" | "borrow";
}

/** Makes an `FdType`; generated code keeps one for each distinct type of its module. */
export function fdType<Kind extends DescriptorKind>(type: FdType<Kind>): FdType<Kind> {
  return type;
}

/** Says what is wrong with a descriptor for its type, or nothing. */
function mismatch(type: FdType, facts: DescriptorFacts): string | undefined {
  if (type.kinds.length === 0) return undefined;
  if (!type.kinds.some((kind) => kind === facts.kind || (kind === "file" && facts.kind === "memory")))
    return `it is a ${facts.kind} and must be ${type.kinds.join(" or ")}`;
  return rightMismatch(type, "read", facts.readable) ?? rightMismatch(type, "write", facts.writable);
}

function rightMismatch(type: FdType, right: DescriptorRight, present: boolean): string | undefined {
  if (present && !type.required.includes(right) && !type.optional.includes(right)) return `it may not allow ${right}`;
  if (!present && type.required.includes(right)) return `it must allow ${right}`;
  return undefined;
}

/** The descriptors of messages that wait to be sent. A message's are open until `commit`; `rollback` undoes them. */
export class OutgoingDescriptors {
  /** How many one message may have: the peer's limit. */
  limit: number;
  /** All descriptors to be sent, in order. */
  numbers: number[] = [];
  /** Who each is taken from: an open message's moves end at their owners until `commit` makes them ours. */
  #movedFrom: (Fd | undefined)[] = [];
  /** Those that are ours to close when they have been sent. */
  #ours: number[] = [];
  #committed = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Descriptors in the open message. */
  get open(): number {
    return this.numbers.length - this.#committed;
  }

  /**
   * Adds a descriptor to the open message after checking it, and returns its index there. What is of an `own` type
   * moves: after `commit` the `Fd` is no longer the caller's. Throws an `InvalidError` for the wrong kind or right,
   * for a closed `Fd`, for one that is given away twice, and for a bare number where an owner must be given up.
   */
  add(value: FdLike, type: FdType): number {
    const index = this.open;
    if (index === this.limit) throw new LimitError(`The message has more than the ${this.limit} descriptors allowed.`);
    const number = descriptorOf(value);
    const owner = value instanceof Fd ? value : undefined;
    const wrong = mismatch(type, owner ?? inspectDescriptor(number));
    if (wrong !== undefined) throw new InvalidError(`Descriptor ${number} cannot be sent: ${wrong}.`);
    if (type.ownership === "own" && owner === undefined)
      throw new InvalidError(
        `Descriptor ${number} is given away and so must be an Fd; Fd.adopt makes one of a number.`,
      );
    if (type.ownership === "own" && this.#movedFrom.includes(owner, this.#committed))
      throw new InvalidError(`Descriptor ${number} is given away twice in one message.`);
    this.numbers.push(number);
    this.#movedFrom.push(type.ownership === "own" ? owner : undefined);
    return index;
  }

  /** Closes the open message. Returns whether some of its descriptors are only lent, and so must be sent at once. */
  commit(): boolean {
    let lent = false;
    for (let index = this.#committed; index < this.numbers.length; index++) {
      const owner = this.#movedFrom[index];
      if (owner === undefined) lent = true;
      else this.#ours.push(owner.release());
    }
    this.#committed = this.numbers.length;
    return lent;
  }

  /** Undoes the open message; every descriptor is its owner's as before. */
  rollback(): void {
    this.numbers.length = this.#committed;
    this.#movedFrom.length = this.#committed;
  }

  /**
   * Takes the open message's descriptors out as numbers that the caller then owns: moved, or duplicates of the lent.
   * Throws a `TransportError` at the limit of open files; then all are their owners' as before.
   */
  extract(): readonly number[] {
    const owners = this.#movedFrom.slice(this.#committed);
    const duplicates = this.#duplicateLent(owners);
    this.rollback();
    return owners.map((owner, index) => owner?.release() ?? duplicates[index]!);
  }

  /** Duplicates of the open message's lent descriptors, each at its index. */
  #duplicateLent(owners: readonly (Fd | undefined)[]): readonly (number | undefined)[] {
    const made: (number | undefined)[] = [];
    try {
      for (const [index, owner] of owners.entries())
        made.push(owner === undefined ? duplicateDescriptor(this.numbers[this.#committed + index]!) : undefined);
      return made;
    } catch (error) {
      for (const number of made) if (number !== undefined) closeDescriptor(number);
      throw error;
    }
  }

  /** Adds a whole message's descriptors, all of which are ours from now on. */
  adopt(numbers: readonly number[]): void {
    for (const number of numbers) {
      this.numbers.push(number);
      this.#movedFrom.push(undefined);
      this.#ours.push(number);
    }
    this.#committed = this.numbers.length;
  }

  /** Hands over the committed messages' descriptors and starts anew. */
  take(): SentDescriptors {
    if (this.numbers.length === 0) return nothingSent;
    const taken = { numbers: this.numbers, ours: this.#ours };
    this.numbers = [];
    this.#ours = [];
    this.#movedFrom = [];
    this.#committed = 0;
    return taken;
  }
}

/** What goes with one send: the descriptors in order, and those among them to close when the kernel has its own. */
export interface SentDescriptors {
  readonly numbers: readonly number[];
  readonly ours: readonly number[];
}

/** The descriptors that came with one message, to be claimed by index, in order, each once. */
export class IncomingDescriptors {
  #numbers: readonly number[] = none;
  #claimed: Fd[] = [];
  #lent: readonly Fd[] = none;
  #next = 0;
  /** The method that the message is about: who is to answer for its descriptors if they are forgotten. */
  origin = "a message";
  /** Is told of each that is handed out, and of the method. */
  onClaimed: ((fd: Fd, origin: string) => void) | undefined;

  /** How many have been claimed or passed over. */
  get next(): number {
    return this.#next;
  }

  /** Takes over the descriptors of a message. */
  reset(numbers: readonly number[]): void {
    this.#numbers = numbers;
    this.#next = 0;
    this.#lent = none;
  }

  /** Claims the descriptor at an index. Throws a `ProtocolError` when there is none, or it is not of its type. */
  claim(index: number, type: FdType): Fd {
    if (index !== this.#next || index >= this.#numbers.length)
      throw new ProtocolError(
        `Descriptor ${index} is named where ${this.#next} is next and the message has ${this.#numbers.length}.`,
      );
    const fd = this.#claimNext();
    const wrong = mismatch(type, fd);
    if (wrong !== undefined) throw new ProtocolError(`Descriptor ${index} of the message is refused: ${wrong}.`);
    if (type.ownership === "borrow") this.#lent = [...this.#lent, fd];
    return fd;
  }

  /**
   * Closes the next descriptors, which belong to a value that this end does not know. Throws a `ProtocolError` when
   * there are not so many.
   */
  skip(count: number): void {
    const left = this.#numbers.length - this.#next;
    if (count > left) throw new ProtocolError(`A value has ${count} descriptors where the message has ${left} left.`);
    for (let skipped = 0; skipped < count; skipped++) this.#claimNext().close();
  }

  #claimNext(): Fd {
    if (this.#next === 0) this.#claimed = [];
    const fd = Fd.adopt(this.#numbers[this.#next]!, this.origin);
    this.#claimed.push(fd);
    this.#next++;
    this.onClaimed?.(fd, this.origin);
    return fd;
  }

  /** Throws a `ProtocolError` if descriptors are left over. */
  checkUsed(): void {
    const left = this.#numbers.length - this.#next;
    if (left > 0) throw new ProtocolError(`${left} descriptors of the message are not named in it.`);
  }

  /** Ends the message: what was claimed is its claimer's. Throws a `ProtocolError` if descriptors are left over. */
  finish(): void {
    this.checkUsed();
    this.#forget();
  }

  /** Those that have been claimed so far. */
  get claimed(): readonly Fd[] {
    return this.#next === 0 ? none : this.#claimed;
  }

  /** Those that were only lent to the receiver, who closes them when the call is over. */
  get lent(): readonly Fd[] {
    return this.#lent;
  }

  /** Closes everything an unfinished message brought, claimed or not; nothing after `finish`. */
  abandon(): void {
    for (let index = 0; index < this.#next; index++) this.#claimed[index]!.close();
    for (let index = this.#next; index < this.#numbers.length; index++) closeDescriptor(this.#numbers[index]!);
    this.#forget();
  }

  #forget(): void {
    if (this.#next > 0) this.#claimed = [];
    this.#numbers = none;
    this.#next = 0;
  }
}

const none: readonly never[] = [];
const nothingSent: SentDescriptors = { numbers: none, ours: none };
