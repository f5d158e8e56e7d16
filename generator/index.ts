/** The compiler as a library: what `postern/compiler` exports. Loading it loads no emitter. */

export {
  type Checked,
  type CheckOptions,
  type Compiled,
  type CompileOptions,
  check,
  compile,
} from "./compile.ts";
export { type Code, type Diagnostic, Diagnostics, type Note, type Severity, table } from "./diagnostics.ts";
export type { EmittedFile, ImportExtension, Target, TypeScriptOptions } from "./emit/target.ts";
export { typescript } from "./emit/typescript.ts";
export type { ReadFile } from "./model/load.ts";
export type * from "./model/model.ts";
export { underlying } from "./model/model.ts";
export { type Position, position, type Source, type Span } from "./source.ts";
