/**
 * Measures the rows of calls. In each round every row's floor and then the row itself run, one right after the other,
 * so that what else happens on the machine happens to both; a round's ratio is between those two.
 */

import { runFloor } from "./floor.ts";
import { Link, type LinkOptions, type Placement } from "./link.ts";
import type { Row } from "./rows.ts";
import { type Spread, spread } from "./statistics.ts";

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** Seconds that one measurement of one round lasts. */
  readonly slice: number;
}

/** What one row came to on one placement. */
export interface Measured {
  readonly row: Row;
  readonly placement: Placement;
  /** Microseconds of one call. */
  readonly micros: Spread;
  readonly floor: Spread;
  /** The call's time to the floor's of the same round. */
  readonly ratio: Spread;
  /** Seconds of processor time, of both ends, that a million calls take. */
  readonly cpu: Spread;
}

/** A run this long, after shorter ones, has seen the code compiled. */
const WARM_SECONDS = 0.1;

/** Measures rows on one placement. */
export async function measureCalls(rows: readonly Row[], placement: Placement, effort: Effort): Promise<Measured[]> {
  const links = new Map<LinkOptions, Link>();
  try {
    for (const { link } of rows) if (!links.has(link)) links.set(link, new Link(placement, link));
    const series: Series[] = [];
    for (const row of rows) series.push(await prepare(row, links.get(row.link)!, placement, effort.slice, series));
    for (let round = 0; round < effort.rounds; round++) await runRound(series, placement);
    return series.map((each) => sumUp(each, placement));
  } finally {
    for (const link of links.values()) await link.close();
  }
}

/** A row being measured, a figure a round. */
interface Series {
  readonly row: Row;
  readonly link: Link;
  /** How many calls, and how many of the floor's, fill a slice. */
  readonly calls: number;
  readonly floorTimes: number;
  readonly micros: number[];
  readonly floor: number[];
  readonly cpu: number[];
}

async function prepare(
  row: Row,
  link: Link,
  placement: Placement,
  slice: number,
  before: readonly Series[],
): Promise<Series> {
  const sameFloor = before.find((other) => other.row.floor === row.floor);
  const floorTimes =
    sameFloor?.floorTimes ??
    (await calibrate(slice, slice / 4, async (times) => ((await runFloor(row.floor, placement, times)) * times) / 1e6));
  const calls = await calibrate(slice, WARM_SECONDS, async (count) => (await link.run(row.trial, count)).seconds);
  return { row, link, calls, floorTimes, micros: [], floor: [], cpu: [] };
}

/** Finds how many fill a slice, by ever longer runs until one takes `enough` seconds. `run` returns seconds. */
async function calibrate(slice: number, enough: number, run: (count: number) => Promise<number>): Promise<number> {
  for (let count = 40; ; count *= 4) {
    const seconds = await run(count);
    if (seconds > enough) return Math.max(10, Math.round((count * slice) / seconds));
  }
}

async function runRound(series: readonly Series[], placement: Placement): Promise<void> {
  let previous: { readonly mode: Row["floor"]; readonly micros: number } | undefined;
  for (const { row, link, calls, floorTimes, micros, floor, cpu } of series) {
    if (previous?.mode !== row.floor)
      previous = { mode: row.floor, micros: await runFloor(row.floor, placement, floorTimes) };
    floor.push(previous.micros);
    const timing = await link.run(row.trial, calls);
    micros.push(timing.micros);
    cpu.push((timing.cpu / calls) * 1e6);
  }
}

function sumUp({ row, micros, floor, cpu }: Series, placement: Placement): Measured {
  return {
    row,
    placement,
    micros: spread(micros),
    floor: spread(floor),
    ratio: spread(micros.map((value, round) => value / floor[round]!)),
    cpu: spread(cpu),
  };
}
