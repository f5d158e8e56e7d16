/** What was measured, as tables. */

import type { Measured } from "./calls.ts";
import type { ClientSize } from "./client-size.ts";
import type { Compiled } from "./compiler.ts";
import type { Delivery } from "./deliveries.ts";
import type { Paced } from "./floods.ts";
import type { Unit } from "./rows.ts";
import type { Spread } from "./statistics.ts";
import { figure, table } from "./table.ts";

/** The table of one placement: times or rates, and how many times the floor's time a call takes. */
export function callsTable(measured: readonly Measured[]): string {
  return table(
    [measured[0]?.placement ?? "", "postern", "floor", "ratio", "from", "to", "CPU s/1M"],
    measured.map(({ row, micros, floor, ratio, cpu }) => [
      row.name,
      shown(micros.median, row.unit),
      shown(floor.median, row.unit),
      ratio.median.toFixed(2),
      ratio.least.toFixed(2),
      ratio.most.toFixed(2),
      figure(cpu.median),
    ]),
  );
}

function shown(micros: number, unit: Unit): string {
  switch (unit) {
    case "us":
      return `${figure(micros)} us`;
    case "/s":
      return `${figure(1e6 / micros)} /s`;
    case "MB/s":
      return `${figure((1 << 20) / micros)} MB/s`;
  }
}

/** The table of one placement: a plugin's pace beside each neighbour, and what became of that. */
export function floodTable(paced: readonly Paced[]): string {
  return table(
    [`${paced[0]?.placement ?? ""}, beside`, "calls/s", "p50 us", "p99 us", "ratio", "from", "to", "stops/s", "by"],
    paced.map(({ row, micros, p50, p99, ratio, stops, reason }) => [
      row.neighbour,
      figure(1e6 / micros.median),
      figure(p50),
      figure(p99),
      ratio.median.toFixed(2),
      ratio.least.toFixed(2),
      ratio.most.toFixed(2),
      stops === 0 ? "" : figure(stops),
      reason,
    ]),
  );
}

/** The table of the compiler. */
export function compilerTable(compiled: readonly Compiled[]): string {
  return table(
    ["compiler", "seconds", "from", "to", "for nothing", "peak MB"],
    compiled.map(({ row, seconds, nothing, peak }) => [
      row.name,
      ...ends(seconds),
      nothing.median.toFixed(2),
      peak === undefined ? "" : figure(peak.median),
    ]),
  );
}

function ends({ median, least, most }: Spread): string[] {
  return [median.toFixed(2), least.toFixed(2), most.toFixed(2)];
}

/** The table of a client's code. */
export function clientSizeTable({ bytes, gzipped, sources }: ClientSize): string {
  const largest = sources.slice(0, 8).map(([path, size]) => [`  ${path}`, figure(size)]);
  return table(
    ["client of three methods", "bytes"],
    [["minified", figure(bytes)], ["minified, gzipped", figure(gzipped)], ...largest],
  );
}

/** The system calls that have a column of their own. */
const columns = ["sendmsg", "recvmsg", "epoll_pwait"];

/** The table of what a delivery takes. */
export function deliveriesTable(deliveries: readonly Delivery[]): string {
  return table(
    ["a delivery", "messages", "system calls", ...columns, "others"],
    deliveries.map(({ row, messages, systemCalls }) => [row.name, messages.toFixed(2), ...inColumns(systemCalls)]),
  );
}

function inColumns(counted: Delivery["systemCalls"]): string[] {
  if (counted === undefined) return ["no strace", ...columns.map(() => ""), ""];
  const all = Object.values(counted).reduce((sum, count) => sum + count, 0);
  const named = columns.map((name) => counted[name] ?? 0);
  const others = named.reduce((left, count) => left - count, all);
  return [all, ...named, others].map((count) => count.toFixed(2));
}
