/** Objects of every kind, exported: what a peer has of them. */

import * as assert from "uvu/assert";
import { NPVariant as Variant } from "../../../generated/npapi.ts";
import { exportObject, importObject } from "../../../runtime/npapi/index.ts";
import { Bridge, contentOf, failing, objectIn, overTheShortestRoad } from "../../support/bridge.ts";
import { Page } from "../../support/script-page.ts";
import { turn, within } from "../../support/within.ts";
import * as someModule from "./fixtures/some-module.ts";

const own = { own: 1 };
const withGetter = Object.defineProperty({}, "broken", {
  enumerable: true,
  get: () => {
    throw new RangeError("broken getter");
  },
});
const revoked = Proxy.revocable({}, {});
revoked.revoke();

overTheShortestRoad("npapi: objects of every kind", (kinds, road) => {
  kinds("a class is made new of, has its static members, and cannot be called", async () => {
    using bridge = new Bridge(road, Page);
    using constructor = await bridge.raw();
    using page = objectIn(await constructor.construct([]));
    assert.is(contentOf(await page.getProperty("title")), "a title");
    assert.is(contentOf(await constructor.getProperty("count")), 7);
    using made = objectIn(await constructor.invoke("make", []));
    assert.equal(await made.enumerate(), ["title"]);
    assert.is(await failing(constructor.invokeDefault([])), "thrown");
  });

  for (const [what, callee] of [
    ["an arrow function", () => 1],
    ["a method", { method() {} }.method],
    ["an async function", async () => {}],
  ] as const)
    kinds(`${what} is no constructor`, async () => {
      using bridge = new Bridge(road, callee);
      using object = await bridge.raw();
      assert.is(await failing(object.construct([])), "notCallable");
    });

  kinds("to ask whether something is a constructor does not run it", async () => {
    let runs = 0;
    const counting = new Proxy(class {}, {
      construct() {
        runs++;
        return {};
      },
      get(target, name) {
        runs++;
        return Reflect.get(target, name);
      },
    });
    using bridge = new Bridge(road, counting);
    using object = await bridge.raw();
    objectIn(await object.construct([]))[Symbol.dispose]();
    assert.is(runs, 1);
  });

  kinds("an array has its places and its length", async () => {
    const list = ["a", "b"];
    using bridge = new Bridge(road, list);
    using object = await bridge.raw();
    assert.equal(await object.enumerate(), ["0", "1"]);
    assert.is(contentOf(await object.getProperty("length")), 2);
    await object.setProperty("2", Variant.string("c"));
    assert.equal(list, ["a", "b", "c"]);
  });

  kinds("an object without a prototype has any member but those that never cross", async () => {
    const dictionary = Object.assign(Object.create(null) as Record<string, unknown>, { toString: 1 });
    using bridge = new Bridge(road, dictionary);
    using object = await bridge.raw();
    assert.is(contentOf(await object.getProperty("toString")), 1);
    await object.setProperty("hasOwnProperty", Variant.int32(2));
    assert.is(dictionary["hasOwnProperty"], 2);
    assert.is(await failing(object.setProperty("__proto__", Variant.object(exportObject(own)))), "refused");
    assert.is(Object.getPrototypeOf(dictionary), null);
  });

  for (const [what, object, name] of [
    ["a frozen object", Object.freeze({ own: 1 }), "own"],
    ["a frozen object", Object.freeze({ own: 1 }), "more"],
    ["a sealed one", Object.seal({ own: 1 }), "more"],
    [
      "a getter without a setter",
      new (class {
        get own() {
          return 1;
        }
      })(),
      "own",
    ],
    ["a module", someModule, "value"],
  ] as const)
    kinds(`${what} cannot be assigned to: "${name}"`, async () => {
      using bridge = new Bridge(road, object);
      using raw = await bridge.raw();
      assert.is(await failing(raw.setProperty(name, Variant.int32(2))), "thrown");
    });

  kinds("what is frozen cannot be deleted", async () => {
    using bridge = new Bridge(road, Object.freeze({ own: 1 }));
    using object = await bridge.raw();
    assert.is(await failing(object.removeProperty("own")), "thrown");
  });

  kinds("a module gives away what it exports", async () => {
    using bridge = new Bridge(road, someModule);
    using object = await bridge.raw();
    assert.equal(await object.enumerate(), ["greet", "value"]);
    assert.is(contentOf(await object.invoke("greet", [Variant.string("you")])), "hello you");
  });

  kinds("a Proxy answers as it likes", async () => {
    const proxy = new Proxy({}, { get: (_, name) => `the ${String(name)}`, has: (_, name) => name === "door" });
    using bridge = new Bridge(road, proxy);
    using object = await bridge.raw();
    assert.is(contentOf(await object.getProperty("door")), "the door");
    assert.equal([await object.hasProperty("door"), await object.hasProperty("wall")], [true, false]);
  });

  kinds("a getter that throws is the exception of a read, and no member to ask after", async () => {
    using bridge = new Bridge(road, withGetter);
    using object = await bridge.raw();
    assert.is(await failing(object.getProperty("broken")), "thrown");
    assert.is(await failing(object.invoke("broken", [])), "thrown");
    assert.is(await object.hasMethod("broken"), false);
    assert.equal(await object.enumerate(), ["broken"]);
  });

  kinds("a Proxy that was revoked throws, and nothing else happens", async () => {
    using bridge = new Bridge(road, { revoked: revoked.proxy });
    using object = await bridge.raw();
    assert.is(await failing(object.getProperty("revoked")), "thrown");
    assert.is(contentOf(await object.getProperty("nothing")), "void");
  });

  kinds("what its peer cannot name is not listed", async () => {
    using bridge = new Bridge(road, { fine: 1, ["x".repeat(1025)]: 2, "half \ud800": 3, [Symbol("s")]: 4 });
    using object = await bridge.raw();
    assert.equal(await object.enumerate(), ["fine"]);
  });

  kinds("more names than can cross are an exception", async () => {
    using bridge = new Bridge(road, Array(16_385).fill(0));
    using object = await bridge.raw();
    assert.is(await failing(object.enumerate()), "thrown");
  });

  kinds("bytes, however many, are no names, and a long list is not listed to see how long it is", async () => {
    using bridge = new Bridge(road, {
      bytes: Buffer.alloc(8),
      many: new Uint8Array(2 ** 28),
      long: Array(2 ** 32 - 1),
    });
    using object = await bridge.raw();
    using bytes = objectIn(await object.getProperty("bytes"));
    assert.equal(await bytes.enumerate(), []);
    for (const name of ["many", "long"]) {
      using large = objectIn(await object.getProperty(name));
      assert.is(await failing(large.enumerate()), "thrown");
    }
  });

  kinds("a promise that a peer only looks at is nobody's to await", async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => void rejections.push(reason);
    process.on("unhandledRejection", note);
    using bridge = new Bridge(road, {
      get soon() {
        return Promise.reject(new Error("nobody asked"));
      },
    });
    using object = await bridge.raw();
    assert.is(await object.hasMethod("soon"), false);
    assert.is(await failing(object.invoke("soon", [])), "noSuchMember");
    await turn(2);
    process.off("unhandledRejection", note);
    assert.equal(rejections, []);
  });

  kinds("a subclass of what is built in has its own members only", async () => {
    class Store extends Map<string, string> {
      lookup(key: string): string | undefined {
        return this.get(key);
      }
    }
    using bridge = new Bridge(road, new Store([["a", "b"]]));
    using object = await bridge.raw();
    assert.is(contentOf(await object.invoke("lookup", [Variant.string("a")])), "b");
    assert.is(await failing(object.invoke("get", [Variant.string("a")])), "noSuchMember");
  });

  kinds("an object with itself in it is reached for ever, as one object", async () => {
    const ring: Record<string, unknown> = { self: undefined };
    ring["self"] = ring;
    using bridge = new Bridge(road, ring);
    const remote = importObject(await bridge.raw());
    let at: unknown = remote;
    for (let depth = 0; depth < 20; depth++) at = await within((at as { self: PromiseLike<unknown> }).self);
    assert.is(at, remote);
    assert.equal(bridge.held, [1, 0]);
  });
});
