/** Proxies between two processes, of which either may block its thread. */

import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { importObject, importObjectSync, NPObject } from "../../../runtime/npapi/index.ts";
import { type Child, spawn } from "../../../runtime/spawn.ts";
import { AsyncBouncer, BlockingBouncer } from "../../support/bouncer.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { collectGarbage } from "../../support/garbage.ts";
import { Page } from "../../support/script-page.ts";
import { turn, until, within } from "../../support/within.ts";

const nesting = suite("npapi: between two processes");
leavesNothingOpen(nesting);

const program = fileURLToPath(new URL("fixtures/scripting-program.ts", import.meta.url));
const START_MS = 30_000;

function start(): Child {
  return spawn(process.execPath, ["--import", "tsx", program]);
}

interface Scripter {
  readonly blocking: BlockingBouncer;
  readonly async: AsyncBouncer;
  script(host: object): string;
}

nesting("calls nest 100 deep with both threads blocked", async () => {
  using child = start();
  {
    using theirs = importObjectSync<Scripter>(child.channel.bootstrap(NPObject));
    assert.is(theirs.blocking.bounce(100, new BlockingBouncer()), 100);
  }
  await withoutObjects(child);
  await child.close(START_MS);
});

nesting("calls nest 100 deep by promise", async () => {
  using child = start();
  {
    using theirs = importObject<Scripter>(child.channel.bootstrap(NPObject));
    const bounced = theirs.async.bounce(100, new AsyncBouncer() as never);
    assert.is(await within(Promise.resolve(bounced), "the last bounce", START_MS), 100);
  }
  await withoutObjects(child);
  await child.close(START_MS);
});

nesting(
  "a program scripts its parent's objects as if they were its own, and blocks while the parent goes on",
  async () => {
    using child = start();
    const page = new Page();
    const host = {
      page,
      Page,
      list: [1, { two: [2] }],
      async slow(text: string): Promise<string> {
        await turn(3);
        return text;
      },
      fail(): never {
        throw new RangeError("not here");
      },
    };
    using theirs = importObject<Scripter>(child.channel.bootstrap(NPObject));
    const seen = await within(Promise.resolve(theirs.script(host)), "the script's end", START_MS);
    assert.equal(JSON.parse(seen), [
      "a title",
      1,
      true,
      ["title"],
      "inherited of scripted",
      "a title",
      7,
      '[1,{"two":[2]}]',
      "awaited",
      "not here",
    ]);
    assert.equal([page.title, page.lines], ["scripted", "one"]);
    await child.close(START_MS);
  },
);

/** Waits until this end holds nothing of the child's any more: what a proxy brought goes with it. */
function withoutObjects({ channel }: Child): Promise<void> {
  return until(() => {
    collectGarbage();
    return channel.counts.objectsImported === 0;
  }, "the end of every proxy");
}

nesting.run();
