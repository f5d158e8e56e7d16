/**
 * Makes again everything in the repository that is generated: the types of the syntax tree, the emitter's templates as
 * a module, the page of diagnostics and the stubs of `idl/`. With `--check` it writes nothing and fails where one of
 * them is not as it would be made.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { diagnosticsPage } from "../generator/diagnostics-page.ts";
import { cstDeclarations } from "../generator/syntax/generate-cst.ts";
import { embeddedTemplates } from "./templates.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const check = process.argv.includes("--check");

/** Writes a file if it differs. */
function make(path: string, text: string): void {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  if (check) process.exitCode = 1;
  else writeFileSync(file, text);
  console.log(`${check ? "out of date" : "wrote"} ${path}`);
}

make("generator/syntax/cst.d.ts", cstDeclarations());
make("generator/emit/templates.ts", embeddedTemplates());
make("docs/diagnostics.md", diagnosticsPage());

/** The IDL files of a folder, and where their stubs go. */
const stubs = [
  { from: "idl", out: "generated", runtime: "../runtime/codegen.ts" },
  { from: "bench", out: "bench/generated", runtime: "../../runtime/codegen.ts" },
  { from: "examples/sandbox", out: "examples/sandbox/generated", runtime: "../../../runtime/codegen.ts" },
  { from: "test/support/idl", out: "test/support/generated", runtime: "../../../runtime/codegen.ts" },
];

// In processes of their own, which load the templates that were just written.
for (const { from, out, runtime } of stubs) {
  const sources = readdirSync(join(root, from)).filter((name) => name.endsWith(".idl"));
  const options = ["--out", out, "--runtime", runtime, "--import-extension", ".ts", "--quiet"];
  if (check) options.push("--check");
  const { status } = spawnSync(
    process.execPath,
    ["--import", "tsx", "generator/main.ts", "generate", ...sources.map((name) => `${from}/${name}`), ...options],
    { cwd: root, stdio: "inherit" },
  );
  if (status !== 0) process.exitCode = 1;
}
