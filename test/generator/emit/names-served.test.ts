/** Names that mean something to JavaScript itself, carried through generated code over every road. */

import * as assert from "uvu/assert";
import { Channel } from "../../../runtime/channel/channel.ts";
import type { InternalFault } from "../../../runtime/channel/failures.ts";
import { offer } from "../../../runtime/channel/interface.ts";
import { PeerError } from "../../../runtime/errors.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { generated } from "../../support/generated.ts";
import type { Road } from "../../support/roads.ts";
import { rejection, within } from "../../support/within.ts";

const names = await generated(`
  struct Odd { __proto__: u8; constructor: u8; toString: string<8>; valueOf: u8; hasOwnProperty: bool; then: u8; }
  strict union Arm { 1: __proto__: u8; 2: constructor; 3: then: Odd; }
  strict enum Kind : u8 { __proto__ = 1; toString = 2; }
  flexible error Refusal : u8 { __proto__ = 1; constructor = 2; then = 3; result = 4; }
  callback Told(value: u8) -> u8;
  resource struct Thenable { then: own Told; toJSON: own Told?; }
  resource table ThenTable { 1: then: own Told; }
  interface Names {
    odd(odd: Odd) -> Odd;
    arm(arm: Arm) -> Arm;
    kind(kind: Kind) -> Kind;
    counts(counts: map<string<16>, u8, 8>) -> map<string<16>, u8, 8>;
    fail(code: string<16>) throws Refusal;
    make() -> own Names;
    give() -> Thenable;
    giveTable() -> ThenTable;
    sync then(then: u8) -> u8;
    constructor(constructor: u8) -> u8;
    __proto__() -> u8;
    toString() -> string<8>;
    valueOf() -> u8;
    result(result: u8) -> u8 throws Refusal;
  }
`);

// biome-ignore lint/suspicious/noExplicitAny: the interface is made while the test runs.
type Untyped = any;

/** Gives back what it gets, and remembers what was told. */
class Serving {
  readonly told: number[] = [];
  readonly tell = (value: number) => this.told.push(value);
  readonly odd = (odd: unknown) => odd;
  readonly arm = (arm: unknown) => arm;
  readonly kind = (kind: unknown) => kind;
  readonly counts = (counts: unknown) => counts;
  readonly make = async () => new Serving();
  readonly give = async () => ({ then$: this.tell, toJSON$: this.tell });
  readonly giveTable = async () => ({ then$: this.tell });
  readonly then$ = (value: number) => value + 1;
  readonly constructor$ = (value: number) => value + 2;
  readonly __proto__$ = () => 3;
  readonly toString$ = () => "four";
  readonly valueOf$ = () => 5;

  fail(code: string): never {
    throw new names["RefusalError"](code);
  }

  result$(value: number): number {
    if (value === 0) throw new names["RefusalError"]("result");
    return value;
  }
}

class Served implements Disposable {
  readonly serving = new Serving();
  readonly faults: InternalFault[] = [];
  readonly #near: Channel;
  readonly #far: Channel;
  readonly names: Untyped;

  constructor(road: Road) {
    const [one, other] = road.pair();
    this.#near = new Channel(one, {});
    const onFault = (fault: InternalFault) => this.faults.push(fault);
    this.#far = new Channel(other, { offers: [offer(names["Names"], this.serving)], onFault });
    this.names = this.#near.bootstrap(names["Names"], 0);
  }

  [Symbol.dispose](): void {
    this.#near.close();
    this.#far.close();
  }
}

const odd = { __proto__$: 1, constructor$: 2, toString$: "three", valueOf$: 4, hasOwnProperty$: true, then$: 6 };

overEveryRoad("emit: names that JavaScript knows", (test, road) => {
  test("fields called as what every object inherits are values, and the prototype stays what it is", async () => {
    using served = new Served(road);
    const back: unknown = await within(served.names.odd(odd));
    assert.equal(Object.entries(back as object), Object.entries(odd));
    assert.is(Object.getPrototypeOf(back), Object.prototype);
    assert.is(String(back), "[object Object]");
  });

  test("a field that is left out is missed, though every object inherits something of its name", async () => {
    using served = new Served(road);
    const { valueOf$: _, ...rest } = odd;
    await rejection(served.names.odd(rest));
    assert.is(await within(served.names.valueOf$()), 5);
  });

  for (const arm of [{ kind: "__proto__$", value: 7 }, { kind: "constructor" }, { kind: "then", value: odd }]) {
    test(`an arm called ${arm.kind} is that arm`, async () => {
      using served = new Served(road);
      assert.equal(await within(served.names.arm(arm)), arm);
      const make = names["Arm"][arm.kind];
      assert.equal(make(arm.value), arm);
    });
  }

  test("an arm that only an object inherits is none", async () => {
    using served = new Served(road);
    for (const kind of ["toString", "__proto__", "valueOf"]) await rejection(served.names.arm({ kind, value: 1 }));
    assert.is(await within(served.names.valueOf$()), 5);
  });

  test("members of an enum have their values under every name", async () => {
    using served = new Served(road);
    assert.equal(Object.entries(names["Kind"]), [
      ["__proto__$", 1],
      ["toString", 2],
    ]);
    assert.is(await within(served.names.kind(names["Kind"].toString)), 2);
  });

  test("a map has the keys that it was given", async () => {
    using served = new Served(road);
    const counts = new Map([
      ["__proto__", 1],
      ["constructor", 2],
      ["then", 3],
    ]);
    assert.equal([...(await within<Map<string, number>>(served.names.counts(counts)))], [...counts]);
  });

  for (const code of ["__proto__$", "constructor", "then", "result"]) {
    test(`the error ${code} is thrown and caught`, async () => {
      using served = new Served(road);
      const error = await rejection(served.names.fail(code));
      assert.instance(error, names["RefusalError"]);
      assert.is((error as { code: string }).code, code);
    });
  }

  for (const code of ["__proto__", "toString", "valueOf"]) {
    test(`the error ${code}, which only an object inherits, is not declared`, async () => {
      using served = new Served(road);
      const error = await rejection(served.names.fail(code));
      assert.instance(error, PeerError);
      assert.is(served.faults.length, 1);
    });
  }

  test("an object that has a method called then can be awaited", async () => {
    using served = new Served(road);
    using made = await within<Untyped>(served.names.make());
    assert.is(made.then, undefined);
    assert.is(await within(made.then$(1)), 2);
    assert.is(await within(Promise.resolve(made)), made);
  });

  test("a value that holds a callback called then can be awaited, and nobody calls the callback", async () => {
    using served = new Served(road);
    for (const method of ["give", "giveTable"]) {
      using given = await within<Untyped>(served.names[method]());
      assert.is(given.then, undefined);
      JSON.stringify(given);
      assert.equal(served.serving.told, []);
      assert.is(await within(given.then$(8)), 1);
      assert.equal(served.serving.told.splice(0), [8]);
    }
  });

  test("methods called as what every object inherits are the peer's", async () => {
    using served = new Served(road);
    assert.is(await within(served.names.then$(1)), 2);
    assert.is(await within(served.names.constructor$(1)), 3);
    assert.is(await within(served.names.__proto__$()), 3);
    assert.is(await within(served.names.toString$()), "four");
    assert.is(await within(served.names.valueOf$()), 5);
  });

  test("a method called result stands beside the forms that return errors, and has one", async () => {
    using served = new Served(road);
    assert.is(await within(served.names.result$(1)), 1);
    assert.equal(await within(served.names.result.result$(1)), { ok: true, value: 1 });
    const refused: Untyped = await within(served.names.result.result$(0));
    assert.is(refused.error.code, "result");
  });
});
