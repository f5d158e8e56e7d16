/** A navigator by itself: what a host does not give, what is too much, and what an end leaves. */

import { ftruncateSync, readSync, writeSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type AudioFormat,
  type Device2DSurface,
  NPBooleanVariable,
  NPError,
  type NPErrorCode,
  NPInstance,
  type NPInstanceImpl,
  NPNavigator,
  type NPNavigatorImpl,
  NPObject,
  NPObjectVariable,
  NPPlugin,
  NPReason,
  ScriptError,
} from "../../../generated/npapi.ts";
import { Channel, disposeAll, type Fd, offer, type RpcError, sealedMemory } from "../../../runtime/index.ts";
import { type AudioOutput, AudioState } from "../../../runtime/npapi/audio.ts";
import { createNavigator, type Navigator, type NavigatorHost } from "../../../runtime/npapi/navigator.ts";
import { createFake, type Fake } from "../../../runtime/testing/fake.ts";
import { leavesNothingOpen, openDescriptors } from "../../support/descriptor-count.ts";
import { openFile } from "../../support/open-files.ts";
import { overLoopback } from "../../support/roads.ts";
import { ScriptObject } from "../../support/script-object.ts";
import { rejection, turn, until, within } from "../../support/within.ts";

const test = suite("a navigator");
leavesNothingOpen(test);

/** A navigator, and the plugin's stub of it. */
class Stage implements Disposable {
  readonly navigator: Navigator;
  readonly client: NPNavigator;
  readonly fake: Fake<NPNavigator, NPNavigatorImpl>;

  constructor(host: NavigatorHost) {
    this.navigator = createNavigator(host);
    this.fake = createFake(NPNavigator, this.navigator);
    this.client = this.fake.client;
  }

  [Symbol.dispose](): void {
    this.navigator.destroy();
    this.fake[Symbol.dispose]();
  }
}

async function fails(code: NPErrorCode, call: Promise<unknown>): Promise<void> {
  const error = await rejection(call);
  assert.ok(error instanceof NPError, String(error));
  assert.is((error as NPError).code, code);
}

const format: AudioFormat = {
  sampleRate: 48_000,
  sampleType: 0,
  outputChannels: 1,
  inputChannels: 0,
  frameSamples: 64,
  flags: 0,
};
const url = "https://page.example/";
const picture = { width: 1, height: 1, flush: () => undefined };

/** What a host that gives nothing refuses. */
const refusals: readonly (readonly [string, NPErrorCode, (client: NPNavigator) => Promise<unknown>])[] = [
  ["a window", "generic", (client) => client.getObjectValue(NPObjectVariable.window)],
  ["an element", "generic", (client) => client.getObjectValue(NPObjectVariable.pluginElement)],
  ["a URL", "generic", (client) => client.getURL(url, "", 1)],
  ["a picture", "generic", (client) => client.openDevice2D()],
  ["a ring", "generic", (client) => client.openDevice3D(16)],
  ["a sound", "generic", (client) => client.openAudio(format, () => {})],
];

for (const [what, code, call] of refusals)
  test(`a host that gives nothing refuses ${what}`, async () => {
    using stage = new Stage({});
    await fails(code, call(stage.client));
  });

test("a host that gives nothing has an agent, is online and not private, and runs no scripts", async () => {
  using stage = new Stage({});
  assert.is(await stage.client.userAgent(), "postern");
  for (const variable of [NPBooleanVariable.offline, NPBooleanVariable.privateMode])
    assert.is(await stage.client.getBooleanValue(variable), false);
  await stage.client.setStatus("nobody sees it");
  const error = await rejection(stage.client.evaluate(new ScriptObject(), "1"));
  assert.ok(error instanceof ScriptError && error.kind === "refused");
  assert.is(error.value, "evaluate");
});

test("a host that changes its mind is asked each time", async () => {
  let offline = false;
  using stage = new Stage({
    get offline() {
      return offline;
    },
  });
  assert.is(await stage.client.getBooleanValue(NPBooleanVariable.offline), false);
  offline = true;
  assert.is(await stage.client.getBooleanValue(NPBooleanVariable.offline), true);
});

test("a window that is somebody else's object stays the host's when it is given away", async () => {
  using elsewhere = createFake(NPObject, { hasMethod: (name) => name === "far" });
  using stage = new Stage({ window: elsewhere.client });
  for (let count = 0; count < 2; count++) {
    using window = await stage.client.getObjectValue(NPObjectVariable.window);
    assert.is(await window.hasMethod("far"), true);
  }
});

