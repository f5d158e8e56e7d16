/** Values of a script, from one program to the other and back. */

import * as assert from "uvu/assert";
import { TEXT_MAX } from "../../../generated/npapi.ts";
import { invoke } from "../../../runtime/npapi/index.ts";
import { Bridge, contentOf, failing, overTheShortestRoad } from "../../support/bridge.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { rejection } from "../../support/within.ts";

const values: readonly (readonly [string, unknown, string])[] = [
  ["undefined", undefined, "void"],
  ["null", null, "null"],
  ["true", true, "bool"],
  ["false", false, "bool"],
  ["zero", 0, "int32"],
  ["minus zero", -0, "double"],
  ["the largest int32", 2 ** 31 - 1, "int32"],
  ["one more", 2 ** 31, "double"],
  ["the least int32", -(2 ** 31), "int32"],
  ["one less", -(2 ** 31) - 1, "double"],
  ["an unsigned 32-bit integer", 2 ** 32 - 1, "double"],
  ["the largest safe integer", Number.MAX_SAFE_INTEGER, "double"],
  ["a fraction", 0.1, "double"],
  ["the least number", Number.MIN_VALUE, "double"],
  ["not a number", Number.NaN, "double"],
  ["infinity", Number.POSITIVE_INFINITY, "double"],
  ["minus infinity", Number.NEGATIVE_INFINITY, "double"],
  ["an empty text", "", "string"],
  ["a text of every plane", "aß€𝄞\u0000\ufeff", "string"],
  ["the longest text", "x".repeat(TEXT_MAX), "string"],
  ["the longest text of three-byte characters", "€".repeat(Math.floor(TEXT_MAX / 3)), "string"],
];

overEveryRoad("npapi: values", (crossing, road) => {
  for (const [what, value, kind] of values)
    crossing(`${what} is a ${kind}, and the same when it is back`, async () => {
      const seen: unknown[] = [];
      const root = {
        value,
        echo: (given: unknown) => {
          seen.push(given);
          return given;
        },
      };
      using bridge = new Bridge(road, root, {}, { limits: { message: 4 << 20 } });
      using raw = await bridge.raw();
      using remote = await bridge.remote();
      const variant = await raw.getProperty("value");
      assert.is(variant.kind, kind);
      assert.ok(Object.is(await invoke(remote, "echo", value), value));
      assert.ok(Object.is(seen[0], value));
    });
});

const unfit: readonly (readonly [string, () => unknown, RegExp])[] = [
  ["a bigint", () => 1n, /^TypeError: A bigint cannot cross/],
  ["a symbol", () => Symbol("s"), /^TypeError: A symbol cannot cross/],
  ["a text that is too long", () => "x".repeat(TEXT_MAX + 1), /^RangeError: A text of more than 1048576 bytes/],
  ["one that is too long in bytes", () => "€".repeat(TEXT_MAX / 2), /^RangeError: A text of more than 1048576 bytes/],
  ["half a surrogate pair", () => "\ud834", /^TypeError: A text with half a surrogate pair/],
];

overTheShortestRoad("npapi: what is no value", (crossing, road) => {
  for (const [what, make, said] of unfit)
    crossing(
      `${what} is an exception to whoever gave it, before anything is sent, and to whoever asked for it`,
      async () => {
        const value = make();
        using bridge = new Bridge(road, { value, give: () => value, soon: async () => value, take() {} });
        using remote = await bridge.remote();
        const before = bridge.guest.counts.callsMade;
        assert.match(String(await rejection(invoke(remote, "take", value))), said);
        assert.match(String(await rejection(invoke(remote, "take", {}, value))), said);
        assert.is(bridge.guest.counts.callsMade, before);
        assert.is(bridge.guest.counts.objectsExported, 0);
        for (const call of [remote["value"], invoke(remote, "give"), invoke(remote, "soon")] as PromiseLike<unknown>[])
          assert.match(String(await rejection(Promise.resolve(call))), said);
        assert.equal(bridge.faults, []);
      },
    );

  crossing("a promise is no argument", async () => {
    using bridge = new Bridge(road, { take() {} });
    using remote = await bridge.remote();
    assert.match(String(await rejection(invoke(remote, "take", Promise.resolve(1)))), /await it first/);
  });

  crossing("sixty-four arguments cross, and no more", async () => {
    using bridge = new Bridge(road, { count: (...given: unknown[]) => given.length });
    using remote = await bridge.remote();
    assert.is(await invoke(remote, "count", ...Array(64).fill({})), 64);
    assert.instance(await rejection(invoke(remote, "count", ...Array(65).fill(0))), RangeError);
  });

  crossing("a name of a thousand bytes is a name, and a longer one is refused", async () => {
    const long = "€".repeat(341);
    using bridge = new Bridge(road, { [long]: 1 });
    using raw = await bridge.raw();
    assert.is(contentOf(await raw.getProperty(long)), 1);
    assert.match(await failing(raw.getProperty(`${long}€`)), /LimitError/);
  });

  crossing("a result that is a proxy's member is awaited", async () => {
    using bridge = new Bridge(road, { read: (given: { name: unknown }) => given.name });
    using remote = await bridge.remote();
    assert.is(await invoke(remote, "read", { name: "mine" }), "mine");
  });
});
