/**
 * A project that has the package installed, made of the examples of a page: its files, what is generated for them, and
 * its programs. They are checked against the sources of the package and run with what was built of them.
 */

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { compile } from "../../generator/compile.ts";
import { typescript } from "../../generator/emit/typescript.ts";
import { typecheck } from "./typecheck.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** No example takes so long; one that does is ended, and fails. */
const PATIENCE_MS = 20_000;

/** See the file's comment. Disposing of it removes its files. */
export class Project implements Disposable {
  readonly #folder: string = mkdtempSync(join(root, "node_modules/.project-"));
  readonly #sources: string[] = [];

  constructor() {
    this.write("package.json", '{ "type": "module" }');
    mkdirSync(join(this.#folder, "node_modules"));
    symlinkSync(root, join(this.#folder, "node_modules/postern"));
  }

  /** Where its programs are, and run. */
  get home(): string {
    return join(this.#folder, "home");
  }

  /** Writes a file, by its path in the project. */
  write(name: string, text: string): void {
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (name.endsWith(".ts")) this.#sources.push(path);
  }

  /** Writes what is generated for an interface into `generated/`. Rejects with what is wrong with it. */
  async generate(name: string, idl: string): Promise<void> {
    const target = typescript({ importExtension: ".ts" });
    const { files, diagnostics } = await compile([name], { readFile: (path) => readIdl(path, name, idl), target });
    if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
    for (const { path, text } of files) this.write(`generated/${path}`, text);
  }

  /** Type-checks all that is TypeScript in it; returns what is wrong, a line each. */
  typecheck(): Promise<readonly string[]> {
    return typecheck(this.#sources);
  }

  /** Makes JavaScript of all that is TypeScript in it, file by file. */
  async build(): Promise<void> {
    for (const source of this.#sources) {
      const { code } = await transform(readFileSync(source, "utf8"), { loader: "ts", target: "node20" });
      const path = join(this.home, relative(this.#folder, source).replace(/ts$/, "js"));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, code.replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
    }
  }

  /** Runs a program that has been built. Returns what it printed; rejects if it fails, or takes too long. */
  async run(name: string): Promise<string> {
    const env = { ...process.env, FORCE_COLOR: "0" };
    const { stdout } = await run(process.execPath, [name], { cwd: this.home, env, timeout: PATIENCE_MS });
    return stdout;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Reads an interface of the project, or one that it imports from the installed package. */
function readIdl(path: string, name: string, idl: string): string | undefined {
  if (path === name) return idl;
  const [, file] = /node_modules\/postern\/(idl\/\w+\.idl)$/.exec(path) ?? [];
  return file === undefined ? undefined : readFileSync(join(root, file), "utf8");
}