test("what a script throws arrives in its words, at once or later, and the host's own errors as they are", async () => {
  const errors: readonly unknown[] = [
    new RangeError("too far"),
    new ScriptError({ kind: "notCallable" }),
    "no error at all",
    new Error("long".repeat(10_000)),
  ];
  using stage = new Stage({
    evaluate(_, script) {
      const error = errors[Number(script.slice(1))];
      if (script.startsWith("t")) throw error;
      return Promise.reject(error);
    },
  });
  for (const how of ["t", "r"]) {
    const told = errors.map(async (_, index) => {
      const error = await rejection(stage.client.evaluate(new ScriptObject(), `${how}${index}`));
      assert.instance(error, ScriptError);
      const { kind, value } = error as { kind: string; value?: { name: string; message: string } };
      return kind === "thrown" ? `${value!.name}: ${value!.message.slice(0, 20)}` : kind;
    });
    assert.equal(await Promise.all(told), [
      "RangeError: too far",
      "notCallable",
      "Error: no error at all",
      "Error: longlonglonglonglong",
    ]);
  }
});

test("no more devices are open at a time than may be, and letting go of one makes room", async () => {
  let closed = 0;
  using stage = new Stage({ limit: 2, openDevice2D: () => ({ ...picture, closed: () => void closed++ }) });
  const surfaces = [await stage.client.openDevice2D(), await stage.client.openDevice2D()];
  await fails("outOfMemory", stage.client.openDevice2D());
  await fails("outOfMemory", stage.client.openDevice3D(1));
  surfaces.pop()![Symbol.dispose]();
  await until(() => closed === 1, "the end of one");
  surfaces.push(await stage.client.openDevice2D());
  disposeAll(surfaces);
  await until(() => closed === 3, "the end of all");
});

test("a picture without pixels, and a host that refuses, open nothing", async () => {
  const before = openDescriptors().length;
  const hosts = [
    { ...picture, width: -1 },
    { ...picture, height: 0.5 },
  ];
  using stage = new Stage({
    openDevice2D() {
      const host = hosts.shift();
      if (host === undefined) throw new NPError("moduleLoadFailed");
      return host;
    },
  });
  for (let count = 0; count < 2; count++)
    assert.is(((await rejection(stage.client.openDevice2D())) as RpcError).code, "Internal");
  assert.is(stage.fake.faults.length, 2);
  await fails("moduleLoadFailed", stage.client.openDevice2D());
  assert.is(openDescriptors().length, before);
});

test("a flush may wait, and refuse", async () => {
  const refusing = [new NPError("noData"), undefined];
  using stage = new Stage({
    openDevice2D: () => ({
      width: 2,
      height: 3,
      async flush() {
        await turn();
        const error = refusing.shift();
        if (error !== undefined) throw error;
      },
    }),
  });
  using surface = await stage.client.openDevice2D();
  await fails("noData", surface.device.flush());
  assert.equal(await surface.device.flush(), { stride: 8, dirty: { left: 0, top: 0, right: 2, bottom: 3 } });
});

test("memory that is shared cannot be cut short, and what is sealed cannot be written", async () => {
  using stage = new Stage({ openDevice2D: () => picture });
  using surface = await stage.client.openDevice2D();
  for (const size of [0, 3, 5]) assert.throws(() => ftruncateSync(surface.pixels.fd, size), /EPERM/);
  using sealed = sealedMemory(Buffer.from("content"));
  assert.equal([sealed.readable, sealed.writable], [true, false]);
  assert.throws(() => writeSync(sealed.fd, "x", 0), /EPERM/);
  assert.throws(() => ftruncateSync(sealed.fd, 1), /EPERM/);
});

test("a ring's buffers are as many and as large as may be, and those let go of make room", async () => {
  using stage = new Stage({
    openDevice3D: () => ({ bufferBytes: 10_000, flush: (_, __, to) => ({ getOffset: to, token: 0, error: 0 }) }),
  });
  using surface = await stage.client.openDevice3D(4);
  const { device } = surface;
  const large = await device.createBuffer(9000);
  await fails("outOfMemory", device.createBuffer(1001));
  (await device.createBuffer(1000))[Symbol.dispose]();
  await device.destroyBuffer(large.id);
  large[Symbol.dispose]();
  const small = await Promise.all(Array.from({ length: 255 }, () => device.createBuffer(1)));
  await fails("outOfMemory", device.createBuffer(1));
  disposeAll(small);
});

