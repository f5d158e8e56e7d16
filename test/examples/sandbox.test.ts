/** The language's sample, served and called: both sides are real processes, and every method is called. */

import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bouncer } from "../../examples/sandbox/bounce.ts";
import { BoundSockets } from "../../examples/sandbox/bound-sockets.ts";
import { Folder } from "../../examples/sandbox/folder.ts";
import * as sample from "../../examples/sandbox/generated/sandbox.ts";
import { acceptSandbox, NPError, type NPObject, NPVariant } from "../../examples/sandbox/generated/sandbox.ts";
import { Page } from "../../examples/sandbox/page.ts";
import { type Child, RpcError, spawn } from "../../runtime/index.ts";
import { AnsweredCalls, allForms } from "../support/answered-calls.ts";
import { leavesNothingOpen, openDescriptors } from "../support/descriptor-count.ts";
import { rejection, turn, until, within } from "../support/within.ts";
import { exercisedObject, exerciseFailures, exerciseObject, thrownBy } from "./fixtures/exercised-object.ts";

const sandbox = suite("the sandbox example");
leavesNothingOpen(sandbox);

// The event loop opens one descriptor for all watches with the first of them, and keeps it.
watch(tmpdir()).close();

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = fileURLToPath(new URL("fixtures/guest.ts", import.meta.url));
const START_MS = 30_000;

/** A broker as in the example, and a guest in another process whose checks can be run. */
class Guest implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "postern-"));
  readonly repainted: unknown[] = [];
  readonly child: Child;
  readonly plugin: sample.NPPlugin;
  readonly #files: Folder;
  readonly #sockets = new BoundSockets();
  readonly #page: Page;

  constructor() {
    fill(this.folder);
    this.#files = new Folder(this.folder);
    this.#page = new Page("a title", { alert() {}, repaint: (area) => this.repainted.push(area) });
    const window = exercisedObject();
    this.#page.getWindowObject = () => window;
    let child: Child | undefined;
    const { sandbox } = acceptSandbox(
      (options) => {
        child = spawn(process.execPath, ["--import", "tsx", program], options);
        return child.channel;
      },
      { files: this.#files, sockets: this.#sockets, np: this.#page },
    );
    this.child = child!;
    this.plugin = sandbox.plugin;
  }

  /** The guest's object with the checks. */
  controls(): Promise<NPObject> {
    return within(this.plugin.getScriptableObject(), "the guest", START_MS);
  }

  /** Runs one of the guest's checks. */
  async check(name: string): Promise<void> {
    using controls = await this.controls();
    try {
      using _ = await within(controls.invoke(name, []), name, START_MS);
    } catch (error) {
      throw error instanceof NPError && error.kind === "exception" ? new Error(String(error.value)) : error;
    }
  }

  /** One of the guest's objects. */
  async object(name: string): Promise<NPObject> {
    using controls = await this.controls();
    const property = await controls.getProperty(name);
    if (property.kind !== "object") throw new Error(`The guest's ${name} is ${property.kind}.`);
    return property.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.close(START_MS);
    this.#files[Symbol.dispose]();
    this.#sockets[Symbol.dispose]();
    this.#page[Symbol.dispose]();
    rmSync(this.folder, { recursive: true });
  }
}

