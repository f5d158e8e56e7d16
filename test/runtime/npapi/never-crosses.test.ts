/** What no peer reaches of an exported object, whatever it is and whatever a policy says. */

import { runInNewContext, runInThisContext } from "node:vm";
import * as assert from "uvu/assert";
import { NPVariant as Variant } from "../../../generated/npapi.ts";
import { exportObject, type Policy } from "../../../runtime/npapi/index.ts";
import { Bridge, contentOf, failing, objectIn, overTheShortestRoad } from "../../support/bridge.ts";
import { Page } from "../../support/script-page.ts";

const own = { own: 1 };

overTheShortestRoad("npapi: what never crosses", (never, road) => {
  const subjects: Readonly<Record<string, object>> = {
    "a plain object": { own: 1 },
    "an instance": new Page(),
    "a class": Page,
    "a function": function sloppy() {},
    "an arrow function": () => 1,
    "an array": [1, 2],
    "an object of another realm": runInNewContext("({ own: 1 })") as object,
    "a function of another realm": runInNewContext("(function () {})") as object,
    "a Proxy": new Proxy({ own: 1 }, {}),
    "what says that it has them": new Proxy({}, { has: () => true, get: () => () => "mine" }),
    "what has them itself": { constructor: () => 1, prototype: {}, ["__proto__"]: {}, __defineGetter__: () => 1 },
    "a Map": new Map([["own", 1]]),
  };
  const names = ["constructor", "__proto__", "prototype", "__defineGetter__", "__defineSetter__", "__lookupGetter__"];

  for (const [what, subject] of Object.entries(subjects))
    never(`no way leads from ${what} to its class or prototype`, async () => {
      using bridge = new Bridge(road, subject);
      using object = await bridge.raw();
      const before = [Object.getOwnPropertyNames(subject), Object.getPrototypeOf(subject)];
      for (const name of [...names, "__lookupSetter__"]) {
        assert.is(await failing(object.getProperty(name)), "refused", `get ${name}`);
        assert.is(await failing(object.setProperty(name, Variant.object(exportObject(own)))), "refused", `set ${name}`);
        assert.is(await failing(object.removeProperty(name)), "refused", `delete ${name}`);
        assert.is(await failing(object.invoke(name, [])), "refused", `call ${name}`);
        assert.equal([await object.hasProperty(name), await object.hasMethod(name)], [false, false], `has ${name}`);
        assert.not((await object.enumerate()).includes(name), `enumerate ${name}`);
      }
      assert.equal(Object.getOwnPropertyNames(subject), before[0]);
      assert.is(Object.getPrototypeOf(subject), before[1]);
    });

  for (const [what, subject] of Object.entries(subjects).filter(([, subject]) => typeof subject === "function"))
    for (const name of ["call", "apply", "bind", "caller", "arguments"])
      never(`"${name}" of ${what} is refused`, async () => {
        using bridge = new Bridge(road, subject);
        using object = await bridge.raw();
        assert.is(await failing(object.getProperty(name)), "refused");
        assert.is(await failing(object.invoke(name, [Variant.null()])), "refused");
        assert.is(await failing(object.setProperty(name, Variant.null())), "refused");
        assert.is(await object.hasMethod(name), false);
      });

  never("a member called `call` of what is no function is a member like another", async () => {
    using bridge = new Bridge(road, { call: (number: string) => `ringing ${number}` });
    using phone = await bridge.raw();
    assert.is(contentOf(await phone.invoke("call", [Variant.string("110")])), "ringing 110");
  });

  for (const [what, subject, name] of [
    ["an object", { own: 1 }, "toString"],
    ["an object", { own: 1 }, "hasOwnProperty"],
    ["an instance", new Page(), "valueOf"],
    ["an array", [3, 1], "push"],
    ["an array", [3, 1], "sort"],
    ["a function", () => 1, "toString"],
    ["a Map", new Map([["a", 1]]), "get"],
    ["a Map", new Map([["a", 1]]), "size"],
    ["a Set", new Set([1]), "add"],
    ["a Date", new Date(0), "getTime"],
    ["a RegExp", /x/, "exec"],
    ["a Promise's function", Object.assign(async () => {}, {}), "then"],
    ["an array of another realm", runInNewContext("[1]") as object, "push"],
    ["a Map of another realm", runInNewContext("new Map()") as object, "set"],
    ["an iterator", [1].values(), "next"],
    ["a generator", (function* () {})(), "next"],
    ["a typed array", new Uint8Array(4), "0"],
    ["a typed array", new Uint8Array(4), "buffer"],
    ["a Buffer", Buffer.from("secret"), "toString"],
    ["a Buffer", Buffer.from("secret"), "0"],
    ["a Buffer", Buffer.from("secret"), "parent"],
    ["a Proxy of an array", new Proxy([1], {}), "push"],
  ] as const)
    never(`${what} has no "${name}" for its peer, who cannot put one there`, async () => {
      using bridge = new Bridge(road, subject);
      using object = await bridge.raw();
      assert.is(contentOf(await object.getProperty(name)), "void");
      assert.is(await failing(object.invoke(name, [])), "noSuchMember");
      assert.equal([await object.hasProperty(name), await object.hasMethod(name)], [false, false]);
      if (name === "then") return;
      assert.is(await failing(object.setProperty(name, Variant.int32(1))), "refused");
      assert.not((await object.enumerate()).includes(name));
    });

  never("a policy may let out what is built in, and still no class or prototype", async () => {
    const policy: Policy = { builtIn: (name) => ["push", "get", "0", "constructor", "bind"].includes(name) };
    using bridge = new Bridge(road, { list: [1], map: new Map([["a", 1]]), bytes: new Uint8Array([9]) }, { policy });
    using object = await bridge.raw();
    using list = objectIn(await object.getProperty("list"));
    using map = objectIn(await object.getProperty("map"));
    using bytes = objectIn(await object.getProperty("bytes"));
    assert.is(contentOf(await list.invoke("push", [Variant.int32(2)])), 2);
    assert.is(contentOf(await map.invoke("get", [Variant.string("a")])), 1);
    assert.is(contentOf(await bytes.getProperty("0")), 9);
    assert.is(await failing(list.invoke("sort", [])), "noSuchMember");
    assert.is(await failing(list.getProperty("constructor")), "refused");
    using push = objectIn(await list.getProperty("push"));
    assert.is(await failing(push.setProperty("spoiled", Variant.int32(1))), "refused");
    assert.is(await failing(push.invoke("bind", [])), "refused");
    assert.not("spoiled" in Array.prototype.push);
  });

  never("what is the language's own can be used where it is given away, and never be written to", async () => {
    using bridge = new Bridge(road, { Math, parse: Number.parseInt, Map });
    using object = await bridge.raw();
    using math = objectIn(await object.getProperty("Math"));
    assert.is(contentOf(await math.invoke("max", [Variant.int32(1), Variant.int32(2)])), 2);
    assert.is(contentOf(await object.invoke("parse", [Variant.string("12")])), 12);
    for (const name of ["max", "spoiled"]) {
      assert.is(await failing(math.setProperty(name, Variant.int32(1))), "refused");
      assert.is(await failing(math.removeProperty(name)), "refused");
    }
    assert.type(Math.max, "function");
  });

  // In code that is not strict a function without an object has the global one.
  const sloppy = (code: string): object => runInThisContext(code) as object;
  for (const [what, callee] of [
    ["a function that is not strict", sloppy("(function (name) { if (name) this[name] = 1; return this; })")],
    ["an asynchronous one", sloppy("(async function (name) { if (name) this[name] = 1; return this; })")],
    ["a method", sloppy("({ method(name) { if (name) this[name] = 1; return this; } }).method")],
    ["one of another realm", runInNewContext("(function (name) { if (name) this[name] = 1; return this; })")],
  ] as const)
    never(`${what} that a peer calls by itself does not have the global object`, async () => {
      using bridge = new Bridge(road, { callee });
      using object = await bridge.raw();
      using itself = objectIn(await object.getProperty("callee"));
      assert.is(contentOf(await itself.invokeDefault([])), "void");
      assert.is(contentOf(await itself.invokeDefault([Variant.string("reached")])), "void");
      assert.not("reached" in globalThis);
      using own = objectIn(await object.invoke("callee", [Variant.string("reached")]));
      assert.is(contentOf(await own.getProperty("reached")), 1);
    });

  never("a function without an object is no instance of anything, and can ask", async () => {
    const makes = sloppy("(function Old() { return this instanceof Old ? 'called' : 'made'; })");
    using bridge = new Bridge(road, makes);
    using object = await bridge.raw();
    assert.is(contentOf(await object.invokeDefault([])), "made");
  });

  never("where an error was made stays here", async () => {
    class Failure extends Error {
      detail = "crosses";
    }
    const errors = [new Failure("message"), runInNewContext("new Error('message')") as object];
    for (const error of errors) {
      using bridge = new Bridge(road, error, { policy: { builtIn: () => true } });
      using object = await bridge.raw();
      assert.is(await failing(object.getProperty("stack")), "refused");
      assert.is(await failing(object.setProperty("stack", Variant.string(""))), "refused");
      assert.is(await object.hasProperty("stack"), false);
      assert.is(contentOf(await object.getProperty("message")), "message");
    }
    using bridge = new Bridge(road, { stack: "of plates" });
    using object = await bridge.raw();
    assert.is(contentOf(await object.getProperty("stack")), "of plates");
  });

  for (const [what, maker] of [
    // biome-ignore lint/security/noGlobalEval: it is there to be refused.
    ["eval", eval],
    ["Function", Function],
    ["AsyncFunction", (async () => {}).constructor],
    ["GeneratorFunction", function* () {}.constructor],
    ["eval of another realm", runInNewContext("eval")],
    ["Function of another realm", runInNewContext("Function")],
    ["AsyncGeneratorFunction of another realm", runInNewContext("(async function* () {}).constructor")],
  ] as const)
    never(`${what} makes no code for a peer, wherever it was left lying`, async () => {
      using bridge = new Bridge(road, { maker });
      using object = await bridge.raw();
      using itself = objectIn(await object.getProperty("maker"));
      const code = [Variant.string("globalThis.reached = true")];
      assert.is(await failing(object.invoke("maker", code)), "refused");
      assert.is(await failing(itself.invokeDefault(code)), "refused");
      assert.is(await failing(itself.construct(code)), "refused");
      assert.not("reached" in globalThis);
    });
});
