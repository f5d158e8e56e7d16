import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../generator/compile.ts";
import type { TypeScriptOptions } from "../../../generator/emit/target.ts";
import { typescript } from "../../../generator/emit/typescript.ts";
import { goldenCases, goldenPath } from "../../support/golden.ts";
import { typecheck } from "../../support/typecheck.ts";

const test = suite("emit: TypeScript");

/** Emits one file of IDL whose package line is given, and returns its text. */
async function emitted(idl: string, options: TypeScriptOptions = {}): Promise<string> {
  const readFile = (path: string) => (path === "a.idl" ? `package acme.a @ 1.0;\n${idl}` : undefined);
  const { files, diagnostics } = await compile(["a.idl"], { readFile, target: typescript(options) });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  assert.equal(
    errors.map(({ message }) => message),
    [],
  );
  return files[0]!.text;
}

/** Runs a body with a folder that Node resolves packages from as this project does. */
async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(import.meta.dirname, "../../../node_modules/.emitted-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function goldenOutputs(): string[] {
  return goldenCases("emit").flatMap((name) => {
    const folder = goldenPath("emit", name);
    return readdirSync(folder)
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join(folder, file));
  });
}

test("every golden output, and this repository's own, passes the strictest flags", async () => {
  const own = fileURLToPath(new URL("../../../generated/files.ts", import.meta.url));
  assert.equal(await typecheck([...goldenOutputs(), own]), []);
});

test("the type check that the golden outputs pass can fail", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "wrong.ts");
    writeFileSync(file, 'import { Unused } from "postern/codegen";\nexport const a: number = "text";\n');
    const found = await typecheck([file]);
    assert.ok(
      found.some((line) => line.includes("TS2322")),
      found.join("\n"),
    );
    assert.ok(
      found.some((line) => line.includes("TS2305")),
      found.join("\n"),
    );
  });
});

test("an implementation that lacks a method does not type-check until it has it", async () => {
  await withFolder(async (folder) => {
    const before = "interface Files { stat(path: string<8>) -> u32; }";
    const after = "interface Files { stat(path: string<8>) -> u32; chmod(path: string<8>, mode: u32); }";
    const user = join(folder, "user.ts");
    const use = (methods: string) =>
      `import type { FilesImpl } from "./a.ts";\nexport const files: FilesImpl = { ${methods} };\n`;
    const found = async (idl: string, methods: string) => {
      writeFileSync(join(folder, "a.ts"), await emitted(idl));
      writeFileSync(user, use(methods));
      return typecheck([user]);
    };
    assert.equal(await found(before, "stat: () => 1"), []);
    const missing = await found(after, "stat: () => 1");
    assert.is(missing.length, 1);
    assert.match(missing[0]!, /TS2741: Property 'chmod' is missing/);
    assert.equal(await found(after, "stat: () => 1, chmod() {}"), []);
  });
});

test("nothing that an author writes in a comment, a text or a name runs", async () => {
  await withFolder(async (folder) => {
    for (const name of ["hostile-comments", "hostile-names"]) {
      const outfile = join(folder, `${name}.mjs`);
      await build({
        entryPoints: [goldenPath("emit", name, "expected.ts")],
        outfile,
        bundle: true,
        format: "esm",
        platform: "node",
        logLevel: "silent",
        plugins: [{ name: "stub", setup: (at) => stubRuntime(at) }],
      });
      const module: Record<string, unknown> = await import(pathToFileURL(outfile).href);
      assert.not.ok("injected" in globalThis, name);
      if (name === "hostile-comments")
        assert.is(module["TEXT"], "*/ `${globalThis.injected = 'text'}` \u2028 \" // /* \\");
    }
  });
});

/** Stands in for the runtime: what the modules evaluate at once does nothing. */
function stubRuntime(at: import("esbuild").PluginBuild): void {
  at.onResolve({ filter: /^postern\/codegen$/ }, () => ({ path: "codegen", namespace: "stub" }));
  at.onLoad({ filter: /.*/, namespace: "stub" }, () => ({
    contents: `export class Stub {} export class EnumError {} export class SystemError {}
      const same = (...given) => given;
      export { same as defineInterface, same as defineCallback, same as defineRole, same as fdType, same as enumCodec, same as flagsCodec, same as enumErrorCodec,
        same as systemErrorCodec };`,
  }));
}

