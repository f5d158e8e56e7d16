/** Tables, unions, maps and resources through the code that is generated for them: bytes, defaults, views, disposal. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fd } from "../../../runtime/descriptor.ts";
import { InvalidError, type RpcError } from "../../../runtime/errors.ts";
import type { Decoder } from "../../../runtime/marshal/decoder.ts";
import { leavesNothingOpen, openDescriptors } from "../../support/descriptor-count.ts";
import { type AnyCodec, generated } from "../../support/generated.ts";
import { decoded, decoderOf, encoded, freshEncoder, thrownBy } from "../../support/marshalling.ts";
import { openFile } from "../../support/open-files.ts";
import { typecheck } from "../../support/typecheck.ts";
import { type Bytes, join as bytes, hex, string, u8, u16, u32 } from "../../support/wire.ts";

const test = suite("emit: values at work");

const place = { syscall: "m" };

function encode(codec: AnyCodec, value: unknown): Bytes {
  return encoded((e) => codec.encode(e, value));
}

function decode<T>(codec: AnyCodec, from: Bytes): T {
  return decoded(from, (d) => codec.decode(d) as T);
}

/** A field's or an arm's envelope and value, as docs/protocol.md says; its counts and length are right unless said. */
function envelope(ordinal: number, value: Bytes, wrong: { fds?: number; caps?: number; length?: number } = {}): Bytes {
  return bytes(u16(ordinal), u8(wrong.fds ?? 0), u8(wrong.caps ?? 0), u32(wrong.length ?? value.length), value);
}

function table(...fields: readonly Bytes[]): Bytes {
  return bytes(u32(fields.length), ...fields);
}

const values = await generated(`
  flexible enum Kind : u8 { other = 0; regular = 1; }
  struct Pair { a: u8; b: u16; }
  table Stat { 1: ino: u64; 2: kind: Kind = Kind.regular; 3: size: u32 = 7; 4: pair: Pair; 6: name: string<8> = "none"; 7: inner: Stat; }
  table Odd { 3: constructor: u8 = 1; 2: __proto__: u8; 5: v: u8; 1: then: u8; }
  table Empty {}
  table Single { 1: tenth: f32 = 0.1; 2: large: f32 = 16777217; 3: tiny: f32 = 1e-60; }
  strict union Value { 1: void; 2: int32: i32; 3: text: string<8>; 4: list: list<Value, 8>; 5: stat: Stat; }
  flexible union Open { 1: none; 2: number: u32; 3: unknown: u8; 4: stat: Stat; }
  flexible union OddArms { 1: constructor: u8; 2: then: u8; 3: kind: u8; 4: value: u8; 5: __proto__: u8; 6: toString; 7: unknown; 8: ordinal: u8; }
  struct Node { name: string<8>; nodes: list<Node, 4>; }
  struct Chain { next: Chain?; }
  type Numbers = map<u16, string<8>, 3>;
  struct Maps { numbers: Numbers; wide: map<u64, u8, 4>; texts: map<string<16>, Stat, 4>; kinds: map<Kind, u8, 4>; }
`);

// ---------------------------------------------------------------- tables

test("a table is a count and its fields, each in an envelope", () => {
  const written = encode(values["Stat$"]!, { ino: 5n, kind: 0, pair: { a: 1, b: 2 } });
  assert.equal(
    written,
    table(envelope(1, bytes(u32(5), u32(0))), envelope(2, u8(0)), envelope(4, bytes(u8(1), u16(2)))),
  );
});

test("a table is, byte for byte, as in the example of docs/protocol.md", async () => {
  const page = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
  const example = /A table of two fields.*?```\n(.*?)```/s.exec(page)![1]!;
  const { T$: codec } = await generated("table T { 1: a: u32; 3: b: string<8>; }");
  const message = hex(example.replace(/ {2,}\D.*$/gm, ""));
  assert.equal(encode(codec!, { a: 7, b: "hi" }), message);
  assert.equal(decode(codec!, message), { a: 7, b: "hi" });
});

test("what is absent is its default to a reader, or undefined", () => {
  const stat = decode<object>(values["Stat$"]!, u32(0));
  assert.equal(stat, { ino: undefined, kind: 1, size: 7, pair: undefined, name: "none", inner: undefined });
  assert.equal(Object.keys(stat), ["ino", "kind", "size", "pair", "name", "inner"]);
});

test("a table comes back as it went, whatever part of it is there", () => {
  const whole = { ino: 2n ** 64n - 1n, kind: 9, size: 0, pair: { a: 0, b: 65535 }, name: "", inner: { size: 3 } };
  for (let parts = 0; parts < 64; parts++) {
    const given = Object.fromEntries(Object.entries(whole).filter((_, index) => parts & (1 << index)));
    const back = decode<Record<string, unknown>>(values["Stat$"]!, encode(values["Stat$"]!, given));
    for (const [name, value] of Object.entries(whole)) {
      if (name === "inner") continue;
      const absent = { kind: 1, size: 7, name: "none" } as Record<string, unknown>;
      assert.equal(back[name], name in given ? value : absent[name], name);
    }
    assert.is((back["inner"] as { size: number } | undefined)?.size, "inner" in given ? 3 : undefined);
  }
});

