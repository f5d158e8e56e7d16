/**
 * Plugins killed with SIGKILL at random points of a busy life, two hundred of them: whatever was under way ends with
 * one reason, everything is closed, and the host, which keeps its objects, serves on.
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type NPInstance, type NPObject, NPPlugin, NPVariant, Npapi } from "../../../generated/npapi.ts";
import { type Child, type Counts, disposeAll, RpcError, spawn } from "../../../runtime/index.ts";
import type { SocketType } from "../../../runtime/transport/unix-socket.ts";
import { type BundledProgram, bundledProgram } from "../../support/bundled-program.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { heapUsed } from "../../support/garbage.ts";
import { childProcesses } from "../../support/processes.ts";
import { Random } from "../../support/random.ts";
import { ScriptObject } from "../../support/script-object.ts";
import { seed } from "../../support/seed.ts";
import { rejection, turn, until, within } from "../../support/within.ts";
import { bouncer } from "./fixtures/bouncer.ts";
import { Navigator, Page } from "./fixtures/browser.ts";
import { BOUND_MS, Victim } from "./fixtures/victim.ts";

/** Victims that live at a time: enough to keep two processors busy. */
const AT_A_TIME = 4;

/** A point of a life at which it ends. */
interface Way {
  readonly when: string;
  /** How many die so, half of them on each type of socket. */
  readonly victims: number;
  /** Sees to it that a victim is killed, soon or at once. */
  end(victim: Victim, random: Random): Promise<void> | void;
}

const ways: readonly Way[] = [
  {
    when: "before it has said hello",
    victims: 24,
    end(victim) {
      victim.kill();
      assert.is(victim.killedWith!.messagesReceived, 0);
    },
  },
  {
    when: "while it starts",
    victims: 32,
    end: (victim, random) => killLater(victim, random.below(150)),
  },
  {
    when: "while the host handles what it sent",
    victims: 48,
    async end(victim, random) {
      const messages = 1 + random.below(1000);
      const look = (): void => {
        if (victim.killedWith === undefined && victim.channel.counts.messagesReceived >= messages) victim.kill();
      };
      page.onCount.add(look);
      await within(victim.channel.closed, "the end", BOUND_MS);
      page.onCount.delete(look);
    },
  },
  {
    when: "when it has been at work for a while",
    victims: 40,
    async end(victim, random) {
      await within(victim.instance, "the instance", BOUND_MS);
      await killLater(victim, random.below(50));
    },
  },
  {
    when: "while the host blocks on it",
    victims: 16,
    async end(victim, random) {
      await within(victim.instance, "the instance", BOUND_MS);
      await killLater(victim, random.below(50));
      assert.is(thrownBlocking(() => victim.probe.waitSync("for ever", { timeoutMs: BOUND_MS })).code, "Disconnected");
    },
  },
  {
    when: "while both block on each other",
    victims: 24,
    async end(victim, random) {
      using object = await within(victim.scriptable(), "the object", BOUND_MS);
      using partner = await within(object.invoke("suicidal", []), "the partner", BOUND_MS);
      const peer = partner.kind === "object" ? partner.value : undefined;
      const own = bouncer(() => victim.kill());
      const depth = NPVariant.int32(random.below(16));
      const error = thrownBlocking(() => peer!.invokeSync("bounceBlocking", [NPVariant.object(own), depth]));
      assert.is(error.code, "Disconnected", error.message);
    },
  },
  {
    when: "in the middle of a long message",
    victims: 16,
    async end(victim) {
      const heard: string[] = [];
      const listener = new ScriptObject({
        "": () => {
          heard.push("what comes first");
          victim.kill();
          return undefined;
        },
        swallow: () => {
          heard.push("all of what follows");
          return undefined;
        },
      });
      using object = await within(victim.scriptable(), "the object", BOUND_MS);
      await rejection(object.invoke("speakAtLength", [NPVariant.object(listener)]), BOUND_MS);
      assert.equal(heard, ["what comes first"]);
    },
  },
];

const killed = suite("npapi: a plugin that is killed");
const page = new Page();
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
const warnings: Error[] = [];
const heed = (warning: Error): void => void warnings.push(warning);
/** What was open when victims were killed: the most of each. */
const most = { callsPending: 0, answersPending: 0, streamsOpen: 0, objectsExported: 0, objectsImported: 0 };
let program: BundledProgram;
let survivor: Survivor;
let dead = 0;

