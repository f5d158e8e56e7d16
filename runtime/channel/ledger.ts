/**
 * What is live on a channel at one moment, each thing with the method that made it: for tests that nothing is left, and
 * for whoever looks for what is. It is a copy, which keeps nothing alive.
 */

import { inspect } from "node:util";

interface Entry {
  /** `package.Interface.method` that made it. */
  readonly method: string;
  /**
   * Where the program called that method, innermost first, for channels made with the option `ledger`. Empty without it,
   * and for what the peer's calls have made.
   */
  readonly site: readonly string[];
}

/** A call of this end that the peer has not answered. */
export interface LedgerCall extends Entry {
  readonly kind: "call";
  readonly id: number;
  /** Whether its caller no longer waits; the peer has still to answer. */
  readonly givenUp: boolean;
}

/** A call of the peer, or with the id zero a one-way, whose handler is at work. */
export interface LedgerAnswer extends Entry {
  readonly kind: "answer";
  readonly id: number;
}

/** An object: of this end and held by the peer, or of the peer and held by this end. Offers are not listed. */
export interface LedgerObject extends Entry {
  readonly kind: "exported" | "imported";
  readonly id: number;
  /** `package.Interface`. */
  readonly type: string;
  /** How many the peer holds of an exported one, and how many stubs there are here of an imported one. */
  readonly references: number;
}

/** A stream that has not ended. */
export interface LedgerStream extends Entry {
  readonly kind: "stream";
  readonly id: number;
  /** Whether its items leave this end or come to it. */
  readonly direction: "out" | "in";
}

/** A descriptor that came by this channel and is open; listed for channels made with the option `ledger`. */
export interface LedgerDescriptor extends Entry {
  readonly kind: "descriptor";
  /** Its number. */
  readonly id: number;
}

/** Anything that is live on a channel. */
export type LedgerEntry = LedgerCall | LedgerAnswer | LedgerObject | LedgerStream | LedgerDescriptor;

/** See the file's comment. It prints as one line for each entry, with its site below it. */
export class Ledger {
  readonly entries: readonly LedgerEntry[];

  constructor(entries: Iterable<LedgerEntry>) {
    this.entries = [...entries];
  }

  /** How many things are live. */
  get size(): number {
    return this.entries.length;
  }

  /** What console.log and its like show. */
  [inspect.custom](): string {
    return this.toString();
  }

  toString(): string {
    if (this.size === 0) return "Nothing is live.";
    return this.entries
      .flatMap((entry) => [inWords(entry), ...entry.site.map((frame) => `    at ${frame}`)])
      .join("\n");
  }
}

function inWords(entry: LedgerEntry): string {
  const { kind, id, method } = entry;
  switch (kind) {
    case "call":
      return `call ${id} of ${method} is not answered${entry.givenUp ? ", and its caller has given up" : ""}`;
    case "answer":
      return id === 0 ? `one-way ${method} is being served` : `call ${id} of ${method} is being served`;
    case "exported":
      return `${entry.type} ${id} from ${method} is held by the peer, ${times(entry.references)}`;
    case "imported":
      return `${entry.type} ${id} from ${method} is held, ${times(entry.references)}`;
    case "stream":
      return `stream ${id} of ${method} is ${entry.direction === "out" ? "produced" : "consumed"}`;
    case "descriptor":
      return `descriptor ${id} from ${method} is open`;
  }
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