test("a default of 32 bits is the value that it would be if it were sent", () => {
  const absent = decode<object>(values["Single$"]!, u32(0));
  assert.equal(absent, { tenth: Math.fround(0.1), large: 16777216, tiny: 0 });
  const sent = encode(values["Single$"]!, { tenth: 0.1, large: 16777217, tiny: 1e-60 });
  assert.equal(decode(values["Single$"]!, sent), absent);
});

test("undefined and null are both absent, and zero is not", () => {
  for (const absent of [{}, { size: undefined }, { size: null }])
    assert.equal(encode(values["Stat$"]!, absent), u32(0));
  assert.equal(encode(values["Stat$"]!, { size: 0 }), table(envelope(3, u32(0))));
});

test("fields go out in the order of their ordinals, whatever they are called and wherever they are declared", () => {
  const odd = { v: 5, constructor$: 3, __proto__$: 2, then$: 1 };
  const message = encode(values["Odd$"]!, odd);
  const { __proto__$: proto, ...rest } = decode<Record<string, unknown>>(values["Odd$"]!, message);
  assert.is(proto, 2);
  assert.equal(Object.entries(rest).sort(), [
    ["constructor$", 3],
    ["then$", 1],
    ["v", 5],
  ]);
  assert.equal(message, table(...[1, 2, 3, 5].map((ordinal) => envelope(ordinal, u8(ordinal)))));
  // What an object inherits is not a field of it.
  assert.is(decode<{ constructor$: unknown }>(values["Odd$"]!, u32(0)).constructor$, 1);
  assert.equal(encode(values["Odd$"]!, {}), u32(0));
});

test("a table without fields reads one that has come to have some", () => {
  assert.equal(encode(values["Empty$"]!, {}), u32(0));
  assert.equal(decode(values["Empty$"]!, table(envelope(1, u8(1)), envelope(9, string("new")))), {});
});

for (const [what, message] of [
  ["a field twice", table(envelope(3, u32(1)), envelope(3, u32(1)))],
  ["fields out of order", table(envelope(3, u32(1)), envelope(2, u8(1)))],
  ["unknown fields out of order", table(envelope(90, u8(1)), envelope(80, u8(1)))],
  ["an unknown field twice", table(envelope(90, u8(1)), envelope(90, u8(1)))],
  ["ordinal 0", table(envelope(0, u8(1)))],
  ["a value shorter than its envelope", table(envelope(3, bytes(u32(1), u8(0))))],
  ["a value longer than its envelope", table(envelope(3, u32(1), { length: 3 }))],
  ["an envelope of no bytes about a value of some", table(envelope(2, u8(1), { length: 0 }))],
  ["an envelope longer than the message", table(envelope(3, u32(1), { length: 5 }))],
  ["an envelope as long as can be", table(envelope(3, u32(1), { length: 0xffff_ffff }))],
  ["an unknown field longer than the message", table(envelope(90, u8(1), { length: 2 }))],
  ["an envelope that claims a descriptor", table(envelope(3, u32(1), { fds: 1 }))],
  ["an envelope that claims a reference", table(envelope(3, u32(1), { caps: 1 }))],
  ["an unknown field that claims descriptors", table(envelope(90, u8(1), { fds: 255 }))],
  ["an unknown field that claims references", table(envelope(90, u8(1), { caps: 255 }))],
  ["fewer fields than the count", bytes(u32(2), envelope(3, u32(1)))],
  ["more fields than the count", bytes(u32(1), envelope(2, u8(1)), envelope(3, u32(1)))],
  ["a count beyond all bounds", bytes(u32(0xffff_ffff), envelope(3, u32(1)))],
  [
    "an inner table that ends after its envelope",
    table(envelope(7, table(envelope(3, u32(1))), { length: 12 }), u32(0)),
  ],
  [
    "an inner field that reaches out of its table",
    table(envelope(7, table(envelope(90, u8(1), { length: 9 })), { length: 13 }), envelope(90, u8(0))),
  ],
  ["a value that its type refuses", table(envelope(6, bytes(u32(1), u8(0xff))))],
] as const) {
  test(`${what} is refused`, () => {
    thrownBy(() => decode(values["Stat$"]!, message), "Protocol");
  });
}

