/**
 * What an emitter is: it prints a checked model as the files of one language. The choice of target belongs to the
 * caller; the compiler's pipeline knows this contract and no target by name.
 */

import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";

/** A file to be written: its path in the output directory, with forward slashes, and its whole text. */
export interface EmittedFile {
  readonly path: string;
  readonly text: string;
  /** The path of the source that it was made from. */
  readonly source: string;
}

/** A language to emit. */
export interface Target {
  /** As a person would say it: `TypeScript`. */
  readonly name: string;
  /**
   * Prints every requested module of the model, one file each, in the model's order. The same model always gives the
   * same text. What cannot be printed is reported, and then nothing is returned.
   */
  emit(model: Model, diagnostics: Diagnostics): Promise<readonly EmittedFile[]>;
}

/** How generated TypeScript names the other files it imports. */
export interface TypeScriptOptions {
  /** The module specifier of the runtime's entry for generated code; `postern/codegen` unless given. */
  readonly runtime?: string;
  /** What import specifiers of sibling files end in; `.ts` unless given. */
  readonly importExtension?: ImportExtension;
}

export type ImportExtension = ".ts" | ".js" | "none";