test("an instance has no more buffers for having more rings, and a ring that is closed gives its own back", async () => {
  using stage = new Stage({
    openDevice3D: () => ({ bufferBytes: 10_000, flush: (_, __, to) => ({ getOffset: to, token: 0, error: 0 }) }),
  });
  using first = await stage.client.openDevice3D(4);
  const second = await stage.client.openDevice3D(4);
  disposeAll(await second.device.createBuffer(9000));
  await fails("outOfMemory", first.device.createBuffer(1001));
  for (let made = 1; made < 256; made++) disposeAll(await second.device.createBuffer(1));
  await fails("outOfMemory", first.device.createBuffer(1));
  disposeAll(second);
  await turn(2);
  disposeAll(await first.device.createBuffer(10_000));
});

test("a ring that failed says so, and one that is being flushed is told from where to where", async () => {
  const flushes: string[] = [];
  let failed = false;
  using stage = new Stage({
    openDevice3D: () => ({
      get failed() {
        return failed;
      },
      flush({ entries }, from, to) {
        flushes.push(`${from} to ${to} of ${entries}`);
        return { getOffset: to, token: 0, error: 0 };
      },
    }),
  });
  using surface = await stage.client.openDevice3D(8);
  for (const offset of [5, 7, 2, 2]) await surface.device.flush(offset);
  for (const offset of [8, 0xffffffff]) await fails("invalidParameter", surface.device.flush(offset));
  assert.equal(flushes, ["0 to 5 of 8", "5 to 7 of 8", "7 to 2 of 8", "2 to 2 of 8"]);
  assert.is(await surface.device.getState(4), 0);
  failed = true;
  assert.is(await surface.device.getState(4), 1);
});

/** Opens a sound, and waits for what it goes through. */
async function openSound(stage: Stage) {
  const begun: { readonly memory: Fd; readonly socket: Fd | undefined }[] = [];
  const device = await stage.client.openAudio(format, (memory, _, socket) => void begun.push({ memory, socket }));
  await until(() => begun.length === 1, "the beginning");
  return { device, ...begun[0]! };
}

test("a plugin that does not read is told nothing more, which counts, and is told again when it has read", async () => {
  let output: AudioOutput | undefined;
  using stage = new Stage({ openAudio: () => ({ start: (given) => (output = given) }) });
  const { device, memory, socket } = await openSound(stage);
  await until(() => output !== undefined, "the sound");
  let told = 0;
  while (output!.played(told)) told++;
  assert.ok(told > 1000);
  for (let count = 0; count < 9; count++) assert.is(output!.played(), false);
  assert.is(await device.getState(AudioState.underrunCounter), 10);
  const words = Buffer.alloc(told * 4);
  for (let read = 0; read < words.length; await turn())
    read += readSync(socket!.fd, words, read, words.length - read, null);
  assert.equal([words.readUInt32LE(0), words.readUInt32LE(words.length - 4)], [0, told - 1]);
  await until(() => output!.played(), "room");
  disposeAll([device, memory, socket]);
});

test("a plugin that has closed its end of the socket costs the host nothing", async () => {
  let output: AudioOutput | undefined;
  using stage = new Stage({ openAudio: () => ({ start: (given) => (output = given) }) });
  const { device, memory, socket } = await openSound(stage);
  await until(() => output !== undefined, "the sound");
  socket!.close();
  await until(() => !output!.played(), "the host's noticing");
  disposeAll([device, memory]);
});

test("a sound without a socket is played all the same", async () => {
  let output: AudioOutput | undefined;
  using stage = new Stage({ openAudio: () => ({ socket: false, start: (given) => (output = given) }) });
  const { device, memory, socket } = await openSound(stage);
  await until(() => output !== undefined, "the sound");
  assert.equal([socket, output!.played(), output!.size], [undefined, false, 128]);
  disposeAll([device, memory]);
});

test("a plugin that fails to take its sound is told of, and the host does not begin", async () => {
  const faults: unknown[] = [];
  using navigator = createNavigator({
    openAudio: () => ({ start: () => assert.unreachable("nothing is played") }),
    onFault: (reason) => void faults.push(reason),
  });
  const [ours, theirs] = overLoopback.pair();
  using _host = new Channel(ours, { offers: [offer(NPNavigator, navigator)] });
  using plugin = new Channel(theirs, { onFault() {} });
  const opened = plugin.bootstrap(NPNavigator).openAudio(format, (memory, _, socket) => {
    disposeAll([memory, socket]);
    throw new Error("no sound");
  });
  using _device = await opened;
  await until(() => faults.length === 1, "the fault");
  assert.is((faults[0] as RpcError).code, "Internal");
});

