/**
 * Senders that know nothing of postern: processes of a C program that has a socket as its descriptor 3 and does with it,
 * by plain sendmsg(2), what it is told.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { FdLike } from "../../runtime/descriptor.ts";
import { descriptorOf } from "../../runtime/descriptor.ts";
import { within } from "./within.ts";

const source = fileURLToPath(new URL("../runtime/sockets/fixtures/sender.c", import.meta.url));

/** What a sender can do; sender.c says what each is. */
export type Errand = readonly [
  what:
    | "text"
    | "bytes"
    | "files"
    | "bare-files"
    | "numbered"
    | "fill"
    | "line"
    | "hangup"
    | "read"
    | "shutdown"
    | "pid",
  argument?: string | number,
];

/** The compiled program, in a directory of its own. */
export class SenderProgram implements Disposable {
  readonly path: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "postern-sender-"));

  constructor() {
    this.path = join(this.#directory, "sender");
    execFileSync("cc", ["-Wall", "-Wextra", "-Werror", "-o", this.path, source]);
  }

  /** Starts a process that has a copy of `socket` and runs the errands one after the other. */
  start(socket: FdLike, ...errands: readonly Errand[]): Sender {
    const args = errands.flatMap(([what, argument = ""]) => [what, String(argument)]);
    return new Sender(spawn(this.path, args, { stdio: ["pipe", "pipe", "inherit", descriptorOf(socket)] }));
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}

/** A running sender; disposing of it kills it. */
export class Sender implements Disposable {
  /** What it has said so far. */
  readonly lines: string[] = [];
  /** How it has ended: an exit code or a signal. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  readonly #process: ChildProcess;
  readonly #waiting: (() => void)[] = [];

  constructor(process: ChildProcess) {
    this.#process = process;
    this.exited = new Promise((resolve) => process.once("close", (code, signal) => resolve(code ?? signal)));
    createInterface({ input: process.stdout! }).on("line", (line) => {
      this.lines.push(line);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Waits until it has said so many lines, and gives them. */
  async said(count: number): Promise<readonly string[]> {
    const enough = async (): Promise<void> => {
      while (this.lines.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    };
    await within(enough(), `line ${count} of the sender`);
    return this.lines;
  }

  /** Waits for its end, and gives all that it has said. */
  async done(): Promise<readonly string[]> {
    await within(this.exited, "the sender's end");
    return this.lines;
  }

  /** Lets a sender go on that waits for a line. */
  goOn(): void {
    this.#process.stdin!.write("\n");
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
    this.#process.stdin!.destroy();
  }
}
