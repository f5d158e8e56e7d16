/** What a peer that speaks `NPObject` by itself does with an exported object. */

import * as assert from "uvu/assert";
import { type NPVariantInit, NPVariant as Variant } from "../../../generated/npapi.ts";
import { exportObject, revoke } from "../../../runtime/npapi/index.ts";
import { Bridge, contentOf, failing, objectIn } from "../../support/bridge.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { Page } from "../../support/script-page.ts";
import { until } from "../../support/within.ts";

overEveryRoad("npapi: an exported object", (exported, road) => {
  exported("its own members and those of its classes are reached, with the object as `this`", async () => {
    using bridge = new Bridge(road, new Page());
    using page = await bridge.raw();
    assert.is(contentOf(await page.getProperty("title")), "a title");
    assert.is(contentOf(await page.invoke("write", [Variant.string("one")])), 1);
    assert.is(contentOf(await page.getProperty("lines")), "one");
    assert.is(contentOf(await page.invoke("inherited", [])), "inherited of a title");
    assert.equal([await page.hasMethod("write"), await page.hasMethod("title")], [true, false]);
    assert.equal([await page.hasProperty("lines"), await page.hasProperty("nothing")], [true, false]);
    assert.equal(await page.enumerate(), ["title"]);
  });

  exported("an accessor is called, own members are made and removed, and no prototype is written to", async () => {
    const root = new Page();
    const before = Object.getOwnPropertyNames(Page.prototype);
    using bridge = new Bridge(road, root);
    using page = await bridge.raw();
    await page.setProperty("lines", Variant.string("a\nb"));
    assert.is(root.lines, "a\nb");
    await page.setProperty("inherited", Variant.int32(1));
    assert.is(Object.getOwnPropertyDescriptor(root, "inherited")?.value, 1);
    await page.removeProperty("inherited");
    assert.is(root.inherited(), "inherited of a title");
    assert.equal(Object.getOwnPropertyNames(Page.prototype), before);
  });

  exported("what is missing is undefined to read, nothing to remove and noSuchMember to call", async () => {
    using bridge = new Bridge(road, { title: "x" });
    using page = await bridge.raw();
    assert.is(contentOf(await page.getProperty("nothing")), "void");
    await page.removeProperty("nothing");
    for (const name of ["nothing", "title"]) assert.is(await failing(page.invoke(name, [])), "noSuchMember");
    assert.is(await failing(page.invokeDefault([])), "notCallable");
    assert.is(await failing(page.construct([])), "notCallable");
  });

  exported("what a function returns may be a promise, and so may a property", async () => {
    const never = Promise.reject("no");
    never.catch(() => {});
    using bridge = new Bridge(road, { later: async () => 5, soon: Promise.resolve("x"), never });
    using page = await bridge.raw();
    assert.is(contentOf(await page.invoke("later", [])), 5);
    assert.is(contentOf(await page.getProperty("soon")), "x");
    assert.is(await failing(page.getProperty("never")), "thrown");
  });

  exported("its arguments are let go of when it refuses, and are its own when it does not", async () => {
    const kept: unknown[] = [];
    using bridge = new Bridge(road, { keep: (given: unknown) => void kept.push(given) });
    using page = await bridge.raw();
    for (const refused of [page.invoke("constructor", mine()), page.invoke("nothing", mine()), page.construct(mine())])
      await failing(refused);
    assert.is(bridge.held[1], 0);
    await page.invoke("keep", mine());
    assert.is(bridge.held[1], 1);
    (kept[0] as Disposable)[Symbol.dispose]();
    await until(() => bridge.held[1] === 0);
  });

  exported("a message that nobody waits for calls the object; what is refused is silent", async () => {
    const posted: unknown[] = [];
    using bridge = new Bridge(road, {
      note: (...given: unknown[]) => void posted.push(given),
      fail: () => {
        throw new Error("for the log");
      },
    });
    using page = await bridge.raw();
    using note = objectIn(await page.getProperty("note"));
    using fail = objectIn(await page.getProperty("fail"));
    await page.post([]);
    await note.post([Variant.int32(1), Variant.string("two")]);
    await fail.post([]);
    await page.hasProperty("note");
    assert.equal(posted, [[1, "two"]]);
    assert.is(bridge.faults.length, 1);
    assert.match(String((bridge.faults[0]!.thrown as Error).cause), "for the log");
  });

  exported("invalidate is ignored unless its owner asked for it", async () => {
    const root = {};
    let told = 0;
    using bridge = new Bridge(road, root);
    using page = await bridge.raw();
    await page.invalidate();
    await page.hasProperty("x");
    exportObject(root, { onInvalidate: () => told++ });
    await page.invalidate();
    await page.hasProperty("x");
    assert.is(told, 1);
  });

  exported("an object that is taken away is destroyed to whoever has it, and what was reached stays", async () => {
    const inner = { value: 1 };
    const root = { inner };
    using bridge = new Bridge(road, root);
    using page = await bridge.raw();
    using reached = objectIn(await page.getProperty("inner"));
    revoke(root);
    for (const call of [
      page.getProperty("inner"),
      page.setProperty("inner", Variant.null()),
      page.removeProperty("inner"),
      page.invoke("inner", []),
      page.invokeDefault([]),
      page.construct([]),
      page.enumerate(),
    ])
      assert.is(await failing(call), "destroyed");
    assert.equal([await page.hasProperty("inner"), await page.hasMethod("inner")], [false, false]);
    assert.is(contentOf(await reached.getProperty("value")), 1);
    using again = await bridge.raw();
    assert.equal(await again.enumerate(), ["inner"]);
  });

  exported("one that comes home after that fails the call", async () => {
    const root = { same: (given: unknown) => given === root };
    using bridge = new Bridge(road, root);
    using page = await bridge.raw();
    using method = objectIn(await page.getProperty("same"));
    revoke(root);
    assert.is(await failing(method.invokeDefault([Variant.object(page)])), "destroyed");
  });
});

/** An object of the guest's, as an argument. */
function mine(): NPVariantInit[] {
  return [Variant.object(exportObject({}))];
}