/** A plugin that lives through it all, and is called all the time. */
class Survivor {
  readonly object: NPObject;
  readonly #child: Child;
  readonly #instance: NPInstance;
  answers = 0;

  private constructor(child: Child, instance: NPInstance, object: NPObject) {
    this.#child = child;
    this.#instance = instance;
    this.object = object;
  }

  static async start(): Promise<Survivor> {
    const child = spawn(process.execPath, [program.path], Npapi.browser.options({}));
    const plugin = child.channel.bootstrap(NPPlugin);
    const instance = await plugin.newInstance("text/plain", [], new Navigator(page.window));
    return new Survivor(child, instance, await instance.getScriptableInstance());
  }

  /** Calls it one call after the other until told to stop. Rejects when one is not answered. */
  async callWhile(condition: () => boolean): Promise<void> {
    for (; condition(); this.answers++)
      assert.is(await within(this.#instance.handleEvent({ time: 0, detail: { kind: "focus", value: true } })), true);
  }

  /** Has it end another process in so many milliseconds. */
  async kill(pid: number, milliseconds: number): Promise<void> {
    await within(this.object.invoke("kill", [NPVariant.int32(pid), NPVariant.double(milliseconds)]), "the errand");
  }

  async close(): Promise<void> {
    assert.equal(await this.#child.close(BOUND_MS), { code: 0, signal: null });
  }
}

function killLater({ pid }: Victim, milliseconds: number): Promise<void> {
  return survivor.kill(pid, milliseconds);
}

/** What a blocking call throws in the end, made again where the plugin blocks on this thread at that moment. */
function thrownBlocking(call: () => unknown): RpcError {
  for (;;) {
    try {
      disposeAll(call());
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (error.code !== "Deadlock") return error;
    }
  }
}

async function lifeAndDeath(way: Way, socket: SocketType, random: Random): Promise<void> {
  const victim = new Victim({ program: program.path, socket, page });
  await way.end(victim, random);
  await victim.buried();
  for (const [name, count] of Object.entries(victim.killedWith ?? {}) as [keyof Counts, number][])
    if (name in most) most[name as keyof typeof most] = Math.max(most[name as keyof typeof most], count);
  dead++;
}

killed.before(async () => {
  process.on("unhandledRejection", note);
  // What other suites have forgotten is collected before anything is heeded.
  await heapUsed();
  process.on("warning", heed);
  program = await bundledProgram(new URL("fixtures/plugin.ts", import.meta.url));
  survivor = await within(Survivor.start(), "the survivor's start", BOUND_MS);
});

killed.after(async () => {
  process.off("unhandledRejection", note);
  process.off("warning", heed);
  await survivor.close();
  program[Symbol.dispose]();
});

for (const [number, way] of ways.entries())
  for (const socket of ["seqpacket", "stream"] as const)
    killed(`${way.when}, over ${socket} (seed ${seed})`, async () => {
      const random = new Random(seed + number);
      for (let left = way.victims / 2; left > 0; left -= AT_A_TIME) {
        const before = { descriptors: openDescriptors(), processes: childProcesses(), answers: survivor.answers };
        let over = false;
        const calls = survivor.callWhile(() => !over);
        const lives = Array.from({ length: AT_A_TIME }, () => lifeAndDeath(way, socket, random));
        try {
          await Promise.all(lives);
        } finally {
          over = true;
          await Promise.allSettled([...lives, calls]);
        }
        await calls;
        await until(
          () => openDescriptors().length === before.descriptors.length,
          "the last descriptor's end",
          BOUND_MS,
        );
        assert.equal(openDescriptors(), before.descriptors);
        assert.equal(childProcesses(), before.processes);
        assert.ok(survivor.answers > before.answers, "the survivor was answered");
      }
    });

killed("two hundred died, of whatever was under way", async () => {
  assert.is(dead, 200);
  for (const [name, count] of Object.entries(most)) assert.ok(count > 0, name);
});

killed("the host has kept its objects, nothing was rejected unseen, and no object of the dead is missed", async () => {
  await heapUsed();
  await turn(3);
  assert.ok(page.count > 0);
  assert.equal(unhandled, []);
  assert.equal(warnings, []);
});

killed.run();