test("a value of a table is held to its type when it is written", () => {
  for (const wrong of [{ ino: 5 }, { kind: 256 }, { size: "7" }, { name: 1 }, { pair: { a: -1, b: 0 } }])
    thrownBy(() => encode(values["Stat$"]!, wrong), "Invalid");
  thrownBy(() => encode(values["Stat$"]!, { name: "more than 8" }), "Limit");
});

test("nothing of a table is read past the end of its message, wherever that is", () => {
  const message = encode(values["Stat$"]!, { ino: 1n, kind: 1, pair: { a: 1, b: 2 }, name: "n", inner: { inner: {} } });
  for (let end = 0; end < message.length; end++)
    thrownBy(() => decode(values["Stat$"]!, message.slice(0, end)), "Protocol");
});

// ---------------------------------------------------------------- evolution

const older = await generated(`
  table Entry { 1: name: string<8>; 3: size: u32 = 1; }
  flexible union Event { 1: opened: string<8>; 2: closed; }
  strict union Strict { 1: a; }
`);
const newer = await generated(`
  table Entry { 1: name: string<8>; 2: tags: list<string<8>, 4>; 3: size: u32 = 2; 4: inner: Entry; 9: mode: u8 = 5; }
  flexible union Event { 1: opened: string<8>; 2: closed; 3: renamed: Entry; 4: gone; }
  strict union Strict { 1: a; 2: b: u8; }
`);

test("an older reader passes over the fields of a newer writer", () => {
  const message = encode(newer["Entry$"]!, { name: "a", tags: ["x", "yy"], size: 3, inner: { name: "b" }, mode: 6 });
  assert.equal(decode(older["Entry$"]!, message), { name: "a", size: 3 });
});

test("a newer reader fills in what an older writer does not know, with its own defaults", () => {
  const message = encode(older["Entry$"]!, { name: "a" });
  assert.equal(decode(newer["Entry$"]!, message), {
    name: "a",
    tags: undefined,
    size: 2,
    inner: undefined,
    mode: 5,
  });
});

for (const [what, arm] of [
  ["with a value", { kind: "renamed", value: { name: "n", tags: ["t"] } }],
  ["without one", { kind: "gone" }],
] as const) {
  test(`an arm that an older end does not know, ${what}, passes through it byte for byte`, () => {
    const message = encode(newer["Event$"]!, arm);
    const unknown = decode<{ kind: string; ordinal: number; value: Bytes }>(older["Event$"]!, message);
    assert.is(unknown.kind, "unknown");
    assert.is(unknown.ordinal, arm.kind === "gone" ? 4 : 3);
    assert.equal(encode(older["Event$"]!, unknown), message);
    assert.is(decode<{ kind: string }>(newer["Event$"]!, message).kind, arm.kind);
  });
}

test("an arm that an older end does know arrives from a newer one as itself", () => {
  assert.equal(decode(older["Event$"]!, encode(newer["Event$"]!, newer["Event"].opened("x"))), {
    kind: "opened",
    value: "x",
  });
});

test("a strict union refuses the arm of a newer one", () => {
  const error = thrownBy(
    () => decode(older["Strict$"]!, encode(newer["Strict$"]!, { kind: "b", value: 1 })),
    "Protocol",
  );
  assert.match(error.message, /2 .*Strict/);
});

// ---------------------------------------------------------------- unions

test("a union is an envelope and the value, which an arm of a name alone has none of", () => {
  assert.equal(encode(values["Value$"]!, values["Value"].int32(-2)), envelope(2, u32(0xffff_fffe)));
  assert.equal(encode(values["Value$"]!, values["Value"].void()), envelope(1, bytes()));
});

test("every arm comes back as it went", () => {
  const { Value } = values;
  for (const arm of [
    Value.void(),
    Value.int32(7),
    Value.text("häh"),
    Value.list([]),
    Value.list([Value.void(), Value.list([Value.int32(1), Value.text("")])]),
  ])
    assert.equal(decode(values["Value$"]!, encode(values["Value$"]!, arm)), arm);
});

test("arms keep names that mean something else in JavaScript", () => {
  const { OddArms } = values;
  for (const [name, kind] of Object.entries({ __proto__$: "__proto__$", unknown$: "unknown$" }))
    assert.is((name === "unknown$" ? OddArms[name]() : OddArms[name](1)).kind, kind);
  for (const name of ["constructor", "then", "kind", "value", "__proto__$", "ordinal"]) {
    const arm = { kind: name, value: 1 };
    assert.equal(OddArms[name](1), arm);
    assert.equal(decode(values["OddArms$"]!, encode(values["OddArms$"]!, arm)), arm);
  }
  assert.equal(decode(values["OddArms$"]!, encode(values["OddArms$"]!, OddArms.toString())), { kind: "toString" });
});

