/**
 * Bytes that chance makes, and right ones that it damages, through every decoder of generated code: what is wrong is the
 * peer's fault and told as such, and nothing that came with it stays open. Deterministic; another seed comes from
 * `POSTERN_SEED`, and a failure prints the one it was found with.
 */

import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Files } from "../../generated/files.ts";
import type { AnyMethod } from "../../runtime/channel/interface.ts";
import { Fd } from "../../runtime/descriptor.ts";
import { LimitError, ProtocolError } from "../../runtime/errors.ts";
import type { Decoder } from "../../runtime/marshal/decoder.ts";
import { disposeAll } from "../../runtime/marshal/held.ts";
import { leavesNothingOpen, openDescriptors } from "../support/descriptor-count.ts";
import { type Generated, generated } from "../support/generated.ts";
import { decoderOf, encoded, freshEncoder } from "../support/marshalling.ts";
import { openFile } from "../support/open-files.ts";
import { anySchema, bare } from "../support/schema.ts";
import { nameOf, textOf } from "../support/schema-text.ts";
import { valuesOf } from "../support/schema-values.ts";
import { seed } from "../support/seed.ts";

const test = suite("properties: bytes");
leavesNothingOpen(test);

type Read = (decoder: Decoder) => unknown;

/** What is done to right bytes: some are changed, some are taken out, some are put in, and the end is cut off. */
const damage = fc.record({
  changes: fc.array(fc.tuple(fc.nat(400), fc.oneof(fc.constantFrom(0, 1, 0x7f, 0xff), fc.nat(255))), { maxLength: 4 }),
  splice: fc.option(fc.tuple(fc.nat(400), fc.nat(8), fc.uint8Array({ maxLength: 8 })), { nil: undefined }),
  cut: fc.option(fc.nat(400), { freq: 3, nil: undefined }),
});

type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Uint8Array, { changes, splice, cut }: Damage): Uint8Array {
  const result = [...bytes];
  for (const [at, value] of changes) if (at < result.length) result[at] = value;
  if (splice !== undefined) result.splice(splice[0] % (result.length + 1), splice[1], ...splice[2]);
  return Uint8Array.from(result.slice(0, cut));
}

/** Bytes that look a little as if they meant something: small numbers where counts and ordinals stand. */
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(255)), { maxLength: 120 }).map((bytes) => Uint8Array.from(bytes)),
);

/**
 * Reads bytes, with as many open files beside them, and lets go of what was read. Whatever else is thrown than what a
 * peer's fault is, the test fails with.
 */
function survives(read: Read, bytes: Uint8Array, files = 0): void {
  const numbers = Array.from({ length: files }, () => openFile().release());
  const decoder = decoderOf(bytes, numbers);
  try {
    const value = read(decoder);
    decoder.finish();
    disposeAll(value);
  } catch (error) {
    decoder.abandon();
    if (!(error instanceof ProtocolError || error instanceof LimitError)) throw error;
  }
}

/** Both directions of every method. */
function readsOf(methods: readonly AnyMethod[]): readonly Read[] {
  return methods.flatMap((method): Read[] => [
    (decoder) => method.decodeParameters(decoder),
    (decoder) => method.decodeResult(decoder),
    ...method.throws.map(
      (error): Read =>
        (decoder) =>
          error.decode(decoder, { syscall: method.name }),
    ),
  ]);
}

/** Everything in a module that reads. */
function codecsOf(module: Generated): readonly Read[] {
  return Object.entries(module).flatMap(([name, codec]) => (name.endsWith("$") ? [codec.decode as Read] : []));
}

