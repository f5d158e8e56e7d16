/**
 * Bundles the compiler. The bundle is for speed: Chevrotain takes 290 ms to import from node_modules and 12 ms in one
 * file. ts-morph stays outside, since its 12 MB would gain nothing, and is loaded only by what emits TypeScript.
 */

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Writes `main.js` and `index.js` of the compiler, and what they share, to a directory. */
export async function bundle(outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ["generator/main.ts", "generator/index.ts"],
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["ts-morph"],
    // Handlebars' entry for Node reads template files through `require`, which a module does not have.
    alias: { handlebars: "handlebars/dist/cjs/handlebars.js" },
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "linked",
    logLevel: "warning",
  });
}
