/**
 * Old and new ends of one interface, each way round, over real sockets: every change that the language's page allows
 * leaves what both ends know as it was, and every other is refused where the page says.
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Channel } from "../../runtime/channel/channel.ts";
import { offer } from "../../runtime/channel/interface.ts";
import type { RpcError } from "../../runtime/errors.ts";
import { leavesNothingOpen } from "../support/descriptor-count.ts";
import { type Generated, generated } from "../support/generated.ts";
import { openFile } from "../support/open-files.ts";
import { overSeqpacket, overStream, type Road } from "../support/roads.ts";
import { quiet, within } from "../support/within.ts";

/** The same members in both. */
const common = `
  interface Held { ping() -> u8; }
`;

const oldText = `${common}
  strict enum Level : u8 { low = 1; }
  flexible enum Kind : u8 { file = 1; }
  strict flags Rights : u8 { read = 1; }
  flexible flags Mode : u8 { read = 1; }
  flexible error Failure : u8 { full = 1; }
  strict error Refusal : u8 { no = 1; }
  flexible error union Trouble { 1: lost: string<8>; }
  strict error union Ruin { 1: lost: string<8>; }
  table Facts { 1: size: u32 = 7; 2: name: string<8>; 3: gone: u8; }
  flexible union Value { 1: number: i32; }
  strict union Choice { 1: yes; }
  type Text = string<4>;

  interface Service {
    level(v: Level) -> Level;
    kind(v: Kind) -> Kind;
    rights(v: Rights) -> Rights;
    mode(v: Mode) -> Mode;
    facts(v: Facts) -> Facts;
    value(v: Value) -> Value;
    choice(v: Choice) -> Choice;
    text(v: Text) -> Text;
    remove(v: u8) -> u8;
    rename(v: u8) -> u8;
    style(v: u8) -> u8;
    preset(v: u8 = 1) -> u8;
    tell(v: u8);
    pair(a: u8) -> u8;
    fail(v: u8) throws Failure;
    refuse(v: u8) throws Refusal;
    trouble(v: u8) throws Trouble;
    ruin(v: u8) throws Ruin;
    more(v: u8) throws Failure;
  }
`;

const newText = `${common}
  strict enum Level : u8 { low = 1; @since(1.1) high = 2; }
  flexible enum Kind : u8 { file = 1; @since(1.1) dir = 2; }
  strict flags Rights : u8 { read = 1; @since(1.1) write = 2; }
  flexible flags Mode : u8 { read = 1; @since(1.1) write = 2; }
  flexible error Failure : u8 { full = 1; @since(1.1) worn = 2; }
  strict error Refusal : u8 { no = 1; @since(1.1) never = 2; }
  flexible error union Trouble { 1: lost: string<8>; @since(1.1) 2: stuck: u32; }
  strict error union Ruin { 1: lost: string<8>; @since(1.1) 2: stuck: u32; }
  @since(1.1) strict error Fresh : u8 { fresh = 1; }
  resource table Facts {
    1: size: u32 = 9;
    2: name: string<8>;
    3: reserved;
    @since(1.1) 4: owner: string<8> = "nobody";
    @since(1.1) 5: file: fd<file, read>;
    @since(1.1) 6: held: own Held;
  }
  flexible resource union Value { 1: number: i32; @since(1.1) 2: text: string<8>; @since(1.1) 3: file: fd<file, read>; }
  strict union Choice { 1: yes; @since(1.1) 2: no; }
  type Text = string<8>;

  interface Service {
    level(v: Level) -> Level;
    kind(v: Kind) -> Kind;
    rights(v: Rights) -> Rights;
    mode(v: Mode) -> Mode;
    facts(v: Facts) -> Facts;
    value(v: Value) -> Value;
    choice(v: Choice) -> Choice;
    text(v: Text) -> Text;
    @selector("remove") unlink(v: u8) -> u8;
    renamed(v: u8) -> u8;
    sync style(v: u8) -> u8;
    preset(v: u8 = 2) -> u8;
    oneway tell(v: u8);
    pair(a: u8, b: u8) -> u8;
    fail(v: u8) throws Failure;
    refuse(v: u8) throws Refusal;
    trouble(v: u8) throws Trouble;
    ruin(v: u8) throws Ruin;
    more(v: u8) throws Failure | Fresh;
    @since(1.1) added(v: u8) -> u8;
  }
`;

