/**
 * Measures the compiler, cold: `postern generate` on a large program's files, and what tsc needs to check what came
 * out. Beside each runs what the same tool needs for nothing at all.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bigIdl } from "./big-idl.ts";
import { type Spread, spread } from "./statistics.ts";

/** One row of the compiler's table. */
export interface CompilerRow {
  readonly name: string;
  readonly tool: "generate" | "tsc";
  readonly services: number;
}

export const compilerRows: readonly CompilerRow[] = [
  { name: "generate 1,000 methods", tool: "generate", services: 50 },
  { name: "tsc on 1,000 methods", tool: "tsc", services: 50 },
  { name: "generate 10,000 methods", tool: "generate", services: 500 },
  { name: "tsc on 10,000 methods", tool: "tsc", services: 500 },
];

/** What a row came to. */
export interface Compiled {
  readonly row: CompilerRow;
  readonly seconds: Spread;
  /** What the tool needs for nothing. */
  readonly nothing: Spread;
  /** Most memory used, in MB; not known for tsc, which is not a Node program. */
  readonly peak: Spread | undefined;
}

// Compiled, this file lies in `dist/bench`.
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const compiler = at("../generator/main.js");
const runtime = at("../runtime/codegen.js");
const root = at("../../");
const peakMemory = at("peak-memory.js");

/** Measures rows, each so many times, in turn. */
export function measureCompiler(rows: readonly CompilerRow[], rounds: number): Compiled[] {
  const directory = mkdtempSync(join(tmpdir(), "postern-bench-"));
  try {
    writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));
    const nothing = layNothing(directory);
    for (const services of new Set(rows.map((row) => row.services)))
      layProject(join(directory, String(services)), services);
    const series: Series[] = rows.map((row) => ({ row, runs: [], idle: [] }));
    for (let round = 0; round < rounds; round++)
      for (const { row, runs, idle } of series) {
        idle.push(row.tool === "tsc" ? tsc(nothing) : node([join(nothing, "nothing.js")]));
        const project = join(directory, String(row.services));
        runs.push(row.tool === "tsc" ? tsc(project) : generate(project));
      }
    return series.map(sumUp);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A row being measured: its runs, and those of the same tool on nothing. */
interface Series {
  readonly row: CompilerRow;
  readonly runs: Run[];
  readonly idle: Run[];
}

function sumUp({ row, runs, idle }: Series): Compiled {
  return {
    row,
    seconds: spread(runs.map(({ seconds }) => seconds)),
    nothing: spread(idle.map(({ seconds }) => seconds)),
    peak: row.tool === "tsc" ? undefined : spread(runs.map(({ peak }) => peak)),
  };
}

/** How one process ran. */
interface Run {
  readonly seconds: number;
  /** In MB; 0 where it is not known. */
  readonly peak: number;
}

/** Fills a large program's directory: `idl`, what is generated from it in `generated`, and how to check that. */
function layProject(project: string, services: number): void {
  mkdirSync(join(project, "idl"), { recursive: true });
  for (const [name, text] of bigIdl(services)) writeFileSync(join(project, "idl", name), text);
  writeConfiguration(project, "generated");
  generate(project);
}

function layNothing(directory: string): string {
  const project = join(directory, "nothing");
  mkdirSync(project);
  for (const name of ["nothing.ts", "nothing.js"]) writeFileSync(join(project, name), "");
  writeConfiguration(project, "nothing.ts");
  return project;
}

function writeConfiguration(project: string, included: string): void {
  const extended = join(root, "tsconfig.json");
  const compilerOptions = { rootDir: "/", types: ["node"], typeRoots: [join(root, "node_modules/@types")] };
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ extends: extended, compilerOptions, include: [included] }),
  );
}

/** Generates anew: what an earlier run wrote would not be written again. */
function generate(project: string): Run {
  const out = join(project, "generated");
  rmSync(out, { recursive: true, force: true });
  const sources = readdirSync(join(project, "idl")).map((name) => join(project, "idl", name));
  const options = ["--out", out, "--runtime", runtime, "--import-extension", ".ts", "--quiet"];
  return node([compiler, "generate", ...sources, ...options]);
}

function tsc(project: string): Run {
  return node([join(root, "node_modules/typescript/bin/tsc"), "-p", project]);
}

function node(words: readonly string[]): Run {
  const start = performance.now();
  const { status, output } = spawnSync(process.execPath, ["--import", peakMemory, ...words], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${words.slice(0, 2).join(" ")} failed.`);
  return { seconds, peak: Number(output[3]) / 1000 };
}
