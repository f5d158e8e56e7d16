/** Channels for tests: two that face each other, or one that faces a raw peer, over any road. */

import { suite, type Test } from "uvu";
import { Channel, type ChannelOptions } from "../../runtime/channel/channel.ts";
import type { InternalFault } from "../../runtime/channel/failures.ts";
import { offer } from "../../runtime/channel/interface.ts";
import { leavesNothingOpen } from "./descriptor-count.ts";
import { Probe, Prober } from "./probe.ts";
import { RawPeer } from "./raw-peer.ts";
import { type Road, roads } from "./roads.ts";

/** Makes a suite for each road, counts its descriptors, and runs it. */
export function overEveryRoad(name: string, define: (test: Test, road: Road) => void): void {
  for (const road of roads) {
    const test = suite(`${name}, over ${road.name}`);
    leavesNothingOpen(test);
    define(test, road);
    test.run();
  }
}

/** One channel with what it serves. */
export class Side implements Disposable {
  readonly prober: Prober;
  /** What implementations threw without declaring it. */
  readonly faults: InternalFault[] = [];
  readonly channel: Channel;
  /** The peer's probe. */
  readonly probe: Probe;

  constructor(
    end: ConstructorParameters<typeof Channel>[0],
    options: ChannelOptions = {},
    prober: Prober = new Prober(),
  ) {
    this.prober = prober;
    this.channel = new Channel(end, {
      offers: [offer(Probe, this.prober)],
      onFault: (fault) => this.faults.push(fault),
      ...options,
    });
    this.probe = this.channel.bootstrap(Probe);
  }

  [Symbol.dispose](): void {
    this.channel.close();
    this.prober[Symbol.dispose]();
  }
}

/** Two sides that face each other: `near` is the one that tests call from. */
export interface Pair extends Disposable {
  readonly near: Side;
  readonly far: Side;
}

/** What the two sides of a pair are made with. */
export interface PairOptions {
  readonly near?: ChannelOptions;
  readonly far?: ChannelOptions;
  /** Serves the far side's probe instead of a plain `Prober`. */
  readonly prober?: Prober;
}

export function pairOver(road: Road, options: PairOptions = {}): Pair {
  const [one, other] = road.pair();
  const near = new Side(one, options.near);
  const far = new Side(other, options.far, options.prober);
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
export interface Facing extends Disposable {
  readonly side: Side;
  readonly raw: RawPeer;
}

export function facingRaw(road: Road, options: ChannelOptions = {}, raw: { readonly reading?: boolean } = {}): Facing {
  const [one, other] = road.pair();
  const side = new Side(one, options);
  const peer = new RawPeer(other, raw);
  return {
    side,
    raw: peer,
    [Symbol.dispose]() {
      side[Symbol.dispose]();
      peer[Symbol.dispose]();
    },
  };
}
