/**
 * File descriptors and who owns them. A number says nothing of whose it is; an `Fd` is an owner, and there is one at a
 * time: it ends with `close`, with `using`, or when the number moves to somebody else by `release`.
 */

import { inspect } from "node:util";
import { InvalidError, TransportError } from "./errors.ts";
import { addon, inspected } from "./native/addon.ts";
import { systemError } from "./system-error.ts";

/** What a descriptor is, as fstat(2) tells; `other` is what no IDL type names (an epoll instance, say). */
export type DescriptorKind = "file" | "dir" | "pipe" | "stream" | "seqpacket" | "dgram" | "memory" | "device" | "other";

/** What a descriptor may be used for. */
export type DescriptorRight = "read" | "write";

/** What can be asked of a descriptor. */
export interface DescriptorFacts<Kind extends DescriptorKind = DescriptorKind> {
  readonly kind: Kind;
  readonly readable: boolean;
  /** Also false for memory that is sealed against writing. */
  readonly writable: boolean;
}

/** A descriptor that is lent: its owner, anything of Node's that has one, or the bare number. */
export type FdLike<Kind extends DescriptorKind = DescriptorKind> = Fd<Kind> | { readonly fd: number } | number;

/** The number of a lent descriptor. Throws an `InvalidError` where there is none, or it is closed. */
export function descriptorOf(like: FdLike): number {
  // What callers in JavaScript pass is not always what the types say.
  const number: unknown = typeof like === "number" ? like : (like as { readonly fd: number } | null | undefined)?.fd;
  if (typeof number === "number" && Number.isInteger(number) && number >= 0) return number;
  throw new InvalidError(`${inspect(number)} is no descriptor; an open one is a number from 0.`);
}

/** Closes a descriptor that the caller owns. What close(2) may report is not about the descriptor, which is gone. */
export function closeDescriptor(fd: number): void {
  addon().close(fd);
}

/** Makes a second descriptor, closed on exec, that the caller owns. Throws a `TransportError`. */
export function duplicateDescriptor(fd: number): number {
  return checked(addon().dup(fd), fd, "dup");
}

/**
 * Asks the kernel what a descriptor is and may do; with the `flags` that it was opened with, only the former. Throws an
 * `InvalidError` when it is not open.
 */
export function inspectDescriptor(fd: number, flags = -1): DescriptorFacts {
  const packed = checked(addon().inspect(fd, flags), fd, "fstat");
  return {
    kind: inspected.kinds[packed & inspected.kindMask] ?? "other",
    readable: (packed & inspected.read) !== 0,
    writable: (packed & inspected.write) !== 0,
  };
}

function checked(result: number, fd: number, syscall: string): number {
  if (result >= 0) return result;
  const cause = systemError(result, syscall);
  if (cause.code === "EBADF") throw new InvalidError(`Descriptor ${fd} is not open.`, { cause });
  throw new TransportError(`Descriptor ${fd} cannot be used: ${cause.message}.`, { cause });
}

/** What outlives an `Fd` that is collected: enough to close the descriptor and to name who forgot it. */
interface Ownership {
  /** Or why there is none any more. */
  fd: number | "closed" | "moved";
  readonly origin: string;
}

// Only ever registered, never unregistered: closing an `Fd` marks its record, which costs less.
const collected = new FinalizationRegistry((ownership: Ownership) => {
  if (typeof ownership.fd !== "number") return;
  const { fd, origin } = ownership;
  closeDescriptor(fd);
  process.emitWarning(`Descriptor ${fd} of ${origin} was collected while open; it has been closed now.`, {
    code: "POSTERN_FD_COLLECTED",
    detail: "Close an Fd when it is done with: `using`, close(), or pass it on.",
  });
});

/** Symbols cannot be cloned, so an object with this among its properties is refused by postMessage. */
const notCloneable = Symbol("an Fd stays in its thread: send release() or dup().release()");

/**
 * Owns one descriptor.
 *
 *     using file = await files.open("/etc/hosts");
 *     readSync(file.fd, buffer);
 */
export class Fd<Kind extends DescriptorKind = DescriptorKind> implements Disposable, DescriptorFacts<Kind> {
  /** Keeps an owner from being cloned to another thread, where it would be a second one. */
  readonly clone: symbol = notCloneable;
  static {
    // console.log and its like show what `toString` says.
    Object.defineProperty(Fd.prototype, inspect.custom, { value: Fd.prototype.toString });
  }

  readonly #ownership: Ownership;
  #facts: DescriptorFacts | undefined;

  private constructor(fd: number, origin: string, facts: DescriptorFacts | undefined) {
    this.#ownership = { fd, origin };
    this.#facts = facts;
    collected.register(this, this.#ownership);
  }

  /**
   * Takes ownership of an open descriptor. `origin` names the method that made it, for the warning if it is forgotten;
   * `facts` spare the kernel's being asked when they are known.
   *
   * `Kind` is the caller's word, which nothing holds here: where the descriptor is passed, both ends ask the kernel.
   *
   *     const notes: NotesImpl = { open: (name) => Fd.adopt(openSync(join(folder, name), "r")) };
   */
  static adopt<Kind extends DescriptorKind = DescriptorKind>(
    fd: number,
    origin = "Fd.adopt",
    facts?: DescriptorFacts<Kind>,
  ): Fd<Kind> {
    return new Fd(descriptorOf(fd), origin, facts);
  }

  /** The number, lent: for fs.readSync and its like, as long as this is open. Throws an `InvalidError` when it is not. */
  get fd(): number {
    const { fd, origin } = this.#ownership;
    if (typeof fd === "number") return fd;
    throw new InvalidError(`The descriptor of ${origin} has been ${fd}.`);
  }

  /** Whether there is nothing to close any more: it was closed, or it moved. */
  get closed(): boolean {
    return typeof this.#ownership.fd !== "number";
  }

  get kind(): Kind {
    // Of what marshalling hands out it has compared the kind; elsewhere whoever narrowed the type has, or knows it.
    return this.#inspected().kind as Kind;
  }

  get readable(): boolean {
    return this.#inspected().readable;
  }

  get writable(): boolean {
    return this.#inspected().writable;
  }

  /** Closes the descriptor. Closing again, or after it moved, does nothing. */
  close(): void {
    const { fd } = this.#ownership;
    if (typeof fd !== "number") return;
    this.#ownership.fd = "closed";
    closeDescriptor(fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Gives the number away: whoever has it closes it. Throws an `InvalidError` when there is none any more. */
  release(): number {
    const fd = this.fd;
    this.#ownership.fd = "moved";
    return fd;
  }

  /** Makes a second owner of the same open file. Throws a `TransportError` at the limit of open files. */
  dup(): Fd<Kind> {
    const { origin } = this.#ownership;
    return new Fd(duplicateDescriptor(this.fd), `${origin} (dup)`, this.#facts);
  }

  toString(): string {
    const { fd, origin } = this.#ownership;
    return `Fd(${fd} of ${origin})`;
  }

  #inspected(): DescriptorFacts {
    this.#facts ??= inspectDescriptor(this.fd);
    return this.#facts;
  }
}
