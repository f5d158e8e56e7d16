/** Processes of a C program that connects, accepts and misbehaves at a bound socket by plain system calls. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { descriptorOf, type FdLike } from "../../runtime/descriptor.ts";
import { until, within } from "./within.ts";

const source = fileURLToPath(new URL("../runtime/transport/fixtures/imc.c", import.meta.url));

/** The compiled program, in a directory of its own. */
export class ImcProgram implements Disposable {
  readonly path: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "postern-imc-"));

  constructor() {
    this.path = join(this.#directory, "imc");
    execFileSync("cc", ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", this.path, source]);
  }

  /** Starts a process that has a copy of `end` and does the errands, which imc.c names, one after the other. */
  start(end: FdLike, errands: readonly string[], foreign?: FdLike): ImcProcess {
    const more = foreign === undefined ? [] : [descriptorOf(foreign)];
    return new ImcProcess(
      spawn(this.path, errands, { stdio: ["ignore", "pipe", "inherit", descriptorOf(end), ...more] }),
    );
  }

  /** Does so, waits until it has ended well, and gives the lines that it has written. */
  async run(end: FdLike, ...errands: readonly string[]): Promise<readonly string[]> {
    return await this.start(end, errands).done();
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}

/** A running one; disposing of it kills it. */
export class ImcProcess implements Disposable {
  readonly #process: ChildProcess;
  readonly #exited: Promise<number | NodeJS.Signals | null>;
  #output = "";

  constructor(process: ChildProcess) {
    this.#process = process;
    process.stdout?.on("data", (chunk) => {
      this.#output += chunk;
    });
    this.#exited = new Promise((resolve) => process.once("close", (code, signal) => resolve(code ?? signal)));
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Waits until it has written something. */
  async begun(): Promise<void> {
    await until(() => this.#output !== "", "the C program's first words");
  }

  /** Waits until it has ended well, and gives the lines that it has written. */
  async done(): Promise<readonly string[]> {
    const code = await within(this.#exited, "the C program's end");
    if (code !== 0) throw new Error(`The C program ended with ${code}.`);
    return this.#output.split("\n").slice(0, -1);
  }

  /** Kills it and waits for its end. */
  async kill(): Promise<void> {
    this[Symbol.dispose]();
    await within(this.#exited, "the C program's end");
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }
}
