/**
 * Code of a plugin that the host calls when its turn comes: `NPN_PluginThreadAsyncCall`. An instance has one queue,
 * whichever thread of the plugin asks and over whichever channel: calls run one at a time, in the order in which the
 * host has read of them, each in a turn of the event loop of its own, so that everything else gets its turns as well.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { type AsyncCall, acceptThread, NPError, type NPUpcallsImpl } from "../../generated/npapi.ts";
import type { Channel, ChannelOptions } from "../channel/channel.ts";
import { channelOver } from "../connect.ts";
import type { Fd } from "../descriptor.ts";
import { LimitError } from "../errors.ts";
import { socketPair } from "../transport/sockets.ts";
import type { PeerCredentials } from "../transport/transport.ts";

/** How the calls of one instance are run. */
export interface AsyncCallsOptions {
  /**
   * Milliseconds that one call may take. Then its code is told that nobody waits any more, and the next one's turn
   * comes. Without it a call may take for ever, and with it everything behind it in the queue of its own instance.
   */
  readonly timeoutMs?: number;
  /** Channels of other threads that may be open at a time; 16 where nothing is said. They cannot be forked. */
  readonly channels?: number;
  /** Calls that may wait at a time; 65,536 where nothing is said. What is more is let go of at once. */
  readonly waiting?: number;
  /** Is told why a call has failed: its code threw, its channel is gone, its time was up. The queue goes on. */
  readonly onFault?: (reason: unknown) => void;
}

const CHANNELS = 16;
const WAITING = 65_536;

/** See the file's comment. It serves the main channel of an instance, and each that `openChannel` opens. */
export class AsyncCalls implements NPUpcallsImpl {
  readonly #options: AsyncCallsOptions;
  readonly #waiting = new Queue<AsyncCall>();
  readonly #channels = new Set<Channel>();
  readonly #destruction = new AbortController();
  /** Runs in the context in which this was made: calls are on nobody's behalf, whatever was under way when they were read. */
  readonly #apart = AsyncLocalStorage.snapshot();
  /** Whether a turn is coming, or a call is running. */
  #busy = false;
  /** Whether the last call found no room. */
  #full = false;

  constructor(options: AsyncCallsOptions = {}) {
    this.#options = options;
  }

  /** How many calls have not begun. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** How many channels of other threads are open. */
  get channels(): number {
    return this.#channels.size;
  }

  /** Takes a call into the queue; lets go of it at once when that is full, or the instance is destroyed. */
  pluginThreadAsyncCall(run: AsyncCall): void {
    if (this.#destroyed || !this.#hasRoom()) {
      run[Symbol.dispose]();
      return;
    }
    this.#waiting.push(run);
    this.#goOn();
  }

  /**
   * Opens a channel by which another thread asks for calls: it is served here, and the returned end goes to the plugin.
   * Closed at the latest when the instance is destroyed. Throws an `NPError`: `outOfMemory` when as many are open as may
   * be, `invalidInstance` after the destruction. `peer` says who the plugin is.
   */
  openChannel(peer?: PeerCredentials): Fd<"seqpacket"> {
    if (this.#destroyed) throw new NPError("invalidInstance");
    if (this.#channels.size >= (this.#options.channels ?? CHANNELS)) throw new NPError("outOfMemory");
    const [ours, theirs] = socketPair("seqpacket");
    try {
      const { channel } = acceptThread((options) => channelOver(ours, alone(options), peer), { upcalls: this });
      this.#channels.add(channel);
      channel.closed.then(() => this.#channels.delete(channel));
      return theirs;
    } catch (error) {
      theirs.close();
      throw error;
    }
  }

  /**
   * Calls nothing any more: what waits is let go of, of which its code is told by `Symbol.dispose`; the one that runs is
   * cancelled; channels of other threads are closed. Again, it does nothing.
   */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destruction.abort();
    for (let run = this.#waiting.shift(); run !== undefined; run = this.#waiting.shift()) run[Symbol.dispose]();
    for (const channel of this.#channels) channel.close();
  }

  get #destroyed(): boolean {
    return this.#destruction.signal.aborted;
  }

  /** Whether a further call may wait. The first that may not is a fault; nobody need read of each. */
  #hasRoom(): boolean {
    const { waiting = WAITING, onFault } = this.#options;
    const full = this.#waiting.size >= waiting;
    if (full && !this.#full) onFault?.(new LimitError(`${waiting} asynchronous calls wait, which is as many as may.`));
    this.#full = full;
    return !full;
  }

  /** Gives the next call a turn, unless one has it. */
  #goOn(): void {
    if (this.#busy || this.#waiting.size === 0) return;
    this.#busy = true;
    this.#apart(() => setImmediate(() => this.#runNext()));
  }

  #runNext(): void {
    const run = this.#waiting.shift();
    // What a hook throws is its own affair and unhandled; the queue goes on all the same.
    void this.#run(run).finally(() => {
      this.#busy = false;
      this.#goOn();
    });
  }

  async #run(run: AsyncCall | undefined): Promise<void> {
    // The instance may have been destroyed between two turns.
    if (run === undefined) return;
    // The call itself lets go of what is called once; a call that could not be made does not.
    using _ = run;
    try {
      await run({ timeoutMs: this.#options.timeoutMs, signal: this.#destruction.signal });
    } catch (reason) {
      if (!this.#destroyed) this.#options.onFault?.(reason);
    }
  }
}

/** First in, first out, without moving what is behind. */
class Queue<T> {
  #items: (T | undefined)[] = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    // Half of it or more is gaps; all that is moved has paid for itself by as many calls.
    if (this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}

/** A channel that nobody forks: each thread opens one of its own, so that all are counted, and end with the instance. */
function alone(options: ChannelOptions): ChannelOptions {
  return { ...options, limits: { ...options.limits, forks: 0 } };
}
