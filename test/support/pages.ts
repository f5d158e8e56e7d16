/** Implementations of the generated interface of pages.idl, made to be steered by tests, and channels with them. */

import { fstatSync } from "node:fs";
import { Channel, type ChannelOptions } from "../../runtime/channel/channel.ts";
import type { InternalFault } from "../../runtime/channel/failures.ts";
import { type CallContext, offer } from "../../runtime/channel/interface.ts";
import type { Fd } from "../../runtime/descriptor.ts";
import { fnv1a } from "../../runtime/marshal/hash.ts";
import { Page, PageError, type PageImpl, TornError } from "./generated/pages.ts";
import { openFile } from "./open-files.ts";
import type { End, Road } from "./roads.ts";

/** The selector of a method of `Page`. */
export function pageSelector(method: keyof PageImpl & string): number {
  return fnv1a(`test.pages.Page/${method}`);
}

/** A call that its handler has not answered. */
export interface SlowCall {
  readonly context: CallContext;
  answer(): void;
  fail(thrown: unknown): void;
}

/** What all pages of one end have seen and made. */
export class Shelf {
  /** Every call, as it was served. */
  readonly seen: string[] = [];
  readonly made: ServedPage[] = [];
  /** What is opened under a name that begins with `slow`, by the name. */
  readonly slow: Map<string, SlowCall> = new Map();
  kept: PageImpl | undefined;
}

/**
 * A page that opens `missing` and `broken` as their names say, and names that begin with `slow` when it is told; those
 * that begin with `slow deaf` also when nobody wants them any more.
 */
export class ServedPage implements PageImpl {
  readonly #title: string;
  readonly #shelf: Shelf;
  disposed = 0;

  constructor(shelf: Shelf, title: string) {
    this.#shelf = shelf;
    this.#title = title;
    shelf.made.push(this);
  }

  title(): string {
    this.#see("title");
    return this.#title;
  }

  open(name: string, context: CallContext): PageImpl | Promise<PageImpl> {
    this.#see(`open ${name}`);
    if (name === "missing") throw new PageError("missing");
    if (name === "broken") throw new Error("as asked");
    if (!name.startsWith("slow")) return this.#child(name);
    return new Promise((resolve, reject) => {
      const answer = (): void => resolve(this.#child(name));
      const giveUp = (): void => reject(context.signal.reason);
      if (!name.startsWith("slow deaf")) context.signal.addEventListener("abort", giveUp);
      this.#shelf.slow.set(name, { context, answer, fail: reject });
    });
  }

  tear(): never {
    throw new TornError({ kind: "torn", value: openFile() });
  }

  async gather(pieces: AsyncIterable<string>): Promise<PageImpl> {
    let name = "";
    for await (const piece of pieces) name += piece;
    return this.#child(name);
  }

  rename(name: string): void {
    this.#see(`rename ${name}`);
    if (name === "missing") throw new PageError("missing");
  }

  note(text: string): void {
    this.#see(`note ${text.slice(0, 16)}`);
  }

  size(file: Fd<"file">): bigint {
    this.#see("size");
    return BigInt(fstatSync(file.fd).size);
  }

  letters(): readonly string[] {
    this.#see("letters");
    return [...this.#title];
  }

  keep(page: Page): void {
    this.#shelf.kept = page;
  }

  kept(): PageImpl {
    const { kept } = this.#shelf;
    this.#shelf.kept = undefined;
    return kept!;
  }

  isKept(page: Page): boolean {
    return page === this.#shelf.kept;
  }

  [Symbol.dispose](): void {
    this.disposed++;
  }

  #child(name: string): ServedPage {
    return new ServedPage(this.#shelf, `${this.#title}/${name}`);
  }

  #see(what: string): void {
    this.#shelf.seen.push(`${this.#title}: ${what}`);
  }
}

/** One end of a channel, with the pages it serves and the peer's first. */
export class PageEnd implements Disposable {
  readonly shelf: Shelf = new Shelf();
  readonly faults: InternalFault[] = [];
  readonly channel: Channel;
  readonly page: Page;

  constructor(end: End, options: ChannelOptions = {}) {
    this.channel = new Channel(end, {
      offers: [offer(Page, new ServedPage(this.shelf, "top"))],
      onFault: (fault) => this.faults.push(fault),
      ...options,
    });
    this.page = this.channel.bootstrap(Page);
  }

  /** Whether nothing is open: no call, answer, object or promise. */
  get idle(): boolean {
    const { counts } = this.channel;
    const { callsPending, answersPending, objectsExported, objectsImported, objectsPromised } = counts;
    return callsPending + answersPending + objectsExported + objectsImported + objectsPromised === 0;
  }

  [Symbol.dispose](): void {
    this.channel.close();
  }
}

/** Two ends that face each other. */
export interface Pages extends Disposable {
  readonly near: PageEnd;
  readonly far: PageEnd;
  /** Whether neither has anything open. */
  readonly idle: boolean;
}

export function pagesOver(road: Road, near: ChannelOptions = {}, far: ChannelOptions = {}): Pages {
  const [one, other] = road.pair();
  const ends = { near: new PageEnd(one, near), far: new PageEnd(other, far) };
  return {
    ...ends,
    get idle() {
      return ends.near.idle && ends.far.idle;
    },
    [Symbol.dispose]() {
      ends.near[Symbol.dispose]();
      ends.far[Symbol.dispose]();
    },
  };
}
