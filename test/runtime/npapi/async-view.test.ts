/** Remote objects by promise: every operator that can wait, and what is said of those that cannot. */

import { EventEmitter } from "node:events";
import { inspect } from "node:util";
import * as assert from "uvu/assert";
import { get, has, importObject, invoke, isRemote, keys, post, remove, set } from "../../../runtime/npapi/index.ts";
import { Bridge } from "../../support/bridge.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { ScriptObject } from "../../support/script-object.ts";
import { Page } from "../../support/script-page.ts";
import { rejection, until } from "../../support/within.ts";

/** What the process hears of until the end, in place of what it would do. */
interface Hearing {
  readonly warnings: readonly (string | undefined)[];
  end(): { readonly warnings: readonly (string | undefined)[]; readonly unhandled: number };
}

function hearing(): Hearing {
  const warnings: (string | undefined)[] = [];
  let unhandled = 0;
  const warn = (warning: NodeJS.ErrnoException): void => void warnings.push(warning.code);
  const note = (): void => void unhandled++;
  process.on("warning", warn);
  process.on("unhandledRejection", note);
  return {
    warnings,
    end() {
      process.off("warning", warn);
      process.off("unhandledRejection", note);
      return { warnings, unhandled };
    },
  };
}

overEveryRoad("npapi: the asynchronous view", (view, road) => {
  view("members are awaited, methods called, classes made new of", async () => {
    using bridge = new Bridge(road, { page: new Page(), Page });
    using root = await bridge.remote<{ page: Page; Page: typeof Page }>();
    const page = await root.page;
    assert.is(await page.title, "a title");
    assert.is(await page.write("one"), 1);
    assert.is(await page.inherited(), "inherited of a title");
    const made = await new root.Page();
    assert.is(await made.lines, "");
    assert.is(await root.Page.count, 7);
    assert.is(await (await root.Page.make()).title, "a title");
  });

  view("a chain is awaited once, through members and results", async () => {
    interface Node {
      readonly name: string;
      readonly child: Node;
      find(): Node;
    }
    const node = (name: string, child?: Node): Node => {
      const made: Node = { name, child: child!, find: () => child ?? made };
      return made;
    };
    using bridge = new Bridge(road, { body: node("body", node("first", node("second"))) });
    using root = await bridge.remote<{ body: Node }>();
    assert.is(await root.body.child.child.name, "second");
    assert.is(await root.body.find().name, "first");
    assert.is(await root.body.find().find().find().name, "second");
  });

  view("a member is read each time it is awaited, the result of a call was called once", async () => {
    let reads = 0;
    const counting = {
      get member(): number {
        return ++reads;
      },
      call(): number {
        return ++reads;
      },
    };
    using bridge = new Bridge(road, counting);
    using root = await bridge.remote<typeof counting>();
    const { member } = root;
    assert.equal([await member, await member], [1, 2]);
    const result = root.call();
    assert.equal([await result, await result], [3, 3]);
  });

  view("calls are made in the order in which they stand", async () => {
    const seen: string[] = [];
    using bridge = new Bridge(road, { note: (text: string) => void seen.push(text), last: "" });
    using root = await bridge.remote<{ note(text: string): void; last: string }>();
    const calls = [root.note("a"), root.note("b")];
    root.last = "c";
    calls.push(root.note("d"));
    await Promise.all(calls);
    assert.equal(seen, ["a", "b", "d"]);
    assert.is(await root.last, "c");
  });

  view("a call that fails and that nobody awaits is a warning, once for an object, and ends no process", async () => {
    const heard = hearing();
    const failing = (): never => {
      throw new RangeError("from the peer");
    };
    using bridge = new Bridge(road, { failing });
    const root = await bridge.remote<{ failing(): unknown }>();
    const emitter = new EventEmitter();
    emitter.on("event", () => root.failing());
    for (let event = 0; event < 3; event++) emitter.emit("event");
    await until(() => heard.warnings.length > 0, "the warning");
    assert.instance(await rejection(Promise.resolve(root.failing())), RangeError);
    root[Symbol.dispose]();
    assert.equal(heard.end(), { warnings: ["POSTERN_REMOTE_CALL_FAILED"], unhandled: 0 });
  });

  view("nothing is unhandled where the peer of a call or a message that nobody awaits is gone", async () => {
    const heard = hearing();
    const bridge = new Bridge(road, () => 1);
    const callback = await bridge.remote<() => number>();
    bridge[Symbol.dispose]();
    void post(callback);
    void callback();
    await until(() => heard.warnings.length > 0, "the warning");
    assert.equal(heard.end(), { warnings: ["POSTERN_REMOTE_CALL_FAILED"], unhandled: 0 });
  });

  view("what is assigned and deleted is sent", async () => {
    const root: { title?: string; body: { width?: number } } = { title: "x", body: {} };
    using bridge = new Bridge(road, root);
    using remote = await bridge.remote<{ title?: unknown; body: { width: number } }>();
    remote.body.width = 3;
    assert.is(await remote.body.width, 3);
    delete remote.title;
    assert.equal(await keys(remote), ["body"]);
    assert.equal(root, { body: { width: 3 } });
  });

  view("an assignment that fails is the exception of the next operation that is awaited, once", async () => {
    using bridge = new Bridge(road, Object.freeze({ title: "x" }));
    using remote = await bridge.remote<{ title: string }>();
    remote.title = "y";
    remote.title = "z";
    assert.match(String(await rejection(Promise.resolve(remote.title))), /TypeError: "title" cannot be assigned to/);
    assert.is(await remote.title, "x");
  });

  view("one that nobody asks after is a warning when the object is let go of", async () => {
    const codes: unknown[] = [];
    const note = (warning: NodeJS.ErrnoException) => void codes.push(warning.code);
    process.on("warning", note);
    using bridge = new Bridge(road, Object.freeze({ title: "x" }));
    const remote = await bridge.remote<{ title: string }>();
    remote.title = "y";
    remote[Symbol.dispose]();
    await until(() => codes.includes("POSTERN_REMOTE_WRITE_FAILED"), "a warning");
    process.off("warning", note);
  });

  view("what cannot cross is thrown where it is assigned, and rejects where it is passed", async () => {
    using bridge = new Bridge(road, new Page());
    using remote = await bridge.remote<{ title: unknown; write(line: unknown): number }>();
    const untyped = remote as unknown as Record<string | symbol, unknown>;
    for (const value of [1n, Symbol("s"), Promise.resolve(1), "x".repeat(2 ** 20 + 1), "half \ud800"])
      assert.throws(() => {
        untyped["title"] = value;
      });
    assert.throws(() => {
      untyped[Symbol("s")] = 1;
    }, /Symbol\(s\) cannot cross/);
    assert.throws(() => Reflect.set(untyped, "__proto__", {}), /never crosses/);
    assert.instance(await rejection(Promise.resolve(remote.write(1n))), TypeError);
    assert.match(String(await rejection(Promise.resolve(remote.write(remote.title)))), /before it is awaited/);
    assert.instance(await rejection(invoke(remote, "write", ...Array(65).fill(0))), RangeError);
    assert.instance(await rejection(get(remote, "x".repeat(1025))), RangeError);
    assert.is(await remote.title, "a title");
  });

  view("functions do what operators cannot wait for", async () => {
    const root = { title: "x", note: (text: string) => `noted ${text}` } as Record<string, unknown>;
    using bridge = new Bridge(road, root);
    using remote = await bridge.remote();
    assert.equal([await has(remote, "title"), await has(remote, "nothing")], [true, false]);
    assert.equal(await keys(remote), ["title", "note"]);
    assert.is(await get(remote, "title"), "x");
    await set(remote, "title", "y");
    assert.is(root["title"], "y");
    await remove(remote, "title");
    assert.not("title" in root);
    assert.is(await invoke(remote, "note", "it"), "noted it");
  });

  for (const [what, use] of [
    ["in", (remote: object) => "title" in remote],
    ["Object.keys", (remote: object) => Object.keys(remote)],
    ["spreading", (remote: object) => ({ ...remote })],
    ["Object.hasOwn", (remote: object) => Object.hasOwn(remote, "title")],
    ["in, of a member", (remote: object) => "x" in (remote as { title: object }).title],
  ] as const)
    view(`${what} says what to use instead`, async () => {
      using bridge = new Bridge(road, new Page());
      using remote = await bridge.remote();
      assert.throws(() => use(remote), /use `await (has|keys)\(/);
    });

  view("nothing but what is meant is asked of the peer", async () => {
    const asked: string[] = [];
    const spy = new Proxy({}, { get: (_, name) => void asked.push(String(name)) });
    using bridge = new Bridge(road, spy);
    using remote = await bridge.remote();
    const before = bridge.host.counts.callsServed;
    await remote;
    await (async () => remote)();
    const untyped = remote as unknown as Readonly<Record<string | symbol, unknown>>;
    assert.equal(
      ["then", "toJSON", "constructor", "__proto__"].map((name) => untyped[name]),
      Array(4).fill(undefined),
    );
    assert.is(untyped[Symbol.iterator], undefined);
    assert.is(String(remote), "[object RemoteObject]");
    assert.is(Object.prototype.toString.call(remote), "[object RemoteObject]");
    assert.is(inspect({ remote }), "{ remote: [object RemoteObject] }");
    assert.is(JSON.stringify({ remote }), "{}");
    assert.is(Object.getPrototypeOf(remote), null);
    assert.throws(() => Object.setPrototypeOf(remote, {}));
    assert.throws(() => Object.freeze(remote));
    assert.throws(() => Object.defineProperty(remote, "x", { get: () => 1, configurable: true }));
    assert.throws(() => Object.defineProperty(remote, "x", { value: 1 }));
    assert.equal([bridge.host.counts.callsServed, asked], [before, []]);
    assert.ok(isRemote(remote));
    assert.not(isRemote({}));
  });

  view("an object that inherits from a proxy gets members of its own", async () => {
    using bridge = new Bridge(road, new Page());
    using remote = await bridge.remote();
    const heir = Object.create(remote) as Record<string, unknown>;
    heir["title"] = "mine";
    assert.is(Object.getOwnPropertyDescriptor(heir, "title")?.value, "mine");
    assert.is(await remote["title"], "a title");
  });

  view("a function is called by itself, posted to, and has no `this` when it is read from its object", async () => {
    const seen: (string | undefined)[] = [];
    const root = {
      name: "root",
      who(this: { readonly name: string }): string {
        seen.push(this.name);
        return this.name;
      },
    };
    using bridge = new Bridge(road, root);
    using remote = await bridge.remote<{ who(): string }>();
    assert.is(await remote.who(), "root");
    const who = await remote.who;
    assert.is(await who(), undefined);
    await post(who);
    await until(() => seen.length === 3);
    assert.equal(seen.slice(1), [undefined, undefined]);
  });

  view("what is missing is undefined to read, and no function to call", async () => {
    using bridge = new Bridge(road, { title: "x" });
    using remote = await bridge.remote<{ nothing: { more: string }; call(): void; title: string }>();
    assert.is(await remote.nothing, undefined);
    assert.match(
      String(await rejection(Promise.resolve(remote.call()))),
      /TypeError: The remote object has no function/,
    );
    assert.instance(await rejection(Promise.resolve(remote.nothing.more)), TypeError);
    assert.instance(await rejection(Promise.resolve((remote as unknown as () => PromiseLike<void>)())), TypeError);
    const Remote = remote as unknown as new () => PromiseLike<void>;
    assert.instance(await rejection(Promise.resolve(new Remote())), TypeError);
  });

  view("what came home in a chain is used as what it is", async () => {
    const mine = { name: "mine", greet: (whom: string) => `hello ${whom}` };
    using bridge = new Bridge(road, { echo: (given: unknown) => given, text: "abc" });
    using remote = await bridge.remote<{ echo<T>(given: T): T; text: string }>();
    const echoed = remote.echo(mine) as unknown as typeof mine;
    assert.is(await echoed, mine);
    assert.is(await echoed.name, "mine");
    assert.is(await echoed.greet("you"), "hello you");
    assert.is(await (remote.text as unknown as readonly string[]).length, 3);
  });

  view("somebody's own implementation is used as any object, and comes home as itself", async () => {
    const written = new ScriptObject({
      twice: ([variant]) => ({ kind: "int32", value: 2 * (variant as { value: number }).value }),
    });
    using bridge = new Bridge(road, { echo: (given: unknown) => given });
    using raw = await bridge.raw();
    const answer = await raw.invoke("echo", [{ kind: "object", value: written }]);
    assert.is(answer.kind === "object" && importObject(answer.value), written);
  });

  view("after it is disposed of, nothing can be asked of it", async () => {
    using bridge = new Bridge(road, new Page());
    const remote = await bridge.remote<Page>();
    remote[Symbol.dispose]();
    remote[Symbol.dispose]();
    assert.match(String(await rejection(Promise.resolve(remote.title))), /disposed of/);
    await bridge.settled();
    using again = await bridge.remote<Page>();
    assert.is(await again.title, "a title");
  });

  view("the end of the channel is what every later operation fails with", async () => {
    using bridge = new Bridge(road, { wait: () => new Promise<void>(() => {}) });
    using remote = await bridge.remote<{ wait(): Promise<void> }>();
    const waiting = rejection(Promise.resolve(remote.wait()));
    bridge.guest.close();
    for (const error of [await waiting, await rejection(Promise.resolve(remote.wait())), await rejection(keys(remote))])
      assert.is((error as { code?: string }).code, "Disconnected");
  });

  view("a function that fails is told who is no remote object", async () => {
    for (const other of [{}, () => 1, null as unknown as object, 7 as unknown as object])
      assert.match(String(await rejection(keys(other))), /no remote object/);
  });
});
