/**
 * Measures the compiler, cold: `postern check` and `postern generate` on a large program's files, and what tsc needs to
 * check what came out. Beside each runs what the same tool needs for nothing at all.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bigIdl, longIdl } from "./big-idl.ts";
import { type Spread, spread } from "./statistics.ts";

/** The IDL that rows are measured on, files by name. */
const programs = {
  "1,000 methods": () => bigIdl(50),
  "10,000 methods": () => bigIdl(500),
  "20,000 lines": () => longIdl(20_000),
} as const satisfies Record<string, () => ReadonlyMap<string, string>>;

type Program = keyof typeof programs;

/** One row of the compiler's table. */
export interface CompilerRow {
  readonly name: string;
  readonly tool: "check" | "generate" | "tsc";
  readonly program: Program;
}

export const compilerRows: readonly CompilerRow[] = [
  { name: "generate 1,000 methods", tool: "generate", program: "1,000 methods" },
  { name: "tsc on 1,000 methods", tool: "tsc", program: "1,000 methods" },
  { name: "check 10,000 methods", tool: "check", program: "10,000 methods" },
  { name: "generate 10,000 methods", tool: "generate", program: "10,000 methods" },
  { name: "tsc on 10,000 methods", tool: "tsc", program: "10,000 methods" },
  { name: "check one file of 20,000 lines", tool: "check", program: "20,000 lines" },
  { name: "generate one file of 20,000 lines", tool: "generate", program: "20,000 lines" },
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
    for (const program of new Set(rows.map((row) => row.program))) layProject(join(directory, program), program);
    const series: Series[] = rows.map((row) => ({ row, runs: [], idle: [] }));
    for (let round = 0; round < rounds; round++)
      for (const { row, runs, idle } of series) {
        idle.push(row.tool === "tsc" ? tsc(nothing) : node([join(nothing, "nothing.js")]));
        runs.push(tools[row.tool](join(directory, row.program)));
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
function layProject(project: string, program: Program): void {
  mkdirSync(join(project, "idl"), { recursive: true });
  for (const [name, text] of programs[program]()) writeFileSync(join(project, "idl", name), text);
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
  const options = ["--out", out, "--runtime", runtime, "--import-extension", ".ts", "--quiet"];
  return node([compiler, "generate", ...sources(project), ...options]);
}

function check(project: string): Run {
  return node([compiler, "check", ...sources(project)]);
}

function sources(project: string): string[] {
  return readdirSync(join(project, "idl")).map((name) => join(project, "idl", name));
}

function tsc(project: string): Run {
  return node([join(root, "node_modules/typescript/bin/tsc"), "-p", project]);
}

/** Runs each tool on a large program. */
const tools: Readonly<Record<CompilerRow["tool"], (project: string) => Run>> = { check, generate, tsc };

function node(words: readonly string[]): Run {
  const start = performance.now();
  const { status, output } = spawnSync(process.execPath, ["--import", peakMemory, ...words], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${words.slice(0, 2).join(" ")} failed.`);
  return { seconds, peak: Number(output[3]) / 1000 };
}
