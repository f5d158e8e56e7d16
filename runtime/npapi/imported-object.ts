/**
 * An object of the peer in the terms of this side: what is asked of its stub takes and gives JavaScript values, and
 * throws what JavaScript code throws. Every operation is there twice, by promise and blocking.
 */

import { type NPObject, type NPVariant, ScriptError } from "../../generated/npapi.ts";
import { incoming } from "./exceptions.ts";
import { type Crossing, checkName, Given, valueIn } from "./values.ts";
import type { Writes } from "./writes.ts";

type Arguments = readonly unknown[];

/** The imported objects that proxies stand for. */
const imports = new WeakMap<object, ImportedObject>();

/** What a proxy stands for; nothing for what is none. */
export function importOf(value: unknown): ImportedObject | undefined {
  // A weak map has no primitives, and may be asked for them.
  return imports.get(value as object);
}

/** See the file's comment. */
export class ImportedObject implements Disposable {
  readonly stub: NPObject;
  /** Under which names objects were last read from this one: a function that is called on it is called by its name. */
  readonly members: WeakMap<object, string> = new WeakMap();
  /** Assignments and the like that were made through its proxy and that nobody waits for. */
  readonly writes: Writes;
  readonly #crossing: Crossing;
  readonly #letGo: () => void;
  #proxy: object | undefined;

  /** Takes the stub over; `letGo` is what disposing does. */
  constructor(stub: NPObject, crossing: Crossing, writes: Writes, letGo: () => void) {
    this.stub = stub;
    this.writes = writes;
    this.#crossing = crossing;
    this.#letGo = letGo;
  }

  /** What the program has of it. Whoever keeps this object keeps that from being collected, and with it the stub. */
  get proxy(): object {
    return this.#proxy!;
  }

  /** Says which proxy stands for this object; that is told once. */
  standFor(proxy: object): void {
    this.#proxy = proxy;
    imports.set(proxy, this);
  }

  [Symbol.dispose](): void {
    this.#letGo();
  }

  // ---------------------------------------------------------------- by promise

  get(name: string): Promise<unknown> {
    return this.#ask(() => this.stub.getProperty(checked(name)), this.#read).catch(absent);
  }

  /** Throws at once for a value that cannot cross. */
  set(name: string, value: unknown): Promise<void> {
    using given = this.#give([value]);
    return this.#ask(() => this.stub.setProperty(checked(name), given.variants[0]!), nothing);
  }

  has(name: string): Promise<boolean> {
    return this.#ask(() => this.stub.hasProperty(checked(name)), itself);
  }

  remove(name: string): Promise<void> {
    return this.#ask(() => this.stub.removeProperty(checked(name)), nothing);
  }

  keys(): Promise<readonly string[]> {
    return this.#ask(() => this.stub.enumerate(), itself);
  }

  invoke(name: string, args: Arguments): Promise<unknown> {
    return this.#ask(() => {
      using given = this.#give(args);
      return this.stub.invoke(checked(name), given.variants);
    }, this.#read);
  }

  call(args: Arguments): Promise<unknown> {
    return this.#ask(() => {
      using given = this.#give(args);
      return this.stub.invokeDefault(given.variants);
    }, this.#read);
  }

  construct(args: Arguments): Promise<unknown> {
    return this.#ask(() => {
      using given = this.#give(args);
      return this.stub.construct(given.variants);
    }, this.#read);
  }

  /** Settles when it is sent; what becomes of it is not told. */
  async post(args: Arguments): Promise<void> {
    using given = this.#give(args);
    await this.stub.post(given.variants);
  }

  /** Asks at once, and settles after all that was written before. */
  async #ask<T, R>(ask: () => Promise<T>, read: (answer: T) => R): Promise<R> {
    const writes = this.writes.pending;
    try {
      const answer = read(await ask());
      if (writes !== undefined) await writes;
      this.writes.throwFailure();
      return answer;
    } catch (error) {
      throw incoming(error);
    }
  }

  // ---------------------------------------------------------------- blocking

  getSync(name: string): unknown {
    try {
      return this.#block(() => this.#read(this.stub.getPropertySync(checked(name))));
    } catch (error) {
      return absent(error);
    }
  }

  setSync(name: string, value: unknown): void {
    using given = this.#give([value]);
    this.#block(() => this.stub.setPropertySync(checked(name), given.variants[0]!));
  }

  hasSync(name: string): boolean {
    return this.#block(() => this.stub.hasPropertySync(checked(name)));
  }

  hasMethodSync(name: string): boolean {
    return this.#block(() => this.stub.hasMethodSync(checked(name)));
  }

  removeSync(name: string): void {
    this.#block(() => this.stub.removePropertySync(checked(name)));
  }

  keysSync(): readonly string[] {
    return this.#block(() => this.stub.enumerateSync());
  }

  invokeSync(name: string, args: Arguments): unknown {
    using given = this.#give(args);
    return this.#block(() => this.#read(this.stub.invokeSync(checked(name), given.variants)));
  }

  callSync(args: Arguments): unknown {
    using given = this.#give(args);
    return this.#block(() => this.#read(this.stub.invokeDefaultSync(given.variants)));
  }

  constructSync(args: Arguments): unknown {
    using given = this.#give(args);
    return this.#block(() => this.#read(this.stub.constructSync(given.variants)));
  }

  #block<T>(ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      throw incoming(error);
    }
  }

  readonly #read = (variant: NPVariant): unknown => valueIn(variant, this.#crossing);

  #give(values: Arguments): Given {
    return new Given(values, this.#crossing);
  }
}

function checked(name: string): string {
  checkName(name);
  return name;
}

/** Reading what is not there is no fault, even where the peer says that it is one. */
function absent(error: unknown): undefined {
  const cause: unknown = error instanceof TypeError ? error.cause : undefined;
  if (cause instanceof ScriptError && cause.kind === "noSuchMember") return undefined;
  throw error;
}

function itself<T>(answer: T): T {
  return answer;
}

function nothing(): void {}
