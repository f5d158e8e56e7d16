/** The calls that the peer has made and this end is still working on. */

import type { Fd } from "../descriptor.ts";
import { CancelError, type RpcError } from "../errors.ts";
import type { PeerCredentials } from "../transport/transport.ts";
import type { AnyMethod, CallContext } from "./interface.ts";

/** One call being served: what its handler sees of it, and what is closed when it is over. */
export class Answer implements CallContext {
  /** The caller's question; zero for a one-way. */
  readonly id: number;
  readonly peer: PeerCredentials | undefined;
  readonly #method: AnyMethod;
  readonly #lent: readonly Fd[];
  #controller: AbortController | undefined;
  #over = false;
  #abortReason: RpcError | undefined;

  /** Takes over the descriptors that were lent for the call. */
  constructor(id: number, method: AnyMethod, peer: PeerCredentials | undefined, lent: readonly Fd[]) {
    this.id = id;
    this.#method = method;
    this.peer = peer;
    this.#lent = lent;
  }

  get method(): string {
    return this.#method.fullName;
  }

  /** Made only when a handler asks for it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    return this.#controller.signal;
  }

  /** Whether what a handler threw is only what its signal had told it. */
  gaveUp(thrown: unknown): thrown is RpcError {
    return thrown === this.#abortReason && thrown !== undefined;
  }

  /** Tells the handler that its answer is not wanted; nothing once it has returned. */
  abort(reason: RpcError): void {
    if (this.#over) return;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }

  /** Ends the call: closes the descriptors that were lent for it and were not taken out with `release`. */
  end(): void {
    this.#over = true;
    for (const fd of this.#lent) fd.close();
  }
}

/** The table of answers that are not there yet, by the caller's question id. */
export class Answers {
  readonly #pending = new Map<number, Answer>();
  readonly #oneways = new Set<Answer>();

  /** How many calls and one-ways are being worked on. */
  get size(): number {
    return this.#pending.size + this.#oneways.size;
  }

  has(id: number): boolean {
    return this.#pending.has(id);
  }

  add(answer: Answer): void {
    if (answer.id === 0) this.#oneways.add(answer);
    else this.#pending.set(answer.id, answer);
  }

  delete(answer: Answer): void {
    if (answer.id === 0) this.#oneways.delete(answer);
    else this.#pending.delete(answer.id);
  }

  /** The caller of a question has given up; it may have been answered already. */
  cancel(id: number): void {
    this.#pending.get(id)?.abort(new CancelError("Cancelled", "The caller no longer waits for the answer."));
  }

  /** Tells every handler that nobody waits any more. They run on; what they return is dropped. */
  abortAll(reason: RpcError): void {
    for (const answer of this.#pending.values()) answer.abort(reason);
    for (const answer of this.#oneways) answer.abort(reason);
  }
}
