/**
 * Generated files to disk. A manifest in the output directory says what the last run wrote there, so that what a run no
 * longer makes can be removed; a file that we did not write, or that someone has edited since, is never touched.
 */

import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** The manifest's name in the output directory. */
export const manifestName = "postern.manifest.json";

/** A file to write: its path in the output directory, with forward slashes, and its text. */
export interface OutputFile {
  readonly path: string;
  readonly text: string;
}

export interface WriteOptions {
  /** Write nothing and remove nothing; only say what would be. */
  readonly check?: boolean;
  /** Whether a file that the manifest does not know is one of ours all the same, and so may be overwritten. */
  readonly isOurs?: (text: string) => boolean;
}

/** What was done, or with `check` what would be; paths are in the output directory, each list in order. */
export interface WriteResult {
  /** Files that were new or differed. */
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  /** Files of an earlier run that this one does not make. */
  readonly removed: readonly string[];
  /** Files of an earlier run that this one does not make and that were edited since: left, for a person to remove. */
  readonly edited: readonly string[];
  /** Files in the place of ours that we did not write: left as they are, and ours not written. */
  readonly foreign: readonly string[];
}

/** The manifest: the SHA-256 of each file as it was written, by path. */
type Manifest = ReadonlyMap<string, string>;

/**
 * Brings an output directory to what one run made: writes what differs, each file at once or not at all, and removes
 * what an earlier run left. Files that are as they should be keep their times. Throws a `RangeError` for a path that
 * leads out of the directory, before anything is written, and the system's error when a file cannot be written.
 */
export function write(outDir: string, files: readonly OutputFile[], options: WriteOptions = {}): WriteResult {
  for (const { path } of files) if (!staysInside(path)) throw new RangeError(`${path} leads out of ${outDir}.`);
  const { check = false, isOurs = () => false } = options;
  const before = readManifest(outDir);
  const after = new Map<string, string>();
  const result = { written: [], unchanged: [], removed: [], edited: [], foreign: [] } as Mutable;
  for (const file of sorted(files)) {
    const state = stateOf(file, readText(join(outDir, file.path)), before, isOurs);
    result[state].push(file.path);
    if (state !== "foreign") after.set(file.path, sha256(file.text));
    if (state === "written" && !check) replaceFile(join(outDir, file.path), file.text);
  }
  for (const [path, hash] of before) {
    if (after.has(path) || result.foreign.includes(path)) continue;
    const text = readText(join(outDir, path));
    if (text === undefined) continue;
    const stale = sha256(text) === hash;
    result[stale ? "removed" : "edited"].push(path);
    if (!stale) after.set(path, hash);
    else if (!check) rmSync(join(outDir, path));
  }
  if (!check) writeManifest(outDir, after);
  return result;
}

/** Whether a run with `check` found everything as it should be. */
export function isCurrent(result: WriteResult): boolean {
  return result.written.length + result.removed.length + result.edited.length + result.foreign.length === 0;
}

type Mutable = { [State in keyof WriteResult]: string[] };

function stateOf(
  file: OutputFile,
  present: string | undefined,
  before: Manifest,
  isOurs: (text: string) => boolean,
): "written" | "unchanged" | "foreign" {
  if (present === undefined) return "written";
  if (present === file.text) return "unchanged";
  return before.has(file.path) || isOurs(present) ? "written" : "foreign";
}

/** Whether a path names a file below the directory it is relative to. The manifest's paths are asked too. */
function staysInside(path: string): boolean {
  if (path === "" || path.includes("\0") || path.includes("\\") || posix.isAbsolute(path)) return false;
  return posix.normalize(path) === path && !/^\.\.?(\/|$)/.test(path) && path !== manifestName;
}

/** Reads the manifest; one that is missing or makes no sense says that nothing here is ours. */
function readManifest(outDir: string): Manifest {
  const text = readText(join(outDir, manifestName));
  if (text === undefined) return new Map();
  try {
    const { files }: { files?: unknown } = JSON.parse(text);
    if (typeof files !== "object" || files === null) return new Map();
    const entries = Object.entries(files).filter(([path, hash]) => staysInside(path) && typeof hash === "string");
    return new Map(entries);
  } catch {
    return new Map();
  }
}

function writeManifest(outDir: string, manifest: Manifest): void {
  const files = Object.fromEntries([...manifest].sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = `${JSON.stringify({ comment: "Files written by postern, by SHA-256.", files }, undefined, 2)}\n`;
  const path = join(outDir, manifestName);
  if (readText(path) !== text) replaceFile(path, text);
}

/** Writes beside the file and renames, so that nobody ever reads half of it. */
function replaceFile(path: string, text: string): void {
  makeDirectory(dirname(path));
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Makes a directory and those above it. Node's own way never returns where the system refuses with ENOENT, as in /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeDirectory(dirname(path));
  mkdirSync(path);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function sorted(files: readonly OutputFile[]): OutputFile[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
