/**
 * Assignments through an asynchronous proxy: a trap cannot be awaited, so what goes wrong is kept for the next operation
 * on the object that can be. What nobody has heard of when the object is let go of becomes a warning of the process.
 */

/** Those of one object; see the file's comment. */
export class Writes {
  #pending: Promise<void> | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #warned = false;

  /** Settles when those made so far are done with, well or not; nothing where none is under way. */
  get pending(): Promise<void> | undefined {
    return this.#pending;
  }

  /** One has been sent. */
  add(write: Promise<unknown>): void {
    const before = this.#pending;
    const done = write.then(
      () => before,
      (reason: unknown) => {
        this.#failure ??= { reason };
        return before;
      },
    );
    this.#pending = done;
    void done.then(() => {
      if (this.#pending === done) this.#pending = undefined;
    });
  }

  /** Throws what went wrong first, once. */
  throwFailure(): void {
    const failure = this.#failure;
    if (failure === undefined) return;
    this.#failure = undefined;
    throw failure.reason;
  }

  /** A call has failed whose result nobody has looked at: the process is warned, once for an object. */
  unheard(reason: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    process.emitWarning(`A call of a remote object failed, and nobody awaited it: ${String(reason)}`, {
      code: "POSTERN_REMOTE_CALL_FAILED",
      detail: "Await what it returns, or use `post` for what needs no answer.",
    });
  }

  /** The object is let go of: nobody will ask any more. */
  abandon(): void {
    const pending = this.#pending ?? Promise.resolve();
    void pending.then(() => {
      if (this.#failure === undefined) return;
      const { reason } = this.#failure;
      this.#failure = undefined;
      process.emitWarning(`What was written to a remote object failed, and nobody asked: ${String(reason)}`, {
        code: "POSTERN_REMOTE_WRITE_FAILED",
        detail: "Use `await set(object, name, value)` to hear of it.",
      });
    });
  }
}