for (const [what, message] of [
  ["an ordinal that is not there", envelope(6, bytes())],
  ["ordinal 0", envelope(0, bytes())],
  ["a value after an arm that has none", envelope(1, u8(0))],
  ["no value for an arm that has one", envelope(2, bytes())],
  ["a value shorter than its envelope", envelope(2, bytes(u32(1), u8(0)))],
  ["an envelope longer than the message", envelope(2, u32(1), { length: 5 })],
  ["an envelope shorter than its value", envelope(2, u32(1), { length: 3 })],
  ["an envelope that claims a descriptor", envelope(2, u32(1), { fds: 1 })],
  ["an envelope that claims a reference", envelope(2, u32(1), { caps: 1 })],
  ["half an envelope", bytes(u16(1), u16(0))],
] as const) {
  test(`a union with ${what} is refused`, () => {
    thrownBy(() => decode(values["Value$"]!, message), "Protocol");
  });
}

test("a flexible union, too, has no arm 0 and none that reaches out of its message", () => {
  thrownBy(() => decode(values["Open$"]!, envelope(0, u8(1))), "Protocol");
  thrownBy(() => decode(values["Open$"]!, envelope(90, u8(1), { length: 2 })), "Protocol");
  thrownBy(() => decode(values["Open$"]!, envelope(90, u8(1), { fds: 1 })), "Protocol");
  thrownBy(() => decode(values["Open$"]!, envelope(90, u8(1), { caps: 1 })), "Protocol");
});

for (const wrong of [{ kind: "nothing" }, { kind: "" }, { kind: 1 }, {}, { kind: "toString" }, { kind: "unknown" }]) {
  test(`${JSON.stringify(wrong)} is no arm, and nothing is written of it`, () => {
    thrownBy(() => encode(values["Value$"]!, wrong), "Invalid");
    thrownBy(() => encode(values["Open$"]!, wrong), "Invalid");
  });
}

for (const [what, arm] of [
  ["an ordinal of 0", { ordinal: 0, value: new Uint8Array() }],
  ["an ordinal above 65535", { ordinal: 65536, value: new Uint8Array() }],
  ["an ordinal that is no integer", { ordinal: 1.5, value: new Uint8Array() }],
  ["a value that is not bytes", { ordinal: 9, value: "text" }],
  ["a value that was let go of in part", { ordinal: 9, value: new Uint8Array(), incomplete: true }],
] as const) {
  test(`an unknown arm with ${what} is not sent`, () => {
    thrownBy(() => encode(values["Open$"]!, { kind: "unknown", ...arm }), "Invalid");
  });
}

test("an arm's own value is held to its type", () => {
  thrownBy(() => encode(values["Value$"]!, { kind: "int32", value: 2 ** 31 }), "Invalid");
  thrownBy(() => encode(values["Value$"]!, { kind: "int32" }), "Invalid");
  thrownBy(() => encode(values["Value$"]!, { kind: "list", value: [{ kind: "void" }, { kind: "no" }] }), "Invalid");
});

// ---------------------------------------------------------------- maps

test("a map is a count and its entries", () => {
  const given = { numbers: new Map([[1, "a"]]), wide: new Map(), texts: new Map(), kinds: new Map([[3, 4]]) };
  assert.equal(
    encode(values["Maps$"]!, given),
    bytes(u32(1), u16(1), string("a"), u32(0), u32(0), u32(1), u8(3), u8(4)),
  );
});

test("a map comes back as it went, in its order", () => {
  const given = {
    numbers: new Map([
      [2, "b"],
      [1, "a"],
    ]),
    wide: new Map([[2n ** 63n, 1]]),
    texts: new Map([["__proto__", { ...decode<object>(values["Stat$"]!, u32(0)), size: 3 }]]),
    kinds: new Map([[200, 0]]),
  };
  const back = decode<typeof given>(values["Maps$"]!, encode(values["Maps$"]!, given));
  assert.equal(back, given);
  assert.equal([...back.numbers.keys()], [2, 1]);
});

const noMaps = { numbers: new Map(), wide: new Map(), texts: new Map(), kinds: new Map() };

for (const [what, message] of [
  ["a key twice", bytes(u32(2), u16(1), string("a"), u16(1), string("a"), u32(0), u32(0), u32(0))],
  ["a wide key twice", bytes(u32(0), u32(2), u32(1), u32(1), u8(0), u32(1), u32(1), u8(1), u32(0), u32(0))],
  ["a text twice for a key", bytes(u32(0), u32(0), u32(2), string("k"), u32(0), string("k"), u32(0), u32(0))],
  ["a count longer than the message", bytes(u32(3), u16(1), string("a"))],
] as const) {
  test(`${what} in a map is refused`, () => {
    thrownBy(() => decode(values["Maps$"]!, message), "Protocol");
  });
}

test("a map is held to its limit at both ends, before anything is read", () => {
  const four = new Map([0, 1, 2, 3].map((key) => [key, ""]));
  thrownBy(() => encode(values["Maps$"]!, { ...noMaps, numbers: four }), "Limit");
  thrownBy(() => decode(values["Maps$"]!, u32(4)), "Limit");
});

