/**
 * Counts what one delivery to a script object takes by either route: messages, as the channel counts them, and system
 * calls of both processes, as strace(1) does where it is there. Of the latter a short run is taken from a longer one, so
 * that the start and the end of the processes do not count.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Link } from "./link.ts";
import type { Row } from "./rows.ts";

/** What one delivery of a row took. */
export interface Delivery {
  readonly row: Row;
  readonly messages: number;
  /** Of both ends, by name; nothing where strace is not there. */
  readonly systemCalls: Readonly<Record<string, number>> | undefined;
}

/** Deliveries of the short run, and of each of what the longer one has more. */
const DELIVERIES = 5120;

/** Counts each row, with both processes on one processor. */
export async function countDeliveries(rows: readonly Row[]): Promise<Delivery[]> {
  const strace = hasStrace();
  const deliveries: Delivery[] = [];
  for (const row of rows) {
    const messages = await countMessages(row);
    deliveries.push({ row, messages, systemCalls: strace ? await countSystemCalls(row) : undefined });
  }
  return deliveries;
}

function hasStrace(): boolean {
  try {
    execFileSync("strace", ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function countMessages({ trial, link }: Row): Promise<number> {
  const running = new Link("1cpu", link);
  try {
    await running.run(trial, DELIVERIES);
    return (await running.run(trial, DELIVERIES)).messages / DELIVERIES;
  } finally {
    await running.close();
  }
}

async function countSystemCalls(row: Row): Promise<Readonly<Record<string, number>>> {
  const short = await traced(row, DELIVERIES);
  const long = await traced(row, 2 * DELIVERIES);
  const each = [...long].map(([name, count]) => [name, (count - (short.get(name) ?? 0)) / DELIVERIES] as const);
  return Object.fromEntries(each);
}

/** Runs so many deliveries in processes of their own, and counts all system calls of those. */
async function traced({ trial, link }: Row, calls: number): Promise<ReadonlyMap<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), "postern-"));
  const summary = join(folder, "summary");
  try {
    // Looking for an answer without sleeping would count how long that took.
    const running = new Link("1cpu", { ...link, spin: 0 }, ["strace", "-f", "-c", "-U", "calls,name", "-o", summary]);
    try {
      await running.run(trial, calls);
    } finally {
      await running.close();
    }
    return readSummary(readFileSync(summary, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads lines of a count and a name, between rules and before a total. */
function readSummary(text: string): ReadonlyMap<string, number> {
  const lines = [...text.matchAll(/^ *(\d+) +(\w+)$/gm)];
  return new Map(lines.flatMap(([, count, name]) => (name === "total" ? [] : [[name!, Number(count)]])));
}
