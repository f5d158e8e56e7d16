/** Collects garbage on demand, so that a test can see what is still held. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
/** Runs a full collection. */
export const collectGarbage: () => void = runInNewContext("gc");

/** Bytes in use on the heap after a full collection, which is run until it finds nothing more, within bounds. */
export async function heapUsed(): Promise<number> {
  let before = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 10; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    const { heapUsed } = process.memoryUsage();
    if (heapUsed >= before) break;
    before = heapUsed;
  }
  return before;
}
