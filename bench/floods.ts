/**
 * Measures the pace of a plugin beside others on one host: one that does nothing, one that only burns the processor,
 * and one for each kind of flood. In each round all of them have their turn.
 */

import { fileURLToPath } from "node:url";
import { spawn } from "../runtime/index.ts";
import type { Effort } from "./calls.ts";
import { type Beside, PluginHost } from "./generated/bench.ts";
import { type Placement, processors } from "./link.ts";
import { FLOOR, neighbours } from "./neighbours.ts";
import { median, type Spread, spread } from "./statistics.ts";

/** A neighbour to be measured beside. */
export interface FloodRow {
  readonly name: string;
  readonly neighbour: string;
}

/** In the order of the table. */
export const floodRows: readonly FloodRow[] = neighbours.map((neighbour) => ({
  name: `flood: ${neighbour}`,
  neighbour,
}));

/** What the pace beside one neighbour came to on one placement. */
export interface Paced {
  readonly row: FloodRow;
  readonly placement: Placement;
  /** Microseconds of one call: the mean of a round, the time that half of them took at most, and 99 of a hundred. */
  readonly micros: Spread;
  readonly p50: number;
  readonly p99: number;
  /** The call's time to the floor's of the same round. */
  readonly ratio: Spread;
  /** How often in a second the host's limits stopped the neighbour, and why. */
  readonly stops: number;
  readonly reason: string;
}

const hostFile = fileURLToPath(new URL("plugin-host.js", import.meta.url));
/** A round of each neighbour that nobody looks at, in seconds: after it the host's code is compiled. */
const WARM_SECONDS = 0.2;
/** No round is shorter: beside some floods calls are far between. */
const LEAST_SECONDS = 0.2;

/** Measures rows on one placement; the floor is always among what is measured, if not among what is returned. */
export async function measureFloods(
  rows: readonly FloodRow[],
  placement: Placement,
  { rounds, slice }: Effort,
): Promise<Paced[]> {
  const [ours, theirs] = processors[placement];
  const child = spawn("taskset", ["-c", ours, process.execPath, hostFile, theirs], { spin: 0 });
  try {
    const host = child.channel.bootstrap(PluginHost);
    const names = [...new Set([FLOOR, ...rows.map(({ neighbour }) => neighbour)])];
    const runs = new Map<string, Beside[]>(names.map((name) => [name, []]));
    for (const name of names) await host.run(name, WARM_SECONDS);
    for (let round = 0; round < rounds; round++)
      for (const name of names) runs.get(name)!.push(await host.run(name, Math.max(slice, LEAST_SECONDS)));
    return rows.map((row) => sumUp(row, placement, runs.get(row.neighbour)!, runs.get(FLOOR)!));
  } finally {
    await child.close(5000);
  }
}

function sumUp(row: FloodRow, placement: Placement, runs: readonly Beside[], floor: readonly Beside[]): Paced {
  const micros = runs.map(microsOf);
  const seconds = runs.reduce((sum, { pace }) => sum + pace.seconds, 0);
  return {
    row,
    placement,
    micros: spread(micros),
    p50: median(runs.map(({ pace }) => pace.p50)),
    p99: median(runs.map(({ pace }) => pace.p99)),
    ratio: spread(micros.map((value, round) => value / microsOf(floor[round]!))),
    stops: runs.reduce((sum, { stops }) => sum + stops, 0) / seconds,
    reason: runs.find(({ stops }) => stops > 0)?.reason ?? "",
  };
}

function microsOf({ pace: { calls, seconds } }: Beside): number {
  return (seconds * 1e6) / calls;
}
