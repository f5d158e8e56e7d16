/** What can go wrong on the old route to an object, on either side of it. */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NPObject, NPUpcalls, NPVariant, type NPVariantInit, ScriptError } from "../../../generated/npapi.ts";
import { Channel } from "../../../runtime/channel/channel.ts";
import { type InternalFault, offer, type PeerError } from "../../../runtime/index.ts";
import { AsyncCalls } from "../../../runtime/npapi/async-calls.ts";
import { AsyncCallQuestions, postByAsyncCall } from "../../../runtime/npapi/old-route.ts";
import { answeringLater } from "../../../runtime/npapi/results-later.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { overLoopback } from "../../support/roads.ts";
import { type ScriptMethod, ScriptObject } from "../../support/script-object.ts";
import { rejection, turn, until, within } from "../../support/within.ts";

const old = suite("the old route to an object");
leavesNothingOpen(old);

/** A host with one object and a queue, and a plugin that holds both, in one process. */
class Stage implements Disposable {
  readonly faults: unknown[] = [];
  readonly ownFaults: InternalFault[] = [];
  readonly calls: AsyncCalls = new AsyncCalls({ onFault: (reason) => this.faults.push(reason) });
  readonly host: Channel;
  readonly plugin: Channel;
  readonly object: NPObject;
  readonly upcalls: NPUpcalls;

  constructor(call: ScriptMethod) {
    const [ours, theirs] = overLoopback.pair();
    const object = answeringLater(new ScriptObject({ "": call, known: () => NPVariant.bool(true) }));
    this.host = new Channel(ours, { offers: [offer(NPObject, object), offer(NPUpcalls, this.calls)] });
    this.plugin = new Channel(theirs, { onFault: (fault) => this.ownFaults.push(fault) });
    this.object = this.plugin.bootstrap(NPObject, 0);
    this.upcalls = this.plugin.bootstrap(NPUpcalls, 1);
  }

  [Symbol.dispose](): void {
    this.plugin.close();
    this.host.close();
  }
}

const text = (value: string) => [NPVariant.string(value)];
const echo: ScriptMethod = ([value]) => NPVariant.string(value?.kind === "string" ? value.value : "nothing");

/** What a promise is rejected with, as the kind of a `ScriptError`. */
async function kindOf(promise: Promise<unknown>): Promise<string> {
  const error = await rejection(promise);
  assert.instance(error, ScriptError);
  return (error as ScriptError).kind;
}

old("an object that throws fails the call that the host makes, and the one behind it runs", async () => {
  let heard = 0;
  using stage = new Stage(() => {
    heard++;
    throw new ScriptError({ kind: "thrown", value: { message: "not this" } });
  });
  for (let count = 0; count < 2; count++) await postByAsyncCall(stage.upcalls, stage.object, []);
  await until(() => stage.faults.length === 2, "both calls");
  assert.is(heard, 2);
  assert.equal(
    stage.faults.map((fault) => (fault as PeerError).code),
    ["Internal", "Internal"],
  );
  assert.is(stage.ownFaults.length, 2);
});

old("no more results are under way than may be, although every call is answered at once", async () => {
  const asked: (() => void)[] = [];
  using stage = new Stage(() => new Promise((resolve) => asked.push(() => resolve(NPVariant.void()))));
  await stage.object.setProperty("onresult", NPVariant.object(new ScriptObject({ "": () => NPVariant.void() })));
  const ask = () => stage.object.invokeDefault([NPVariant.int32(1)]);
  for (let count = 0; count < 1024; count++) await ask();
  assert.is(await kindOf(ask()), "thrown");
  await until(() => asked.length === 1024, "the object's calls");
  asked.pop()!();
  await until(() => stage.plugin.counts.callsServed === 1, "a result");
  await turn();
  await ask();
  assert.is(await kindOf(ask()), "thrown");
});

old("a message of an instance that is destroyed reaches nobody, and its sender is not told", async () => {
  let heard = 0;
  using stage = new Stage(() => void heard++);
  stage.calls.destroy();
  await postByAsyncCall(stage.upcalls, stage.object, text("too late"));
  await turn(10);
  assert.equal([heard, stage.plugin.counts.objectsExported], [0, 0]);
});

old("a message over a channel that has ended is refused", async () => {
  using stage = new Stage(echo);
  stage.plugin.close();
  assert.is(((await rejection(postByAsyncCall(stage.upcalls, stage.object, []))) as PeerError).code, "Disconnected");
});

old("results come to the questions that they answer, in whatever order", async () => {
  const waiting: (() => void)[] = [];
  using stage = new Stage(async (args) => {
    const answer = await echo(args);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return answer;
  });
  using questions = await AsyncCallQuestions.open(stage.upcalls, stage.object);
  const order: string[] = [];
  const answers = ["one", "two", "three"].map(async (question) => {
    const answer = await questions.ask(text(question));
    order.push(question);
    return "value" in answer && answer.value;
  });
  await until(() => waiting.length === 3, "all questions");
  for (const answer of waiting.toReversed()) answer();
  assert.equal(await within(Promise.all(answers)), ["one", "two", "three"]);
  assert.equal(order, ["three", "two", "one"]);
});

old("a question to which the object throws is rejected with its words", async () => {
  using stage = new Stage(() => {
    throw new ScriptError({ kind: "thrown", value: { message: "not this" } });
  });
  using questions = await AsyncCallQuestions.open(stage.upcalls, stage.object);
  const error = await rejection(questions.ask([]));
  assert.ok(error instanceof ScriptError && error.kind === "thrown");
  assert.is(error.value.message, "not this");
});

