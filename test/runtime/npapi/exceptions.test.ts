/** What is thrown on one side, as the other side catches it. */

import { runInNewContext } from "node:vm";
import * as assert from "uvu/assert";
import { ScriptErrorArm } from "../../../generated/npapi.ts";
import { PeerError } from "../../../runtime/errors.ts";
import { get, invoke, keys, RemoteError, revoke, ScriptError } from "../../../runtime/npapi/index.ts";
import { Bridge, overTheShortestRoad } from "../../support/bridge.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { rejection } from "../../support/within.ts";

class PageError extends Error {
  override name = "PageError";
  secret = "not for the peer";
}

const thrown: readonly (readonly [string, unknown, new (...args: never[]) => Error, string])[] = [
  ["an Error", new Error("plain"), Error, "Error: plain"],
  ["a TypeError", new TypeError("of a type"), TypeError, "TypeError: of a type"],
  ["a RangeError", new RangeError("out"), RangeError, "RangeError: out"],
  ["a SyntaxError", new SyntaxError("what"), SyntaxError, "SyntaxError: what"],
  ["a ReferenceError", new ReferenceError("who"), ReferenceError, "ReferenceError: who"],
  ["an EvalError", new EvalError("no"), EvalError, "EvalError: no"],
  ["a URIError", new URIError("%"), URIError, "URIError: %"],
  ["an error of the program's own", new PageError("torn"), RemoteError, "PageError: torn"],
  ["one of another realm", runInNewContext("new RangeError('there')"), RangeError, "RangeError: there"],
  ["a DOMException", new DOMException("given up", "AbortError"), RemoteError, "AbortError: given up"],
  ["a text", "just words", Error, "Error: just words"],
  ["nothing", undefined, Error, "Error: undefined"],
  ["a symbol", Symbol("s"), Error, "Error: Symbol(s)"],
  ["an object", { secret: 1 }, Error, "Error: An object was thrown that is not an Error."],
  ["a function", () => 1, Error, "Error: An object was thrown that is not an Error."],
  ["half a surrogate pair", new Error("\ud800"), Error, "Error: \ufffd"],
  [
    "a name that is a member of every object",
    Object.assign(new Error("x"), { name: "constructor" }),
    RemoteError,
    "constructor: x",
  ],
  [
    "an error whose message throws",
    Object.defineProperty(new Error("x"), "message", {
      get: () => {
        throw new Error("again");
      },
    }),
    Error,
    "Error",
  ],
];

overEveryRoad("npapi: exceptions", (exceptions, road) => {
  for (const [what, reason, Class, text] of thrown)
    exceptions(`${what} has its name and message on the other side, and nothing more`, async () => {
      using bridge = new Bridge(road, {
        now() {
          throw reason;
        },
        async later() {
          throw reason;
        },
        get read() {
          throw reason;
        },
      });
      using remote = await bridge.remote();
      for (const call of [invoke(remote, "now"), invoke(remote, "later"), get(remote, "read")]) {
        const error = (await rejection(call)) as Error;
        assert.instance(error, Class);
        assert.is(String(error), text);
        assert.instance(error.cause, ScriptError);
        assert.not((error.stack ?? "").includes("exceptions.test.ts:4"), "a stack of the other side");
        assert.not("secret" in error);
      }
      assert.equal(bridge.faults, []);
    });

  exceptions("what the guest's callback throws reaches the host's code, and through it the guest again", async () => {
    const caught: unknown[] = [];
    using bridge = new Bridge(road, {
      async run(callback: () => PromiseLike<void>) {
        try {
          await callback();
        } catch (error) {
          caught.push(error);
          throw error;
        }
      },
    });
    using remote = await bridge.remote();
    const callback = () => {
      throw new RangeError("from the guest");
    };
    assert.is(String(await rejection(invoke(remote, "run", callback))), "RangeError: from the guest");
    assert.instance(caught[0], RangeError);
  });
});

overTheShortestRoad("npapi: exceptions of other kinds", (exceptions, road) => {
  exceptions("a long message is cut, and so is a long name", async () => {
    const long = Object.assign(new Error("€".repeat(100_000)), { name: "N".repeat(1000) });
    using bridge = new Bridge(road, {
      fail() {
        throw long;
      },
    });
    using remote = await bridge.remote();
    const error = (await rejection(invoke(remote, "fail"))) as Error;
    assert.ok(error.message.length > 5000 && Buffer.byteLength(error.message) <= 16 * 1024);
    assert.ok(error.name.length > 50 && error.name.length <= 256);
  });

  exceptions("a ScriptError that the host throws itself crosses as it is", async () => {
    using bridge = new Bridge(road, {
      fail() {
        throw new ScriptError(ScriptErrorArm.refused("this one"));
      },
    });
    using remote = await bridge.remote();
    const error = (await rejection(invoke(remote, "fail"))) as Error;
    assert.is(String(error), 'TypeError: The remote object refuses "this one".');
  });

  exceptions("an arm that a later version has is an error all the same", async () => {
    using bridge = new Bridge(road, {
      fail() {
        throw new ScriptError({ kind: "unknown", ordinal: 99, value: new Uint8Array(8) });
      },
    });
    using remote = await bridge.remote();
    assert.match(String(await rejection(invoke(remote, "fail"))), /not known here/);
  });

  exceptions("what is refused and what is taken away say so", async () => {
    const root = {};
    using bridge = new Bridge(road, root, { policy: { allow: (operation) => operation !== "enumerate" } });
    using remote = await bridge.remote();
    assert.is(
      String(await rejection(get(remote, "constructor"))),
      'TypeError: The remote object refuses "constructor".',
    );
    assert.is(String(await rejection(keys(remote))), "TypeError: The remote object refuses this.");
    revoke(root);
    const error = (await rejection(get(remote, "x"))) as Error;
    assert.instance(error, RemoteError);
    assert.is(String(error), "DestroyedError: The remote object has been taken away by its owner.");
    assert.is((error.cause as ScriptError & { kind: string }).kind, "destroyed");
  });

  exceptions("faults of the runtime are what they are: one that the host's code met is in its log", async () => {
    using bridge = new Bridge(road, {
      fail() {
        throw new PeerError("Internal", "of another channel");
      },
    });
    using remote = await bridge.remote();
    const error = await rejection(invoke(remote, "fail"));
    assert.instance(error, PeerError);
    assert.is((error as PeerError).code, "Internal");
    assert.is(bridge.faults.length, 1);
  });
});
