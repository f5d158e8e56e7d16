import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkText } from "../../support/faults.ts";

const test = suite("fingerprint");

const original = `
  type Path = string<4096>;
  flexible error Errno : i32 { ENOENT = 2; EACCES = 13; }
  flexible enum Kind : u8 { other = 0; file = 1; }
  struct Stat { size: u64; kind: Kind; next: list<Stat, 4>; }
  table Options { 1: depth: u32 = 3; 2: kind: Kind; }
  interface Sink { oneway changed(path: Path); }
  interface Files {
    sync stat(path: Path, options: Options) -> Stat throws Errno;
    watch(path: Path, sink: own Sink) -> fd<file, read, write?>;
  }
`;

function fingerprint(text: string): string {
  const { model, diagnostics } = checkText(text);
  assert.equal(
    diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  const files = model.modules[0]!.declarations.find(({ name }) => name === "Files");
  return files?.kind === "interface" ? files.fingerprint : "";
}

const same: readonly [sentence: string, from: string, to: string][] = [
  ["a comment", "interface Sink", "// A comment.\n/// Documented.\ninterface Sink"],
  ["another name of an alias", "Path", "FilePath"],
  ["an alias written out", "(path: Path, options", "(path: string<4096>, options"],
  ["a limit that is calculated", "4096", "4KiB"],
  ["another order of members", "other = 0; file = 1;", "file = 1; other = 0;"],
  ["another order of fields with ordinals", "1: depth: u32 = 3; 2: kind: Kind;", "2: kind: Kind; 1: depth: u32 = 3;"],
  ["another order of rights", "read, write?", "write?, read"],
  ["a blocking form", "watch(", "sync watch("],
  ["a renamed method that keeps its selector", "watch(", '@selector("watch") observe('],
  ["something that is not reached", "interface Sink", "struct Unused { a: u8; }\ninterface Sink"],
];

for (const [sentence, from, to] of same) {
  test(`${sentence} does not change it`, () => {
    assert.is(fingerprint(original.replaceAll(from, to)), fingerprint(original));
  });
}

const different: readonly [sentence: string, from: string, to: string][] = [
  ["a value of a member", "file = 1", "file = 2"],
  ["a renamed method", "watch(", "observe("],
  ["a limit", "4096", "4097"],
  ["another order of a struct's fields", "size: u64; kind: Kind;", "kind: Kind; size: u64;"],
  ["a type deep inside", "size: u64", "size: u32"],
  ["a method of an interface that is passed", "changed(path: Path)", "changed(path: Path, again: bool)"],
  ["a default of a table's field", "u32 = 3", "u32 = 4"],
  ["ownership", "own Sink", "borrow Sink"],
  ["a right", "read, write?", "read, write"],
  ["an error's number", "EACCES = 13", "EACCES = 14"],
  ["strictness", "flexible enum", "strict enum"],
  [
    "a call that is not answered",
    "watch(path: Path, sink: own Sink) -> fd<file, read, write?>",
    "oneway watch(path: Path, sink: own Sink)",
  ],
];

for (const [sentence, from, to] of different) {
  test(`${sentence} changes it`, () => {
    assert.is.not(fingerprint(original.replaceAll(from, to)), fingerprint(original));
  });
}

test("declarations in another order do not change it", () => {
  const lines = original.trim().split("\n");
  const [path, errno, kind, stat, options, sink] = lines;
  const turned = [sink, options, stat, kind, errno, path, ...lines.slice(6)].join("\n");
  assert.is(fingerprint(turned), fingerprint(original));
});

test("it is 16 hex digits", () => assert.match(fingerprint(original), /^[0-9a-f]{16}$/));

test.run();
