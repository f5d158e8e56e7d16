/** Generated code at work: a text of IDL as the module that it becomes, on the runtime that the tests use. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compile } from "../../generator/compile.ts";
import { typescript } from "../../generator/emit/typescript.ts";
import type { Codec } from "../../runtime/marshal/codec.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A codec of generated code whose types the test does not know. */
// biome-ignore lint/suspicious/noExplicitAny: the module is made while the test runs; its types are checked elsewhere.
export type AnyCodec = Codec<any>;

/** What a module of generated code exports, by name. Those that end in `$` are codecs. */
export interface Generated {
  readonly [name: `${string}$`]: AnyCodec;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly [name: string]: any;
}

/** Generates a text of IDL, whose package line is given, and loads what it becomes. */
export async function generated(idl: string, version = "1.0"): Promise<Generated> {
  const readFile = (path: string) => (path === "a.idl" ? `package t @ ${version};\n${idl}` : undefined);
  const target = typescript({ runtime: join(root, "runtime/codegen.ts") });
  const { files, diagnostics } = await compile(["a.idl"], { readFile, target });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  const folder = mkdtempSync(join(root, "node_modules/.generated-"));
  try {
    // In a folder of packages only this extension says that a file is a module.
    const path = join(folder, "a.mts");
    writeFileSync(path, files[0]!.text);
    return await import(pathToFileURL(path).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
