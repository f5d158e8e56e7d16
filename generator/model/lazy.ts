/**
 * Definitions that are worked out when they are first needed, so that a file may declare things in any order. A
 * definition that needs itself is found here, and so is a chain too long to follow.
 */

import type { Diagnostics } from "../diagnostics.ts";
import type { Span } from "../source.ts";
import type { Name } from "../syntax/ast.ts";
import type { Flags } from "./model.ts";

/** What the definitions of a run share. */
export class Trail {
  readonly diagnostics: Diagnostics;
  /** The definitions that are being worked out, each needed by the one before it. */
  readonly steps: Step[] = [];
  /** Computes the bits that the members of flags name, which a constant may need before the flags are complete. */
  readonly namedBits = new Map<Flags, (neededAt: Span) => bigint>();

  constructor(diagnostics: Diagnostics) {
    this.diagnostics = diagnostics;
  }
}

interface Step {
  readonly lazy: Lazy<unknown>;
  /** Where it was needed. */
  readonly span: Span;
}

/** Each step of a chain takes a few frames of the stack; this many are safe, and more than anybody can follow. */
export const maxChain = 200;

/** A definition that is worked out at most once. */
export class Lazy<T> {
  readonly #name: Name;
  readonly #trail: Trail;
  #compute: (() => T | undefined) | undefined;
  #value: T | undefined;

  /** `compute` returns nothing when the definition is faulty, having reported why. */
  constructor(name: Name, trail: Trail, compute: () => T | undefined) {
    this.#name = name;
    this.#trail = trail;
    this.#compute = compute;
  }

  /** Returns the value, or nothing when the definition is faulty; that has been reported, once. */
  get(neededAt: Span): T | undefined {
    if (this.#compute === undefined) return this.#value;
    const { steps, diagnostics } = this.#trail;
    const start = steps.findIndex(({ lazy }) => lazy === this);
    if (start >= 0) {
      this.#reportCycle(start, neededAt);
      return undefined;
    }
    if (steps.length >= maxChain) {
      diagnostics.report("definition-too-deep", neededAt, { name: this.#name.text, limit: String(maxChain) });
      return undefined;
    }
    steps.push({ lazy: this, span: neededAt });
    this.#value = this.#compute();
    this.#compute = undefined;
    steps.pop();
    return this.#value;
  }

  #reportCycle(start: number, neededAt: Span): void {
    const { steps, diagnostics } = this.#trail;
    const notes = steps.slice(start + 1).map(({ lazy, span }) => ({
      span,
      message: `By way of \`${lazy.#name.text}\`, which is used here.`,
    }));
    diagnostics.report("definition-cycle", neededAt, { name: this.#name.text }, notes);
  }
}
