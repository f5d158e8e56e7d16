/** Streams of callbacks that are called once: the callback is gone with its call, its streams last as long as the call. */

import * as assert from "uvu/assert";
import { Channel } from "../../../runtime/channel/channel.ts";
import { offer } from "../../../runtime/channel/interface.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { generated } from "../../support/generated.ts";
import type { Road } from "../../support/roads.ts";
import { turn, until, within } from "../../support/within.ts";

const once = await generated(`
  @once callback Pour(drops: stream<u32>) -> stream<u32>;
  interface Well { draw(pour: own Pour, count: u32) -> u32; }
`);

// biome-ignore lint/suspicious/noExplicitAny: the interface is made while the test runs.
type Untyped = any;

/** Counts up, a turn of the event loop apart, so that the call is over long before its streams are. */
async function* counting(count: number): AsyncGenerator<number> {
  for (let drop = 0; drop < count; drop++) {
    await turn();
    yield drop;
  }
}

class Served implements Disposable {
  readonly near: Channel;
  readonly far: Channel;
  readonly well: Untyped;

  constructor(road: Road) {
    const [one, other] = road.pair();
    this.near = new Channel(one, {});
    this.far = new Channel(other, { offers: [offer(once["Well"], { draw })] });
    this.well = this.near.bootstrap(once["Well"], 0);
  }

  async nothingHeld(): Promise<void> {
    const held = () => [this.near, this.far].map(({ counts }) => counts.objectsExported + counts.objectsImported);
    await until(() => held().every((count) => count === 0), "both tables empty");
  }

  [Symbol.dispose](): void {
    this.near.close();
    this.far.close();
  }
}

/** Gives the callback so many drops, and sums up what it makes of them. */
async function draw(pour: Untyped, count: number): Promise<number> {
  let sum = 0;
  for await (const drop of pour(counting(count))) sum += drop;
  return sum;
}

overEveryRoad("emit: streams of what is called once", (test, road) => {
  test("the streams of the one call go on to their ends, and then nothing is held", async () => {
    using served = new Served(road);
    const seen: number[] = [];
    async function* double(drops: AsyncIterable<number>) {
      for await (const drop of drops) {
        seen.push(drop);
        yield 2 * drop;
      }
    }
    assert.is(await within(served.well.draw(double, 100)), 9900);
    assert.is(seen.length, 100);
    await served.nothingHeld();
  });

  test("a reader that leaves ends the streams, and then nothing is held", async () => {
    using served = new Served(road);
    let left = false;
    async function* three(drops: AsyncIterable<number>) {
      try {
        for await (const drop of drops) {
          yield drop;
          if (drop === 2) return;
        }
      } finally {
        left = true;
      }
    }
    assert.is(await within(served.well.draw(three, 1000)), 3);
    assert.ok(left);
    await served.nothingHeld();
  });
});