test("what is not a map is refused, and so is a map that changes while it is read", () => {
  for (const wrong of [{}, [], [[1, "a"]], null, undefined, new Set([1]), new WeakMap()])
    thrownBy(() => encode(values["Maps$"]!, { ...noMaps, numbers: wrong }), "Invalid");
  const growing = new Map<string, object>();
  growing.set("a", {
    get size() {
      growing.set("b", {});
      return 1;
    },
  });
  thrownBy(() => encode(values["Maps$"]!, { ...noMaps, texts: growing }), "Invalid");
});

test("keys and values of a map are held to their types", () => {
  thrownBy(() => encode(values["Maps$"]!, { ...noMaps, numbers: new Map([["1", "a"]]) }), "Invalid");
  thrownBy(() => encode(values["Maps$"]!, { ...noMaps, numbers: new Map([[1, 2]]) }), "Invalid");
  thrownBy(() => encode(values["Maps$"]!, { ...noMaps, wide: new Map([[1, 2]]) }), "Invalid");
});

// ---------------------------------------------------------------- depth

/** A value of `levels` levels of each recursive type. */
const nested: Readonly<Record<string, (levels: number) => unknown>> = {
  Stat$: (levels) => nest(levels, {}, (inner) => ({ inner })),
  Value$: (levels) => nest(levels, { kind: "void" }, (inner) => ({ kind: "list", value: [inner] })),
  Node$: (levels) => nest(levels, { name: "", nodes: [] }, (inner) => ({ name: "", nodes: [inner] })),
  Chain$: (levels) => nest(levels, {}, (next) => ({ next })),
};

function nest(levels: number, core: unknown, around: (inner: unknown) => unknown): unknown {
  let value = core;
  for (let level = 1; level < levels; level++) value = around(value);
  return value;
}

for (const [name, make] of Object.entries(nested)) {
  const codec = values[name as `${string}$`]!;
  test(`${name.slice(0, -1)} in itself goes 64 levels deep and no deeper, at either end`, () => {
    decode(codec, encode(codec, make(64)));
    thrownBy(() => encode(codec, make(65)), "Limit");
    thrownBy(() => decode(codec, bomb(name, 65)), "Limit");
    thrownBy(() => decode(codec, bomb(name, 50_000)), "Limit");
  });
  test(`a ${name.slice(0, -1)} that holds itself is refused and not followed for ever`, () => {
    const value = make(2) as Record<string, unknown>;
    for (const key of ["inner", "next"]) if (key in value) value[key] = value;
    for (const key of ["nodes", "value"]) if (key in value) value[key] = [value];
    thrownBy(() => encode(codec, value), "Limit");
  });
}

/** The bytes of a value that is `levels` deep, as far as a reader comes that stops at 64. */
function bomb(name: string, levels: number): Bytes {
  const core = { Stat$: u32(0), Value$: envelope(1, bytes()), Node$: bytes(u32(0), u32(0)), Chain$: u8(0) }[name]!;
  const shell = {
    Stat$: (length: number) => bytes(u32(1), u16(7), u16(0), u32(length)),
    Value$: (length: number) => bytes(u16(4), u16(0), u32(length + 4), u32(1)),
    Node$: () => bytes(u32(0), u32(1)),
    Chain$: () => u8(1),
  }[name]!;
  const shells: Bytes[] = [core];
  let length = core.length;
  for (let level = 1; level < levels; level++) {
    const next = shell(length);
    shells.push(next);
    length += next.length;
  }
  return bytes(...shells.reverse());
}

test("depth is counted anew for each value beside another, and for each message", () => {
  const { Value } = values;
  const deep = nested["Value$"]!(63);
  encode(values["Value$"]!, Value.list([deep, deep, deep]));
  const encoder = freshEncoder();
  for (let time = 0; time < 3; time++) {
    encoder.begin();
    thrownBy(() => values["Value$"]!.encode(encoder, nested["Value$"]!(65)), "Limit");
    encoder.rollback();
  }
  encoder.begin();
  values["Value$"]!.encode(encoder, nested["Value$"]!(64));
});

// ---------------------------------------------------------------- errors that carry data

const failing = await generated(`
  table Where { 1: line: u32 = 1; }
  flexible error union ScriptError { 1: missing: string<8>; 2: destroyed; 3: syntax: Where; }
  flexible error union NewerError { 1: missing: string<8>; 9: other: u8; }
  strict error union Trouble { 1: gone; 2: message: string<8>; 3: stack: u8; }
  interface I { m() throws ScriptError | NewerError | Trouble; }
`);

interface ErrorCodecLike {
  claims(thrown: unknown): boolean;
  decode(decoder: Decoder, at: typeof place): Error & { kind: string; value?: unknown };
}

