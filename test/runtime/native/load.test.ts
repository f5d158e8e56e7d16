import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("addon, loading");
const root = join(import.meta.dirname, "../../..");
/** node-gyp-build asks for this file to learn which C library is here. */
const libc = "--allow-fs-read=/etc/alpine-release";

/** Runs a script in a Node of its own, with the addon's door compiled as it is in the package. */
function run(flags: readonly string[], script: string, env: NodeJS.ProcessEnv = {}): string {
  const directory = mkdtempSync(join(root, "build", "load-"));
  try {
    // As deep in the package as the compiled file lies.
    const door = join(directory, "native", "addon.mjs");
    buildSync({
      entryPoints: [join(root, "runtime/native/addon.ts")],
      outfile: door,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
    });
    const child = spawnSync(
      process.execPath,
      [...flags, "--input-type=module", "-e", `const door = "${door}"; ${script}`],
      {
        encoding: "utf8",
        env: { ...process.env, ...env },
        cwd: root,
      },
    );
    return child.stdout + child.stderr;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const speak = `
  const { addon } = await import(door);
  const [a, b] = addon().socketpair(5);
  const slab = () => new Uint8Array(1 << 20);
  const here = addon().connection(a, true, slab(), 0), there = addon().connection(b, true, slab(), 0);
  there.start(() => { here.close(); there.close(); });
  console.log("sent " + here.send(new Uint8Array(5), 0, 5, 0));`;

test("nothing is loaded before it is asked for", () => {
  const loaded = `const { addon } = await import(door); const before = process.report.getReport().sharedObjects;
    addon(); const after = process.report.getReport().sharedObjects;
    console.log([before, after].map((list) => list.filter((name) => name.endsWith("postern.node")).length).join());`;
  assert.is(run([], loaded).trim(), "0,1");
});

test("it runs under the permission model with no more than its code to read", () => {
  const flags = ["--experimental-permission", "--allow-addons", `--allow-fs-read=${root}/*`, libc, "--no-warnings"];
  assert.match(run(flags, speak), /^sent 0$/m);
});

test("where addons are not allowed the error says what to do", () => {
  const flags = ["--experimental-permission", `--allow-fs-read=${root}/*`, "--no-warnings"];
  assert.match(run(flags, speak), /TransportError: postern's native addon cannot be loaded.*--allow-addons/s);
});

test("where it was not built the error says how to build it", () => {
  const nowhere = mkdtempSync(join(tmpdir(), "postern-load-"));
  assert.match(run([], speak, { POSTERN_PREBUILD: nowhere }), /cannot be loaded on .*npm rebuild postern/);
  rmSync(nowhere, { recursive: true });
});

test("its C compiles without a warning", () => {
  const include = join(dirname(dirname(process.execPath)), "include/node");
  const sources = spawnSync("sh", ["-c", "ls runtime/native/*.c"], { encoding: "utf8", cwd: root }).stdout.split("\n");
  const flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"];
  const definitions = ["-D_GNU_SOURCE", "-DNAPI_VERSION=8", `-I${include}`];
  const compiler = spawnSync("cc", [...flags, ...definitions, ...sources.filter((name) => name !== "")], {
    encoding: "utf8",
    cwd: root,
  });
  assert.is(compiler.stderr, "");
  assert.is(compiler.status, 0);
});

test.run();
