/**
 * The plugin: a program that has its channel and nothing else. It scripts the page's objects as if they were its own,
 * reads the file that the user hands it, and draws into memory that it shares with the host.
 */

import { readFileSync } from "node:fs";
import {
  connectAsPlugin,
  NPError,
  type NPInstanceImpl,
  type NPNavigator,
  type NPObjectImpl,
  NPObjectVariable,
  type NPWindow,
} from "../../generated/npapi.ts";
import { connectToParent, type Fd } from "../../runtime/index.ts";
import { exportObject, importObject, importObjectSync } from "../../runtime/npapi/index.ts";
import { teller } from "../telling.ts";
import type { Page } from "./page.ts";
import { drawDisc } from "./picture.ts";

const tell = teller("plugin");

/** What the page's scripts may call of an instance. */
export class Notebook {
  readonly #instance: NotebookInstance;

  constructor(instance: NotebookInstance) {
    this.#instance = instance;
  }

  /** Fills the document with a file of the user's choice. */
  async fill(): Promise<void> {
    using page = importObject<Page>(await this.#instance.window());
    tell("the document is called", await page.document.title);
    const name = await page.picker.pick("Which notes are to be shown?");
    if (name === null) return tell("the user picked", "nothing");

    using file = this.#instance.take(name);
    const text = readFileSync(file.fd, "utf8");
    tell(`was handed ${name}, which says`, JSON.stringify(text));
    for (const line of text.trim().split("\n")) await page.document.write(line);
    page.document.title = name;
  }

  /** Looks the page over, blocking: what it says is there when the operator is done. */
  look(): void {
    using page = importObjectSync<Page>(this.#instance.windowSync());
    const { document } = page;
    tell("the document is called", document.title);
    tell("and its last line is", String(document.line(document.length - 1)));
    // Any member may be asked for by its name, and some are nobody's but their owner's.
    const { constructor: maker } = document as { constructor?: unknown };
    tell("what it is made by, and so the host's code", maker === undefined ? "is not there" : "is there!");
  }

  /** Has the page's timer call back. */
  async wait(milliseconds: number): Promise<void> {
    using page = importObject<Page>(await this.#instance.window());
    await new Promise<void>((resolve) => page.timer.after(milliseconds, resolve));
    tell("the page's timer has called back after", `${milliseconds} ms`);
  }

  /** Draws, and has it shown. */
  draw(left: number): void {
    this.#instance.draw(left);
  }

  /** Thinks for ever. */
  think(): Promise<never> {
    tell("thinks about it", "and does not come back");
    return new Promise(() => {});
  }
}

/** The plugin's side of one element of a page. */
class NotebookInstance implements NPInstanceImpl {
  readonly #navigator: NPNavigator;
  readonly #notebook = new Notebook(this);
  /** What was handed over and not yet taken, by its name. */
  readonly #files = new Map<string, Fd<"file" | "memory">>();
  #size: NPWindow = { width: 0, height: 0 };

  /** Takes the navigator over. */
  constructor(navigator: NPNavigator) {
    this.#navigator = navigator;
  }

  window(): ReturnType<NPNavigator["getObjectValue"]> {
    return this.#navigator.getObjectValue(NPObjectVariable.window);
  }

  windowSync(): ReturnType<NPNavigator["getObjectValueSync"]> {
    return this.#navigator.getObjectValueSync(NPObjectVariable.window);
  }

  /** A file that was handed over; the caller's from now on. Throws where there is none of that name. */
  take(name: string): Fd<"file" | "memory"> {
    const file = this.#files.get(name);
    if (file === undefined) throw new NPError("fileNotFound");
    this.#files.delete(name);
    return file;
  }

  draw(left: number): void {
    using surface = this.#navigator.openDevice2DSync();
    drawDisc({ ...this.#size, memory: surface.pixels, stride: surface.stride }, left);
    surface.device.flushSync();
  }

  getScriptableInstance(): NPObjectImpl {
    return exportObject(this.#notebook);
  }

  setWindow(window: NPWindow): void {
    this.#size = window;
  }

  handleEvent(): boolean {
    return false;
  }

  streamAsFile(name: string, file: Fd<"file" | "memory">): void {
    this.#files.get(name)?.close();
    this.#files.set(name, file);
  }

  urlNotify(): void {}

  destroy(): void {
    for (const file of this.#files.values()) file.close();
    this.#navigator[Symbol.dispose]();
    tell("the element is taken away", "and what it had goes with it");
  }
}

connectAsPlugin(connectToParent, {
  plugin: { newInstance: (_mimeType, _attributes, navigator) => new NotebookInstance(navigator) },
});