test("the banner's hash is that of the text, whatever its line endings", async () => {
  const read = (ending: string) => (path: string) =>
    path === "a.idl" ? `package acme.a @ 1.0;${ending}const A: u8 = 1;${ending}` : undefined;
  const texts = [];
  for (const ending of ["\n", "\r\n"]) {
    const { files } = await compile(["a.idl"], { readFile: read(ending), target: typescript() });
    texts.push(files[0]!.text);
  }
  assert.is(texts[0], texts[1]);
  assert.match(
    texts[0]!,
    /^\/\/ @generated by postern from a\.idl {2}source-sha256:[0-9a-f]{64} {2}ir:1 {2}DO NOT EDIT\n/,
  );
});

test("another text has another hash", async () => {
  const first = await emitted("const A: u8 = 1;");
  const second = await emitted("const A: u8 = 1; // the same code");
  assert.is.not(first.split("\n")[0], second.split("\n")[0]);
  assert.is(first.split("\n").slice(1).join("\n"), second.split("\n").slice(1).join("\n"));
});

test("a file's name cannot break out of the banner", async () => {
  const path = "a\nexport const injected = 1;.idl";
  const readFile = (asked: string) => (asked === path ? "package acme.a @ 1.0;\nconst A: u8 = 1;\n" : undefined);
  const { files } = await compile([path], { readFile, target: typescript() });
  assert.not.match(files[0]!.text, /^export const injected/m);
});

test("the runtime is imported from where the options say", async () => {
  const idl = "interface A {}";
  assert.match(await emitted(idl), /^import \* as \$ from "postern\/codegen";$/m);
  assert.match(await emitted(idl, { runtime: "../runtime/codegen.ts" }), /from "\.\.\/runtime\/codegen\.ts";$/m);
});

test("a module that needs nothing of the runtime at run time imports it as a type, or not at all", async () => {
  assert.not.match(await emitted("const A: u8 = 1;"), /import/);
  assert.match(await emitted("type Handle = fd<file, read>;"), /^import type \* as \$ from /m);
});

for (const [importExtension, specifier] of [
  [".ts", "./shapes.ts"],
  [".js", "./shapes.js"],
  ["none", "./shapes"],
] as const) {
  test(`imports of siblings with the extension ${importExtension} say ${specifier}`, async () => {
    const readFile = (path: string) => readFileSync(goldenPath("emit", "imports", path), "utf8");
    const target = typescript({ importExtension });
    const { files } = await compile(["input.idl"], { readFile, target });
    assert.equal(
      files.map(({ path }) => path),
      ["input.ts"],
      "what is only imported is not written",
    );
    assert.ok(files[0]!.text.includes(`from "${specifier}";`));
  });
}

test("two files that would become one are reported, though they differ in case", async () => {
  const readFile = (path: string) =>
    path.endsWith(".idl") ? `package acme.a @ 1.0;\nconst A_${path.length}: u8 = 1;\n` : "";
  const { files, diagnostics } = await compile(["one/files.idl", "other/Files.idl"], {
    readFile,
    target: typescript(),
  });
  assert.equal(files, []);
  assert.equal(
    diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code),
    ["output-name-clash"],
  );
});

test("the package's other wires are reported, not emitted as postern's", async () => {
  const readFile = () => "@wire(plash)\npackage acme.a @ 1.0;\ninterface A {}\n";
  const { files, diagnostics } = await compile(["a.idl"], { readFile, target: typescript() });
  assert.equal(files, []);
  assert.ok(diagnostics.some(({ code }) => code === "not-emitted-yet"));
});

test("a thousand methods in one structure are printed in seconds, not minutes", async () => {
  const methods = Array.from({ length: 1000 }, (_, index) => `sync m${index}(a: u32, b: string<8>) -> list<u32, 8>;`);
  const text = await emitted(`interface Big { ${methods.join("\n")} }`);
  assert.is([...text.matchAll(/^const Big\$m\d+:/gm)].length, 1000);
});

test.run();