function caught(codec: AnyCodec, thrown: unknown): Error & { kind: string; value?: unknown } {
  const reader = codec as unknown as ErrorCodecLike;
  assert.ok(reader.claims(thrown));
  return decoded(encode(codec, thrown), (d) => reader.decode(d, place));
}

test("an error is caught as the arm that was thrown", () => {
  const { ScriptError, ScriptErrorArm } = failing;
  const error = caught(failing["ScriptError$"]!, new ScriptError(ScriptErrorArm.missing("f")));
  assert.instance(error, ScriptError);
  assert.instance(error, Error);
  assert.is(error.name, "ScriptError");
  assert.is(error.kind, "missing");
  assert.is(error.value, "f");
  assert.match(error.stack!, /^ScriptError: missing\n/);
});

test("an error without a value has none, and a table in one has its defaults", () => {
  const { ScriptError } = failing;
  assert.not.ok("value" in caught(failing["ScriptError$"]!, new ScriptError({ kind: "destroyed" })));
  assert.equal(caught(failing["ScriptError$"]!, new ScriptError({ kind: "syntax", value: {} })).value, { line: 1 });
});

test("an error union not called one gives its class the name that says so", () => {
  const { Trouble, TroubleError } = failing;
  const error = caught(failing["Trouble$"]!, new TroubleError(Trouble.message("why")));
  assert.is(error.kind, "message");
  assert.is(error.value, "why");
  assert.is(error.message, "message");
  assert.type(caught(failing["Trouble$"]!, new TroubleError(Trouble.stack(3))).stack, "string");
});

test("an error keeps its cause at home", () => {
  const { TroubleError } = failing;
  const cause = new Error("disk");
  const thrown = new TroubleError({ kind: "gone" }, { cause });
  assert.is(thrown.cause, cause);
  assert.not.ok("cause" in caught(failing["Trouble$"]!, thrown));
});

test("an error is claimed by its own codec and no other", () => {
  const claims = (name: `${string}$`, thrown: unknown) => (failing[name] as unknown as ErrorCodecLike).claims(thrown);
  const thrown = new failing["ScriptError"]({ kind: "destroyed" });
  assert.ok(claims("ScriptError$", thrown));
  assert.not.ok(claims("NewerError$", thrown));
  for (const other of [{ kind: "destroyed" }, new Error("destroyed"), null, undefined, "destroyed"])
    assert.not.ok(claims("ScriptError$", other));
});

test("an arm of a flexible error that is not known is thrown on as it came", () => {
  const message = encode(failing["NewerError$"]!, new failing["NewerError"]({ kind: "other", value: 3 }));
  const reader = failing["ScriptError$"]! as unknown as ErrorCodecLike;
  const error = decoded(message, (d) => reader.decode(d, place));
  assert.is(error.kind, "unknown");
  assert.equal({ ...error }, { name: "ScriptError", kind: "unknown", ordinal: 9, value: u8(3) });
  assert.equal(encode(failing["ScriptError$"]!, error), message);
});

test("an arm of a strict error that is not known is refused at both ends", () => {
  const reader = failing["Trouble$"]! as unknown as ErrorCodecLike;
  thrownBy(() => decoded(envelope(4, bytes()), (d) => reader.decode(d, place)), "Protocol");
  thrownBy(() => encode(failing["Trouble$"]!, new failing["TroubleError"]({ kind: "went" })), "Invalid");
});

// ---------------------------------------------------------------- descriptors in envelopes, and disposal

const holding = await generated(`
  resource struct Opened { name: string<8>; file: fd<file, read>; }
  resource table Files { 1: first: fd<file, read>; 2: size: u32 = 4; 3: more: list<Opened, 4>; 4: last: fd<file, read>; }
  resource table OldFiles { 2: size: u32 = 4; 4: last: fd<file, read>; }
  flexible resource union Source { 1: none; 2: opened: Opened; 3: files: Files; 4: byName: map<string<8>, fd<file, read>, 4>; }
  flexible union OldSource { 1: none; }
  flexible resource error union Refusal { 1: instead: fd<file, read>; }
  interface I { m() throws Refusal; }
`);

function file(): Fd {
  return openFile();
}

/** As many descriptors as came with a message, with no owner yet. */
function arrived(count: number): number[] {
  return Array.from({ length: count }, () => openFile().release());
}

/** Writes a value, and reads what arrives with `reader`; returns what was read with what came of it. */
function passed<T>(writer: AnyCodec, reader: AnyCodec, value: unknown): { readonly value: T; readonly bytes: Bytes } {
  const encoder = freshEncoder();
  encoder.begin();
  writer.encode(encoder, value);
  const message = encoder.extract();
  const decoder = decoderOf(message.bytes as Bytes, message.descriptors);
  try {
    const read = reader.decode(decoder) as T;
    decoder.finish();
    return { value: read, bytes: message.bytes as Bytes };
  } catch (error) {
    decoder.abandon();
    throw error;
  }
}

