import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isCurrent, manifestName, write } from "../../generator/write.ts";

const test = suite<{ root: string; out: string }>("write");

test.before.each((context) => {
  context.root = mkdtempSync(join(tmpdir(), "postern-write-"));
  context.out = join(context.root, "generated");
});

test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }));

const a = { path: "a.ts", text: "// a\n" };
const b = { path: "b.ts", text: "// b\n" };

function texts(out: string): Record<string, string> {
  const names = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(out, name)).isFile(),
  );
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(out, name), "utf8")]));
}

test("a first run makes the directory, the files and the manifest, and leaves nothing else", ({ out }) => {
  const nested = { path: "deep/c.ts", text: "// c\n" };
  assert.equal(write(out, [b, a, nested]).written, ["a.ts", "b.ts", "deep/c.ts"]);
  const { [manifestName]: manifest, ...files } = texts(out);
  assert.equal(files, { "a.ts": a.text, "b.ts": b.text, "deep/c.ts": nested.text });
  assert.equal(Object.keys(JSON.parse(manifest!).files), ["a.ts", "b.ts", "deep/c.ts"]);
});

test("what is as it should be keeps its time, and only the rest is written", ({ out }) => {
  write(out, [a, b]);
  const past = new Date("2001-01-01");
  for (const name of ["a.ts", "b.ts", manifestName]) utimesSync(join(out, name), past, past);
  const result = write(out, [a, { ...b, text: "// new\n" }]);
  assert.equal([result.written, result.unchanged], [["b.ts"], ["a.ts"]]);
  assert.equal(statSync(join(out, "a.ts")).mtime, past);
  assert.is.not(statSync(join(out, "b.ts")).mtime.getTime(), past.getTime());
  utimesSync(join(out, manifestName), past, past);
  write(out, [a, { ...b, text: "// new\n" }]);
  assert.equal(statSync(join(out, manifestName)).mtime, past);
});

test("what a run no longer makes is removed", ({ out }) => {
  write(out, [a, b]);
  assert.equal(write(out, [a]).removed, ["b.ts"]);
  assert.not.ok(existsSync(join(out, "b.ts")));
  assert.equal(write(out, [a]).removed, []);
});

test("what a run no longer makes but someone edited stays, and is reported until it is gone", ({ out }) => {
  write(out, [a, b]);
  writeFileSync(join(out, "b.ts"), "// b, edited\n");
  for (let run = 0; run < 2; run++) {
    const result = write(out, [a]);
    assert.equal([result.removed, result.edited], [[], ["b.ts"]]);
    assert.is(readFileSync(join(out, "b.ts"), "utf8"), "// b, edited\n");
  }
  rmSync(join(out, "b.ts"));
  assert.ok(isCurrent(write(out, [a])));
});

test("a file that postern did not write is neither removed nor overwritten", ({ out }) => {
  mkdirSync(out);
  writeFileSync(join(out, "a.ts"), "// by hand\n");
  writeFileSync(join(out, "other.ts"), "// by hand\n");
  const result = write(out, [a, b]);
  assert.equal([result.foreign, result.written], [["a.ts"], ["b.ts"]]);
  assert.is(readFileSync(join(out, "a.ts"), "utf8"), "// by hand\n");
  write(out, []);
  assert.equal(Object.keys(texts(out)), ["a.ts", "other.ts", manifestName]);
});

test("a file that shows itself to be postern's is overwritten even when the manifest is lost", ({ out }) => {
  write(out, [a]);
  rmSync(join(out, manifestName));
  const result = write(out, [{ ...a, text: "// a, new\n" }], { isOurs: (text) => text.startsWith("// a") });
  assert.equal(result.written, ["a.ts"]);
});

test("a check writes nothing, removes nothing and says what would be", ({ out }) => {
  write(out, [a, b]);
  const before = texts(out);
  const result = write(out, [{ ...a, text: "// new\n" }], { check: true });
  assert.equal([result.written, result.removed], [["a.ts"], ["b.ts"]]);
  assert.not.ok(isCurrent(result));
  assert.equal(texts(out), before);
  assert.ok(isCurrent(write(out, [a, b], { check: true })));
});

test("a check of a directory that is not there does not make it", ({ out }) => {
  assert.equal(write(out, [a], { check: true }).written, ["a.ts"]);
  assert.not.ok(existsSync(out));
});

for (const path of [
  "../a.ts",
  "/a.ts",
  "x/../../a.ts",
  "x/../a.ts",
  "./a.ts",
  "..",
  ".",
  "",
  "x\\..\\a.ts",
  "a\0.ts",
  manifestName,
]) {
  test(`the path ${JSON.stringify(path)} is refused before anything is written`, ({ root, out }) => {
    assert.throws(() => write(out, [b, { path, text: "" }]), RangeError);
    assert.equal(readdirSync(root), []);
  });
}

test("a manifest that names files outside the directory removes none of them", ({ root, out }) => {
  write(out, [a]);
  writeFileSync(join(root, "victim.ts"), a.text);
  const hash = JSON.parse(readFileSync(join(out, manifestName), "utf8")).files["a.ts"];
  const files = { "../victim.ts": hash, [join(root, "victim.ts")]: hash, "x/../../victim.ts": hash };
  writeFileSync(join(out, manifestName), JSON.stringify({ files }));
  write(out, [a]);
  assert.ok(existsSync(join(root, "victim.ts")));
});

for (const text of ["", "not JSON", "[]", "null", '{"files": 1}', '{"files": {"b.ts": 1}}']) {
  test(`a manifest of ${JSON.stringify(text)} removes nothing`, ({ out }) => {
    write(out, [a, b]);
    writeFileSync(join(out, manifestName), text);
    const result = write(out, [a]);
    assert.equal([result.removed, result.edited, result.unchanged], [[], [], ["a.ts"]]);
    assert.ok(existsSync(join(out, "b.ts")));
  });
}

test("a link in the place of a file is replaced, and what it points to is left alone", ({ root, out }) => {
  write(out, [a]);
  writeFileSync(join(root, "victim.ts"), "// victim\n");
  rmSync(join(out, "a.ts"));
  symlinkSync(join(root, "victim.ts"), join(out, "a.ts"));
  write(out, [a]);
  assert.is(readFileSync(join(root, "victim.ts"), "utf8"), "// victim\n");
  assert.is(readFileSync(join(out, "a.ts"), "utf8"), a.text);
});

test("a file that cannot be written leaves no temporary file behind", ({ out }) => {
  mkdirSync(join(out, "a.ts"), { recursive: true });
  assert.throws(() => write(out, [a]), /EISDIR/);
  assert.equal(readdirSync(out), ["a.ts"]);
});

test.run();
