/** Measures how much code a program must load to call a service of three methods: the runtime's share and its own. */

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bytes of one minified file. */
export interface ClientSize {
  readonly bytes: number;
  readonly gzipped: number;
  /** Bytes that come from each source, largest first. */
  readonly sources: readonly (readonly [path: string, bytes: number])[];
}

// Compiled, this file lies in `dist/bench`.
const bench = fileURLToPath(new URL("../../bench", import.meta.url));

const program = `
  import { connectToParent } from "../runtime/index.ts";
  import { Store } from "./generated/three.ts";
  const store = connectToParent().bootstrap(Store);
  await store.put("key", await store.get("other"));
  await store.list("");
`;

/** Bundles and minifies the client with esbuild; node-gyp-build, which finds the addon, is not in it. */
export async function measureClientSize(): Promise<ClientSize> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: bench, loader: "ts", sourcefile: "client.ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const { contents } = outputFiles[0]!;
  const [output] = Object.values(metafile.outputs);
  const sources = Object.entries(output!.inputs)
    .map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const)
    .sort(([, a], [, b]) => b - a);
  return { bytes: contents.length, gzipped: gzipSync(contents).length, sources };
}
