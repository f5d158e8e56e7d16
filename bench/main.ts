/** Runs the benchmark: the calls on both placements, the compiler, the size of a client. See README.md. */

import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release } from "node:os";
import { type Effort, type Measured, measureCalls } from "./calls.ts";
import { measureClientSize } from "./client-size.ts";
import { compilerRows, measureCompiler } from "./compiler.ts";
import { countDeliveries } from "./deliveries.ts";
import { floodRows, measureFloods, type Paced } from "./floods.ts";
import { compileFloor } from "./floor.ts";
import type { Placement } from "./link.ts";
import { callsTable, clientSizeTable, compilerTable, deliveriesTable, floodTable } from "./report.ts";
import { routes, rows } from "./rows.ts";
import { help, parseWish, type Wish } from "./usage.ts";

const THOROUGH: Effort = { rounds: 7, slice: 0.3 };
const QUICK: Effort = { rounds: 3, slice: 0.06 };

const CLIENT_SIZE = "client size";

const wish = understood(process.argv.slice(2));
if (wish?.help) process.stdout.write(help);
else if (wish !== undefined) await run(wish);

function understood(words: readonly string[]): Wish | undefined {
  try {
    return parseWish(words);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${help}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function run({ quick, json, wants }: Wish): Promise<void> {
  const names = [...rows, ...floodRows, ...compilerRows].map(({ name }) => name).concat(CLIENT_SIZE);
  if (!names.some(wants)) {
    console.error(`No row is called so. There are:\n  ${names.join("\n  ")}`);
    process.exitCode = 2;
    return;
  }
  console.log(`${machine()}; load ${loadavg()[0]!.toFixed(1)} at the start\n`);
  const calls = await measureAllCalls(quick ? QUICK : THOROUGH, wants);
  const floods = await measureAllFloods(quick ? QUICK : THOROUGH, wants);
  const deliveries = await countDeliveries(routes.filter(({ name }) => wants(name)));
  if (deliveries.length > 0) console.log(`${deliveriesTable(deliveries)}\n`);
  const wantedCompiler = compilerRows.filter(({ name }) => wants(name));
  const compiler = wantedCompiler.length === 0 ? [] : measureCompiler(wantedCompiler, quick ? 1 : 5);
  if (compiler.length > 0) console.log(`${compilerTable(compiler)}\n`);
  const clientSize = wants(CLIENT_SIZE) ? await measureClientSize() : undefined;
  if (clientSize !== undefined) console.log(`${clientSizeTable(clientSize)}\n`);
  const all = { machine: machine(), calls, floods, deliveries, compiler, clientSize };
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(all, undefined, 2)}\n`);
}

async function measureAllCalls(effort: Effort, wants: Wish["wants"]): Promise<Measured[]> {
  const wanted = rows.filter(({ name }) => wants(name));
  if (wanted.length === 0) return [];
  compileFloor();
  const all: Measured[] = [];
  for (const placement of placements()) {
    const measured = await measureCalls(wanted, placement, effort);
    console.log(`${callsTable(measured)}\n`);
    all.push(...measured);
  }
  return all;
}

async function measureAllFloods(effort: Effort, wants: Wish["wants"]): Promise<Paced[]> {
  const wanted = floodRows.filter(({ name }) => wants(name));
  if (wanted.length === 0) return [];
  const all: Paced[] = [];
  for (const placement of placements()) {
    const paced = await measureFloods(wanted, placement, effort);
    console.log(`${floodTable(paced)}\n`);
    all.push(...paced);
  }
  return all;
}

function placements(): readonly Placement[] {
  return availableParallelism() > 1 ? ["1cpu", "2cpu"] : ["1cpu"];
}

function machine(): string {
  const { model } = cpus()[0] ?? { model: "unknown processor" };
  return `Linux ${release()}, ${availableParallelism()} x ${model}, Node ${process.version}`;
}
