/** `onLost`: those who hold an object and do not call it hear when its channel has ended. */

import * as assert from "uvu/assert";
import { dup, onLost } from "../../../runtime/channel/reference.ts";
import { banksOver, CountingCounter } from "../../support/bank.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { turn, until } from "../../support/within.ts";

overEveryRoad("channel: lost objects", (lost, road) => {
  for (const who of ["near", "far"] as const)
    lost(`whoever holds an object is told once when the ${who} end closes`, async () => {
      using ends = banksOver(road);
      using counter = await ends.near.bank.make(1);
      using second = dup(counter);
      const told: string[] = [];
      onLost(counter, () => told.push("first"));
      onLost(second, () => told.push("second"));
      await turn(2);
      assert.equal(told, []);
      ends[who].channel.close();
      await until(() => told.length === 2, "both to be told");
      ends.near.channel.close();
      await turn(2);
      assert.equal(told, ["first", "second"]);
    });

  lost("whoever no longer wants to hear, or has let go before, is not told", async () => {
    using ends = banksOver(road);
    using counter = await ends.near.bank.make(1);
    const gone = await ends.near.bank.make(1);
    let told = 0;
    const forget = onLost(counter, () => told++);
    onLost(gone, () => told++);
    forget();
    forget();
    gone[Symbol.dispose]();
    onLost(gone, () => told++);
    ends.near.channel.close();
    await turn(2);
    assert.is(told, 0);
  });

  lost("asking after the end is answered at once, but later", async () => {
    using ends = banksOver(road);
    using counter = await ends.near.bank.make(1);
    ends.near.channel.close();
    let told = 0;
    onLost(counter, () => told++);
    assert.is(told, 0);
    await turn();
    assert.is(told, 1);
  });

  lost("of an offer, and of what is no stub, nothing is told", async () => {
    using ends = banksOver(road);
    let told = 0;
    onLost(ends.near.bank, () => told++);
    onLost(new CountingCounter(), () => told++);
    ends.near.channel.close();
    await turn(2);
    assert.is(told, 0);
  });

  lost("a listener that throws keeps nobody from being told, nor the channel from ending", async () => {
    using ends = banksOver(road);
    using counter = await ends.near.bank.make(1);
    const uncaught: unknown[] = [];
    const note = (error: unknown): number => uncaught.push(error);
    const before = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", note);
    let told = 0;
    onLost(counter, () => {
      throw new Error("of a listener");
    });
    onLost(counter, () => told++);
    ends.near.channel.close();
    await turn(2);
    process.removeListener("uncaughtException", note);
    for (const listener of before) process.on("uncaughtException", listener);
    assert.is(told, 1);
    assert.match(String(uncaught[0]), /of a listener/);
  });
});
