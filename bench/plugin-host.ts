/** The host of two plugins: one that keeps calling it, and a neighbour. Its argument is the plugins' processor. */

import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connectToParent, offer, spawn } from "../runtime/index.ts";
import { Pacer, PluginHost, Work, type WorkImpl } from "./generated/bench.ts";
import { limits } from "./limits.ts";
import { Neighbour } from "./neighbours.ts";

/** Seconds after which a neighbour, once it has begun, is at its work. */
const BEGUN_SECONDS = 0.05;

const [, , processor = "0"] = process.argv;
const pacerFile = fileURLToPath(new URL("pacer.js", import.meta.url));

// Of all the methods, only this one is called.
const work = { call: (numbers) => numbers } satisfies Partial<WorkImpl> as unknown as WorkImpl;
const steady = spawn("taskset", ["-c", processor, process.execPath, pacerFile], {
  limits,
  offers: [offer(Work, work)],
});
const pacer = steady.channel.bootstrap(Pacer);

const benchmark = connectToParent({
  spin: 0,
  offers: [
    offer(PluginHost, {
      async run(name, seconds) {
        const neighbour = new Neighbour(name, processor);
        try {
          await neighbour.begun;
          await sleep(BEGUN_SECONDS * 1000);
          const before = neighbour.stops;
          const pace = await pacer.pace(seconds);
          return { pace, stops: neighbour.stops - before, reason: neighbour.reason };
        } finally {
          await neighbour.close();
        }
      },
    }),
  ],
});

await benchmark.closed;
await steady.close();
