/**
 * The pipeline on one screen: files are loaded, resolved into the model, held to the rules and emitted. It touches no
 * file system: what reads a file and what emits are passed in.
 */

import { rules } from "./check/rules.ts";
import { type Diagnostic, Diagnostics } from "./diagnostics.ts";
import type { EmittedFile, Target } from "./emit/target.ts";
import { load, type ReadFile } from "./model/load.ts";
import type { Model } from "./model/model.ts";
import { resolve } from "./model/resolve.ts";

/** What a run needs from outside. */
export interface CheckOptions {
  readonly readFile: ReadFile;
}

/** What a run found. With an error among the diagnostics, the model lacks what was faulty. */
export interface Checked {
  readonly model: Model;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a run that generates needs from outside. */
export interface CompileOptions extends CheckOptions {
  /** The language to emit. */
  readonly target: Target;
}

/** What a run generated: nothing when there was an error. */
export interface Compiled extends Checked {
  readonly files: readonly EmittedFile[];
}

/** Checks files and what they import. */
export function check(entries: readonly string[], { readFile }: CheckOptions): Checked {
  const diagnostics = new Diagnostics();
  const model = understand(entries, readFile, diagnostics);
  return { model, diagnostics: diagnostics.all };
}

/** Checks files and what they import and, when nothing is wrong with them, generates code for the files. */
export async function compile(entries: readonly string[], { readFile, target }: CompileOptions): Promise<Compiled> {
  const diagnostics = new Diagnostics();
  const model = understand(entries, readFile, diagnostics);
  const files = diagnostics.hasErrors ? [] : await target.emit(model, diagnostics);
  return { model, files, diagnostics: diagnostics.all };
}

function understand(entries: readonly string[], readFile: ReadFile, diagnostics: Diagnostics): Model {
  const files = load(entries, readFile, diagnostics);
  const model = resolve(files, diagnostics);
  for (const rule of rules) rule(model, diagnostics);
  return model;
}
