import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { addon } from "../../../runtime/native/addon.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { until, within } from "../../support/within.ts";

const test = suite("addon in a Worker");
addon();

function start(what: string): Worker {
  return new Worker(new URL("fixtures/start-worker.mjs", import.meta.url), { workerData: what });
}

/** What the Worker tells; tsx has messages of its own on the same port. */
function told(worker: Worker): Promise<unknown> {
  const told = new Promise<unknown>((resolve, reject) => {
    worker.on("message", (message) => "told" in message && resolve(message.told));
    worker.on("error", reject);
  });
  return within(told, "the Worker to tell", 60_000);
}

/** Waits until this process has no more sockets, memory and listeners open than `before`. */
async function backTo(before: number): Promise<void> {
  await until(() => countSockets() <= before, "the Worker's descriptors to be closed");
  assert.is(countSockets(), before);
}

function countSockets(): number {
  return openDescriptors().filter((line) => line.includes("socket:")).length;
}

test("it works there as here", async () => {
  const before = countSockets();
  const worker = start("talk");
  const exited = once(worker, "exit");
  assert.equal(await told(worker), ["hello"]);
  await within(exited, "the Worker's end by itself");
  await backTo(before);
});

for (const what of ["stay", "block", "accept", "accept-blocking"])
  test(`a Worker that is terminated (${what}) leaves no descriptor open`, async () => {
    const before = countSockets();
    const worker = start(what);
    assert.is(await told(worker), "ready");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(countSockets() > before);
    await within(worker.terminate(), "the Worker's end");
    await backTo(before);
  });

test("a Worker that exits with connections open leaves no descriptor open", async () => {
  const before = countSockets();
  const worker = start("exit");
  await within(once(worker, "exit"), "the Worker's end", 20_000);
  await backTo(before);
});

test("eight Workers at once, terminated while they talk", async () => {
  const before = countSockets();
  const workers = Array.from({ length: 8 }, (_, i) => start(i % 2 === 0 ? "stay" : "block"));
  await Promise.all(workers.map(told));
  await within(Promise.all(workers.map((worker) => worker.terminate())), "all to end", 20_000);
  await backTo(before);
});

test.run();
