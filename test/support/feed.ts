/** The generated interface of streams.idl, with an implementation that tests steer, and channels that offer it. */

import { Channel, type ChannelOptions } from "../../runtime/channel/channel.ts";
import type { InternalFault } from "../../runtime/channel/failures.ts";
import { offer } from "../../runtime/channel/interface.ts";
import type { Fd } from "../../runtime/descriptor.ts";
import { Feed, type FeedImpl } from "./generated/streams.ts";
import { openFile } from "./open-files.ts";
import { RawPeer } from "./raw-peer.ts";
import type { End, Road } from "./roads.ts";
import { type Bytes, call } from "./wire.ts";

/** The numbers from 0 up to but not including `to`. */
export function* upTo(to: number): Generator<number> {
  for (let number = 0; number < to; number++) yield number;
}

/** Serves `Feed`; a test replaces the methods it is about. */
export class Feeder implements FeedImpl {
  /** What was told in one-ways and pings, in order. */
  readonly seen: string[] = [];
  readonly kept: Fd[] = [];

  numbers: FeedImpl["numbers"] = (to) => upTo(to);
  lines: FeedImpl["lines"] = () => ["one", "two"];
  blobs: FeedImpl["blobs"] = async function* (size) {
    for (;;) yield new Uint8Array(size);
  };
  files: FeedImpl["files"] = function* () {
    for (;;) yield openFile();
  };
  cells: FeedImpl["cells"] = () => [{ get: () => 1 }, { get: () => 2 }];
  sum: FeedImpl["sum"] = async (numbers) => {
    let sum = 0;
    for await (const number of numbers) sum += number;
    return sum;
  };
  keep: FeedImpl["keep"] = async (files) => {
    for await (const file of files) this.kept.push(file);
    return this.kept.length;
  };
  doubled: FeedImpl["doubled"] = async function* (numbers) {
    for await (const number of numbers) yield 2 * number;
  };
  pairs: FeedImpl["pairs"] = async function* (left, right) {
    for (;;) {
      const one = await left.next();
      const other = await right.next();
      if (one.done || other.done) return;
      yield one.value;
      yield other.value;
    }
  };
  ping: FeedImpl["ping"] = (text) => {
    this.seen.push(text);
    return text;
  };
  now: FeedImpl["now"] = () => 7;
  note: FeedImpl["note"] = (text) => {
    this.seen.push(text);
  };
}

/** One channel with the feed that it serves, and the peer's. */
export class FeedSide implements Disposable {
  readonly feeder: Feeder = new Feeder();
  readonly faults: InternalFault[] = [];
  readonly channel: Channel;
  readonly feed: Feed;

  constructor(end: End, options: ChannelOptions = {}) {
    this.channel = new Channel(end, {
      offers: [offer(Feed, this.feeder)],
      onFault: (fault) => this.faults.push(fault),
      ...options,
    });
    this.feed = this.channel.bootstrap(Feed);
  }

  [Symbol.dispose](): void {
    this.channel.close();
    for (const file of this.feeder.kept) file.close();
  }
}

/** Two sides that face each other: `near` is the one that tests call from. */
export interface FeedPair extends Disposable {
  readonly near: FeedSide;
  readonly far: FeedSide;
}

export function feedsOver(
  road: Road,
  options: { readonly near?: ChannelOptions; readonly far?: ChannelOptions } = {},
): FeedPair {
  const [one, other] = road.pair();
  const near = new FeedSide(one, options.near);
  const far = new FeedSide(other, options.far);
  return {
    near,
    far,
    [Symbol.dispose]() {
      near[Symbol.dispose]();
      far[Symbol.dispose]();
    },
  };
}

/** A side that faces a peer which speaks bytes; nothing has been said for that peer yet. */
export interface FacingFeed extends Disposable {
  readonly side: FeedSide;
  readonly raw: RawPeer;
}

export function feedFacingRaw(road: Road, options: ChannelOptions = {}): FacingFeed {
  const [one, other] = road.pair();
  const side = new FeedSide(one, options);
  const raw = new RawPeer(other);
  return {
    side,
    raw,
    [Symbol.dispose]() {
      side[Symbol.dispose]();
      raw[Symbol.dispose]();
    },
  };
}

/** A call of one of the feed's methods, as bytes. */
export function callOf(id: number, method: keyof FeedImpl, ...parameters: readonly Bytes[]): Bytes {
  const found = Feed.methods.find(({ name }) => name === method);
  return call(id, found!.selector, ...parameters);
}
