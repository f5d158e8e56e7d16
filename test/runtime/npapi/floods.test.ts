/**
 * Plugins that flood the host, each in a process of its own: a limit ends their channel and says so, or they are held
 * back, or served as any other, and meanwhile a second plugin's calls are answered one after the other. No flood takes
 * more memory than its limits say, and every descriptor comes back.
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type NPInstance, type NPObject, NPPlugin, NPVariant, Npapi } from "../../../generated/npapi.ts";
import { type Channel, type Child, type Code, spawn } from "../../../runtime/index.ts";
import type { SocketType } from "../../../runtime/transport/unix-socket.ts";
import { Besieged } from "../../support/besieged.ts";
import { type BundledProgram, bundledProgram } from "../../support/bundled-program.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import type { FloodName } from "../../support/floods.ts";
import { collectGarbage } from "../../support/garbage.ts";
import { turn, until, within } from "../../support/within.ts";
import { Navigator, Page } from "./fixtures/browser.ts";

const MIB = 1 << 20;
const BOUND_MS = 30_000;
/** Calls that the second plugin makes during a flood. */
const CALLS = 50;
/** More descriptors than these never wait in one channel: as many as half of 16 MiB hold, and a batch. */
const DESCRIPTORS = 2048 + 1024;

/** A flood that a limit, or a rule, ends. */
interface Stopped {
  readonly flood: FloodName;
  readonly code: Code;
  readonly why: RegExp;
}

const stopped: readonly Stopped[] = [
  { flood: "calls without end", code: "Limit", why: /More than the 1024 calls allowed here are unanswered/ },
  { flood: "objects without end", code: "Limit", why: /exports more than the 65536 objects allowed/ },
  { flood: "too many descriptors", code: "Limit", why: /9 descriptors; 8 are allowed/ },
  { flood: "descriptors that nothing names", code: "Protocol", why: /8 descriptors came that no frame names/ },
  { flood: "a message of four gigabytes", code: "Limit", why: /4294967295 bytes is longer than the 4194304/ },
  { flood: "a message longer than it may be", code: "Limit", why: /4194305 bytes is longer than the 4194304/ },
  { flood: "a list of four billion variants", code: "Limit", why: /4294967295 is longer than its limit of 64/ },
  { flood: "a text of two gigabytes", code: "Limit", why: /2147483647 is longer than its limit/ },
  { flood: "one argument too many", code: "Limit", why: /65 is longer than its limit of 64/ },
  { flood: "variants deeper than they may be", code: "Limit", why: /64/ },
];

/** Floods within the limits: how many frames are seen to be served, and the memory that they may take, in MiB. */
const served: readonly { readonly flood: FloodName; readonly frames: number; readonly memory: number }[] = [
  { flood: "one-ways", frames: 10_000, memory: 8 },
  { flood: "one-ways, one a packet", frames: 1000, memory: 8 },
  { flood: "calls", frames: 10_000, memory: 8 },
  { flood: "cancels", frames: 10_000, memory: 8 },
  { flood: "large variants", frames: 10, memory: 32 },
  { flood: "many variants", frames: 1000, memory: 8 },
  { flood: "deep variants", frames: 1000, memory: 8 },
  { flood: "variants as large as a message", frames: 3, memory: 64 },
  { flood: "objects, given back", frames: 200, memory: 64 },
  { flood: "descriptors", frames: 200, memory: 24 },
  { flood: "forks", frames: 200, memory: 32 },
];

/**
 * Floods that have to wait: how many frames are taken before they do, at least and at most, of whose kind eight
 * mebibytes may wait and what comes in one batch; and the memory that they may take, in MiB.
 */
const heldBack: readonly (Readonly<Record<"least" | "most" | "memory", number>> & { readonly flood: FloodName })[] = [
  { flood: "one-ways that take time", least: 20_000, most: 40_000, memory: 32 },
  { flood: "one-ways with descriptors, behind those that take time", least: 5200, most: 6000, memory: 32 },
  { flood: "calls whose answers are not read", least: 120, most: 250, memory: 32 },
];

const flooding = suite("npapi: a plugin that floods");
const page = new Page();
let flooder: BundledProgram;
let plugin: BundledProgram;
let steady: Steady;

/** The second plugin, which calls the page when it is told to. */
class Steady {
  readonly #child: Child;
  readonly #instance: NPInstance;
  readonly #object: NPObject;

  private constructor(child: Child, instance: NPInstance, object: NPObject) {
    this.#child = child;
    this.#instance = instance;
    this.#object = object;
  }

  static async start(): Promise<Steady> {
    const child = spawn(process.execPath, [plugin.path], Npapi.browser.options({}));
    const instance = await child.channel.bootstrap(NPPlugin).newInstance("text/plain", [], new Navigator(page.window));
    return new Steady(child, instance, await instance.getScriptableInstance());
  }