test("an envelope says how many descriptors are in it", () => {
  const before = openDescriptors().length;
  const value = {
    first: file(),
    more: [
      { name: "a", file: file() },
      { name: "b", file: file() },
    ],
    last: file(),
  };
  const { value: read, bytes: message } = passed<Disposable>(holding["Files$"]!, holding["Files$"]!, value);
  assert.equal(
    message,
    table(
      envelope(1, u32(0), { fds: 1 }),
      envelope(3, bytes(u32(2), string("a"), u32(1), string("b"), u32(2)), { fds: 2 }),
      envelope(4, u32(3), { fds: 1 }),
    ),
  );
  read[Symbol.dispose]();
  assert.is(openDescriptors().length, before);
});

test("disposing of a value closes all that is in it, once, and leaves what has moved", () => {
  const before = openDescriptors().length;
  const value = {
    kind: "files",
    value: {
      more: [
        { name: "a", file: file() },
        { name: "b", file: file() },
      ],
    },
  };
  const { value: read } = passed<Disposable & { value: { more: { file: Fd }[] } }>(
    holding["Source$"]!,
    holding["Source$"]!,
    value,
  );
  const kept = Fd.adopt(read.value.more[1]!.file.release());
  read[Symbol.dispose]();
  read[Symbol.dispose]();
  assert.ok(read.value.more[0]!.file.closed);
  assert.not.ok(kept.closed);
  kept.close();
  assert.is(openDescriptors().length, before);
});

test("disposing reaches into maps, and is nothing where nothing is held", () => {
  const before = openDescriptors().length;
  const byName = new Map([
    ["a", file()],
    ["b", file()],
  ]);
  passed<Disposable>(holding["Source$"]!, holding["Source$"]!, { kind: "byName", value: byName }).value[
    Symbol.dispose
  ]();
  passed<Disposable>(holding["Source$"]!, holding["Source$"]!, { kind: "none" }).value[Symbol.dispose]();
  passed<Disposable>(holding["Files$"]!, holding["Files$"]!, {}).value[Symbol.dispose]();
  assert.is(openDescriptors().length, before);
});

test("using closes what a value holds at the end of its scope", () => {
  const before = openDescriptors().length;
  {
    using read = passed<Disposable>(holding["Opened$"]!, holding["Opened$"]!, { name: "a", file: file() }).value;
    assert.ok(read);
    assert.is(openDescriptors().length, before + 1);
  }
  assert.is(openDescriptors().length, before);
});

test("the descriptors of fields that are not known are closed, and those after them keep their place", () => {
  const before = openDescriptors().length;
  const last = file();
  const { value: read } = passed<Disposable & { size: number; last: Fd }>(holding["Files$"]!, holding["OldFiles$"]!, {
    first: file(),
    size: 9,
    more: [{ name: "a", file: file() }],
    last,
  });
  assert.is(read.size, 9);
  assert.is(openDescriptors().length, before + 1);
  assert.is(read.last.kind, "file");
  read[Symbol.dispose]();
  assert.is(openDescriptors().length, before);
});

test("an unknown arm that came with descriptors has none of them left, says so, and is not sent on", () => {
  const before = openDescriptors().length;
  const { value: read } = passed<{ kind: string; incomplete?: true }>(holding["Source$"]!, holding["OldSource$"]!, {
    kind: "opened",
    value: { name: "a", file: file() },
  });
  assert.is(openDescriptors().length, before);
  assert.is(read.kind, "unknown");
  assert.is(read.incomplete, true);
  thrownBy(() => encode(holding["OldSource$"]!, read), "Invalid");
  thrownBy(() => encode(holding["OldSource$"]!, { ...read }), "Invalid");
});

test("a caught error lets go of what it brought", () => {
  const before = openDescriptors().length;
  const thrown = new holding["RefusalError"]({ kind: "instead", value: file() });
  const encoder = freshEncoder();
  encoder.begin();
  holding["Refusal$"]!.encode(encoder, thrown);
  const message = encoder.extract();
  const decoder = decoderOf(message.bytes as Bytes, message.descriptors);
  const error = (holding["Refusal$"]! as unknown as ErrorCodecLike).decode(decoder, place);
  decoder.finish();
  assert.is(openDescriptors().length, before + 1);
  (error as unknown as Disposable)[Symbol.dispose]();
  assert.is(openDescriptors().length, before);
});

