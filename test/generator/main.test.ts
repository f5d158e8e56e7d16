import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bundle } from "../../.ci/bundle.ts";

const test = suite<{ folder: string }>("postern on the command line");

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifest: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** The compiler as it is shipped: bundled, in a directory from which ts-morph is found. */
let built = "";

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `postern` as a process of its own in a folder. */
function postern(folder: string, args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const options = { cwd: folder, env: { ...process.env, ...env }, timeout: 30_000 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join(built, "main.js"), ...args], options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test.before(async () => {
  built = mkdtempSync(join(root, "node_modules/.postern-"));
  await bundle(built);
});

test.after(() => rmSync(built, { recursive: true, force: true }));

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "postern-main-"));
  const write = (name: string, text: string) => writeFileSync(join(context.folder, name), text);
  write("good.idl", "package acme.good @ 1.0;\ninterface Good { ping(); }\n");
  write("warned.idl", "package acme.warned @ 1.0;\ninterface Warned { echo(text: string) -> string; }\n");
  write("bad.idl", "package acme.bad @ 1.0;\ninterface Bad { ping(a: Nothing); }\nstruct S { b: Never; }\n");
});

test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

test("a clean file is checked in silence", async ({ folder }) => {
  assert.equal(await postern(folder, ["check", "good.idl"]), { code: 0, stdout: "", stderr: "" });
});

test("a warning is told and is no failure", async ({ folder }) => {
  const { code, stderr } = await postern(folder, ["check", "warned.idl"]);
  assert.is(code, 0);
  assert.match(stderr, /warned\.idl:2:\d+: warning: /);
});

