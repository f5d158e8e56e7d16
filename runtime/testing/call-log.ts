/** The calls that a fake has received, in order, each with what became of it. */

import type { AnyMethod } from "../channel/interface.ts";

/** What stands in the log for the values of a method that is `@sensitive`. */
export const REDACTED = "[redacted]";

/** What became of a call: of the handler's answer, or of the fault that stood in its place. */
export type CallOutcome =
  | { readonly kind: "pending" }
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "threw"; readonly error: unknown }
  /** The implementation has no such method. */
  | { readonly kind: "unimplemented" }
  | { readonly kind: "dropped" }
  | { readonly kind: "disconnected" };

/** One call, as a fake has received it. */
export interface RecordedCall {
  /** As in the IDL. */
  readonly method: string;
  /** As the handler got them: decoded, so what is only lent is closed once the call is over. */
  readonly parameters: readonly unknown[];
  /** Changes when the call is answered. */
  readonly outcome: CallOutcome;
}

/** The record of one call, while it is being written. */
export class Recording implements RecordedCall {
  readonly method: string;
  readonly parameters: readonly unknown[];
  readonly #sensitive: boolean;
  #outcome: CallOutcome = { kind: "pending" };

  constructor(method: AnyMethod, parameters: readonly unknown[]) {
    this.method = method.name;
    this.#sensitive = method.sensitive === true;
    this.parameters = this.#sensitive ? parameters.map(() => REDACTED) : parameters;
  }

  get outcome(): CallOutcome {
    return this.#outcome;
  }

  returned<T>(value: T): T {
    this.#outcome = { kind: "returned", value: this.#sensitive ? REDACTED : value };
    return value;
  }

  threw(error: unknown): void {
    this.#outcome = { kind: "threw", error: this.#sensitive ? REDACTED : error };
  }

  /** The handler was never asked, or its answer never given. */
  ended(kind: "unimplemented" | "dropped" | "disconnected"): void {
    this.#outcome = { kind };
  }
}
