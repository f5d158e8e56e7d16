/** Implementations of the generated interfaces of objects.idl, made to be looked at by tests, and channels with them. */

import { Channel, type ChannelOptions } from "../../runtime/channel/channel.ts";
import { type CallContext, offer } from "../../runtime/channel/interface.ts";
import {
  Bank,
  type BankImpl,
  type Counter,
  CounterError,
  type CounterImpl,
  type Done,
  type OnChange,
} from "./generated/objects.ts";
import type { Road } from "./roads.ts";

/** A counter that remembers whether it was let go of, and what it was given. */
export class CountingCounter implements CounterImpl {
  #value: number;
  disposed = 0;
  readonly sinks: OnChange[] = [];
  readonly dones: Done[] = [];

  constructor(value = 0) {
    this.#value = value;
  }

  value(): number {
    return this.#value;
  }

  add(amount: number): number {
    if (this.#value + amount > 1000) throw new CounterError("tooHigh");
    this.#value += amount;
    for (const sink of this.sinks) sink(this.#value).catch(() => {});
    return this.#value;
  }

  async addFrom(other: Counter): Promise<number> {
    return this.add(await other.value());
  }

  nest(depth: number, other: Counter): number {
    return depth === 0 ? 0 : 1 + other.nestSync(depth - 1, this);
  }

  watch(sink: OnChange): void {
    this.sinks.push(sink);
  }

  later(done: Done): void {
    this.dones.push(done);
  }

  [Symbol.dispose](): void {
    this.disposed++;
    for (const sink of this.sinks) sink[Symbol.dispose]();
  }
}

/** A bank that remembers what it made and keeps what it is given. */
export class KeepingBank implements BankImpl {
  readonly made: CountingCounter[] = [];
  keeping: Counter | undefined;
  waiting: CallContext[] = [];

  make(start: number): CountingCounter {
    const counter = new CountingCounter(start);
    this.made.push(counter);
    return counter;
  }

  keep(counter: Counter): void {
    this.keeping = counter;
  }

  kept(): Counter {
    const kept = this.keeping!;
    this.keeping = undefined;
    return kept;
  }

  sameAsKept(counter: Counter): boolean {
    return counter === this.keeping;
  }

  makeMany(count: number): readonly CountingCounter[] {
    return Array.from({ length: count }, (_, start) => this.make(start));
  }

  async sum(counters: readonly Counter[]): Promise<number> {
    const values = await Promise.all(counters.map((counter) => counter.value()));
    for (const counter of counters) counter[Symbol.dispose]?.();
    return values.reduce((sum, value) => sum + value, 0);
  }

  maybe(counter: Counter | undefined): Counter | undefined {
    return counter;
  }

  async tell(sink: OnChange, value: number): Promise<void> {
    await sink(value);
    sink[Symbol.dispose]();
  }

  wait(context: CallContext): Promise<void> {
    this.waiting.push(context);
    return new Promise((_, reject) => context.signal.addEventListener("abort", () => reject(context.signal.reason)));
  }

  fail(counter: Counter): void {
    counter[Symbol.dispose]();
    throw new Error("as asked");
  }
}

/** One end of a channel, with the bank it serves and the one it calls. */
export class BankEnd implements Disposable {
  readonly own: KeepingBank = new KeepingBank();
  readonly channel: Channel;
  readonly bank: Bank;

  constructor(end: ConstructorParameters<typeof Channel>[0], options: ChannelOptions = {}) {
    this.channel = new Channel(end, { offers: [offer(Bank, this.own)], onFault: () => {}, ...options });
    this.bank = this.channel.bootstrap(Bank);
  }

  /** Objects exported and imported. */
  get objects(): readonly [number, number] {
    const { objectsExported, objectsImported } = this.channel.counts;
    return [objectsExported, objectsImported];
  }

  [Symbol.dispose](): void {
    this.channel.close();
  }
}

/** Two ends that face each other. */
export function banksOver(
  road: Road,
  near: ChannelOptions = {},
  far: ChannelOptions = {},
): { near: BankEnd; far: BankEnd } & Disposable {
  const [one, other] = road.pair();
  const ends = { near: new BankEnd(one, near), far: new BankEnd(other, far) };
  return {
    ...ends,
    [Symbol.dispose]() {
      ends.near[Symbol.dispose]();
      ends.far[Symbol.dispose]();
    },
  };
}