test("every fault of every file is told on stderr, without colours where nobody looks", async ({ folder }) => {
  const { code, stdout, stderr } = await postern(folder, ["check", "bad.idl", "missing.idl"]);
  assert.is(code, 1);
  assert.is(stdout, "");
  for (const place of ["bad.idl:2:", "bad.idl:3:", "missing.idl:1:1"]) assert.ok(stderr.includes(place), stderr);
  assert.not.match(stderr, /\u001b\[|\n {4}at /);
});

test("json goes to stdout, whole and alone", async ({ folder }) => {
  const { code, stdout, stderr } = await postern(folder, ["check", "bad.idl", "--format", "json"]);
  assert.is(code, 1);
  assert.is(stderr, "");
  assert.is(JSON.parse(stdout).diagnostics.length, 2);
});

test("a directory, a pipe's name and bytes that are no text are faults, not crashes", async ({ folder }) => {
  mkdirSync(join(folder, "directory.idl"));
  writeFileSync(join(folder, "binary.idl"), new Uint8Array([0xff, 0xfe, 0x00, 0xd8]));
  const { code, stderr } = await postern(folder, ["check", "directory.idl", "binary.idl", "/dev/zero"]);
  assert.is(code, 1);
  assert.is([...stderr.matchAll(/cannot be read/g)].length, 3, stderr);
});

test("generate writes, says what it wrote and how imports end, and then finds nothing to do", async ({ folder }) => {
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  const first = await postern(folder, ["generate", "good.idl", "--out", "out"]);
  assert.equal([first.code, first.stdout], [0, ""]);
  assert.match(first.stderr, /^wrote out\/good\.ts\n.*\.js: "type": "module" in package\.json\.\n$/);
  assert.equal(readdirSync(join(folder, "out")).sort(), ["good.ts", "postern.manifest.json"]);
  const second = await postern(folder, ["generate", "good.idl", "--out", "out", "--import-extension", "none"]);
  assert.equal(second, { code: 0, stdout: "", stderr: "1 file up to date.\n" });
  assert.is((await postern(folder, ["generate", "good.idl", "--out", "out", "--quiet"])).stderr, "");
});

test("generate names the files that are only imported, until they are named too", async ({ folder }) => {
  writeFileSync(join(folder, "shapes.idl"), "package acme.shapes @ 1.0;\nstruct Rect {\n  width: u32;\n}\n");
  const page = 'package acme.page @ 1.0;\nimport { Rect } from "./shapes.idl";\ninterface Page { draw(area: Rect); }\n';
  writeFileSync(join(folder, "page.idl"), page);
  const { code, stderr } = await postern(folder, ["generate", "page.idl", "--out", "out"]);
  assert.is(code, 0);
  assert.match(stderr, /^wrote out\/page\.ts\nimported only, not generated: shapes\.idl; /);
  const both = await postern(folder, ["generate", "page.idl", "shapes.idl", "--out", "out"]);
  assert.not.match(both.stderr, /imported only/);
});

test("generate writes nothing at all when one of its files has a fault", async ({ folder }) => {
  const { code } = await postern(folder, ["generate", "good.idl", "bad.idl", "--out", "out"]);
  assert.is(code, 1);
  assert.not.ok(existsSync(join(folder, "out")));
});

test("generate --check fails where something is out of date and leaves it so", async ({ folder }) => {
  const args = ["generate", "good.idl", "--out", "out", "--check"];
  const missing = await postern(folder, args);
  assert.is(missing.code, 1);
  assert.match(missing.stderr, /out of date out\/good\.ts/);
  assert.not.ok(existsSync(join(folder, "out")));
  await postern(folder, ["generate", "good.idl", "--out", "out"]);
  assert.is((await postern(folder, args)).code, 0);
  writeFileSync(join(folder, "good.idl"), "package acme.good @ 1.0;\ninterface Good { pong(); }\n");
  const before = readFileSync(join(folder, "out/good.ts"), "utf8");
  assert.is((await postern(folder, [...args, "--quiet"])).code, 1);
  assert.is(readFileSync(join(folder, "out/good.ts"), "utf8"), before);
});

test("generate removes what it made before, and reports what it made before and someone edited", async ({ folder }) => {
  await postern(folder, ["generate", "good.idl", "warned.idl", "--out", "out"]);
  const removed = await postern(folder, ["generate", "good.idl", "--out", "out"]);
  assert.match(removed.stderr, /removed out\/warned\.ts/);
  await postern(folder, ["generate", "good.idl", "warned.idl", "--out", "out"]);
  writeFileSync(join(folder, "out/warned.ts"), "// mine now\n");
  const kept = await postern(folder, ["generate", "good.idl", "--out", "out", "--quiet"]);
  assert.is(kept.code, 1);
  assert.match(kept.stderr, /error: out\/warned\.ts/);
});

test("an output directory that cannot be is told in a line", async ({ folder }) => {
  for (const out of ["/proc/postern", "good.idl/out"]) {
    const { code, stderr } = await postern(folder, ["generate", "good.idl", "--out", out]);
    assert.is(code, 1);
    assert.match(stderr, /^error: [^\n]*\n$/);
  }
});

test("a wrong command line is answered by 2 and where to read on", async ({ folder }) => {
  const { code, stdout, stderr } = await postern(folder, ["generate", "good.idl", "--outt", "out"]);
  assert.equal([code, stdout], [2, ""]);
  assert.match(stderr, /Did you mean --out\?\nRun `postern help generate`/);
});

test("help and version go to stdout", async ({ folder }) => {
  const help = await postern(folder, ["generate", "--help"]);
  assert.equal([help.code, help.stderr], [0, ""]);
  assert.match(help.stdout, /--import-extension EXT/);
  const version = await postern(folder, ["--version"]);
  assert.equal(version, { code: 0, stdout: `postern ${manifest.version}\n`, stderr: "" });
});

test("what only checks does not load ts-morph", async ({ folder }) => {
  const { code, stderr } = await postern(folder, ["check", "good.idl"], { NODE_DEBUG: "esm,module" });
  assert.is(code, 0);
  assert.not.match(stderr, /ts-morph/);
  const generated = await postern(folder, ["generate", "good.idl", "--out", "out"], { NODE_DEBUG: "esm,module" });
  assert.match(generated.stderr, /ts-morph/);
});

test.run();
