/** Tables, unions, maps and errors that carry data as parameters and results of calls, over every road. */

import * as assert from "uvu/assert";
import { Channel } from "../../../runtime/channel/channel.ts";
import type { InternalFault } from "../../../runtime/channel/failures.ts";
import { offer } from "../../../runtime/channel/interface.ts";
import type { Fd } from "../../../runtime/descriptor.ts";
import { InvalidError, PeerError } from "../../../runtime/errors.ts";
import { overEveryRoad } from "../../support/channels.ts";
import { openDescriptors } from "../../support/descriptor-count.ts";
import { type Generated, generated } from "../../support/generated.ts";
import { openFile } from "../../support/open-files.ts";
import type { Road } from "../../support/roads.ts";
import { rejection, until, within } from "../../support/within.ts";

const common = `
  table Where { 1: line: u32 = 1; }
  flexible error union ScriptError { 1: missing: string<8>; 2: at: Where; }
  interface Counter { add(by: u32) -> u32; }
  resource struct Opened { file: fd<file, read>; counter: own Counter; }
`;
const script = "interface Script { stat(at: Where, all: map<string<8>, Where, 4>) -> Where throws ScriptError;";

/** The same interface twice: the newer one has fields and arms that the older one does not know. */
const older = await generated(`${common}
  table Held { 1: size: u32 = 1; }
  flexible union Event { 1: none; }
  ${script} held(value: Held) -> u32; event(value: Event) -> Event; open() -> Opened; }`);
const newer = await generated(`${common}
  resource table Held { 1: size: u32 = 1; 2: opened: Opened; }
  flexible resource union Event { 1: none; 2: opened: Opened; 3: name: string<8>; }
  ${script} held(value: Held) -> u32; event(value: Event) -> Event; open() -> Opened; }`);

// biome-ignore lint/suspicious/noExplicitAny: the interfaces are made while the test runs.
type Untyped = any;

class Counting implements Disposable {
  released = false;
  count = 0;

  add(by: number): number {
    this.count += by;
    return this.count;
  }

  [Symbol.dispose](): void {
    this.released = true;
  }
}

/** A caller that has one generation of the interface, and a server that has another. */
class Served implements Disposable {
  readonly faults: InternalFault[] = [];
  readonly near: Channel;
  readonly far: Channel;
  readonly script: Untyped;

  constructor(road: Road, caller: Generated, server: Generated, implementation: object) {
    const [one, other] = road.pair();
    this.near = new Channel(one, {});
    const onFault = (fault: InternalFault) => this.faults.push(fault);
    this.far = new Channel(other, { offers: [offer(server["Script"], implementation)], onFault });
    this.script = this.near.bootstrap(caller["Script"], 0);
  }

  /** Waits until neither end holds an object of the other. */
  async nothingHeld(): Promise<void> {
    const held = () => [this.near, this.far].map(({ counts }) => counts.objectsExported + counts.objectsImported);
    await until(() => held().every((count) => count === 0), "both tables empty", 2_000);
  }

  [Symbol.dispose](): void {
    this.near.close();
    this.far.close();
  }
}

overEveryRoad("emit: values, served", (test, road) => {
  test("a handler and a caller may leave out what has a default, and neither finds it missing", async () => {
    const found: unknown[] = [];
    const stat = (at: unknown, all: ReadonlyMap<string, unknown>) => {
      found.push(at, [...all]);
      return {};
    };
    using served = new Served(road, older, older, { stat });
    const given = new Map([["a", {}]]);
    assert.equal(await within(served.script.stat({}, given)), { line: 1 });
    assert.equal(found, [{ line: 1 }, [["a", { line: 1 }]]]);
  });

  test("an error is caught with what it carries, by throw and by result", async () => {
    const { ScriptError } = older;
    const stat = ({ line }: { line: number }) => {
      throw new ScriptError(line === 1 ? { kind: "at", value: {} } : { kind: "missing", value: "f" });
    };
    using served = new Served(road, older, older, { stat });
    const error = (await within(rejection(served.script.stat({}, new Map())))) as Untyped;
    assert.instance(error, ScriptError);
    assert.equal([error.kind, error.value], ["at", { line: 1 }]);
    const result = (await within(served.script.result.stat({ line: 2 }, new Map()))) as Untyped;
    assert.equal([result.ok, result.error.kind, result.error.value], [false, "missing", "f"]);
    assert.equal(served.faults, []);
  });

  test("an error whose arm cannot be sent reaches its caller as Internal, and the log as it is", async () => {
    const stat = () => {
      throw new older["ScriptError"]({ kind: "missing", value: 3 });
    };
    using served = new Served(road, older, older, { stat });
    const error = await within(rejection(served.script.stat({}, new Map())));
    assert.instance(error, PeerError);
    assert.is((error as PeerError).code, "Internal");
    assert.is(served.faults.length, 1);
    assert.instance(served.faults[0]!.thrown, InvalidError);
  });

  test("an older server passes over what a newer caller sends, and keeps none of it", async () => {
    using served = new Served(road, newer, older, { held: ({ size }: { size: number }) => size });
    const opened = openDescriptors().length;
    const counter = new Counting();
    const file = openFile();
    assert.is(await within(served.script.held({ size: 7, opened: { file, counter } })), 7);
    await served.nothingHeld();
    assert.ok(file.closed);
    assert.ok(counter.released);
    assert.is(openDescriptors().length, opened);
  });

  test("an arm that a server does not know goes back to its caller as it came", async () => {
    using served = new Served(road, newer, older, { event: (value: unknown) => value });
    const back = (await within(served.script.event({ kind: "name", value: "n" }))) as Untyped;
    assert.equal([back.kind, back.value], ["name", "n"]);
  });

  test("but not when it brought what the server could not hold", async () => {
    const seen: Untyped[] = [];
    const event = (value: unknown) => {
      seen.push(value);
      return value;
    };
    using served = new Served(road, newer, older, { event });
    const counter = new Counting();
    const file = openFile();
    const arm = { kind: "opened", value: { file, counter } };
    assert.instance(await within(rejection(served.script.event(arm))), PeerError);
    assert.equal([seen[0].kind, seen[0].ordinal, seen[0].incomplete], ["unknown", 2, true]);
    await served.nothingHeld();
    assert.ok(counter.released);
    assert.ok(file.closed);
  });

  test("disposing of a result lets go of its descriptors and objects", async () => {
    const counter = new Counting();
    using served = new Served(road, older, older, { open: () => ({ file: openFile(), counter }) });
    let file: Fd | undefined;
    {
      using opened = (await within(served.script.open())) as Untyped;
      file = opened.file;
      assert.is(await within(opened.counter.add(3)), 3);
    }
    assert.ok(file!.closed);
    await served.nothingHeld();
    assert.ok(counter.released);
  });
});
