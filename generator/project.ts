/**
 * What the project around an output directory says about import specifiers, so that generated files import each other
 * the way the rest of the project does.
 */

import { dirname, join } from "node:path";
import type { ImportExtension } from "./emit/target.ts";

/** Reads a file whole; returns nothing when there is none, or when it cannot be read. */
type ReadFile = (path: string) => string | undefined;

/** A choice and what it was made by, for a person to check. */
export interface ChosenExtension {
  readonly extension: ImportExtension;
  readonly because: string;
}

/** A tsconfig may extend others; this many are followed. */
const LONGEST_CHAIN = 8;

/**
 * Chooses what import specifiers end in, from the nearest `tsconfig.json` and `package.json` at or above an absolute
 * directory. Files that cannot be understood count as missing.
 */
export function chooseExtension(directory: string, readFile: ReadFile): ChosenExtension {
  const options = compilerOptions(nearest(directory, "tsconfig.json", readFile), readFile);
  for (const name of ["allowImportingTsExtensions", "rewriteRelativeImportExtensions"])
    if (options.get(name) === true) return { extension: ".ts", because: `${name} in tsconfig.json` };
  if (word(options.get("moduleResolution")) === "bundler" || word(options.get("module")) === "preserve")
    return { extension: "none", because: "bundler resolution in tsconfig.json" };
  if (/^node/.test(word(options.get("module"))))
    return { extension: ".js", because: `module ${word(options.get("module"))} in tsconfig.json` };
  const manifest = nearest(directory, "package.json", readFile);
  const type = manifest === undefined ? undefined : parseObject(readFile(manifest))?.["type"];
  if (type === "module") return { extension: ".js", because: '"type": "module" in package.json' };
  return { extension: ".js", because: "nothing in tsconfig.json or package.json says otherwise" };
}

function nearest(directory: string, name: string, readFile: ReadFile): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const path = join(at, name);
    if (readFile(path) !== undefined) return path;
    if (at === dirname(at)) return undefined;
  }
}

/** Gathers compiler options along `extends`, the nearest file's word last. Packages are not looked into. */
function compilerOptions(path: string | undefined, readFile: ReadFile): Map<string, unknown> {
  const options = new Map<string, unknown>();
  for (let depth = 0; path !== undefined && depth < LONGEST_CHAIN; depth++) {
    const config = parseObject(readFile(path));
    for (const [name, value] of Object.entries(objectOf(config?.["compilerOptions"])))
      if (!options.has(name)) options.set(name, value);
    path = extended(path, config?.["extends"]);
  }
  return options;
}

function extended(path: string, value: unknown): string | undefined {
  const base: unknown = Array.isArray(value) ? value.at(-1) : value;
  if (typeof base !== "string" || !/^\.\.?\//.test(base)) return undefined;
  return join(dirname(path), base.endsWith(".json") ? base : `${base}.json`);
}

function word(value: unknown): string {
  return typeof value === "string" ? value.toLowerCase() : "";
}

/** Parses JSON as TypeScript reads it, with comments and commas at the end; nothing when it is not an object. */
function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  const string = /"(?:[^"\\]|\\.)*"/.source;
  const plain = text
    .replace(new RegExp(`(${string})|//[^\\n]*|/\\*[^]*?\\*/`, "g"), "$1")
    .replace(new RegExp(`(${string})|,(?=\\s*[}\\]])`, "g"), "$1");
  try {
    return objectOf(JSON.parse(plain));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
