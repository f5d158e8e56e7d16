/**
 * What all devices of a plugin have: states, numbers that a device can be asked for and told, of which there are those
 * that the device and its host say; and an end, after which every call fails.
 */

import { NPError } from "../../generated/npapi.ts";

/** What a host says of any device. */
export interface DeviceHost {
  /** Those that there are besides the device's own, with the values that they begin with. */
  readonly states?: Readonly<Record<number, number>>;
  /** Is told that the plugin sets a state; throws an `NPError` to refuse. What it may not set does not come here. */
  onState?(state: number, value: number): void;
  /** Is told that the device is no more, and what it had closed here: its memory, its socket. */
  closed?(): void;
}

/** A device's states. */
export class DeviceStates {
  readonly #host: DeviceHost;
  readonly #values: Map<number, number>;
  readonly #readings: ReadonlyMap<number, () => number>;

  /**
   * `own` are the device's own that begin with a value, as the host's do; `readings` its own that nobody sets, with what
   * tells them.
   */
  constructor(
    host: DeviceHost,
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

/** See the file's comment. */
export abstract class Device implements Disposable {
  protected abstract readonly states: DeviceStates;
  readonly #host: DeviceHost;
  readonly #onEnd: () => void;
  #ended = false;

  /** `onEnd` is told when the device is no more, before its host is. */
  constructor(host: DeviceHost, onEnd: () => void) {
    this.#host = host;
    this.#onEnd = onEnd;
  }

  protected get ended(): boolean {
    return this.#ended;
  }

  getState(state: number): number {
    this.checkLive();
    return this.states.get(state);
  }

  setState(state: number, value: number): void {
    this.checkLive();
    this.states.set(state, value);
  }

  /** Throws `invalidInstance` when the device is no more. */
  protected checkLive(): void {
    if (this.#ended) throw new NPError("invalidInstance");
  }

  /** Closes what the device has. */
  protected abstract release(): void;

  [Symbol.dispose](): void {
    if (this.#ended) return;
    this.#ended = true;
    this.release();
    this.#onEnd();
    this.#host.closed?.();
  }
}
