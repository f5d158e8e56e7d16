/** Counts this process's open descriptors around every test of a suite, so that none leaks unnoticed. */

import { fstatSync, readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Test } from "uvu";
import * as assert from "uvu/assert";

/** What is open, as `number -> what`. The descriptor that lists them is not among them. */
export function openDescriptors(): readonly string[] {
  return readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      return [`${number} -> ${readlinkSync(`/proc/self/fd/${number}`)}`];
    } catch {
      return [];
    }
  });
}

/** Whether there is a descriptor of that number. */
export function isOpen(number: number): boolean {
  try {
    fstatSync(number);
    return true;
  } catch {
    return false;
  }
}

/**
 * Adds a last test to a suite, which fails if a test has left descriptors open. Call it before the suite's `run`. The
 * hooks only take notes: a hook that throws makes uvu drop the rest of the suite and call it passed.
 */
export function leavesNothingOpen<T>(suite: Test<T>): void {
  const leaks: string[] = [];
  let before: readonly string[] = [];
  suite.before.each(() => {
    before = openDescriptors();
  });
  suite.after.each(async (context) => {
    for (const left of await leftOpen(before)) leaks.push(`${context.__test__}: ${left}`);
  });
  const { run } = suite;
  suite.run = () => {
    suite("every test has closed what it opened", () => assert.equal(leaks, []));
    run();
  };
}

/** Gives what is open and was not, after a while for those of Node's own that close by themselves. */
async function leftOpen(before: readonly string[]): Promise<readonly string[]> {
  const more = (): readonly string[] => openDescriptors().filter((descriptor) => !before.includes(descriptor));
  for (let round = 0; round < 20 && more().length > 0; round++) await sleep(10);
  return more();
}