  /** Has it make so many calls, one after the other, and be answered each. */
  async work(calls: number): Promise<void> {
    const before = page.count;
    using _ = await within(this.#object.invoke("work", [NPVariant.int32(calls)]), "the second plugin's work", BOUND_MS);
    assert.is(page.count, before + calls);
  }

  async close(): Promise<void> {
    this.#object[Symbol.dispose]();
    this.#instance[Symbol.dispose]();
    await this.#child.close(BOUND_MS);
  }
}

/** A peer that floods this process from now on. */
class Flooder implements AsyncDisposable {
  readonly besieged = new Besieged();
  readonly channel: Channel;
  readonly #child: Child;

  constructor(flood: FloodName, socket: SocketType) {
    const { limits = {} } = Npapi.browser.options({});
    const { offers } = this.besieged;
    this.#child = spawn(process.execPath, [flooder.path, flood], { socket, limits, offers, onFault: () => {} });
    this.channel = this.#child.channel;
  }

  /** Frames that have come. */
  get received(): number {
    return this.channel.counts.messagesReceived;
  }

  /** Waits until so many frames have come. */
  async reaches(frames: number): Promise<void> {
    await until(() => this.received > frames, `frame ${frames} of the flood`, BOUND_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.channel.close();
    this.besieged[Symbol.dispose]();
    await within(this.#child.close(0), "the flooder's end", BOUND_MS);
  }
}

/** Bytes that are in use, on the heap and outside; what native code holds goes with the second collection. */
async function memoryInUse(): Promise<number> {
  for (let round = 0; round < 2; round++) {
    collectGarbage();
    await turn(2);
  }
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Runs a flood. Afterwards all descriptors that it has brought are closed. */
async function during(flood: FloodName, socket: SocketType, look: (flooder: Flooder) => Promise<void>): Promise<void> {
  const before = openDescriptors();
  {
    await using flooder = new Flooder(flood, socket);
    await look(flooder);
  }
  const more = (): readonly string[] => openDescriptors().filter((descriptor) => !before.includes(descriptor));
  await until(() => more().length === 0, "the last descriptor's end", BOUND_MS);
}

async function assertMemory(before: number, mebibytes: number): Promise<void> {
  const grown = ((await memoryInUse()) - before) / MIB;
  assert.ok(grown < mebibytes, `${grown.toFixed(1)} MiB more are in use; ${mebibytes} may be`);
}

flooding.before(async () => {
  [flooder, plugin] = await Promise.all([
    bundledProgram(new URL("../../support/flooder.ts", import.meta.url)),
    bundledProgram(new URL("fixtures/plugin.ts", import.meta.url)),
  ]);
  steady = await within(Steady.start(), "the second plugin's start", BOUND_MS);
});

flooding.after(async () => {
  await steady.close();
  for (const program of [flooder, plugin]) program[Symbol.dispose]();
});

for (const socket of ["seqpacket", "stream"] as const) {
  for (const { flood, code, why } of stopped)
    flooding(`${flood}: the channel ends, over ${socket}`, () =>
      during(flood, socket, async ({ channel, besieged }) => {
        const work = steady.work(CALLS);
        const reason = await within(channel.closed, "the end of the flood", BOUND_MS);
        assert.is(reason?.code, code, reason?.message);
        assert.match(reason!.message, why);
        const { objectsImported, callsServed } = channel.counts;
        assert.is(objectsImported, 0);
        assert.ok(callsServed <= 1024, `${callsServed} were served`);
        besieged[Symbol.dispose]();
        await work;
      }),
    );

  for (const { flood, frames, memory } of served)
    flooding(`${flood}: served, as others are, over ${socket}`, () =>
      during(flood, socket, async (flooder) => {
        const before = await memoryInUse();
        await flooder.reaches(1);
        await steady.work(CALLS);
        await flooder.reaches(frames);
        await assertMemory(before, memory);
      }),
    );

  for (const { flood, least, most, memory } of heldBack)
    flooding(`${flood}: held back, over ${socket}`, () =>
      during(flood, socket, async (flooder) => {
        const before = { memory: await memoryInUse(), descriptors: openDescriptors().length };
        await flooder.reaches(least);
        await steady.work(10 * CALLS);
        assert.ok(flooder.received <= most, `${flooder.received} frames were taken`);
        assert.ok(openDescriptors().length - before.descriptors < DESCRIPTORS, "descriptors of what waits");
        await assertMemory(before.memory, memory);
        // Nothing has ended it: it goes on when there is room.
        flooder.besieged.release();
        if (flood === "one-ways that take time") await flooder.reaches(2 * most);
      }),
    );
}

flooding.run();
