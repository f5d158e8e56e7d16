/** Whom a plugin's pace is measured beside: what is started, and started again whenever a limit has stopped it. */

import { fileURLToPath } from "node:url";
import { Npapi } from "../generated/npapi.ts";
import { type Child, type RpcError, spawn } from "../runtime/index.ts";
import { Besieged } from "../test/support/besieged.ts";
import { type FloodName, floods } from "../test/support/floods.ts";

/** One who does nothing, and the floor: one who only burns the processor. */
export const IDLE = "nobody";
export const FLOOR = "the processor";

/** Floods that the host stops as another is stopped: one of a kind is enough. */
const alike: readonly string[] = [
  "descriptors that nothing names",
  "a message longer than it may be",
  "a list of four billion variants",
  "one argument too many",
] satisfies FloodName[];

/** The names of all, the first two and then the floods. */
export const neighbours: readonly string[] = [
  IDLE,
  FLOOR,
  ...Object.keys(floods).filter((name) => !alike.includes(name)),
];

const burnerFile = fileURLToPath(new URL("burner.js", import.meta.url));
const pacerFile = fileURLToPath(new URL("pacer.js", import.meta.url));
const flooderFile = fileURLToPath(new URL("../test/support/flooder.js", import.meta.url));

/** The program of a neighbour, with its arguments. */
function programOf(name: string): readonly string[] {
  if (name === IDLE) return [pacerFile];
  return name === FLOOR ? [burnerFile] : [flooderFile, name];
}

/** A neighbour on one processor, from now until it is closed. */
export class Neighbour {
  /** How often its channel was ended by a rule or a limit of the host, and why, the last time. */
  stops = 0;
  reason = "";
  readonly #name: string;
  readonly #processor: string;
  #child: Child | undefined;
  #besieged = new Besieged();
  #closed = false;
  #firstWord!: () => void;
  /** Settles when it has said something; at once for one who never does. */
  readonly begun: Promise<void>;

  constructor(name: string, processor: string) {
    this.#name = name;
    this.#processor = processor;
    this.begun = new Promise((resolve) => {
      this.#firstWord = resolve;
    });
    this.#start();
  }

  #start(): void {
    this.#besieged = new Besieged();
    const { offers } = this.#besieged;
    const { limits = {} } = Npapi.browser.options({});
    const words = ["-c", this.#processor, process.execPath, ...programOf(this.#name)];
    const child = spawn("taskset", words, { limits, offers, onFault: () => {} });
    this.#child = child;
    this.#listen(child);
    child.channel.closed.then((reason) => this.#ended(reason));
  }

  /** Looks for its first word, which a burner does not say. */
  #listen(child: Child): void {
    if (this.#closed || this.#name === FLOOR || child.channel.counts.messagesReceived > 0) this.#firstWord();
    else setTimeout(() => this.#listen(child), 5);
  }

  #ended(reason: RpcError | undefined): void {
    this.#besieged[Symbol.dispose]();
    this.#child?.process.kill("SIGKILL");
    if (this.#closed) return;
    this.stops++;
    this.reason = reason?.message ?? "It has gone by itself.";
    this.#firstWord();
    this.#start();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#besieged[Symbol.dispose]();
    await this.#child?.close(0);
  }
}
