/** How long objects live that have crossed: as long as one of the two programs has them, and no longer. */

import * as assert from "uvu/assert";
import { revoke, set } from "../../../runtime/npapi/index.ts";
import { Bridge, overTheShortestRoad } from "../../support/bridge.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { collectGarbage, heapUsed } from "../../support/garbage.ts";
import { overSeqpacket } from "../../support/roads.ts";
import { Page } from "../../support/script-page.ts";
import { turn, until } from "../../support/within.ts";

/** Waits for what the collector has to do with; what it has found takes some turns to be told to the other side. */
function collected(condition: () => boolean, what: string): Promise<void> {
  let turns = 0;
  const holds = (): boolean => {
    if (turns++ % 10 === 0) collectGarbage();
    return condition();
  };
  return until(holds, what, 30_000);
}

interface Maker {
  make(number: number): { readonly number: number; read(given: { number: number }): number };
}

class Numbered {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }

  async read(given: { readonly number: PromiseLike<number> }): Promise<number> {
    return given.number;
  }
}

overEveryRoad("npapi: lifetime", (lifetime, road) => {
  lifetime("a proxy that nobody has any more is given back, and nobody is warned", async () => {
    // What other tests have left to the collector is not this one's.
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await turn(2);
    }
    const warnings: Error[] = [];
    const warned = (warning: Error) => void warnings.push(warning);
    process.on("warning", warned);
    using bridge = new Bridge(road, { inner: {} });
    await (async () => {
      const remote = await bridge.remote<{ inner: object }>();
      await remote.inner;
      assert.equal(bridge.held, [2, 0]);
    })();
    await collected(() => bridge.held[0] === 0, "both proxies to be given back");
    await turn(2);
    process.off("warning", warned);
    assert.equal(warnings, []);
  });

  lifetime("a member that is still to be awaited keeps its object", async () => {
    using bridge = new Bridge(road, { inner: { title: "x" } });
    using remote = await bridge.remote<{ inner: { title: string } }>();
    const member = await (async () => ({ title: (await remote.inner).title }))();
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await turn(2);
    }
    assert.is(bridge.held[0], 2);
    assert.is(await member.title, "x");
  });

  lifetime("an argument lives as long as the program that was given it holds it", async () => {
    const kept: unknown[] = [];
    using bridge = new Bridge(road, { keep: (given: unknown) => void kept.push(given) });
    using remote = await bridge.remote<{ keep(given: unknown): void }>();
    await remote.keep({ mine: 1 });
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await turn(2);
    }
    assert.is(bridge.held[1], 1);
    assert.is(await (kept[0] as { mine: PromiseLike<number> }).mine, 1);
    kept.length = 0;
    await collected(() => bridge.held[1] === 0, "the argument to be given back");
  });

  lifetime("an object that its peer holds is kept, and one that is taken away is not", async () => {
    const held = new Map(["a", "b"].map((name) => [name, { name }]));
    const weak = new WeakRef(held.get("b")!);
    using bridge = new Bridge(road, { give: (name: string) => held.get(name) });
    using remote = await bridge.remote<{ give(name: string): { name: string } }>();
    using a = await remote.give("a");
    using b = await remote.give("b");
    revoke(held.get("b")!);
    held.clear();
    await collected(() => weak.deref() === undefined, "the object that was taken away to be collected");
    assert.is(await a.name, "a");
    assert.match(String(await Promise.resolve(b.name).catch((error: unknown) => error)), /^DestroyedError/);
  });

  // One road has as many as were promised; on the others fewer show the same.
  const count = road === overSeqpacket ? 10_000 : 2_500;
  lifetime(`${count} objects exported, used, dropped: tables and heap are back where they began`, async () => {
    using bridge = new Bridge(road, { make: (number: number) => new Numbered(number) });
    using remote = await bridge.remote<Maker>();
    // What a function holds while it waits is not collected, so this is one of its own.
    const some = async (first: number): Promise<void> => {
      const numbers = Array.from({ length: 250 }, (_, index) => first + index);
      const made = await Promise.all(numbers.map((number) => remote.make(number)));
      const read = await Promise.all(made.map((object, index) => object.read({ number: numbers[index]! })));
      assert.equal(read, numbers);
    };
    const use = async (count: number): Promise<void> => {
      for (let first = 0; first < count; first += 1_250) {
        for (let batch = 0; batch < 5; batch++) await some(first + batch * 250);
        await collected(() => bridge.held.join() === "1,0", "every object to be given back");
        await until(() => bridge.guest.counts.objectsExported === 0);
        assert.is(bridge.guest.counts.objectsImported, 1);
      }
    };
    // The first ones compile the code and grow the tables to their size.
    await use(1_250);
    const before = await heapUsed();
    await use(count);
    const grown = (await heapUsed()) - before;
    // An object that stays takes half a kilobyte and more at the two ends, and there are two for each of these.
    assert.ok(grown < 1024 * 1024, `the heap has grown by ${grown} bytes`);
  });
});

overTheShortestRoad("npapi: lifetime, blocking", (lifetime, road) => {
  lifetime("10,000 objects made, used and disposed of without a turn of the event loop", async () => {
    using bridge = new Bridge(road, { make: () => new Page() });
    using remote = bridge.blocking<{ make(): Page & Disposable }>();
    let most = 0;
    for (let number = 0; number < 10_000; number++) {
      using page = remote.make();
      assert.is(page.title, "a title");
      most = Math.max(most, bridge.held[0]);
    }
    assert.ok(most <= 4, `${most} objects at a time`);
    await collected(() => bridge.held.join() === "1,0", "every object to be given back");
  });

  lifetime("an object that is disposed of is disposed of for all that have its proxy", async () => {
    using bridge = new Bridge(road, { inner: {} });
    using remote = bridge.blocking<{ inner: Disposable }>();
    const { inner } = remote;
    assert.is(remote.inner, inner);
    inner[Symbol.dispose]();
    assert.throws(() => Object.keys(inner), /disposed of/);
    assert.equal(Object.keys(remote.inner), []);
  });

  lifetime("cycles between two programs stay: that is for dispose, revoke and the channel's end", async () => {
    const page: { other?: unknown } = {};
    using bridge = new Bridge(road, page);
    {
      using remote = await bridge.remote();
      await set(remote, "other", { remote });
    }
    assert.equal(bridge.held, [1, 1]);
    bridge.guest.close();
    await until(() => bridge.held.join() === "0,0");
  });
});
