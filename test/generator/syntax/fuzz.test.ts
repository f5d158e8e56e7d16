import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { report } from "../../../generator/report.ts";
import { print } from "../../../generator/syntax/print.ts";
import { goldenPath } from "../../support/golden.ts";
import { read } from "../../support/reading.ts";

const test = suite("syntax: mutations of the sample");

/** `POSTERN_SEED=n` repeats a run; a failure names its seed. */
const seed = Number(process.env["POSTERN_SEED"] ?? Date.now() % 1_000_000);
const rounds = 200;

/** Mulberry32: a small generator whose whole state is its seed. */
function random(state: number): (below: number) => number {
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const sample = readFileSync(goldenPath("sample", "sandbox.idl"), "utf8");
const pieces = sample.match(/\s+|\w+|./g)!;
const intruders = [
  ...[
    "{",
    "}",
    "(",
    ")",
    "<",
    ">",
    ";",
    ",",
    ":",
    "@",
    "?",
    "=",
    "->",
    ">>",
    '"',
    "/*",
    "///",
    "\\",
    "\0",
    "é",
    "\ud83d",
  ],
  ...["interface", "struct", "1", "0x", "own", "fd<", "\n", "\nstruct X {", "message M {", "..", "-", "list<list<"],
];

function mutate(next: (below: number) => number): string {
  const text = [...pieces];
  for (let count = 1 + next(8); count > 0; count--) {
    const at = next(text.length);
    const kind = next(5);
    if (kind === 0) text.splice(at, 1 + next(4));
    else if (kind === 1) text.splice(at, 0, intruders[next(intruders.length)]!);
    else if (kind === 2) text[at] = intruders[next(intruders.length)]!;
    else if (kind === 3) text.splice(at, 0, ...text.slice(next(text.length)).slice(0, next(40)));
    else text.length = Math.max(1, text.length - next(200));
  }
  return text.join("");
}

test(`a mutated file is read to its end, reported in order and in our own words (seed ${seed})`, () => {
  const next = random(seed);
  for (let round = 0; round < rounds; round++) {
    const text = mutate(next);
    const context = `seed ${seed}, round ${round}`;
    try {
      holds(text);
    } catch (error) {
      throw new Error(`${context}: ${String(error)}\n${text}`);
    }
  }
});

test("a token taken out of the sample costs three diagnostics at most", () => {
  const tokens = [...sample.matchAll(/\/\/[^\n]*|\w+|->|[^\s\w]/g)].filter(([token]) => !token.startsWith("//"));
  for (let index = 0; index < tokens.length; index += 3) {
    const { 0: token, index: at } = tokens[index]!;
    const { diagnostics } = read(sample.slice(0, at) + sample.slice(at + token.length));
    assert.ok(diagnostics.length <= 3, `${token} at ${at}: ${diagnostics.map(({ code }) => code).join(", ")}`);
  }
});

function holds(text: string): void {
  const { document, diagnostics } = read(text);
  const starts = diagnostics.map(({ span }) => span.start);
  assert.equal(
    starts,
    [...starts].sort((a, b) => a - b),
  );
  for (const { span, message, hint } of diagnostics) {
    assert.ok(
      span.start >= 0 && span.start <= span.end && span.end <= text.length,
      `span ${span.start} to ${span.end}`,
    );
    assert.not.match(`${message} ${hint ?? ""}`, /-->|Expecting|undefined|NaN|[a-z](?:Declaration|Member)\b/);
  }
  for (const format of ["text", "json", "sarif", "github"] as const) report(diagnostics, { format });
  const printed = print(document);
  if (diagnostics.some(({ severity }) => severity === "error")) return;
  assert.is(print(read(printed).document), printed);
}

test.run();
