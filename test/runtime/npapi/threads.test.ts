/** Asynchronous calls of a plugin's threads, in a process of their own: its main thread and two more. */

import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { acceptPlugin, type NPObject, NPVariant, type NPVariantInit } from "../../../generated/npapi.ts";
import { referenceOf } from "../../../runtime/channel/reference.ts";
import { type Child, spawn } from "../../../runtime/index.ts";
import { type HostedInstance, openInstance } from "../../../runtime/npapi/instance.ts";
import { leavesNothingOpen, openDescriptors } from "../../support/descriptor-count.ts";
import { ScriptObject } from "../../support/script-object.ts";
import { rejection, turn, until, within } from "../../support/within.ts";
import { THREADS } from "./fixtures/call-log.ts";

const threads = suite("asynchronous calls of a plugin's threads");
leavesNothingOpen(threads);

const program = fileURLToPath(new URL("fixtures/threaded-plugin.ts", import.meta.url));
const BOUND_MS = 60_000;
const OTHERS = THREADS - 1;

/** A host with such a plugin, whose threads are ready. */
class Stage implements AsyncDisposable {
  readonly child: Child;
  readonly hosted: HostedInstance;
  readonly scriptable: NPObject;
  readonly faults: unknown[];

  private constructor(child: Child, hosted: HostedInstance, scriptable: NPObject, faults: unknown[]) {
    this.child = child;
    this.hosted = hosted;
    this.scriptable = scriptable;
    this.faults = faults;
  }

  static async start(window?: ScriptObject): Promise<Stage> {
    let child: Child | undefined;
    const { plugin } = acceptPlugin((options) => {
      child = spawn(process.execPath, ["--import", "tsx", program], options);
      return child.channel;
    }, {});
    const faults: unknown[] = [];
    const host = { window, asyncCalls: { onFault: (reason: unknown) => void faults.push(reason) } };
    const opened = openInstance(plugin.plugin, { mimeType: "" }, host);
    const hosted = await within(opened, "the instance", BOUND_MS);
    const stage = new Stage(child!, hosted, await hosted.instance.getScriptableInstance(), faults);
    await stage.invoke("start");
    return stage;
  }

  async invoke(name: string, ...args: NPVariantInit[]): Promise<unknown> {
    using result = await within(this.scriptable.invoke(name, args), name, BOUND_MS);
    return "value" in result ? result.value : undefined;
  }

  /** What has run, as `[thread, number]`. */
  async log(): Promise<readonly (readonly [number, number])[]> {
    return JSON.parse((await this.invoke("log")) as string);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.scriptable[Symbol.dispose]();
    await this.hosted.destroy().catch(() => {});
    await this.child.close(BOUND_MS);
  }
}

threads("each thread's calls run in its order, in the order in which the host read of all of them", async () => {
  await using stage = await Stage.start();
  const { asyncCalls } = stage.hosted.navigator;
  const COUNT = 1700;
  let most = 0;
  // By which channel the host has read of each, in its order.
  const read: unknown[] = [];
  const take = asyncCalls.pluginThreadAsyncCall.bind(asyncCalls);
  asyncCalls.pluginThreadAsyncCall = (run) => {
    read.push(referenceOf(run)?.caller);
    take(run);
  };
  const ran = async (): Promise<number> => (await stage.log()).length;
  await stage.invoke("ask", NPVariant.int32(COUNT));
  while ((await ran()) < THREADS * COUNT) most = Math.max(most, asyncCalls.pending);
  const entries = await stage.log();
  for (let thread = 0; thread < THREADS; thread++)
    assert.equal(
      entries.filter(([ranOn]) => ranOn === thread).map(([, number]) => number),
      Array.from({ length: COUNT }, (_, number) => number),
    );
  const channels = [...new Set(read)];
  const pairs = new Set(entries.map(([thread], place) => `${channels.indexOf(read[place])} is of ${thread}`));
  assert.is(pairs.size, THREADS, [...pairs].join(", "));
  assert.ok(most > COUNT, `${most} were pending at a time`);
  assert.equal(stage.faults, []);
});

threads("those of other threads run while the main thread is busy", async () => {
  await using stage = await Stage.start();
  assert.is(await stage.invoke("spin"), OTHERS);
  assert.equal(
    (await stage.log()).map(([thread]) => thread).toSorted(),
    Array.from({ length: OTHERS }, (_, index) => index + 1),
  );
});

threads("and while it blocks on the host, which answers when they have run", async () => {
  let stage: Stage | undefined;
  const window = new ScriptObject({
    async wait() {
      const { asyncCalls } = stage!.hosted.navigator;
      // They have been asked for on channels of their own, in their own time.
      await until(() => done >= OTHERS && asyncCalls.pending === 0, "their calls", BOUND_MS);
      return undefined;
    },
  });
  let done = 0;
  stage = await Stage.start(window);
  await using _ = stage;
  const { asyncCalls } = stage.hosted.navigator;
  const take = asyncCalls.pluginThreadAsyncCall.bind(asyncCalls);
  asyncCalls.pluginThreadAsyncCall = (run) => {
    // The same call, which is noted when it has returned.
    const noted = Object.assign(
      async (options?: Parameters<typeof run>[0]) => {
        await run(options);
        done++;
      },
      { [Symbol.dispose]: () => run[Symbol.dispose]() },
    );
    take(noted);
  };
  assert.is(await stage.invoke("block"), OTHERS);
});

threads("a destruction while thousands wait calls none of them, and the threads' channels end", async () => {
  await using stage = await Stage.start();
  const { asyncCalls } = stage.hosted.navigator;
  await stage.invoke("hang");
  await until(() => asyncCalls.pending === THREADS * 2000, "all to wait", BOUND_MS);
  assert.is(asyncCalls.channels, OTHERS);
  await stage.hosted.destroy();
  assert.is(asyncCalls.pending, 0);
  await until(() => asyncCalls.channels === 0, "the end of the threads' channels", BOUND_MS);
  assert.equal(await stage.log(), []);
  await until(() => stage.child.channel.counts.objectsImported <= 1, "all to be let go of", BOUND_MS);
  assert.equal(stage.faults, []);
});

threads("a plugin that is killed while thousands wait leaves none of them, and nothing else", async () => {
  const before = openDescriptors();
  const stage = await Stage.start();
  const { asyncCalls } = stage.hosted.navigator;
  await stage.invoke("hang");
  await until(() => asyncCalls.pending === THREADS * 2000, "all to wait", BOUND_MS);
  const pending = rejection(stage.scriptable.invoke("never", []));
  stage.child.process.kill("SIGKILL");
  assert.ok(await pending);
  await within(stage.child.channel.closed, "the end");
  assert.equal([asyncCalls.pending, stage.hosted.navigator.destroyed], [0, true]);
  await until(() => asyncCalls.channels === 0, "the end of the threads' channels");
  await turn(5);
  assert.equal(stage.faults, []);
  await stage[Symbol.asyncDispose]();
  await until(() => openDescriptors().every((descriptor) => before.includes(descriptor)), "every descriptor's end");
});

threads.run();
