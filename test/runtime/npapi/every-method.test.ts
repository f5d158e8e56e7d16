/** All of npapi.idl between two processes: every method in every form that it has, and what each one refuses. */

import { readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as npapi from "../../../generated/npapi.ts";
import { acceptPlugin, NPError, NPEventDetail, type NPObject, NPReason, NPVariant } from "../../../generated/npapi.ts";
import { type Child, type RpcError, sealedMemory, spawn } from "../../../runtime/index.ts";
import { type HostedInstance, openInstance } from "../../../runtime/npapi/instance.ts";
import type { NavigatorHost } from "../../../runtime/npapi/navigator.ts";
import { AnsweredCalls, allForms } from "../../support/answered-calls.ts";
import { leavesNothingOpen, openDescriptors } from "../../support/descriptor-count.ts";
import { rejection, until, within } from "../../support/within.ts";
import { exerciseObject, WholeObject } from "./fixtures/whole-object.ts";

const every = suite("npapi between two processes");
leavesNothingOpen(every);

const program = fileURLToPath(new URL("fixtures/exercised-plugin.ts", import.meta.url));
const START_MS = 30_000;
const element = { mimeType: "application/x-exercised", attributes: [{ name: "src", value: "a.nexe" }] };

/** A host that has something of everything, and notes what is asked of it. */
function hostOf(window: WholeObject, noted: string[]): NavigatorHost {
  return {
    userAgent: "tested",
    offline: true,
    window,
    setStatus: (status) => void noted.push(`status ${status}`),
    evaluate(target, script) {
      if (script === "throw") throw new RangeError("the script's own");
      return NPVariant.string(`${script} of ${Object.is(target, window) ? "the window" : "another"}`);
    },
    fetch(url, signal) {
      const { pathname } = new URL(url);
      if (pathname === "/refused") throw new NPError("fileNotFound");
      if (pathname === "/broken") return Promise.reject(new Error("no such host"));
      if (pathname === "/stopped") return Promise.reject(new DOMException("by the user", "AbortError"));
      if (pathname === "/never")
        return new Promise((_, reject) => {
          signal.addEventListener("abort", () => noted.push("the fetch is told"));
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      return { file: sealedMemory(Buffer.from(`content of ${pathname}`)) };
    },
    openDevice2D: () => ({
      width: 4,
      height: 2,
      states: { 5: 0, 6: 0 },
      onState(_, value) {
        if (value < 0) throw new NPError("noData");
      },
      flush({ memory, stride }, { right, bottom }) {
        const pixel = Buffer.alloc(1);
        readSync(memory.fd, pixel, 0, 1, stride * bottom - 1);
        noted.push(`pixel ${pixel[0]} at ${right}, ${bottom}`);
        return { left: 1, top: 1, right: 2, bottom: 2 };
      },
      closed: () => void noted.push("picture closed"),
    }),
    openDevice3D: () => ({
      entries: 64,
      states: { 20: 0 },
      flush({ commands }, from, to) {
        const token = Buffer.alloc(4);
        readSync(commands.fd, token, 0, 4, from * 4);
        return { getOffset: to, token: token.readInt32LE(), error: 4 };
      },
      closed: () => void noted.push("ring closed"),
    }),
    openAudio: ({ sampleRate }) => ({
      start: (output) => void noted.push(`sound of ${sampleRate}: ${output.size} bytes, told ${output.played(7)}`),
      closed: () => void noted.push("sound closed"),
    }),
    onFault: (reason) => void noted.push(`fault ${(reason as Error).message}`),
  };
}

/** A host, and a plugin in another process with one instance. */
class Stage implements AsyncDisposable {
  readonly window: WholeObject = new WholeObject();
  readonly noted: string[] = [];
  readonly child: Child;
  readonly plugin: npapi.NPPlugin;
  readonly host: NavigatorHost;

  constructor() {
    let child: Child | undefined;
    const { plugin } = acceptPlugin((options) => {
      child = spawn(process.execPath, ["--import", "tsx", program], options);
      return child.channel;
    }, {});
    this.child = child!;
    this.plugin = plugin.plugin;
    this.host = hostOf(this.window, this.noted);
  }

  open(): Promise<HostedInstance> {
    return within(openInstance(this.plugin, element, this.host), "the instance", START_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.close(START_MS);
  }
}

/** Calls a method of the plugin's object that gives a text. */
async function textOf(object: NPObject, name: string): Promise<string> {
  const result = await within(object.invoke(name, []), name, START_MS);
  if (result.kind !== "string") throw new Error(`${name} gives ${result.kind}.`);
  return result.value;
}

async function check(object: NPObject, name: string): Promise<void> {
  try {
    using _ = await within(object.invoke(name, []), name, START_MS);
  } catch (error) {
    throw error instanceof npapi.ScriptError && error.kind === "thrown" ? new Error(error.value.message) : error;
  }
}

const modifiers = 0;
/** An event of each kind. */
const events: readonly NPEventDetail[] = [
  NPEventDetail.mouse({ action: 0, modifiers, button: 2, x: -1, y: 2, clicks: 1 }),
  NPEventDetail.wheel({ modifiers, deltaX: 0.5, deltaY: -2, ticksX: 0, ticksY: 1, byPage: true }),
  NPEventDetail.key({ action: 6, modifiers, code: 65 }),
  NPEventDetail.character({ modifiers, text: "ä", unmodifiedText: "a" }),
  NPEventDetail.minimize(true),
  NPEventDetail.focus(false),
  NPEventDetail.device({ kind: 1, detail: 2 }),
];

every("every method is called and answered, by promise and where it can be blocking", async () => {
  using answered = new AnsweredCalls();
  await using stage = new Stage();
  const { instance, destroy } = await stage.open().then((hosted) => ({
    instance: hosted.instance,
    destroy: () => hosted.destroy(),
  }));
  using scriptable = await instance.getScriptableInstance();
  for (const name of ["values", "objects", "scripts", "urls", "upcalls", "device2D", "device3D", "audio"])
    await check(scriptable, name);
  assert.equal(stage.window.told, { posted: 2, invalidated: 2 });
  await exerciseInstance(stage, instance, scriptable);
  const there = JSON.parse(await textOf(scriptable, "answered")) as string[];
  await destroy();
  const seen = new Set([...answered.names, ...there]);
  assert.equal(
    allForms(npapi).filter((form) => !seen.has(form)),
    [],
  );
  assert.is(allForms(npapi).length, 76);
});

/** What a host does with an instance. */
async function exerciseInstance(stage: Stage, instance: npapi.NPInstance, scriptable: NPObject): Promise<void> {
  await textOf(scriptable, "told");
  instance.getScriptableInstanceSync()[Symbol.dispose]();
  using object = await scriptable.invoke("object", []);
  assert.ok(object.kind === "object");
  await exerciseObject(object.value);
  await instance.setWindow({ width: 640, height: 480 });
  instance.setWindowSync({ width: 1, height: 2 });
  for (const detail of events) {
    assert.is(await instance.handleEvent({ time: 1.5, detail }), detail.kind !== "focus");
    assert.is(instance.handleEventSync({ time: 2, detail }), detail.kind !== "focus");
  }
  await instance.streamAsFile("data:", sealedMemory(Buffer.from("by hand")), 7n);
  await instance.urlNotify("data:", NPReason.userBreak, 0xffffffff);
  const told = JSON.parse(await textOf(scriptable, "told")) as string[];
  assert.equal(told, [
    "window of 640 by 480",
    "window of 1 by 2",
    ...events.flatMap((detail) =>
      [1.5, 2].map((time) => `${detail.kind} at ${time}: ${JSON.stringify("value" in detail && detail.value)}`),
    ),
    "file data:: by hand, 7 bytes",
    "the end of 4294967295 data:: 2",
  ]);
  // A second instance of the same plugin, made and destroyed with this thread blocked.
  const other = stage.plugin.newInstanceSync(element.mimeType, [], { ...blankNavigator });
  other.destroySync();
  other[Symbol.dispose]();
}

/** A navigator that is never asked. */
const blankNavigator = Object.fromEntries(
  npapi.NPNavigator.methods.map(({ name }) => [name, () => assert.unreachable(name)]),
) as unknown as npapi.NPNavigatorImpl;

every("a host hears of all that its plugin does, in order", async () => {
  await using stage = new Stage();
  const hosted = await stage.open();
  using scriptable = await hosted.instance.getScriptableInstance();
  for (const name of ["values", "urls", "device2D", "device3D", "audio"]) await check(scriptable, name);
  await until(() => stage.noted.filter((line) => line === "sound closed").length === 2, "the last device's end");
  assert.equal(stage.noted.toSorted(), [
    "fault by the user",
    "fault no such host",
    "picture closed",
    "picture closed",
    "pixel 1 at 4, 2",
    "pixel 2 at 4, 2",
    "ring closed",
    "ring closed",
    "sound closed",
    "sound closed",
    "sound of 44100: 4096 bytes, told true",
    "sound of 44100: 4096 bytes, told true",
    "status ready",
  ]);
  await hosted.destroy();
});

every("an instance that is destroyed has nothing any more, and every call of it says so", async () => {
  await using stage = new Stage();
  const before = openDescriptors().length;
  const hosted = await stage.open();
  using scriptable = await hosted.instance.getScriptableInstance();
  await textOf(scriptable, "told");
  await check(scriptable, "keep");
  await Promise.all([hosted.destroy(), hosted.destroy()]);
  assert.ok(hosted.navigator.destroyed);
  assert.equal(stage.noted.splice(0).toSorted(), ["picture closed", "the fetch is told"]);
  await check(scriptable, "destroyed");
  assert.equal(stage.noted, []);
  await until(() => openDescriptors().length <= before, "every descriptor's end");
});

every("a plugin that refuses an instance leaves nothing of it", async () => {
  await using stage = new Stage();
  const refused = openInstance(stage.plugin, { mimeType: "application/x-other" }, stage.host);
  const error = await rejection(refused, START_MS);
  assert.is(error instanceof NPError && error.code, "invalidPlugin");
  await until(() => stage.child.channel.counts.objectsExported === 0, "the navigator's end");
});

every("a plugin that is killed ends its navigator by itself, with everything that was open", async () => {
  const before = openDescriptors();
  const stage = new Stage();
  const hosted = await stage.open();
  using scriptable = await hosted.instance.getScriptableInstance();
  await check(scriptable, "keep");
  const pending = rejection(scriptable.invoke("never", []));
  stage.child.process.kill("SIGKILL");
  assert.ok(await pending);
  await within(stage.child.channel.closed, "the end");
  assert.ok(hosted.navigator.destroyed);
  assert.equal(stage.noted.toSorted(), ["picture closed", "the fetch is told"]);
  // To destroy what is gone is no failure, and to use it is.
  await hosted.destroy();
  assert.is(((await rejection(hosted.instance.setWindow({ width: 1, height: 1 }))) as RpcError).code, "Disconnected");
  await stage.child.exited;
  await until(() => openDescriptors().every((descriptor) => before.includes(descriptor)), "every descriptor's end");
});

every.run();
