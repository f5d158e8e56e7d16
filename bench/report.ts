/** What was measured, as tables. */

import type { Measured } from "./calls.ts";
import type { ClientSize } from "./client-size.ts";
import type { Compiled } from "./compiler.ts";
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
