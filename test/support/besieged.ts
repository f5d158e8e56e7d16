/** What a host has that hostile peers are let loose on: objects that serve at once, that keep what they get, that take their time. */

import { NPObject, type NPVariant } from "../../generated/npapi.ts";
import { type Offer, offer } from "../../runtime/channel/interface.ts";
import { disposeAll } from "../../runtime/marshal/held.ts";
import { Target } from "./generated/target.ts";
import { Probe, Prober } from "./probe.ts";
import { ScriptObject } from "./script-object.ts";

/** The positions of what is offered. */
export const position = { prompt: 0, hoarder: 1, slow: 2, probe: 3, target: 4 } as const;

/** See the file's comment. One for each peer. */
export class Besieged implements Disposable {
  /** What the hoarder has been given. */
  readonly hoard: NPVariant[] = [];
  readonly offers: readonly Offer[];
  #release!: () => void;
  readonly #released: Promise<void> = new Promise((resolve) => {
    this.#release = resolve;
  });

  constructor() {
    const hoarder = new ScriptObject();
    hoarder.post = (args) => void this.hoard.push(...args);
    const slow = new ScriptObject();
    slow.post = () => this.#released;
    this.offers = [
      offer(NPObject, new PromptObject()),
      offer(NPObject, hoarder),
      offer(NPObject, slow),
      offer(Probe, new ForgetfulProber()),
      offer(Target, { nest() {} }),
    ];
  }

  /** Lets the slow object come to an end with everything. */
  release(): void {
    this.#release();
  }

  [Symbol.dispose](): void {
    this.release();
    disposeAll(this.hoard);
    this.hoard.length = 0;
  }
}

/** Takes what is posted, and at once lets go of it. */
class PromptObject extends ScriptObject {
  override post(args: readonly NPVariant[]): void {
    disposeAll(args);
  }
}

/** A prober that is told more than it can remember. */
class ForgetfulProber extends Prober {
  override echo(text: string): string {
    return text;
  }

  override wait(): Promise<string> {
    return new Promise(() => {});
  }
}
