/** The calls that the peer has made and this end is still working on. */

import { CancelError, type RpcError } from "../errors.ts";
import type { CallHead } from "../protocol/postern/message.ts";
import type { PeerCredentials } from "../transport/transport.ts";
import type { Export } from "./exports.ts";
import type { AnyMethod, CallContext } from "./interface.ts";
import type { LedgerAnswer } from "./ledger.ts";
import { startTimer } from "./timer.ts";

/** One call being served: what its handler sees of it, and what is closed when it is over. */
export class Answer implements CallContext {
  /** The caller's question; zero for a one-way. */
  readonly id: number;
  readonly peer: PeerCredentials | undefined;
  /** Whether the caller's thread blocks. */
  readonly blocking: boolean;
  /** The object that works on it. */
  readonly object: Export;
  readonly #method: AnyMethod;
  readonly #lent: readonly Disposable[];
  /** When the answer is no longer wanted, by `performance.now`. */
  readonly #deadline: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #controller: AbortController | undefined;
  #over = false;
  #abortReason: RpcError | undefined;

  /** Takes over what is disposed of when the call is over: descriptors and objects that were lent for it. */
  constructor(
    id: number,
    method: AnyMethod,
    { blocking, deadlineMs }: CallHead,
    peer: PeerCredentials | undefined,
    lent: readonly Disposable[],
    object: Export,
  ) {
    this.id = id;
    this.object = object;
    this.blocking = blocking;
    this.#deadline = deadlineMs === undefined ? undefined : performance.now() + deadlineMs;
    this.#method = method;
    this.peer = peer;
    this.#lent = lent;
  }

  get method(): string {
    return this.#method.fullName;
  }

  get remainingMs(): number | undefined {
    return this.#deadline === undefined ? undefined : Math.max(0, this.#deadline - performance.now());
  }

  /** The handler did not answer at once: from now on its deadline is watched. */
  begin(): void {
    const left = this.remainingMs;
    if (left === undefined || this.#timer !== undefined) return;
    const late = (): void => this.abort(new CancelError("DeadlineExceeded", `The time for ${this.method} is up.`));
    this.#timer = startTimer(left, late);
  }

  /** Made only when a handler asks for it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    return this.#controller.signal;
  }

  /**
   * Why the answer is not wanted, where what a handler threw is only that: what its signal had told it, or what it was
   * told where it waited then, as Node's own functions with an `AbortError`.
   */
  gaveUp(thrown: unknown): RpcError | undefined {
    if (this.#abortReason === undefined) return undefined;
    if (thrown instanceof CancelError) return thrown;
    const isOurs = thrown === this.#abortReason || (thrown instanceof Error && thrown.name === "AbortError");
    return isOurs ? this.#abortReason : undefined;
  }

  /** Tells the handler that its answer is not wanted; nothing once it has returned. */
  abort(reason: RpcError): void {
    if (this.#over) return;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }

  /** Ends the call: lets go of what was lent for it and not kept by `release` or `dup`. */
  end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    for (const lent of this.#lent) lent[Symbol.dispose]();
  }
}

/** What the table knows of a call: an `Answer` at work, or a call that waits for the object it is for. */
export interface PendingAnswer {
  readonly id: number;
  /** `package.Interface.method`. */
  readonly method: string;
  /** Its answer is not wanted. */
  abort(reason: RpcError): void;
}

/** The table of answers that are not there yet, by the caller's question id. */
export class Answers {
  readonly #pending = new Map<number, PendingAnswer>();
  readonly #oneways = new Set<Answer>();

  /** How many calls and one-ways are being worked on. */
  get size(): number {
    return this.#pending.size + this.#oneways.size;
  }

  /** How many of them are calls. */
  get calls(): number {
    return this.#pending.size;
  }

  /** What is being worked on. */
  *live(): Iterable<LedgerAnswer> {
    for (const answers of [this.#pending.values(), this.#oneways])
      for (const { id, method } of answers) yield { kind: "answer", id, method, site: [] };
  }

  has(id: number): boolean {
    return this.#pending.has(id);
  }

  add(answer: Answer): void {
    answer.begin();
    if (answer.id === 0) {
      this.#oneways.add(answer);
      return;
    }
    this.#pending.set(answer.id, answer);
    answer.object.working++;
  }

  delete(answer: Answer): void {
    if (answer.id === 0) this.#oneways.delete(answer);
    else if (this.#pending.delete(answer.id)) answer.object.working--;
  }

  /** A call waits for its object. */
  wait(call: PendingAnswer): void {
    this.#pending.set(call.id, call);
  }

  /** It waits no longer, and is not at work either. */
  waited(call: PendingAnswer): void {
    this.#pending.delete(call.id);
  }

  /** The caller of a question has given up; it may have been answered already. */
  cancel(id: number, late: boolean): void {
    const code = late ? "DeadlineExceeded" : "Cancelled";
    this.#pending.get(id)?.abort(new CancelError(code, "The caller no longer waits for the answer."));
  }

  /** Tells every handler that nobody waits any more. They run on; what they return is dropped. */
  abortAll(reason: RpcError): void {
    for (const answer of this.#pending.values()) answer.abort(reason);
    for (const answer of this.#oneways) answer.abort(reason);
  }
}
