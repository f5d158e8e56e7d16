/** A plugin that calls its host, one call after the other, when the host says so. */

import { connectToParent, offer } from "../runtime/index.ts";
import { type Numbers, type Pace, Pacer, Work } from "./generated/bench.ts";
import { limits } from "./limits.ts";

const numbers: Numbers = { a: 1.5, b: 2.5, c: 3.5, d: 4.5, e: 5.5, f: 6 };

const channel = connectToParent({ limits, offers: [offer(Pacer, { pace })] });
const work = channel.bootstrap(Work);

async function pace(seconds: number): Promise<Pace> {
  const micros: number[] = [];
  const start = performance.now();
  for (let now = start; now - start < seconds * 1000; ) {
    await work.call(numbers);
    const before = now;
    now = performance.now();
    micros.push((now - before) * 1000);
  }
  const sorted = Float64Array.from(micros).sort();
  const at = (part: number): number => sorted[Math.floor(part * sorted.length)]!;
  return { calls: sorted.length, seconds: (performance.now() - start) / 1000, p50: at(0.5), p99: at(0.99) };
}