old("and with none of them where it failed by an error that is not a script's", async () => {
  using stage = new Stage(() => {
    throw new Error("a secret of the host's");
  });
  using questions = await AsyncCallQuestions.open(stage.upcalls, stage.object);
  const error = await rejection(questions.ask([]));
  assert.ok(error instanceof ScriptError && error.kind === "thrown");
  assert.is(error.value.message, "The object failed.");
});

/** What ends questions that are not answered yet. */
const endings: readonly (readonly [string, (stage: Stage, questions: AsyncCallQuestions) => void])[] = [
  ["are disposed of", (_, questions) => questions[Symbol.dispose]()],
  ["lose their channel", ({ plugin }) => plugin.close()],
  ["lose their host", ({ host }) => host.close()],
  ["are let go of by the object", ({ object }) => void object.removeProperty("onresult")],
  ["lose the object's ear to others", ({ object }) => void object.setProperty("onresult", NPVariant.null())],
];

for (const [ending, end] of endings)
  old(`questions that ${ending} are rejected, each once`, async () => {
    let asked = 0;
    using stage = new Stage(() => {
      asked++;
      return new Promise(() => {});
    });
    using questions = await AsyncCallQuestions.open(stage.upcalls, stage.object);
    const kinds = [kindOf(questions.ask([])), kindOf(questions.ask([]))];
    await until(() => asked === 2, "both questions");
    end(stage, questions);
    assert.equal(await Promise.all(kinds), ["destroyed", "destroyed"]);
  });

old("a question whose call is let go of before its turn is rejected", async () => {
  using stage = new Stage(() => new Promise(() => {}));
  using questions = await AsyncCallQuestions.open(stage.upcalls, stage.object);
  await stage.upcalls.pluginThreadAsyncCall(() => new Promise(() => {}));
  const kind = kindOf(questions.ask([]));
  await until(() => stage.calls.pending === 1, "it to wait");
  stage.calls.destroy();
  assert.is(await kind, "destroyed");
});

old("a question after the end is rejected", async () => {
  using stage = new Stage(echo);
  const questions = await AsyncCallQuestions.open(stage.upcalls, stage.object);
  for (let count = 0; count < 2; count++) {
    questions[Symbol.dispose]();
    assert.is(await kindOf(questions.ask(text("too late"))), "destroyed");
    // Also when the host has let go of where its results went.
    await until(() => stage.host.counts.objectsImported === 0, "the end of that");
  }
});

old("an object that answers later is otherwise as it was", async () => {
  using stage = new Stage(echo);
  using first = await stage.object.invokeDefault(text("at once"));
  assert.is("value" in first && first.value, "at once");
  {
    using _ = await AsyncCallQuestions.open(stage.upcalls, stage.object);
    assert.is(await kindOf(stage.object.invokeDefault(text("no number"))), "thrown");
    using known = await stage.object.invoke("known", []);
    assert.is("value" in known && known.value, true);
    assert.equal([await stage.object.hasMethod("known"), await stage.object.hasProperty("known")], [true, false]);
    for (const call of [stage.object.getProperty("x"), stage.object.setProperty("x", NPVariant.null())])
      assert.is(await kindOf(call), "noSuchMember");
    assert.is(await kindOf(stage.object.construct([])), "notCallable");
    await stage.object.removeProperty("x");
    assert.ok((await stage.object.enumerate()).includes("known"));
  }
  await until(() => stage.host.counts.objectsImported === 0, "the end of whom it answered");
  using last = await stage.object.invokeDefault(text("at once again"));
  assert.is("value" in last && last.value, "at once again");
});

old("where the results go to is an object that can be called and has nothing else", async () => {
  let results: NPObject | undefined;
  const [ours, theirs] = overLoopback.pair();
  const host = new Channel(ours, {
    offers: [
      offer(
        NPObject,
        takingResults((value) => (results = value)),
      ),
      offer(NPUpcalls, new AsyncCalls()),
    ],
  });
  const plugin = new Channel(theirs);
  using questions = await AsyncCallQuestions.open(plugin.bootstrap(NPUpcalls, 1), plugin.bootstrap(NPObject, 0));
  using taker = results!;
  assert.equal([await taker.hasMethod("x"), await taker.hasProperty("x"), await taker.enumerate()], [false, false, []]);
  assert.is(await kindOf(taker.invoke("x", text("y"))), "noSuchMember");
  assert.is(await kindOf(taker.getProperty("x")), "noSuchMember");
  assert.is(await kindOf(taker.setProperty("x", NPVariant.null())), "refused");
  assert.is(await kindOf(taker.construct([])), "notCallable");
  await taker.removeProperty("x");
  // Answers that nobody has asked for are dropped, and what they hold is let go of.
  let letGo = 0;
  const held = (): NPVariantInit =>
    NPVariant.object(Object.assign(new ScriptObject(), { [Symbol.dispose]: () => void letGo++ }));
  const madeUp = [[], [held()], [NPVariant.int32(7), held()], [NPVariant.int32(7), held(), held(), held()]];
  for (const args of madeUp) (await taker.invokeDefault(args))[Symbol.dispose]();
  await taker.post([NPVariant.string("x"), held()]);
  await until(() => letGo === 6, "all to be let go of");
  await taker.post([]);
  await taker.invalidate();
  assert.ok(questions);
  plugin.close();
  host.close();
});

/** An object that keeps what its property `onresult` is set to. */
function takingResults(take: (results: NPObject) => void): ScriptObject {
  const object = new ScriptObject();
  return Object.assign(object, {
    setProperty(_name: string, value: NPVariant) {
      if (value.kind === "object") take(value.value);
    },
  });
}

old.run();
