/** The numbers that a device can be asked for and told: its states. Which there are is the device's and its host's to say. */

import { NPError } from "../../generated/npapi.ts";

/** What a host says of a device's states. */
export interface StatesHost {
  /** Those that there are besides the device's own, with the values that they begin with. */
  readonly states?: Readonly<Record<number, number>>;
  /** Is told that the plugin sets a state; throws an `NPError` to refuse. What it may not set does not come here. */
  onState?(state: number, value: number): void;
}

/** See the file's comment. */
export class DeviceStates {
  readonly #host: StatesHost;
  readonly #values: Map<number, number>;
  readonly #readings: ReadonlyMap<number, () => number>;

  /**
   * `own` are the device's own that begin with a value, as the host's do; `readings` its own that nobody sets, with what
   * tells them.
   */
  constructor(
    host: StatesHost,
    own: Readonly<Record<number, number>> = {},
    readings: readonly (readonly [number, () => number])[] = [],
  ) {
    this.#host = host;
    this.#values = new Map(Object.entries({ ...own, ...host.states }).map(([state, value]) => [Number(state), value]));
    this.#readings = new Map(readings);
  }

  /** Reads a state. Throws `invalidParameter` where there is none of that number. */
  get(state: number): number {
    const value = this.#readings.get(state)?.() ?? this.#values.get(state);
    if (value === undefined) throw new NPError("invalidParameter");
    return value;
  }

  /** Sets a state for the plugin. Throws `invalidParameter` where there is none of that number, or it is not to be set. */
  set(state: number, value: number): void {
    if (this.#readings.has(state) || !this.#values.has(state)) throw new NPError("invalidParameter");
    this.#host.onState?.(state, value);
    this.#values.set(state, value);
  }
}
