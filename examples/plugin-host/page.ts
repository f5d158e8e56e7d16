/**
 * The page: plain objects of this program, which a plugin scripts as if they were its own. None of them knows that
 * there is such a thing as a plugin, and they outlive every one of them.
 */

import { openSync } from "node:fs";
import { basename } from "node:path";
import { Fd } from "../../runtime/index.ts";

/** A tiny document: a title, and lines of text. */
export class PageDocument {
  title = "untitled";
  readonly #lines: string[] = [];

  /** Adds a line. Returns how many there are. Throws a `TypeError` for what is no text. */
  write(line: unknown): number {
    if (typeof line !== "string") throw new TypeError("Only text can be written.");
    return this.#lines.push(line);
  }

  /** A line by its number from zero, or nothing. */
  line(number: number): string | undefined {
    return this.#lines[number];
  }

  get length(): number {
    return this.#lines.length;
  }
}

/** Calls functions later, and lets go of them all when the page goes. */
export class PageTimer {
  readonly #waiting = new Set<NodeJS.Timeout>();

  /** Calls `run` after so many milliseconds. */
  after(milliseconds: number, run: () => unknown): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      // A plugin that is gone by then has nothing to run.
      Promise.resolve(run()).catch(() => {});
    }, milliseconds);
    this.#waiting.add(timer);
  }

  stop(): void {
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#waiting.clear();
  }
}

/** What the user answers when asked for a file: the path of one, or nothing. */
export type User = (question: string) => string | undefined;

/** Hands a file over, open. */
export type Grant = (name: string, file: Fd<"file">) => Promise<void>;

/**
 * A file picker. A plugin says what it wants and the user picks; what the plugin gets is that one file, open, and no
 * path that could open another. Being picked is the permission.
 */
export class FilePicker {
  readonly #user: User;
  readonly #grant: Grant;

  constructor(user: User, grant: Grant) {
    this.#user = user;
    this.#grant = grant;
  }

  /** Asks the user for a file and hands it over. Returns its name when it has arrived, or null if none was picked. */
  async pick(question: unknown): Promise<string | null> {
    const path = this.#user(String(question));
    if (path === undefined) return null;
    const name = basename(path);
    // Files are what users pick; marshalling compares the kind, as it does with every descriptor.
    await this.#grant(name, Fd.adopt(openSync(path, "r"), "FilePicker.pick"));
    return name;
  }
}

/** What a plugin finds in its window. */
export interface Page {
  readonly document: PageDocument;
  readonly timer: PageTimer;
  readonly picker: FilePicker;
}
