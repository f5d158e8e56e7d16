/**
 * The two routes by which a plugin sends a message to an object of its host, message by message: what a tap on the
 * socket between two processes has seen, which is exactly what docs/npapi.md lists.
 */

import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as npapi from "../../../generated/npapi.ts";
import { acceptPlugin, NPVariant } from "../../../generated/npapi.ts";
import type { AnyMethod } from "../../../runtime/channel/interface.ts";
import { type Channel, type Counts, channelOver, type Program, spawnOver } from "../../../runtime/index.ts";
import { type HostedInstance, openInstance } from "../../../runtime/npapi/instance.ts";
import { answeringLater } from "../../../runtime/npapi/results-later.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { readPage } from "../../support/page.ts";
import { Relay, type RelayedFrame } from "../../support/relay.ts";
import { ScriptObject } from "../../support/script-object.ts";
import { kind } from "../../support/wire.ts";
import { until, within } from "../../support/within.ts";

const routes = suite("the two routes to an object");
leavesNothingOpen(routes);

const program = fileURLToPath(new URL("fixtures/routes-plugin.ts", import.meta.url));
const START_MS = 30_000;

/** Every method of the bridge by its selector, as `NPObject.post`. */
const names: ReadonlyMap<number, string> = new Map(
  Object.values(npapi)
    .flatMap((value) => (typeof value === "object" && "methods" in value ? (value.methods as AnyMethod[]) : []))
    .map(({ selector, fullName }) => [selector, fullName.replace("postern.npapi.", "")]),
);

/** Says what each frame is: who sends it, and what it calls or answers. */
function inWords(frames: readonly RelayedFrame[]): readonly string[] {
  const asked = new Map<string, string>();
  return frames.map(({ from, kind: frameKind, id, body }) => {
    const sender = from === 0 ? "host" : "plugin";
    if (frameKind === kind.return) return `${sender} returns from ${asked.get(`${1 - from} ${id}`)}`;
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    if (frameKind !== kind.call && frameKind !== kind.oneway) return `${sender} says ${frameKind}`;
    const method = names.get(view.getInt32(0, true)) ?? "something unknown";
    asked.set(`${from} ${id}`, method);
    return `${sender} ${frameKind === kind.call ? "calls" : "posts"} ${method}`;
  });
}

/** A host with one object, a plugin in another process that sends it messages, and a tap between them. */
class Stage implements AsyncDisposable {
  /** What the object has heard. */
  readonly heard: string[] = [];
  /** What the object waits for before it answers. */
  delay: () => Promise<void> | undefined = () => undefined;
  readonly channel: Channel;
  readonly #relay = new Relay();
  readonly #program: Program;
  readonly #lines: AsyncIterator<string>;
  #hosted: HostedInstance | undefined;

  constructor() {
    const [ours, theirs] = this.#relay.ends;
    this.#program = spawnOver(theirs, process.execPath, ["--import", "tsx", program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#program.process.stdout! })[Symbol.asyncIterator]();
    const { channel, plugin } = acceptPlugin((options) => channelOver(ours, { ...options, spin: 0 }), {});
    this.channel = channel;
    const listener = new ScriptObject({
      "": ([message]) => {
        if (message?.kind !== "string") throw new TypeError("A text is wanted.");
        this.heard.push(message.value);
        const answer = NPVariant.string(`heard ${message.value}`);
        return this.delay()?.then(() => answer) ?? answer;
      },
    });
    openInstance(plugin.plugin, { mimeType: "" }, { window: answeringLater(listener) }).then((hosted) => {
      this.#hosted = hosted;
    });
  }

  get frames(): readonly RelayedFrame[] {
    return this.#relay.frames;
  }

