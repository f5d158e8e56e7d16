/** One object is one object on either side, however often and by whatever road it crosses. */

import * as assert from "uvu/assert";
import { type NPVariant, NPVariant as Variant } from "../../../generated/npapi.ts";
import {
  exportObject,
  get,
  importObject,
  importObjectSync,
  invoke,
  NPObject,
  only,
  readOnly,
  revoke,
  set,
} from "../../../runtime/npapi/index.ts";
import { Bridge } from "../../support/bridge.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { rejection, until } from "../../support/within.ts";

overEveryRoad("npapi: identity", (identity, road) => {
  identity("the same object is the same proxy, in each view", async () => {
    const inner = {};
    using bridge = new Bridge(road, { inner, again: inner, give: () => inner });
    using remote = await bridge.remote<{ inner: object; again: object; give(): object }>();
    const first = await remote.inner;
    assert.is(await remote.inner, first);
    assert.is(await remote.again, first);
    assert.is(await remote.give(), first);
    assert.is(importObject(await bridge.raw()), remote);
    const blocking = importObjectSync(await bridge.raw());
    assert.is(importObjectSync(await bridge.raw()), blocking);
    assert.is.not(blocking as object, remote);
    assert.equal(bridge.held, [2, 0]);
  });

  identity("an object that comes home is itself: an argument, a part of one's own, a function", async () => {
    const seen: unknown[] = [];
    const root = { see: (...given: unknown[]) => seen.push(...given) };
    using bridge = new Bridge(road, root);
    using remote = await bridge.remote<typeof root>();
    await remote.see(remote, await remote.see);
    assert.is(seen[0], root);
    assert.is(seen[1], root.see);
  });

  identity("what the guest sends comes back as what it sent", async () => {
    const kept: unknown[] = [];
    const host = { keep: (given: unknown) => void kept.push(given), give: () => kept[0] };
    using bridge = new Bridge(road, host);
    using remote = await bridge.remote<{ keep(given: unknown): void; give(): unknown }>();
    const mine = { name: "mine" };
    await remote.keep(mine);
    await remote.keep(mine);
    assert.is(kept[0], kept[1]);
    assert.is(await remote.give(), mine);
    assert.is(await get(kept[0] as object, "name"), "mine");
    assert.is(bridge.held[1], 1);
  });

  identity("what the guest puts into the host's objects is its own when it reads it", async () => {
    const root: { slot?: unknown } = {};
    using bridge = new Bridge(road, root);
    using remote = await bridge.remote<{ slot?: unknown }>();
    const mine = () => "called";
    await set(remote, "slot", mine);
    assert.is(await remote.slot, mine);
    assert.is(await (root.slot as () => PromiseLike<string>)(), "called");
  });

  identity("exporting is the same each time under one policy, and another under another", () => {
    const object = {};
    assert.is(exportObject(object), exportObject(object));
    assert.is(exportObject(object, { policy: readOnly }), exportObject(object, { policy: readOnly }));
    assert.is.not(exportObject(object), exportObject(object, { policy: readOnly }));
    assert.is.not(exportObject(object), exportObject(object, { blocking: true }));
    assert.is.not(exportObject(object, { policy: only(["x"]) }), exportObject(object, { policy: only(["x"]) }));
    const first = exportObject(object);
    revoke(object);
    assert.is.not(exportObject(object), first);
    assert.is(exportObject(first), first);
  });

  identity("a proxy is exported as what it stands for, and that stub is the caller's", async () => {
    const root = { same: (given: unknown) => given === root };
    using bridge = new Bridge(road, root);
    using remote = await bridge.remote<typeof root>();
    const stub = exportObject(remote);
    assert.instance(stub, NPObject.Stub);
    using raw = await bridge.raw();
    const answer = await raw.invoke("same", [Variant.object(stub)]);
    assert.is((answer as NPVariant & { value: boolean }).value, true);
    assert.is(await remote.same(remote), true);
  });

  identity("a blocking proxy and an asynchronous one are made of each other", async () => {
    using bridge = new Bridge(road, { title: "x" });
    using blocking = importObjectSync(await bridge.raw());
    using remote = importObject<{ title: string }>(exportObject(blocking) as NPObject);
    assert.is(await remote.title, "x");
  });

  identity("a stub that was passed as an argument is still the caller's", async () => {
    using bridge = new Bridge(road, { echo: (given: unknown) => given });
    using raw = await bridge.raw();
    using remote = await bridge.remote<{ echo(given: unknown): unknown }>();
    assert.is(await remote.echo(raw), remote);
    assert.equal(await raw.enumerate(), ["echo"]);
  });

  identity("cycles through both programs are objects like others", async () => {
    const root: { other?: { back: unknown } } = {};
    using bridge = new Bridge(road, root);
    using remote = await bridge.remote<{ other: { back: { other: { back: unknown } } } }>();
    const mine = { back: remote };
    await set(remote, "other", mine);
    assert.is(await remote.other.back.other.back, remote);
    assert.is(await (await root.other!).back, root);
  });

  identity("an object of one program is used by another through a third", async () => {
    using left = new Bridge(road, { name: "left", greet: (whom: { name: PromiseLike<string> }) => whom.name });
    const kept: Record<string, unknown> = {};
    using right = new Bridge(road, kept);
    using theirs = await left.remote();
    using shelf = await right.remote<{ item: { name: string; greet(whom: object): string } }>();
    await set(shelf, "item", theirs);
    const item = kept["item"] as { name: PromiseLike<string>; greet(whom: object): PromiseLike<string> };
    assert.is(await item.name, "left");
    assert.is(await item.greet({ name: "two channels away" }), "two channels away");
    assert.is(await shelf.item, theirs);
  });

  identity("however often it came, and was given and refused, it is let go of once", async () => {
    using bridge = new Bridge(road, { take() {} });
    const remote = await bridge.remote();
    for (let times = 0; times < 3; times++) assert.is(importObject(await bridge.raw()), remote);
    await invoke(remote, "take", remote);
    await rejection(invoke(remote, "take", remote, 1n));
    remote[Symbol.dispose]();
    assert.is(bridge.guest.counts.objectsImported, 0);
    await until(() => bridge.held[0] === 0);
  });

  identity("a place of the peer's that another object has taken is another proxy", async () => {
    let next = 0;
    using bridge = new Bridge(road, { make: () => ({ number: next++ }) });
    using remote = await bridge.remote<{ make(): { number: number } }>();
    const first = await remote.make();
    assert.is(await first.number, 0);
    first[Symbol.dispose]();
    await until(() => bridge.held[0] === 1);
    using second = await remote.make();
    assert.is.not(second, first);
    assert.is(await second.number, 1);
  });
});
