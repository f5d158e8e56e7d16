/** Remote objects, blocking: every operator is a call that is done when it returns. */

import { inspect } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportObject, importObjectSync, invokeSync, NPObject, NPVariant } from "../../../runtime/npapi/index.ts";
import { createFake } from "../../../runtime/testing/index.ts";
import { Bridge, overTheShortestRoad } from "../../support/bridge.ts";
import { overSeqpacket } from "../../support/roads.ts";
import { ScriptObject } from "../../support/script-object.ts";
import { Page } from "../../support/script-page.ts";

overTheShortestRoad("npapi: the blocking view", (view, road) => {
  view("members are read and written, methods called, classes made new of", () => {
    using bridge = new Bridge(road, { page: new Page(), Page });
    using root = bridge.blocking<{ page: Page; Page: typeof Page }>();
    const { page } = root;
    assert.is(page.title, "a title");
    page.title = "another";
    assert.is(page.inherited(), "inherited of another");
    assert.is(page.write("one"), 1);
    page.lines = "a\nb\nc";
    assert.is(page.lines, "a\nb\nc");
    const made = new root.Page();
    made.write("two");
    assert.is(made.lines, "two");
    assert.is(root.Page.make().title, "a title");
    assert.is(root.Page.count, 7);
  });

  view("in, delete, keys, entries, spreading and for-in see the members it has", () => {
    const root: Record<string, unknown> = { a: 1, b: "two", c: null };
    using bridge = new Bridge(road, root);
    using remote = bridge.blocking();
    assert.equal(
      ["a" in remote, "nothing" in remote, "toString" in remote, "constructor" in remote],
      [true, false, false, false],
    );
    assert.equal(Object.keys(remote), ["a", "b", "c"]);
    assert.equal(Object.entries(remote), Object.entries(root));
    assert.equal({ ...remote }, root);
    assert.equal(Object.assign({}, remote), root);
    const seen: string[] = [];
    for (const name in remote) seen.push(name);
    assert.equal(seen, ["a", "b", "c"]);
    assert.equal([Object.hasOwn(remote, "a"), Object.hasOwn(remote, "nothing")], [true, false]);
    assert.ok(delete remote["a"]);
    assert.ok(delete remote["nothing"]);
    assert.equal(Object.keys(root), ["b", "c"]);
    assert.not(Object.hasOwn(remote, "a"));
    const { b, ...rest } = remote;
    assert.equal([b, rest], ["two", { c: null }]);
  });

  view("methods of classes are no own members", () => {
    using bridge = new Bridge(road, new Page());
    using remote = bridge.blocking<Page>();
    assert.ok("write" in remote);
    assert.not(Object.hasOwn(remote, "write"));
    assert.equal(Object.keys(remote), ["title"]);
  });

  view("to list the keys is one call, and to look again is to ask again", () => {
    const root: Record<string, unknown> = { a: 1, b: 2 };
    using bridge = new Bridge(road, root);
    using remote = bridge.blocking();
    const before = bridge.guest.counts.callsMade;
    Object.keys(remote);
    assert.is(bridge.guest.counts.callsMade, before + 1);
    delete root["a"];
    assert.not(Object.hasOwn(remote, "a"));
    Reflect.ownKeys(remote);
    remote["c"] = 3;
    delete root["b"];
    assert.not(Object.hasOwn(remote, "b"));
  });

  view("a descriptor reads and writes when it is used", () => {
    const root = { a: 1 };
    using bridge = new Bridge(road, root);
    using remote = bridge.blocking();
    const descriptor = Object.getOwnPropertyDescriptor(remote, "a")!;
    root.a = 5;
    assert.is(descriptor.get!(), 5);
    descriptor.set!(6);
    assert.is(root.a, 6);
    Object.defineProperty(remote, "b", { value: 1, writable: true, enumerable: true, configurable: true });
    assert.equal(root, { a: 6, b: 1 } as object);
    for (const kind of [{ value: 1 }, { get: () => 1, configurable: true }, { value: 1, writable: true }])
      assert.throws(() => Object.defineProperty(remote, "c", kind), TypeError);
    assert.throws(() => Object.freeze(remote), TypeError);
    assert.throws(() => Object.setPrototypeOf(remote, {}), TypeError);
    assert.equal(Object.keys(root), ["a", "b"]);
  });

  view("JSON is that of the object, with its lists and without its methods", () => {
    const inner = { list: [1, "two", { three: 3 }, []], empty: {}, at: { toJSON: () => "a time" } };
    using bridge = new Bridge(road, { text: "x", none: null, missing: undefined, method() {}, inner });
    using remote = bridge.blocking();
    assert.equal(JSON.parse(JSON.stringify(remote)), {
      text: "x",
      none: null,
      inner: { list: [1, "two", { three: 3 }, []], empty: {}, at: "a time" },
    });
  });

  view("an object that holds itself is no JSON", () => {
    const ring: Record<string, unknown> = { x: 1 };
    ring["inner"] = { ring };
    using bridge = new Bridge(road, ring);
    assert.throws(() => JSON.stringify(bridge.blocking()), /holds itself/);
  });

  view("a method has its object as `this` if it is called on it, and else nothing", () => {
    const root = {
      who(this: unknown): string {
        return this === root ? "root" : "nobody";
      },
    };
    using bridge = new Bridge(road, root);
    using remote = bridge.blocking<typeof root>();
    assert.is(remote.who(), "root");
    assert.is(invokeSync(remote, "who"), "root");
    const { who } = remote;
    assert.is(who.call(undefined), "nobody");
    assert.is(who.call(remote), "root");
    assert.is(who.apply({}), "nobody");
    assert.is(Reflect.apply(who, remote, []), "root");
    assert.is(who.bind(remote)(), "root");
    assert.is(remote.who, who);
  });

  view("a member called `call` is the object's own", () => {
    using bridge = new Bridge(road, { call: (number: string) => `ringing ${number}` });
    using phone = bridge.blocking<{ call(number: string): string }>();
    assert.is(phone.call("110"), "ringing 110");
  });

  view("Array.from makes an array of a remote one", () => {
    using bridge = new Bridge(road, ["a", "b"]);
    using list = bridge.blocking<readonly string[]>();
    assert.is(list.length, 2);
    assert.equal(Array.from(list), ["a", "b"]);
    assert.is((list as { push?: unknown }).push, undefined);
  });

  view("what is missing or no function is told as JavaScript tells it", () => {
    using bridge = new Bridge(road, {
      title: "x",
      arrow: () => 1,
      one: class {
        constructor() {
          throw new RangeError("no");
        }
      },
    });
    using remote = bridge.blocking<Record<string, () => void> & { one: new () => object; arrow: new () => object }>();
    assert.is(remote["nothing"], undefined);
    assert.throws(() => remote["nothing"]!(), TypeError);
    assert.throws(() => remote["title"]!(), TypeError);
    assert.throws(() => (remote as unknown as () => void)(), TypeError);
    assert.throws(() => new remote.arrow(), TypeError);
    assert.throws(() => new remote.one(), RangeError);
    assert.throws(() => remote.one.call(remote), TypeError);
  });

  view("what cannot cross is thrown before anything is sent", () => {
    using bridge = new Bridge(road, new Page());
    using remote = bridge.blocking<Record<string | symbol, unknown> & { write(...line: unknown[]): number }>();
    void remote.write;
    const before = bridge.guest.counts.callsMade;
    const { write } = remote;
    for (const value of [1n, Symbol("s"), Promise.resolve(), "x".repeat(2 ** 20 + 1), "half \udfff"]) {
      assert.throws(() => {
        remote["title"] = value;
      });
      assert.throws(() => Reflect.apply(write, remote, [value]));
    }
    assert.throws(() => Reflect.apply(write, remote, Array(65).fill(0)), RangeError);
    assert.throws(() => remote["x".repeat(1025)], RangeError);
    assert.throws(() => remote["half \ud800"], TypeError);
    for (const name of ["__proto__", "constructor", "prototype"])
      assert.throws(() => Reflect.set(remote, name, {}), /never crosses/);
    assert.throws(() => {
      remote[Symbol("s")] = 1;
    }, TypeError);
    assert.is(bridge.guest.counts.callsMade, before + 1);
    assert.is(bridge.host.counts.objectsImported, 0);
  });

  view("it is not awaited, printed or inspected by the peer", async () => {
    using bridge = new Bridge(road, {
      then: () => {
        throw new Error("called");
      },
    });
    using remote = bridge.blocking();
    const before = bridge.guest.counts.callsMade;
    assert.is(await remote, remote);
    assert.is(inspect(remote), "[object RemoteObject]");
    assert.is(`${remote}`, "[object RemoteObject]");
    assert.ok(Number.isNaN(Number(remote)));
    assert.is(typeof remote, "function");
    for (const name of ["constructor", "__proto__", "prototype"]) assert.is(remote[name], undefined);
    assert.equal(Reflect.getOwnPropertyDescriptor(remote, "length"), undefined);
    assert.is(bridge.guest.counts.callsMade, before + 1);
    assert.equal(Reflect.ownKeys(remote), ["then"]);
  });

  view("a peer that lists what never crosses, or a name twice, changes nothing here", () => {
    const spoiled = new ScriptObject({ echo: () => NPVariant.int32(1) });
    using peer = createFake(NPObject, {
      enumerate: () => ["a", "a", "__proto__", "constructor"],
      getProperty: () => NPVariant.object(spoiled),
      hasMethod: () => false,
      hasProperty: () => true,
    });
    using remote = importObjectSync(peer.client);
    assert.equal(Reflect.ownKeys(remote), ["a"]);
    for (const copy of [Object.assign({}, remote), { ...remote }, JSON.parse(JSON.stringify(remote)) as object]) {
      assert.equal(Object.keys(copy), ["a"]);
      assert.is(Object.getPrototypeOf(copy), Object.prototype);
    }
    assert.not("__proto__" in remote);
  });

  view("an object that inherits from a proxy gets members of its own", () => {
    using bridge = new Bridge(road, new Page());
    using remote = bridge.blocking<Page>();
    const heir = Object.create(remote) as Record<string, unknown>;
    heir["title"] = "mine";
    assert.is(Object.getOwnPropertyDescriptor(heir, "title")?.value, "mine");
    assert.is(remote.title, "a title");
  });

  view("an asynchronous function cannot answer a caller that blocks its thread", () => {
    using bridge = new Bridge(road, { later: async () => 1 });
    using remote = bridge.blocking<{ later(): number }>();
    assert.throws(() => remote.later(), /Deadlock|block for ever/);
  });

  view("functions of an object that is exported so are given blocking proxies", () => {
    const root = { read: (given: { name: string }) => `its name is ${given.name}` };
    using bridge = new Bridge(road, root, { blocking: true });
    using remote = bridge.blocking<typeof root>();
    assert.is(remote.read({ name: "mine" }), "its name is mine");
  });

  view("it cannot be used when it is disposed of, or its channel has ended", () => {
    using bridge = new Bridge(road, new Page());
    const remote = bridge.blocking<Page>();
    remote[Symbol.dispose]();
    assert.throws(() => remote.title, /disposed of/);
    const again = bridge.blocking<Page>();
    bridge.guest.close();
    assert.throws(() => again.title, /closed by this end/);
    assert.throws(() => Object.keys(again), /closed by this end/);
  });
});

const stuck = suite("npapi: blocking where nobody can answer");

stuck("a value is refused, for it has no identity", () => {
  for (const value of ["x", 7, null, undefined, 1n, Symbol("s")])
    assert.throws(() => exportObject(value as unknown as object), TypeError);
});

stuck("a call with nobody to answer it is an error of the call, not a wait for ever", async () => {
  using bridge = new Bridge(overSeqpacket, new Page());
  const raw = await bridge.raw();
  bridge.host.close();
  await bridge.guest.closed;
  using remote = importObjectSync<Page>(raw);
  assert.throws(() => remote.title, /closed by the peer|is gone/);
});

stuck.run();
