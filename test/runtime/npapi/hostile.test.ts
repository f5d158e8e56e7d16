/**
 * A peer that tries everything: sequences of operations that chance has put together, on a graph of objects and on all
 * that it gives away. Whatever comes, the peer has objects of that graph only, and nothing outside of it has changed.
 * Another seed comes from `POSTERN_SEED`, and a failure prints the one it was found with.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { dup } from "../../../runtime/channel/reference.ts";
import { disposeAll } from "../../../runtime/marshal/held.ts";
import { exportObject, isRemote, NPObject, NPVariant, ScriptError } from "../../../runtime/npapi/index.ts";
import { Bridge, objectIn, overTheShortestRoad } from "../../support/bridge.ts";
import type { Road } from "../../support/roads.ts";
import { seed } from "../../support/seed.ts";

/** Members of the objects below, and of what they hold. */
const MEMBERS =
  "page Page list map bytes date make echo self title write lines inherited count deep then toJSON 0 1 length name".split(
    " ",
  );
/** What nobody should get anywhere with. */
const TRICKS = [
  ...["constructor", "__proto__", "prototype", "__defineGetter__", "__defineSetter__", "__lookupGetter__"],
  ...["call", "apply", "bind", "caller", "arguments", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf"],
  ...["push", "get", "set", "buffer", "parent", "next", "", "nothing", "Symbol(Symbol.iterator)"],
];
const name = fc.oneof({ arbitrary: fc.constantFrom(...MEMBERS), weight: 2 }, fc.constantFrom(...TRICKS));

/** One operation on one of the objects that the peer has by then. */
const operation = fc.record({
  on: fc.nat(50),
  what: fc.oneof(
    { arbitrary: fc.constantFrom("get" as const, "call" as const), weight: 3 },
    { arbitrary: fc.constantFrom("set" as const, "default" as const, "construct" as const), weight: 2 },
    fc.constantFrom("delete", "has", "hasMethod", "enumerate", "post", "invalidate"),
  ),
  name,
  /** What is given: values, an object of the peer's own, or one of those that it has. */
  args: fc.array(
    fc.oneof(
      fc.constant<"mine">("mine"),
      fc.record({ theirs: fc.nat(50) }),
      fc.oneof(name, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)).map((value) => ({ value })),
    ),
    { maxLength: 4 },
  ),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** A program's objects: where they begin, all of them, and the function that the peer must send home what it has to. */
interface Graph {
  readonly root: { judge?: unknown };
  readonly within: Set<unknown>;
  readonly judged: unknown[];
}

/** Makes the objects, and their classes, anew: a peer may change them. */
function graph(): Graph {
  class Base {
    inherited(): string {
      return "inherited";
    }
  }
  class Leaf extends Base {
    static count = 7;
    title = "a title";
    #lines = "";

    static make(): Leaf {
      return new Leaf();
    }

    constructor() {
      super();
      within.add(this);
    }

    write(line: unknown): number {
      this.#lines += String(line);
      return this.#lines.length;
    }

    get lines(): string {
      return this.#lines;
    }

    set lines(text: string) {
      this.#lines = text;
    }
  }
  const within = new Set<unknown>();
  const judged: unknown[] = [];
  const root = {
    page: new Leaf(),
    Page: Leaf,
    list: [1, { deep: true }],
    map: new Map([["secret", {}]]),
    bytes: Buffer.from("secret"),
    date: new Date(0),
    make(): object {
      const made = {};
      within.add(made);
      return made;
    },
    echo: (given: unknown) => given,
    self: {} as object,
    judge: (given: unknown) => void judged.push(given),
  };
  root.self = root;
  const { write, inherited } = root.page;
  for (const each of [...Object.values(root), root.list[1], Leaf.make, write, inherited]) within.add(each);
  return { root, within, judged };
}

/** What every object of a program shares, as it is now: a row for each prototype and property. */
function surroundings(): readonly (readonly unknown[])[] {
  const classes = [Object, Function, Array, Map, Promise, Date, Buffer, Uint8Array, Error, String, Number];
  const shared = [globalThis, Reflect, Math, JSON, ...classes, ...classes.map((each): object => each.prototype)];
  return shared.flatMap((each) => [
    [each, Object.getPrototypeOf(each)],
    ...Reflect.ownKeys(each).map((key) => [each, key, ...Object.values(Object.getOwnPropertyDescriptor(each, key)!)]),
  ]);
}

function changed(before: readonly (readonly unknown[])[], now: readonly (readonly unknown[])[]): boolean {
  const same = (row: readonly unknown[], index: number): boolean =>
    row.length === now[index]?.length && row.every((cell, column) => Object.is(cell, now[index]![column]));
  return before.length !== now.length || !before.every(same);
}

class Peer implements Disposable {
  readonly has: NPObject[];
  readonly #mine = exportObject({ mine: true });

  constructor(root: NPObject) {
    this.has = [root];
  }

  [Symbol.dispose](): void {
    for (const object of this.has) object[Symbol.dispose]();
  }

  async does({ on, what, name, args }: Operation): Promise<void> {
    const object = this.has[on % this.has.length]!;
    const given = args.map((arg) => this.#given(arg));
    try {
      const answer = await this.#ask(object, what, name, given);
      if (typeof answer !== "object" || !("kind" in answer) || answer.kind !== "object") return;
      if (answer.value instanceof NPObject.Stub) this.has.push(answer.value);
    } catch (error) {
      assert.instance(error, ScriptError, String(error));
    } finally {
      // What the operation had no use for, or was not sent.
      for (const each of given) if (each.kind === "object") disposeAll(each.value);
    }
  }

  #given(arg: Operation["args"][number]): ReturnType<typeof NPVariant.null> {
    if (arg === "mine") return NPVariant.object(this.#mine);
    if ("theirs" in arg) return NPVariant.object(dup(this.has[arg.theirs % this.has.length]!));
    const { value } = arg;
    if (value === null) return NPVariant.null();
    if (typeof value === "boolean") return NPVariant.bool(value);
    return typeof value === "string" ? NPVariant.string(value) : NPVariant.double(value);
  }

  #ask(object: NPObject, what: Operation["what"], name: string, given: ReturnType<typeof NPVariant.null>[]) {
    switch (what) {
      case "get":
        return object.getProperty(name);
      case "set":
        return object.setProperty(name, given[0] ?? NPVariant.null());
      case "delete":
        return object.removeProperty(name);
      case "call":
        return object.invoke(name, given);
      case "default":
        return object.invokeDefault(given);
      case "construct":
        return object.construct(given);
      case "has":
        return object.hasProperty(name);
      case "hasMethod":
        return object.hasMethod(name);
      case "enumerate":
        return object.enumerate();
      case "post":
        return object.post(given);
      case "invalidate":
        return object.invalidate();
    }
  }
}

/** Lets a peer do things with a graph, and gives those of its objects that are not of that graph. */
async function strangers(
  road: Road,
  { root, within, judged }: Graph,
  operations: readonly Operation[],
): Promise<unknown[]> {
  using bridge = new Bridge(road, root);
  using peer = new Peer(await bridge.raw());
  using judge = objectIn(await peer.has[0]!.getProperty("judge"));
  delete root.judge;
  for (const name of MEMBERS) await peer.does({ on: 0, what: "get", name, args: [] });
  for (const each of operations) await peer.does(each);
  judged.length = 0;
  for (const object of peer.has) await judge.invokeDefault([NPVariant.object(object)]);
  assert.is(judged.length, peer.has.length);
  return judged.filter((object) => object !== root && !within.has(object) && !isRemote(object));
}

overTheShortestRoad("npapi: a hostile peer", (hostile, road) => {
  hostile("reaches nothing but the graph it was given, and changes nothing outside of it", async () => {
    let reached = 0;
    const property = fc.asyncProperty(
      fc.array(operation, { minLength: 10, maxLength: 80, size: "max" }),
      async (operations) => {
        const before = surroundings();
        const program = graph();
        assert.equal(await strangers(road, program, operations), []);
        assert.not(changed(before, surroundings()));
        reached = Math.max(reached, program.judged.length);
      },
    );
    await fc.assert(property, { numRuns: 300, seed });
    assert.ok(reached > 12, `it had ${reached} objects at most, which tries nothing`);
  });

  hostile("would be found out if it did", async () => {
    const program = graph();
    Object.assign(program.root, { self: Object.prototype });
    assert.is((await strangers(road, program, []))[0], Object.prototype);
    const before = surroundings();
    Object.defineProperty(Object.prototype, "spoiled", { value: 1, configurable: true });
    assert.ok(changed(before, surroundings()));
    Reflect.deleteProperty(Object.prototype, "spoiled");
    assert.not(changed(before, surroundings()));
  });
});
