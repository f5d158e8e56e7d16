/** The end of an instance, whatever the plugin says to it. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NPError, type NPInstanceImpl, NPPlugin, type NPPluginImpl } from "../../../generated/npapi.ts";
import { CancelError, RpcError } from "../../../runtime/index.ts";
import { openInstance } from "../../../runtime/npapi/instance.ts";
import { createFake } from "../../../runtime/testing/fake.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { rejection, until } from "../../support/within.ts";

const test = suite("an instance");
leavesNothingOpen(test);

/** A plugin whose instances end as they are told to, and which keeps its navigators. */
function pluginOf(destroy: NPInstanceImpl["destroy"], told: { letGo: number }): NPPluginImpl {
  return {
    newInstance: () => ({
      getScriptableInstance() {
        throw new NPError("generic");
      },
      setWindow() {},
      handleEvent: () => false,
      streamAsFile: (_, file) => file.close(),
      urlNotify() {},
      destroy,
      [Symbol.dispose]: () => void told.letGo++,
    }),
  };
}

/** How a plugin's `destroy` may go, and what its host is told of it; nothing for a success. */
const endings: readonly (readonly [string, NPInstanceImpl["destroy"], ((error: unknown) => boolean) | undefined])[] = [
  ["agrees", () => {}, undefined],
  [
    "says that it is destroyed already",
    () => {
      throw new NPError("invalidInstance");
    },
    undefined,
  ],
  [
    "refuses",
    () => {
      throw new NPError("generic");
    },
    (error) => error instanceof NPError && error.code === "generic",
  ],
  [
    "fails",
    () => {
      throw new Error("its own affair");
    },
    (error) => error instanceof RpcError && error.code === "Internal",
  ],
  [
    "says nothing",
    () => new Promise(() => {}),
    (error) => error instanceof CancelError && error.code === "DeadlineExceeded",
  ],
];

for (const [how, destroy, expected] of endings)
  test(`a plugin that ${how} has lost its navigator, and its host has let go of the instance`, async () => {
    const told = { letGo: 0 };
    using fake = createFake(NPPlugin, pluginOf(destroy, told));
    const hosted = await openInstance(fake.client, { mimeType: "" }, {});
    const ends = [hosted.destroy(20), hosted.destroy()];
    if (expected === undefined) await Promise.all(ends);
    else for (const end of ends) assert.ok(expected(await rejection(end)));
    assert.ok(hosted.navigator.destroyed);
    await until(() => told.letGo === 1, "the instance's end");
    const late = await rejection(hosted.instance.setWindow({ width: 1, height: 1 }));
    assert.is((late as RpcError).code, "Invalid");
  });

test("a plugin that never says whether it has made an instance is waited for as long as its host wants", async () => {
  using fake = createFake(NPPlugin, { newInstance: () => new Promise<never>(() => {}) });
  const opening = openInstance(fake.client, { mimeType: "" }, {}, { timeoutMs: 20 });
  assert.is(((await rejection(opening)) as RpcError).code, "DeadlineExceeded");
});

test("attributes arrive in their order, and more of them than may be are refused", async () => {
  const arrived: string[] = [];
  using fake = createFake(NPPlugin, {
    newInstance(_, attributes) {
      arrived.push(...attributes.map(({ name }) => name));
      throw new NPError("invalidPlugin");
    },
  });
  const named = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `n${index}`, value: "" }));
  assert.ok(
    (await rejection(openInstance(fake.client, { mimeType: "", attributes: named(64) }, {}))) instanceof NPError,
  );
  assert.is(arrived.length, 64);
  const refused = await rejection(openInstance(fake.client, { mimeType: "", attributes: named(65) }, {}));
  assert.is((refused as RpcError).code, "Limit");
  assert.is(arrived.length, 64);
});

test.run();
