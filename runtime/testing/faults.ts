/** The faults that a fake is told to have, and which of its calls each befalls. */

/** What goes wrong with a call. */
export type Fault =
  /** The handler is asked so many milliseconds late. */
  | { readonly delayMs: number }
  /** The handler is not asked, and the call never answered. */
  | "drop"
  /** The handler is not asked; the channel ends, as if its process had died. */
  | "disconnect"
  /** The handler is not asked; the call fails with this, which crosses as any error of a handler does. */
  | { readonly throw: unknown }
  /** The handlers are asked; when so many of them have answered, their answers are given, the last one first. */
  | { readonly reorder: number };

/** Which calls a fault befalls: all from now on, where nothing is said. */
export interface FaultOptions {
  /** Only this one of the calls from now on, counted from 1. */
  readonly nth?: number;
}

/** A fault that was injected. */
export class InjectedFault implements Disposable {
  readonly fault: Fault;
  readonly #method: string | undefined;
  readonly #nth: number | undefined;
  readonly #remove: (fault: InjectedFault) => void;
  #met = 0;
  /** Those whose answers are held until there are enough of them. */
  #held: (() => void)[] = [];

  /** `method` is as in the IDL; nothing for all methods. */
  constructor(fault: Fault, method: string | undefined, { nth }: FaultOptions, remove: (fault: InjectedFault) => void) {
    if (nth !== undefined && !(Number.isInteger(nth) && nth > 0))
      throw new RangeError(`nth is ${nth}; calls are counted from 1.`);
    this.fault = fault;
    this.#method = method;
    this.#nth = nth;
    this.#remove = remove;
  }

  /** Counts a call, and says whether the fault befalls it. */
  befalls(method: string): boolean {
    if (this.#method !== undefined && this.#method !== method) return false;
    this.#met++;
    return this.#nth === undefined || this.#nth === this.#met;
  }

  /** Waits for as many answers as are to be given in reverse. */
  turn(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#held.push(resolve);
      if (this.#held.length === count) this.#release();
    });
  }

  #release(): void {
    const held = this.#held.reverse();
    this.#held = [];
    // Later, when the last of them waits like the others.
    queueMicrotask(() => {
      for (const answer of held) answer();
    });
  }

  /** Takes the fault away: calls go well from now on, and answers that were held are given. */
  [Symbol.dispose](): void {
    this.#remove(this);
    this.#release();
  }
}