type Age = "old" | "new";
const modules: { readonly [age in Age]: Generated } = {
  old: await generated(oldText, "1.0"),
  new: await generated(newText, "1.1"),
};

/** What a handler was given, and gives back as it came. */
const given: unknown[] = [];
const echo = (value: unknown): unknown => {
  given.push(value);
  return value;
};

/** Serves either interface: methods give back what they get, and those that fail do so with what their age has. */
function implementation(age: Age): object {
  const { FailureError, RefusalError, TroubleError, RuinError, FreshError } = modules[age];
  const echoing = ["level", "kind", "rights", "mode", "facts", "value", "choice", "text", "remove", "rename", "style"];
  const fresh = ["unlink", "renamed", "added"];
  return {
    ...Object.fromEntries(
      [...echoing, "preset", "pair", "tell", ...(age === "new" ? fresh : [])].map((name) => [name, echo]),
    ),
    fail: (v: number) => raise(new FailureError(v === 1 ? "full" : "worn")),
    refuse: (v: number) => raise(new RefusalError(v === 1 ? "no" : "never")),
    trouble: (v: number) =>
      raise(new TroubleError(v === 1 ? { kind: "lost", value: "a" } : { kind: "stuck", value: 5 })),
    ruin: (v: number) => raise(new RuinError(v === 1 ? { kind: "lost", value: "a" } : { kind: "stuck", value: 5 })),
    more: (v: number) => raise(v === 1 ? new FailureError("full") : new FreshError("fresh")),
  };
}

function raise(error: Error): never {
  throw error;
}

// biome-ignore lint/suspicious/noExplicitAny: a stub of generated code, which was made while the test runs.
type Stub = any;

/** What a call comes to: a value, or the code of an error and what its text must say. */
type Outcome = { readonly gives: unknown } | { readonly fails: string; readonly says?: RegExp };

/** A change, the call that shows it, and what comes of it for a caller and a server of these ages. */
interface Case {
  readonly what: string;
  readonly caller: Age;
  readonly server: Age;
  readonly call: (stub: Stub) => Promise<unknown>;
  readonly outcome: Outcome;
  /** What the handler must have been given, where that says more. */
  readonly hears?: unknown;
}

const gives = (value: unknown): Outcome => ({ gives: value });
const fails = (code: string, says?: RegExp): Outcome => (says === undefined ? { fails: code } : { fails: code, says });

const cases: Case[] = [];

/** A call whose outcome is the same whichever end is older, and where both are of an age. */
function alike(what: string, call: Case["call"], outcome: Outcome): void {
  for (const caller of ["old", "new"] as const)
    for (const server of ["old", "new"] as const) cases.push({ what, caller, server, call, outcome });
}

/** What a new caller meets: at an old server, and at a new one. */
function fromNew(what: string, call: Case["call"], atOld: Outcome, atNew: Outcome, hears?: unknown): void {
  cases.push({ what, caller: "new", server: "old", call, outcome: atOld, ...(hears === undefined ? {} : { hears }) });
  cases.push({ what, caller: "new", server: "new", call, outcome: atNew });
}

/** What a new caller meets at an old server. */
function atOld(what: string, call: Case["call"], outcome: Outcome): void {
  cases.push({ what, caller: "new", server: "old", call, outcome });
}

/** What an old caller meets at a new server. */
function fromOld(what: string, call: Case["call"], outcome: Outcome): void {
  cases.push({ what, caller: "old", server: "new", call, outcome });
}

