import { suite } from "uvu";
import * as assert from "uvu/assert";
import { minimumBytes } from "../../../generator/model/layout.ts";
import { checkText } from "../../support/faults.ts";

const test = suite("layout");

const declarations = `
  type Alias = u64;
  strict enum Small : u8 { a = 1; }
  strict flags Bits : u32 { a = 1; }
  struct Pair { a: u8; b: Alias; }
  struct Twice { a: Pair; b: Pair; c: Pair?; d: list<Pair, 2>; }
  table Growing { 1: a: u64; }
  strict union Either { 1: a: u64; }
  interface Thing {}
`;

const sizes: readonly [type: string, bytes: number][] = [
  ["bool", 1],
  ["u8", 1],
  ["i16", 2],
  ["f32", 4],
  ["f64", 8],
  ["Alias", 8],
  ["string<100>", 4],
  ["bytes<100>", 4],
  ["list<u64, 100>", 4],
  ["map<u64, u64>", 4],
  ["u64?", 1],
  ["fd", 4],
  ["own Thing", 4],
  ["Small", 1],
  ["Bits", 4],
  ["Pair", 9],
  ["Twice", 9 + 9 + 1 + 4],
  ["Growing", 4],
  ["Either", 8],
];

for (const [type, bytes] of sizes) {
  test(`the smallest ${type} has ${bytes} bytes`, () => {
    const { model } = checkText(`${declarations}\ninterface I { a(b: ${type}); }`);
    const found = model.modules[0]!.declarations.at(-1);
    assert.is(found?.kind === "interface" && minimumBytes(found.methods[0]!.parameters[0]!.type), bytes);
  });
}

test.run();