for (const [what, message, attached] of [
  ["fewer descriptors than it has", table(envelope(1, u32(0))), 1],
  ["more descriptors than it has", table(envelope(1, u32(0), { fds: 2 })), 2],
  [
    "a descriptor for a field that has none",
    table(envelope(1, u32(0), { fds: 1 }), envelope(2, u32(1), { fds: 1 })),
    2,
  ],
  ["an unknown field more descriptors than the message", table(envelope(90, u8(0), { fds: 3 })), 2],
  [
    "a descriptor that the field before was said to have",
    table(envelope(1, u32(0), { fds: 2 }), envelope(4, u32(1))),
    2,
  ],
  [
    "a descriptor again that an unknown field had",
    table(envelope(1, u32(0), { fds: 1 }), envelope(4, u32(0), { fds: 1 })),
    2,
  ],
] as const) {
  test(`an envelope that gives ${what} is refused, and every descriptor is closed`, () => {
    const before = openDescriptors().length;
    const decoder = decoderOf(message, arrived(attached));
    thrownBy(() => {
      holding["Files$"]!.decode(decoder);
      decoder.finish();
    }, "Protocol");
    decoder.abandon();
    assert.is(openDescriptors().length, before);
  });
}

test("no descriptor is left when a message with tables ends early, wherever that is", () => {
  const before = openDescriptors().length;
  const encoder = freshEncoder();
  encoder.begin();
  holding["Source$"]!.encode(encoder, {
    kind: "files",
    value: { first: file(), more: [{ name: "a", file: file() }], last: file() },
  });
  const message = encoder.extract();
  for (const number of message.descriptors) Fd.adopt(number).close();
  for (let end = 0; end < message.bytes.length; end++) {
    const decoder = decoderOf(message.bytes.slice(0, end) as Bytes, arrived(3));
    thrownBy(() => holding["Source$"]!.decode(decoder), "Protocol");
    decoder.abandon();
  }
  assert.is(openDescriptors().length, before);
});

test("what a field refuses leaves its owners their descriptors", () => {
  const encoder = freshEncoder();
  const first = file();
  encoder.begin();
  assert.throws(
    () => holding["Files$"]!.encode(encoder, { first, size: -1 }),
    (error: RpcError) => error instanceof InvalidError,
  );
  encoder.rollback();
  assert.not.ok(first.closed);
  first.close();
});

// ---------------------------------------------------------------- types

test("the two views of a type are what a writer and a reader may rely on", async () => {
  const folder = join(import.meta.dirname, "../../golden/emit");
  const user = join(import.meta.dirname, "../../../node_modules/.views.ts");
  const source = `
    import { type Entry, type EntryInit, type Stat, type StatInit, Kind } from "${folder}/tables/expected.ts";
    import { Value, type Odd, type Request, type RequestInit } from "${folder}/unions/expected.ts";
    import { ScriptError, TroubleError } from "${folder}/error-unions/expected.ts";
    import type { Opened, OpenedInit, Source } from "${folder}/resources/expected.ts";
    declare const stat: Stat, entry: Entry, odd: Odd, request: Request, source: Source, opened: Opened;
    export const kind: number = stat.kind;
    export const size: number = stat.size;
    export const ino: bigint | undefined = stat.ino;
    export const written: StatInit = { kind: Kind.regular, size: undefined };
    export const again: StatInit = stat;
    export const entries: EntryInit[] = [{ name: "a", stat: {} }, entry];
    export const value: Value = Value.list([Value.void(), Value.double(0.5)]);
    export const asked: RequestInit[] = [{ kind: "look", value: {} }, request];
    export const given: OpenedInit = opened;
    export function use(error: unknown): string {
      using held = source;
      if (held.kind === "opened") return held.value.name;
      if (odd.kind === "unknown") return String(odd.ordinal + odd.value.length);
      if (odd.kind === "unknown$") return String(odd.value + 1);
      if (value.kind === "list") return String(value.value.length);
      if (error instanceof ScriptError && error.kind === "syntax") return String(error.value.line + 1) + error.stack;
      if (error instanceof TroubleError && error.kind === "message") return error.value.trim();
      throw new ScriptError({ kind: "syntax", value: {} }, { cause: error });
    }
    // @ts-expect-error a field without a default may be absent
    export const surely: bigint = stat.ino;
    // @ts-expect-error what is written may lack what a reader has
    export const read: Stat = written;
    // @ts-expect-error a value of an arm has its type
    Value.double("0.5");
    // @ts-expect-error an arm of that name is not there
    export const none: Value = { kind: "nothing" };
    // @ts-expect-error an arm of a name alone has no value
    export const empty: Value = { kind: "void", value: 1 };
    // @ts-expect-error what was only written cannot be disposed of
    export const disposed: Opened = given;
    // @ts-expect-error a reader does not change what it has read
    stat.size = 3;
  `;
  writeFileSync(user, source);
  try {
    assert.equal(await typecheck([user]), []);
  } finally {
    rmSync(user);
  }
});

leavesNothingOpen(test);
test.run();