const unknownText = { kind: "unknown", ordinal: 2, value: Uint8Array.of(1, 0, 0, 0, 0x61) };

alike("what both know: an enum", (s) => s.kind(1), gives(1));
alike("what both know: a strict enum", (s) => s.level(1), gives(1));
alike("what both know: flags", (s) => s.mode(1), gives(1));
alike("what both know: an arm", (s) => s.value({ kind: "number", value: 4 }), gives({ kind: "number", value: 4 }));
alike("what both know: an arm of a strict union", (s) => s.choice({ kind: "yes" }), gives({ kind: "yes" }));
alike("what both know: a text within the smaller limit", (s) => s.text("abcd"), gives("abcd"));
alike("what both know: an error", (s) => s.fail(1), fails("full"));
alike("what both know: an error that carries data", (s) => s.trouble(1), fails("lost"));
alike("a method that is blocking in one of them", (s) => s.style(3), gives(3));

fromNew(
  "a method is added",
  (s) => s.added(1),
  fails("Unimplemented", /^t\.Service\.added of version 1\.1: .*t\.Service 1\.0, .* no method with selector 0x/),
  gives(1),
);
fromNew("a method is renamed and keeps its selector", (s) => s.unlink(5), gives(5), gives(5));
fromOld("a method was renamed and keeps its selector", (s) => s.remove(5), gives(5));
fromNew("a method is renamed", (s) => s.renamed(5), fails("Unimplemented", /1\.1: .*1\.0/), gives(5));
fromOld("a method was renamed", (s) => s.rename(5), fails("Unimplemented", /1\.0: .*1\.1/));
fromNew("a flexible enum has a further member", (s) => s.kind(2), gives(2), gives(2), 2);
fromNew("flexible flags have a further member", (s) => s.mode(3), gives(3), gives(3), 3);
fromNew(
  "a flexible union has a further arm",
  (s) => s.value({ kind: "text", value: "a" }),
  gives({ kind: "text", value: "a" }),
  gives({ kind: "text", value: "a" }),
  unknownText,
);
fromOld("an unknown arm is sent on as it came", (s) => s.value(unknownText), gives(unknownText));
fromOld("a flexible error has a further member", (s) => s.fail(2), fails("UNKNOWN_2"));
fromOld("a flexible error union has a further arm", (s) => s.trouble(2), fails("unknown"));
fromNew(
  "a table has further fields, one with a default",
  (s) => s.facts({ name: "a", owner: "b" }),
  gives({ size: 7, name: "a", owner: "nobody", file: undefined, held: undefined }),
  gives({ size: 9, name: "a", owner: "b", file: undefined, held: undefined }),
  { size: 7, name: "a", gone: undefined },
);
fromOld(
  "a table's field was retired and others were added",
  (s) => s.facts({ name: "a", gone: 3 }),
  gives({ size: 9, name: "a", gone: undefined }),
);
fromNew("a default of a parameter is changed", (s) => s.preset(), gives(2), gives(2), 2);
fromOld("a default of a parameter was changed", (s) => s.preset(), gives(1));
fromNew(
  "a limit is raised",
  (s) => s.text("12345678"),
  fails("Disconnected", /longer than its limit of 4/),
  gives("12345678"),
);
fromOld("a limit was raised at the other end", (s) => s.text("12345678"), fails("Limit"));

const forgotten = gives({ size: 7, name: undefined, owner: "nobody", file: undefined, held: undefined });
atOld("a descriptor in a field that the server does not know", (s) => s.facts({ file: openFile() }), forgotten);
atOld("an object in a field that the server does not know", (s) => s.facts({ held: { ping: () => 1 } }), forgotten);

