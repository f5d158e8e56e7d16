/**
 * Expected output in files. A test compares what it made with a checked-in file; run with `POSTERN_RECORD=1` it writes
 * the file instead, and the difference is then for the reviewer of the commit.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("../golden/", import.meta.url));

/** Whether this run writes what it would otherwise compare. */
export const recording: boolean = process.env["POSTERN_RECORD"] === "1";

/** The path of something under `test/golden`. */
export function goldenPath(...parts: readonly string[]): string {
  return join(root, ...parts);
}

/** The folders of a golden folder, one a case, in order. */
export function goldenCases(folder: string): readonly string[] {
  const entries = readdirSync(goldenPath(folder), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Fails unless a golden file holds `actual`; when recording, makes it so. */
export function matchesGolden(path: string, actual: string): void {
  if (recording) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  assert.ok(existsSync(path), `${path} is missing; record it with POSTERN_RECORD=1`);
  assert.fixture(actual, readFileSync(path, "utf8"), path);
}

/** Fails if a case's folder holds files that are neither its input nor what was compared; when recording, removes them. */
export function noStaleGoldens(folder: string, known: ReadonlySet<string>): void {
  const stale = readdirSync(folder).filter((name) => !known.has(name));
  if (recording) for (const name of stale) rmSync(join(folder, name));
  else assert.equal(stale, [], `stale files in ${folder}`);
}