  async ready(): Promise<void> {
    assert.is(await this.line(), "ready");
    await until(() => this.#hosted !== undefined, "the instance");
  }

  async line(): Promise<string> {
    return (await within(this.#lines.next(), "the plugin", START_MS)).value;
  }

  /** Has the plugin do one errand, and compares all that crosses for it, to the last frame. Resolves with its result. */
  async errand(name: string, expected: readonly string[]): Promise<string> {
    const start = this.frames.length;
    const result = await this.#tell(name);
    // A one-way is done for its sender when it has left; then the rest takes its course.
    await until(() => this.frames.length - start >= expected.length, "what the errand causes").catch(() => {});
    // What either end had sent before this call has crossed when it is answered.
    await this.#tell("barrier");
    const barrier = ["plugin calls NPNavigator.userAgent", "host returns from NPNavigator.userAgent"];
    assert.equal(inWords(this.frames.slice(start)), [...expected, ...barrier]);
    return result;
  }

  /** Asks by the old route; the result is there when the plugin has long gone on. */
  async askOld(): Promise<void> {
    const start = this.frames.length;
    this.delay = () => until(() => this.frames.length === start + 5, "the end of the asynchronous call");
    assert.is(await this.errand("askByAsyncCall", oldQuestion), "heard a message");
    this.delay = () => undefined;
  }

  /** What the plugin's end of the channel has counted. */
  async counts(): Promise<Counts> {
    return JSON.parse(await this.#tell("counts"));
  }

  async #tell(errand: string): Promise<string> {
    this.#program.process.stdin!.write(`${errand}\n`);
    return this.line();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#program.process, "exit");
    this.#program.process.stdin!.end();
    this.channel.close();
    await within(exited, "the plugin's end", START_MS);
    this.#relay[Symbol.dispose]();
  }
}

const { blocks } = readPage("npapi.md");

/** The messages that the documentation lists. */
function documented(route: string): readonly string[] {
  const block = blocks.find(({ info }) => info === `route ${route}`);
  return block!.text.trimEnd().split("\n");
}

const [oldMessage, newMessage] = [documented("message, old"), documented("message, new")];
const [oldQuestion, newQuestion] = [documented("question, old"), documented("question, new")];
const opening = ["plugin calls NPObject.setProperty", "host returns from NPObject.setProperty"];

routes("the documentation lists five messages and one, seven and two", () => {
  const lengths = [oldMessage, newMessage, oldQuestion, newQuestion].map(({ length }) => length);
  assert.equal(lengths, [5, 1, 7, 2]);
});

routes("one message by the old route is five, and by the new one", async () => {
  await using stage = new Stage();
  await stage.ready();
  for (let round = 1; round <= 3; round++) {
    await stage.errand("postByAsyncCall", oldMessage);
    await stage.errand("post", newMessage);
    assert.is(stage.heard.length, 2 * round);
  }
  assert.equal(new Set(stage.heard), new Set(["a message"]));
});

routes("a question whose result comes later is seven by the old route, and two by the new", async () => {
  await using stage = new Stage();
  await stage.ready();
  for (const errand of ["ask", "askBlocking"]) assert.is(await stage.errand(errand, newQuestion), "heard a message");
  await stage.errand("openQuestions", opening);
  for (let round = 0; round < 3; round++) await stage.askOld();
  // With the questions ends what the host held for them, for which it says so once.
  await stage.errand("closeQuestions", [
    "plugin calls NPObject.removeProperty",
    "host returns from NPObject.removeProperty",
    `host says ${kind.release}`,
  ]);
  assert.is(await stage.errand("ask", newQuestion), "heard a message");
});

routes("both ends count the same messages, and hold as much after a hundred as after one", async () => {
  await using stage = new Stage();
  await stage.ready();
  const sizes = async (): Promise<readonly unknown[]> => {
    const { objectsExported, objectsImported } = await stage.counts();
    const here = stage.channel.counts;
    return [objectsExported, objectsImported, here.objectsExported, here.objectsImported];
  };
  await stage.errand("postByAsyncCall", oldMessage);
  const before = { sizes: await sizes(), here: stage.channel.counts, there: await stage.counts() };
  for (let count = 0; count < 100; count++) {
    await stage.errand("postByAsyncCall", oldMessage);
    await stage.errand("post", newMessage);
  }
  const there = await stage.counts();
  const here = stage.channel.counts;
  // Each with the two of its barrier, of which either end sends one.
  assert.is(here.messagesReceived - before.here.messagesReceived, 100 * (3 + 1 + 1 + 1));
  assert.is(here.messagesSent - before.here.messagesSent, 100 * (2 + 1 + 1));
  assert.is(there.messagesSent - before.there.messagesSent, 100 * (3 + 1 + 1 + 1));
  assert.is(there.messagesReceived - before.there.messagesReceived, 100 * (2 + 1 + 1));
  assert.equal(await sizes(), before.sizes);
  await stage.errand("openQuestions", opening);
  const open = await sizes();
  for (let count = 0; count < 20; count++) await stage.askOld();
  assert.equal(await sizes(), open);
});

routes.run();