fromNew(
  "a strict enum has a further member",
  (s) => s.level(2),
  fails("Disconnected", /2 is not a value of Level/),
  gives(2),
);
fromOld("a strict enum is sent what it does not have", (s) => s.level(2), fails("Invalid"));
fromNew(
  "strict flags have a further member",
  (s) => s.rights(2),
  fails("Disconnected", /2 has bits that Rights does not/),
  gives(2),
);
fromNew(
  "a strict union has a further arm",
  (s) => s.choice({ kind: "no" }),
  fails("Disconnected", /2 is not the ordinal of an arm of Choice/),
  gives({ kind: "no" }),
);
fromOld("a strict error has a further member", (s) => s.refuse(2), fails("Protocol"));
fromOld("a strict error union has a further arm", (s) => s.ruin(2), fails("Protocol"));
fromOld("a method has become a oneway", (s) => s.tell(1), fails("Disconnected", /came as a call, which it is not/));
fromOld("a method throws a further error", (s) => s.more(2), fails("Protocol"));
fromNew(
  "a method has a further parameter",
  (s) => s.pair(1, 2),
  fails("Disconnected", /1 bytes are left over/),
  gives(1),
);
fromOld("a method had a further parameter", (s) => s.pair(1), fails("Disconnected", /ends in the middle of a value/));

for (const road of [overSeqpacket, overStream]) {
  const test = suite(`properties: evolution, over ${road.name}`);
  leavesNothingOpen(test);
  for (const one of cases) test(`${one.what}: ${one.caller} caller, ${one.server} server`, () => holds(one, road));

  test("the hello names the version and the fingerprint of what each end has", () => {
    const { Service: older } = modules.old;
    const { Service: newer } = modules.new;
    assert.equal([older.major, older.minor, newer.major, newer.minor], [1, 0, 1, 1]);
    assert.is.not(older.fingerprint, newer.fingerprint);
  });

  test("an unknown arm that lost its descriptor is not sent on", async () => {
    using ends = connected(road, "new", "old");
    const failure = await failureOf(ends.stub.value({ kind: "file", value: openFile() }));
    assert.is((failure as RpcError).code, "Internal");
    assert.is((given.at(-1) as { incomplete?: boolean }).incomplete, true);
  });

  test.run();
}

/** One call over a fresh pair of sockets. */
async function holds({ caller, server, call, outcome, hears }: Case, road: Road): Promise<void> {
  using ends = connected(road, caller, server);
  const answer = quiet(Promise.resolve(call(ends.stub)));
  if ("gives" in outcome) assert.equal(plain(await within(answer)), outcome.gives);
  else {
    const failure = await failureOf(answer);
    assert.is(failure.code ?? failure.kind, outcome.fails, String(failure));
    if (outcome.says !== undefined) assert.match(failure.message, outcome.says);
  }
  if (hears !== undefined) assert.equal(plain(given.at(-1)), hears);
  // What only this call could not do has left the channel as it was; what broke the wire's rules has ended it.
  if ("fails" in outcome && ["Protocol", "Disconnected"].includes(outcome.fails)) await within(ends.channel.closed);
  else assert.is(await within(ends.stub.kind(1)), 1);
}

async function failureOf(answer: Promise<unknown>): Promise<Error & { code?: string; kind?: string }> {
  const settled = await within(
    answer.then(
      (value) => ({ value }),
      (error: Error) => ({ error }),
    ),
  );
  if ("error" in settled) return settled.error;
  throw new Error(`It was to fail and gave ${JSON.stringify(settled.value)}.`);
}

/** What a value is but for its disposal. */
function plain(value: unknown): unknown {
  return typeof value === "object" && value !== null && Symbol.dispose in value
    ? Object.fromEntries(Object.entries(value))
    : value;
}

function connected(
  road: Road,
  caller: Age,
  server: Age,
): Disposable & { readonly stub: Stub; readonly channel: Channel } {
  const [one, other] = road.pair();
  const serving = new Channel(other, {
    offers: [offer(modules[server]["Service"], implementation(server))],
    onFault: () => {},
  });
  const channel = new Channel(one);
  return {
    stub: channel.bootstrap(modules[caller]["Service"]),
    channel,
    [Symbol.dispose]() {
      channel.close();
      serving.close();
    },
  };
}
