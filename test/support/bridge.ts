/** Two programs with one JavaScript object between them: `host` has it, `guest` reaches it as a raw `NPObject`. */

import { suite, type Test } from "uvu";
import { NPObject, type NPVariant, ScriptError } from "../../generated/npapi.ts";
import { Channel, type ChannelOptions } from "../../runtime/channel/channel.ts";
import type { InternalFault } from "../../runtime/channel/failures.ts";
import { offer } from "../../runtime/channel/interface.ts";
import {
  type ExportOptions,
  exportObject,
  importObject,
  importObjectSync,
  type RemoteObject,
} from "../../runtime/npapi/index.ts";
import { leavesNothingOpen } from "./descriptor-count.ts";
import { overLoopback, type Road } from "./roads.ts";
import { rejection, until, within } from "./within.ts";

/** See the file's comment. */
export class Bridge implements Disposable {
  readonly host: Channel;
  readonly guest: Channel;
  /** What the host's code threw and nobody declared. */
  readonly faults: InternalFault[] = [];
  readonly #door: NPObject;

  /** The object is handed out by a function, so that it is an object like those that are reached through it. */
  constructor(road: Road, root: object, options: ExportOptions = {}, channels: ChannelOptions = {}) {
    const [one, other] = road.pair();
    const door = exportObject(() => exportObject(root, options));
    const onFault = (fault: InternalFault) => void this.faults.push(fault);
    this.host = new Channel(one, { offers: [offer(NPObject, door)], onFault, ...channels });
    this.guest = new Channel(other, { onFault, ...channels });
    this.#door = this.guest.bootstrap(NPObject);
  }

  /** A further stub of the object. */
  async raw(): Promise<NPObject> {
    return objectIn(await within(this.#door.invokeDefault([])));
  }

  /** Its asynchronous proxy. */
  async remote<T extends object = Record<string, unknown>>(): Promise<RemoteObject<T>> {
    return importObject<T>(await this.raw());
  }

  /** Its blocking proxy, over a road that answers while this thread is blocked. */
  blocking<T extends object = Record<string, unknown>>(): T & Disposable {
    return importObjectSync<T>(objectIn(this.#door.invokeDefaultSync([])));
  }

  /** How many objects the two ends hold of each other: exported by the host, and imported by it. */
  get held(): readonly [number, number] {
    const { objectsExported, objectsImported } = this.host.counts;
    return [objectsExported, objectsImported];
  }

  /** Waits until neither end holds anything of the other. */
  async settled(): Promise<void> {
    const ends = [this.host, this.guest];
    await until(
      () => ends.every(({ counts }) => counts.objectsExported + counts.objectsImported === 0),
      "every object to be given back",
    );
  }

  [Symbol.dispose](): void {
    this.guest.close();
    this.host.close();
  }
}

/** The object of a variant. */
export function objectIn(variant: NPVariant): NPObject {
  if (variant.kind !== "object") throw new Error(`There is no object in ${variant.kind}.`);
  return variant.value;
}

/** How a call was refused: the kind of its `ScriptError`, or what else went wrong. */
export async function failing(call: PromiseLike<unknown>): Promise<string> {
  const error = await rejection(call);
  return error instanceof ScriptError ? error.kind : String(error);
}

/** Makes a suite over the road within this process, for what no road makes a difference to, and runs it. */
export function overTheShortestRoad(name: string, define: (test: Test, road: Road) => void): void {
  const test = suite(name);
  leavesNothingOpen(test);
  define(test, overLoopback);
  test.run();
}

/** What a variant holds: an object as its stub, and its kind where that says it all. */
export function contentOf(variant: NPVariant): unknown {
  return "value" in variant ? variant.value : variant.kind;
}