function fill(folder: string): void {
  writeFileSync(join(folder, "notes.txt"), "buy milk\n");
  symlinkSync("notes.txt", join(folder, "latest"));
  symlinkSync("/etc/passwd", join(folder, "trap"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  mkdirSync(join(folder, "many"));
  for (let index = 0; index < 300; index++) writeFileSync(join(folder, "many", `file-${index}`), "");
}

sandbox("every method is called and answered, by promise and where it can be blocking", async () => {
  using answered = new AnsweredCalls();
  await using guest = new Guest();
  for (const check of ["files", "streams", "watch", "sockets", "host"]) await guest.check(check);
  using object = await guest.object("object");
  await exerciseObject(object);
  guest.plugin.getScriptableObjectSync()[Symbol.dispose]();
  using controls = await guest.controls();
  const there = await controls.invoke("answered", []);
  assert.ok(there.kind === "string");
  await guest.plugin.destroy();
  const seen = new Set([...answered.names, ...(JSON.parse(there.value) as string[])]);
  assert.equal(
    allForms(sample).filter((form) => !seen.has(form)),
    [],
  );
  assert.is(allForms(sample).length, 48);
  assert.equal(guest.repainted, [{ x: -1, y: 2, width: 3, height: 4 }]);
});

sandbox("each declared error arrives as its class, in both directions and forms", async () => {
  await using guest = new Guest();
  await guest.check("errors");
  using object = await guest.object("object");
  await exerciseFailures(object);
});

sandbox("calls nest 100 deep between two processes, by promise and with both threads blocked", async () => {
  await using guest = new Guest();
  using ball = await guest.object("ball");
  const args = () => [NPVariant.int32(100), NPVariant.object(bouncer())];
  const promised = await within(ball.invoke("bounce", args()), "the last bounce");
  assert.equal(promised.kind === "int32" && promised.value, 100);
  const blocked = ball.invokeSync("bounceSync", args(), { timeoutMs: START_MS });
  assert.equal(blocked.kind === "int32" && blocked.value, 100);
  ball[Symbol.dispose]();
  await until(() => guest.child.channel.counts.objectsExported === 0, "the end of every ball");
});

sandbox("what comes and goes leaves nothing behind while the channel stays", async () => {
  await using guest = new Guest();
  using _ = await guest.controls();
  await turn(10);
  const before = openDescriptors().length;
  for (const check of ["files", "streams", "watch", "host", "errors"]) await guest.check(check);
  const { channel } = guest.child;
  const left = () => channel.ledger().entries.map(({ kind, method }) => `${kind} ${method.replace(/.*\./, "")}`);
  // What is held above, and the callback of a socket that was made, which stays bound while its maker is there.
  const expected = ["imported getScriptableObject", "imported makeSocket"];
  await until(() => left().sort().join() === expected.join(), "the end of all else").catch(() => {});
  assert.equal(left().sort(), expected);
  await until(() => openDescriptors().length === before + 1, "the end of every descriptor but that socket's");
});

sandbox("a guest that is killed leaves no call waiting, no object and no descriptor", async () => {
  const before = openDescriptors();
  const guest = new Guest();
  try {
    await guest.check("lasting");
    const { channel, process: killed } = guest.child;
    const [controls, object] = [await guest.controls(), await guest.object("object")];
    const reasons = [rejection(controls.invoke("never", [])), rejection(controls.result.invoke("never", []))];
    await guest.plugin.getScriptableObject().then((again) => again[Symbol.dispose]());
    const { objectsExported: exported, objectsImported: imported, streamsOpen: open } = channel.counts;
    assert.ok(exported >= 2 && imported >= 3 && open === 1, `${exported} exported, ${imported} imported, ${open} open`);
    killed.kill("SIGKILL");
    for (const reason of [...(await Promise.all(reasons)), await within(channel.closed, "the end")])
      assert.is((reason as RpcError).code, "Disconnected");
    for (const late of [await rejection(object.getProperty("title")), thrownBy(() => object.getPropertySync("title"))])
      assert.is((late as RpcError).code, "Disconnected");
    const { callsPending, answersPending, streamsOpen, objectsExported, objectsImported } = channel.counts;
    assert.equal([callsPending, answersPending, streamsOpen, objectsExported, objectsImported], [0, 0, 0, 0, 0]);
    assert.is(channel.ledger().size, 0, String(channel.ledger()));
    await guest.child.exited;
  } finally {
    await guest[Symbol.asyncDispose]();
  }
  await until(() => openDescriptors().every((descriptor) => before.includes(descriptor)), "every descriptor's end");
});

sandbox("a broker that blocks on a guest is told when the guest is killed", async () => {
  await using guest = new Guest();
  using controls = await guest.controls();
  const { process: killed, channel, exited } = guest.child;
  const killer = promisify(execFile)("sh", ["-c", `sleep 0.2; kill -KILL ${killed.pid}`]);
  const error = thrownBy(() => controls.invokeSync("never", [], { timeoutMs: START_MS }));
  assert.instance(error, RpcError);
  assert.is((error as RpcError).code, "Disconnected");
  assert.is(channel.ledger().size, 0, String(channel.ledger()));
  await killer;
  assert.equal(await within(exited, "the exit"), { code: null, signal: "SIGKILL" });
});

/** What each line of the story must say, by what it begins with. */
const story: readonly (readonly [string, RegExp])[] = [
  ["openSync, then fs.readFileSync", /buy milk/],
  ["stat of a symbolic link", /symlink of 9 bytes/],
  ["a watch has told of", /circle.svg: regular/],
  ["what is outside of the folder", /ENOENT: no such file or directory, open '\/etc\/passwd'/],
  ["a symbolic link that leads out", /leads nowhere/],
  ["what goes in at one end", /through a socket that nobody else can name/],
  ["connecting to what is no bound socket", /it may not allow read/],
  ["an object that was given and came back", /itself$/],
  ["a method that is not there", /noSuchMethod: print/],
  ["a function handed over to run later", /has run/],
  ["its method `greet`, called blocking", /Hello, broker!/],
  ["a call thrown back and forth", /20 times/],
  ["and with both sides on one stack", /20 times/],
  ["the page goes away", /and this program with it/],
  ["objects still held", /0 of the broker's, 0 of the plugin's$/],
];

sandbox("the example tells its whole story", async () => {
  const broker = join(root, "examples/sandbox/broker.ts");
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--import", "tsx", broker], {
    cwd: root,
    timeout: 60_000,
  });
  for (const [beginning, outcome] of story) {
    const line = stdout.split("\n").find((candidate) => candidate.includes(beginning));
    assert.ok(line !== undefined, `there is no line about ${beginning} in:\n${stdout}\n${stderr}`);
    assert.match(line!, outcome);
  }
});

sandbox.run();