test("damaged values of any schema are the peer's fault", async () => {
  const sampled = anySchema.chain((schema) => {
    const named = schema
      .map((_, at) => ({ kind: "named", at }) as const)
      .filter((shape) => bare(shape, schema) === shape);
    const samples = named.map((shape) =>
      fc.tuple(valuesOf(shape, schema), fc.array(damage, { minLength: 20, maxLength: 20 })),
    );
    return fc.record({ schema: fc.constant(schema), named: fc.constant(named), samples: fc.tuple(...samples) });
  });
  const property = fc.asyncProperty(
    sampled,
    fc.array(noise, { minLength: 20, maxLength: 20 }),
    async (given, noises) => {
      const module = await generated(textOf(given.schema));
      for (const [index, [value, damages]] of given.samples.entries()) {
        const codec = module[`${nameOf(given.named[index]!.at)}$`]!;
        const bytes = encoded((e) => codec.encode(e, value));
        for (const one of damages) survives(codec.decode, damaged(bytes, one));
        for (const bytes of noises) survives(codec.decode, bytes);
      }
    },
  );
  await fc.assert(property, { seed, numRuns: 20 });
});

test("noise is refused by every method of the files interface, with descriptors and without", () => {
  const before = openDescriptors().length;
  for (const read of readsOf(Files.methods)) {
    const property = fc.property(noise, fc.nat(2), (bytes, files) => survives(read, bytes, files));
    fc.assert(property, { seed, numRuns: 60 });
  }
  assert.ok(openDescriptors().length <= before);
});

const resources = `
  resource struct Opened { name: string<8>; file: fd<file, read>; spare: fd?; }
  resource table Log { 1: file: fd<file, read>; 2: opened: list<Opened, 4>; 3: size: u32 = 7; }
  flexible resource union Source { 1: nothing; 2: opened: Opened; 3: log: Log; 4: more: list<Source, 3>; }
  strict resource union Either { 1: opened: Opened; 2: log: Log; }
  flexible resource error union Refusal { 1: instead: fd<file, read>; 2: source: Source; }
  resource struct All { sources: list<Source, 4>; either: Either; by: map<string<4>, Log, 4>; last: fd; }
  callback Done(code: u32);
  interface Node { walk(path: string<8>, done: own Done) -> own Node throws Refusal; }
  resource table Nodes { 1: node: own Node; 2: done: own Done; 3: file: fd; }
`;

/** A value that holds descriptors in every way that there is, all of them just opened. */
function everything(): object {
  const opened = () => ({ name: "o", file: openFile(), spare: openFile() });
  const log = () => ({ file: openFile(), opened: [opened(), { name: "", file: openFile() }] });
  return {
    sources: [
      { kind: "opened", value: opened() },
      { kind: "more", value: [{ kind: "log", value: log() }, { kind: "nothing" }] },
    ],
    either: { kind: "log", value: log() },
    by: new Map([["a", log()]]),
    last: openFile(),
  };
}

test("damaged values close the descriptors that they hold, wherever they hold them", async () => {
  const module = await generated(resources);
  const before = openDescriptors().length;
  const property = fc.property(damage, fc.integer({ min: -1, max: 1 }), (change, more) => {
    const encoder = freshEncoder();
    encoder.begin();
    module["All$"]!.encode(encoder, everything());
    const { bytes, descriptors } = encoder.extract();
    const files = descriptors.map((number) => Fd.adopt(number, "a test"));
    survives(module["All$"]!.decode, damaged(bytes, change), Math.max(0, files.length + more));
    for (const file of files) file.close();
    assert.ok(openDescriptors().length <= before);
  });
  fc.assert(property, { seed, numRuns: 200 });
});

test("noise closes descriptors that came with it, and capabilities that did not come are named", async () => {
  const module = await generated(resources);
  const reads = [...codecsOf(module), ...readsOf(module["Node"].methods), ...readsOf(module["Done"].methods)];
  const before = openDescriptors().length;
  for (const read of reads)
    fc.assert(
      fc.property(noise, fc.nat(3), (bytes, files) => survives(read, bytes, files)),
      { seed, numRuns: 100 },
    );
  assert.ok(openDescriptors().length <= before);
});

test("what is right passes, so that it is the damage that is refused", async () => {
  const module = await generated(resources);
  const encoder = freshEncoder();
  encoder.begin();
  module["All$"]!.encode(encoder, everything());
  const { bytes, descriptors } = encoder.extract();
  const decoder = decoderOf(bytes, descriptors);
  const value = module["All$"]!.decode(decoder);
  decoder.finish();
  assert.is(descriptors.length, 15);
  value[Symbol.dispose]();
});

test.run();