test("a sound that is let go of before it begins lets go of the callback", async () => {
  let letGo = 0;
  using stage = new Stage({ openAudio: () => ({ start: () => assert.unreachable("nothing is played") }) });
  const ready = Object.assign(() => {}, { [Symbol.dispose]: () => void letGo++ });
  const opening = stage.client.openAudio(format, ready);
  queueMicrotask(() => stage.navigator.destroy());
  await opening.then(
    (device) => device[Symbol.dispose](),
    () => {},
  );
  await until(() => letGo === 1, "the callback's end");
});

/** An instance that notes what it is told of its fetches. */
function listening(told: string[]): Fake<NPInstance, NPInstanceImpl> {
  return createFake(NPInstance, {
    streamAsFile(from, file, size) {
      told.push(`${from} ${size}`);
      file.close();
    },
    urlNotify: (from, reason, notify) => void told.push(`${from} ended: ${reason}, ${notify}`),
  });
}

test("what was fetched before the instance was there is delivered when it is", async () => {
  const told: string[] = [];
  using instance = listening(told);
  using stage = new Stage({ fetch: () => ({ file: openFile() as Fd<"file">, size: 5 }) });
  await stage.client.getURL(url, "", 3);
  await turn(5);
  assert.equal(told, []);
  stage.navigator.attach(instance.client);
  await until(() => told.length === 2, "the delivery");
  assert.equal(told, [`${url} 5`, `${url} ended: ${NPReason.done}, 3`]);
});

test("more fetches than may be under way are refused", async () => {
  using stage = new Stage({ limit: 3, fetch: () => new Promise(() => {}) });
  for (let count = 0; count < 3; count++) await stage.client.getURL(url);
  await fails("outOfMemory", stage.client.getURL(url));
});

test("content that comes after the end is closed", async () => {
  let settle: (file: Fd<"file">) => void = () => {};
  using stage = new Stage({
    fetch: () => new Promise((resolve) => (settle = (file) => resolve({ file }))),
  });
  await stage.client.getURL(url, "", 1);
  stage.navigator.destroy();
  const file = openFile();
  settle(file);
  await until(() => file.closed, "its end");
});

test("content that waits for an instance that never comes is closed with the navigator", async () => {
  const file = openFile();
  using stage = new Stage({ fetch: () => ({ file }) });
  await stage.client.getURL(url, "", 1);
  await turn(3);
  assert.not(file.closed);
  stage.navigator.destroy();
  await until(() => file.closed, "its end");
});

test("content that cannot be handed over is a network error, and told of", async () => {
  const told: string[] = [];
  const faults: unknown[] = [];
  using instance = listening(told);
  const closed = openFile();
  closed.close();
  using stage = new Stage({ fetch: () => ({ file: closed }), onFault: (reason) => void faults.push(reason) });
  stage.navigator.attach(instance.client);
  await stage.client.getURL(url, "", 8);
  await until(() => told.length === 1, "the end");
  assert.equal(told, [`${url} ended: ${NPReason.networkError}, 8`]);
  assert.is(faults.length, 1);
});

test("a plugin that lets go of its navigator has ended its instance", async () => {
  const navigator = createNavigator({ openDevice2D: () => picture });
  let surface: Device2DSurface | undefined;
  // The navigator is given away, as to a new instance.
  using fake = createFake(NPPlugin, {
    async newInstance(_, __, own) {
      surface = await own.openDevice2D();
      own[Symbol.dispose]();
      throw new NPError("generic");
    },
  });
  await fails("generic", fake.client.newInstance("", [], navigator));
  await until(() => navigator.destroyed, "the end");
  await fails("invalidInstance", surface!.device.flush());
  surface![Symbol.dispose]();
});

test("an end in the middle of everything is an end once", async () => {
  let closed = 0;
  using stage = new Stage({ openDevice2D: () => ({ ...picture, closed: () => void closed++ }) });
  const surfaces = [await stage.client.openDevice2D(), await stage.client.openDevice2D()];
  for (let count = 0; count < 2; count++) stage.navigator.destroy();
  assert.is(closed, 2);
  for (const { device } of surfaces) await fails("invalidInstance", device.getState(0));
  disposeAll(surfaces);
  await within(turn(5));
  assert.is(closed, 2);
});

test.run();
