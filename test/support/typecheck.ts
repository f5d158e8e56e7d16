/** Runs the TypeScript compiler over sources that a test made, under the flags that generated code promises to pass. */

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tsc = join(root, "node_modules/typescript/bin/tsc");

/** The package's entries, and the sources that they are made of. */
const entries: Readonly<Record<string, string>> = {
  postern: join(root, "runtime/index.ts"),
  "postern/codegen": join(root, "runtime/codegen.ts"),
  "postern/npapi": join(root, "runtime/npapi/index.ts"),
  "postern/testing": join(root, "runtime/testing/index.ts"),
  "postern/generated/*": join(root, "generated/*.ts"),
};

const strictest = {
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  paths: Object.fromEntries(Object.entries(entries).map(([entry, source]) => [entry, [source]])),
  noEmit: true,
  allowImportingTsExtensions: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  declaration: true,
  isolatedDeclarations: true,
};

/**
 * Type-checks files and returns what the compiler says about them, a line each and nothing when all is well. What it
 * says about the runtime that they import is left out: the runtime is checked elsewhere, under its own flags.
 */
export async function typecheck(files: readonly string[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(root, "node_modules/.typecheck-"));
  try {
    const config = join(folder, "tsconfig.json");
    writeFileSync(config, JSON.stringify({ compilerOptions: strictest, files }));
    const output = await run(config);
    // What follows a line, indented, is the rest of what it says.
    return output.split(/\n(?! )/).filter((said) => said !== "" && !/^\S*\bruntime\//.test(said));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(config: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [tsc, "-p", config, "--pretty", "false"], { cwd: root }, (error, stdout) => {
      // The compiler exits with 1 or 2 when it has something to say; anything else is a failure of its own.
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve(stdout);
    });
  });
}
