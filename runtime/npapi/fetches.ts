/** What a plugin has asked its host to fetch: content goes to the instance as a descriptor, and then word of the end. */

import { fstatSync } from "node:fs";
import { NPError, type NPInstance, NPReason } from "../../generated/npapi.ts";
import type { Awaitable } from "../channel/awaitable.ts";
import type { Fd } from "../descriptor.ts";

/** The content of a URL. */
export interface Fetched {
  /** Open for reading only, and the plugin's from now on; `sealedMemory` makes one of bytes. */
  readonly file: Fd<"file" | "memory">;
  /** In bytes; the size of the file where nothing is said. */
  readonly size?: number | bigint;
}

/**
 * Fetches a URL. An `NPError` that it throws refuses at once; what it rejects with ends the fetch, as `userBreak` where
 * that is an `AbortError` and as `networkError` otherwise. `signal` is aborted when the instance is destroyed.
 */
export type Fetch = (url: string, signal: AbortSignal) => Awaitable<Fetched>;

/** What the fetches of an instance need of its host. */
export interface FetchesOptions {
  readonly fetch: Fetch | undefined;
  /** Fetches that may be under way at a time. */
  readonly limit: number;
  /** Is told why content could not be had, or the plugin did not take it. */
  readonly onFault: ((reason: unknown) => void) | undefined;
}

/** The fetches of one instance. They begin at once, and are delivered once the instance is known. */
export class Fetches {
  readonly #options: FetchesOptions;
  readonly #destruction = new AbortController();
  readonly #instance: Promise<NPInstance>;
  #attach!: (instance: NPInstance) => void;
  #underWay = 0;

  constructor(options: FetchesOptions) {
    this.#options = options;
    this.#instance = new Promise((resolve) => {
      this.#attach = resolve;
    });
  }

  /** How many are under way. */
  get size(): number {
    return this.#underWay;
  }

  /** Says whom to deliver to; lent for as long as this lives. */
  attach(instance: NPInstance): void {
    this.#attach(instance);
  }

  /**
   * Begins a fetch, after which the instance is told with the number `notify` if there is one. Throws an `NPError`
   * where the host refuses it.
   */
  start(url: string, target: string, notify: number | undefined): void {
    const { fetch, limit } = this.#options;
    if (url === "") throw new NPError("invalidUrl");
    // To show a page elsewhere is not for a plugin to ask for; NPAPI over SRPC never did.
    if (target !== "" || fetch === undefined) throw new NPError("generic");
    if (this.#underWay >= limit) throw new NPError("outOfMemory");
    const content = fetch(url, this.#destruction.signal);
    this.#underWay++;
    void this.#deliver(url, content, notify).finally(() => this.#underWay--);
  }

  async #deliver(url: string, content: Awaitable<Fetched>, notify: number | undefined): Promise<void> {
    const reason = await this.#stream(url, content);
    if (notify === undefined || this.#destruction.signal.aborted) return;
    try {
      const instance = await this.#instance;
      await instance.urlNotify(url, reason, notify);
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Hands the content over. Returns how that ended. */
  async #stream(url: string, content: Awaitable<Fetched>): Promise<NPReason> {
    try {
      const { file, size } = await content;
      // Moved into the call, or closed here.
      using _ = file;
      const bytes = BigInt(size ?? fstatSync(file.fd).size);
      const instance = await this.#untilDestroyed(this.#instance);
      if (instance !== undefined) await instance.streamAsFile(url, file, bytes);
      return NPReason.done;
    } catch (error) {
      this.#fault(error);
      return (error as Partial<Error> | null)?.name === "AbortError" ? NPReason.userBreak : NPReason.networkError;
    }
  }

  /** What a promise comes to, or nothing where the instance is destroyed first. */
  async #untilDestroyed<T>(promise: Promise<T>): Promise<T | undefined> {
    const { signal } = this.#destruction;
    if (signal.aborted) return undefined;
    let forget = (): void => {};
    const destroyed = new Promise<undefined>((resolve) => {
      const tell = (): void => resolve(undefined);
      signal.addEventListener("abort", tell, { once: true });
      forget = () => signal.removeEventListener("abort", tell);
    });
    return await Promise.race([promise, destroyed]).finally(forget);
  }

  #fault(reason: unknown): void {
    if (!this.#destruction.signal.aborted) this.#options.onFault?.(reason);
  }

  /** Delivers nothing any more; what is fetched all the same is closed. */
  destroy(): void {
    this.#destruction.abort();
  }
}
