/**
 * On whose behalf a call is made: that of the blocking call whose handler makes it, also after an `await`; and of nobody
 * where what makes it has only waited for such a handler, or was sent by one.
 */

import * as assert from "uvu/assert";
import { facingRaw, overEveryRoad } from "../../support/channels.ts";
import { selector } from "../../support/probe.ts";
import type { RawPeer } from "../../support/raw-peer.ts";
import type { Road } from "../../support/roads.ts";
import { type Bytes, frame, hello, i32, join, kind, oneway, result, string, u16, u32 } from "../../support/wire.ts";
import { turn, until } from "../../support/within.ts";

/** A hello that offers something: then a handler could call back after an `await`. */
const offering = hello({ offers: 1, tail: join(i32(1), u16(1), u16(0), new Uint8Array(8), string("test.Probe")) });

/** A call whose caller blocks. */
function blockingCall(id: number, method: number, ...parameters: readonly Bytes[]): Bytes {
  return frame({ kind: kind.call, id, flags: 2 }, i32(method), ...parameters);
}

/** The body of a call on behalf of call 5, and of one on nobody's. */
const within5 = (text: string): Bytes => join(i32(selector.wait), u32(5), string(text));
const apart = (text: string): Bytes => join(i32(selector.wait), string(text));

/** Serves the blocking call 5 with `work`, which begins after an `await`; one-ways make calls. Gives the calls made. */
async function callsMadeBy(
  road: Road,
  count: number,
  work: (call: (text: string) => void, raw: RawPeer, block: () => void) => void,
): Promise<readonly Bytes[]> {
  using facing = facingRaw(road);
  const { side, raw } = facing;
  const call = (text: string): void => void side.probe.wait(text).catch(() => {});
  const block = (): void => void side.probe.echoSync("inner", { timeoutMs: 10_000 });
  side.prober.note = (text: string) => call(text);
  side.prober.echo = async () => {
    await turn();
    work(call, raw, block);
    return "";
  };
  raw.send(join(offering, blockingCall(5, selector.echo, string("outer"))));
  const made = (): readonly Bytes[] =>
    raw
      .of("call")
      .map(({ body }) => body)
      .filter((body) => body[0] === selector.wait);
  await until(() => made().length === count, "the calls");
  return made();
}

overEveryRoad("channel: chains", (chains, road) => {
  chains("a blocking call's handler calls on its behalf, also after an await", async () => {
    assert.equal(await callsMadeBy(road, 1, (call) => call("a")), [within5("a")]);
  });

  chains("what the handler has sent to the peer, which answers at once, is not on its behalf", async () => {
    const made = await callsMadeBy(road, 2, (call, raw) => {
      raw.send(oneway(selector.note, string("b")));
      call("a");
    });
    assert.equal(made, [within5("a"), apart("b")]);
  });

  chains("what waited while the handler blocked is not on its behalf", async () => {
    const made = await callsMadeBy(road, 2, (call, raw, block) => {
      raw.send(join(oneway(selector.note, string("b")), result(1, string("inner answer"))));
      block();
      call("a");
    });
    assert.equal(made, [within5("a"), apart("b")]);
  });

  chains("what waited while a handler blocked that answers at once is not on its behalf", async () => {
    using facing = facingRaw(road);
    const { side, raw } = facing;
    side.prober.note = (text: string) => void side.probe.wait(text).catch(() => {});
    side.prober.echo = () => side.probe.echoSync("inner", { timeoutMs: 10_000 });
    raw.send(join(offering, blockingCall(5, selector.echo, string("outer"))));
    raw.send(join(oneway(selector.note, string("b")), result(1, string("inner answer"))));
    const calls = await raw.received("call", 2);
    assert.equal(calls[1]!.body, apart("b"));
  });
});
