/** Builds `dist/`: the runtime and the generated stubs as tsc emits them, and the compiler bundled. */

import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});

// Of the compiler's rooms only the declarations stay; their code comes from the bundle.
for (const name of readdirSync(join(dist, "generator"), { recursive: true, encoding: "utf8" }))
  if (name.endsWith(".js")) rmSync(join(dist, "generator", name));

await bundle(join(dist, "generator"));
chmodSync(join(dist, "generator/main.js"), 0o755);
