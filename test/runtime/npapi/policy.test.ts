/** Policies: what they are asked, what they refuse, and that nothing gets round them. */

import * as assert from "uvu/assert";
import { NPVariant as Variant } from "../../../generated/npapi.ts";
import { allOf, only, type Policy, readOnly, set } from "../../../runtime/npapi/index.ts";
import { Bridge, contentOf, failing, objectIn, overTheShortestRoad } from "../../support/bridge.ts";
import { rejection, within } from "../../support/within.ts";

type Asked = readonly [string, string | undefined];

overTheShortestRoad("npapi: policies", (policies, road) => {
  policies("a policy is asked about each operation, with the name and the object", async () => {
    const root = { title: "x", write: () => 1 };
    const asked: Asked[] = [];
    const objects = new Set<object>();
    const policy: Policy = {
      allow(operation, name, object) {
        asked.push([operation, name]);
        objects.add(object);
        return true;
      },
    };
    using bridge = new Bridge(road, root, { policy });
    using raw = await bridge.raw();
    await raw.getProperty("title");
    await raw.setProperty("title", Variant.string("y"));
    await raw.hasProperty("title");
    await raw.hasMethod("write");
    await raw.invoke("write", []);
    await raw.removeProperty("title");
    await raw.enumerate();
    using write = objectIn(await raw.getProperty("write"));
    await write.invokeDefault([]);
    await failing(write.construct([]));
    assert.equal(asked, [
      ["get", "title"],
      ["set", "title"],
      ["has", "title"],
      ["has", "write"],
      ["call", "write"],
      ["call", "write"],
      ["delete", "title"],
      ["enumerate", undefined],
      ["has", "write"],
      ["get", "write"],
      ["call", undefined],
      ["construct", undefined],
    ]);
    assert.equal([...objects], [root, root.write]);
  });

  for (const [what, allow] of [
    ["says no", () => false],
    [
      "throws",
      () => {
        throw new Error("no idea");
      },
    ],
    ["answers with a promise", () => Promise.resolve(true) as unknown as boolean],
    ["answers with what is merely true enough", () => 1 as unknown as boolean],
  ] as const)
    policies(`one that ${what} refuses everything, and there is nothing to ask after`, async () => {
      const root = Object.assign(() => 1, { title: "x", write: () => 1 });
      using bridge = new Bridge(road, root, { policy: { allow } });
      using raw = await bridge.raw();
      for (const call of [
        raw.getProperty("title"),
        raw.getProperty("nothing"),
        raw.setProperty("title", Variant.null()),
        raw.removeProperty("title"),
        raw.invoke("write", []),
        raw.invokeDefault([]),
        raw.construct([]),
        raw.enumerate(),
      ])
        assert.is(await failing(call), "refused");
      assert.equal([await raw.hasProperty("title"), await raw.hasMethod("write")], [false, false]);
      assert.is(root.title, "x");
    });

  policies("read only: properties are seen, and nothing is called or changed", async () => {
    const root = { title: "x", inner: { deep: 1 }, write: () => 1 };
    using bridge = new Bridge(road, root, { policy: readOnly });
    using page = await bridge.raw();
    using inner = objectIn(await page.getProperty("inner"));
    using write = objectIn(await page.getProperty("write"));
    assert.is(contentOf(await inner.getProperty("deep")), 1);
    assert.equal(await page.enumerate(), ["title", "inner", "write"]);
    assert.equal([await page.hasProperty("write"), await page.hasMethod("write")], [true, false]);
    for (const call of [
      page.setProperty("title", Variant.null()),
      page.removeProperty("title"),
      page.invoke("write", []),
      inner.setProperty("deep", Variant.null()),
      write.invokeDefault([]),
      write.construct([]),
      write.setProperty("x", Variant.null()),
    ])
      assert.is(await failing(call), "refused");
    assert.equal([root.title, root.inner.deep], ["x", 1]);
  });

  policies("only some names: of the object, and of all that it leads to", async () => {
    const root = { title: "x", secret: "s", inner: { title: "y", secret: "t" }, write: () => 1 };
    using bridge = new Bridge(road, root, { policy: only(["title", "inner", "write"]) });
    using raw = await bridge.raw();
    using inner = objectIn(await raw.getProperty("inner"));
    assert.is(contentOf(await inner.getProperty("title")), "y");
    assert.is(contentOf(await raw.invoke("write", [])), 1);
    for (const object of [raw, inner]) {
      assert.is(await failing(object.getProperty("secret")), "refused");
      assert.is(await object.hasProperty("secret"), false);
      assert.not((await object.enumerate()).includes("secret"));
    }
  });

  policies("a list of names makes no name cross that never does", async () => {
    using bridge = new Bridge(road, {}, { policy: only(["constructor", "__proto__", "toString"]) });
    using raw = await bridge.raw();
    assert.is(await failing(raw.getProperty("constructor")), "refused");
    assert.is(await failing(raw.getProperty("__proto__")), "refused");
    assert.is(contentOf(await raw.getProperty("toString")), "void");
  });

  policies("several together allow what each allows", async () => {
    using bridge = new Bridge(road, { a: 1, b: 2 }, { policy: allOf(only(["a"]), { builtIn: () => true }) });
    using raw = await bridge.raw();
    assert.is(contentOf(await raw.getProperty("a")), 1);
    assert.is(await failing(raw.getProperty("b")), "refused");
    assert.is(await raw.hasProperty("toString"), false);
  });

  policies("what a policy lets out of the language it decides name by name, and a throw is a no", async () => {
    const policy: Policy = {
      builtIn(name, object) {
        if (name === "pop") throw new Error("no idea");
        return Array.isArray(object) && name === "push";
      },
    };
    const list = [1];
    using bridge = new Bridge(road, list, { policy });
    using raw = await bridge.raw();
    assert.is(contentOf(await raw.invoke("push", [Variant.int32(2)])), 2);
    for (const name of ["pop", "sort"]) assert.is(await failing(raw.invoke(name, [])), "noSuchMember");
    assert.equal(list, [1, 2]);
  });

  policies("what is given to a callback goes out under the policy that the callback came in by", async () => {
    const root = { title: "x" };
    const host = { watch: (callback: (given: object) => unknown) => callback(root) };
    const policy: Policy = { allow: (operation, name) => operation !== "set" && name !== "secret" };
    using bridge = new Bridge(road, host, { policy });
    using remote = await bridge.remote<{ watch(callback: (given: object) => unknown): unknown }>();
    const refusals: unknown[] = [];
    const callback = async (given: object) => {
      refusals.push(await rejection(set(given, "title", "changed")));
    };
    await within(Promise.resolve(remote.watch(callback)));
    assert.match(String(refusals[0]), /refuses "title"/);
    assert.is(root.title, "x");
  });
});
