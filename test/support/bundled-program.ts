/** A program of the tests as one file of plain JavaScript: starting it costs no more than starting Node does. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A bundled program; disposing of it removes the file. */
export interface BundledProgram extends Disposable {
  readonly path: string;
}

/** Bundles a program with all that it imports. Rejects with what is wrong with it. */
export async function bundledProgram(source: URL): Promise<BundledProgram> {
  const folder = mkdtempSync(join(root, "node_modules/.program-"));
  // Three folders below the root, where the addon's loader finds the package as it does from `dist/runtime/native`.
  const path = join(folder, "bundled", "program.mjs");
  mkdirSync(join(folder, "bundled"));
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile: path,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "silent",
  });
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
