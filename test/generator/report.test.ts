import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Diagnostic, Diagnostics } from "../../generator/diagnostics.ts";
import { report } from "../../generator/report.ts";
import type { Source } from "../../generator/source.ts";

const test = suite("report");

/** Makes a fault at the first occurrence of a piece of a text. */
function fault(text: string, piece: string, { path = "a.idl", note = "" } = {}): Diagnostic {
  const source: Source = { path, text };
  const diagnostics = new Diagnostics();
  const start = text.indexOf(piece);
  const span = { source, start, end: start + piece.length };
  const notes = note === "" ? [] : [{ span: { source, start: 0, end: 1 }, message: note }];
  diagnostics.report("declaration-unknown", span, { found: `\`${piece}\``, advice: "Did you mean `struct`?" }, notes);
  return diagnostics.all[0]!;
}

function asText(diagnostic: Diagnostic): string[] {
  return report([diagnostic], { format: "text" }).split("\n");
}

test("text shows the place, the line, carets below it, the hint and the notes", () => {
  const text = report([fault("const A;\n  strct B {}\n", "strct", { note: "Seen here." })], { format: "text" });
  assert.is(
    text,
    `a.idl:2:3: error: No declaration begins with \`strct\`. [declaration-unknown]
  2 |   strct B {}
    |   ^^^^^
  hint: Did you mean \`struct\`?
  a.idl:1:1: note: Seen here.

1 error
`,
  );
});

test("no diagnostics are no text", () => {
  assert.is(report([], { format: "text" }), "");
  assert.is(report([], { format: "github" }), "");
});

test("faults are counted by severity", () => {
  const error = fault("x", "x");
  const warning: Diagnostic = { ...error, severity: "warning" };
  const last = (all: Diagnostic[]) => report(all, { format: "text" }).trimEnd().split("\n").at(-1);
  assert.is(last([error, error, warning]), "2 errors, 1 warning");
  assert.is(last([warning, warning]), "2 warnings");
});

test("the caret stands below its character behind tabs", () => {
  const lines = asText(fault("\tab\tstrct B", "strct"));
  assert.is(lines[1], "  1 | \tab\tstrct B");
  assert.is(lines[2], "    | \t  \t^^^^^");
});

test("a place at the end of the file has one caret", () => {
  const diagnostic = fault("const", "const");
  const atEnd = { ...diagnostic, span: { ...diagnostic.span, start: 5, end: 5 } };
  assert.is(asText(atEnd)[2], "    |      ^");
});

test("a span over several lines is marked on its first", () => {
  assert.is(asText(fault("a strct\nmore", "strct\nmore"))[2], "    |   ^^^^^");
});

test("of a long line only the part around the place is shown", () => {
  const lines = asText(fault(`${"x".repeat(1 << 20)}strct${"y".repeat(1 << 20)}`, "strct"));
  for (const line of lines) assert.ok(line.length < 200);
  assert.is(lines[1]!.slice(lines[2]!.indexOf("^")).slice(0, 5), "strct");
  assert.match(lines[1]!, /…x+strcty+…/);
});

test("a mark as long as a long line is cut with it", () => {
  for (const line of asText({ ...fault("z".repeat(5000), "z".repeat(5000)), message: "Long." }))
    assert.ok(line.length < 200);
});

for (const [name, character] of [
  ["an escape sequence", "\u001b[2J"],
  ["a zero byte", "\0"],
  ["a C1 control", "\u009b"],
  ["a bidirectional override", "\u202e"],
  ["a line separator", "\u2028"],
  ["a byte order mark", "\ufeff"],
] as const) {
  test(`${name} does not reach the terminal`, () => {
    const text = report([fault(`strct ${character}`, "strct", { path: `a${character}.idl`, note: character })], {
      format: "text",
    });
    assert.not.ok(text.includes(character[0]!));
  });
}

test("colours come only when asked for, and only into text", () => {
  const diagnostic = fault("strct", "strct");
  assert.ok(report([diagnostic], { format: "text", color: true }).includes("\u001b["));
  for (const format of ["json", "sarif", "github"] as const) {
    assert.not.ok(report([diagnostic], { format, color: true }).includes("\u001b"));
  }
});

test("JSON has places as lines, columns and offsets", () => {
  const parsed = JSON.parse(report([fault("a\r\n strct", "strct", { note: "Seen." })], { format: "json" }));
  assert.equal(parsed, {
    version: 1,
    diagnostics: [
      {
        code: "declaration-unknown",
        severity: "error",
        message: "No declaration begins with `strct`.",
        hint: "Did you mean `struct`?",
        file: "a.idl",
        start: { line: 2, column: 2, offset: 4 },
        end: { line: 2, column: 7, offset: 9 },
        notes: [
          {
            message: "Seen.",
            file: "a.idl",
            start: { line: 1, column: 1, offset: 0 },
            end: { line: 1, column: 2, offset: 1 },
          },
        ],
      },
    ],
  });
});

test("SARIF names each rule once and each place by URI and region", () => {
  const faults = [fault("strct", "strct", { path: "idl/my file#1.idl", note: "Seen." }), fault("strct", "strct")];
  const parsed = JSON.parse(report(faults, { format: "sarif" }));
  assert.is(parsed.version, "2.1.0");
  const [run] = parsed.runs;
  assert.equal(
    run.tool.driver.rules.map((rule: { readonly id: string }) => rule.id),
    ["declaration-unknown"],
  );
  assert.is(run.columnKind, "utf16CodeUnits");
  const [first, second] = run.results;
  assert.is(first.ruleIndex, 0);
  assert.is(first.level, "error");
  assert.equal(first.locations[0].physicalLocation, {
    artifactLocation: { uri: "idl/my%20file%231.idl" },
    region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 6 },
  });
  assert.is(first.relatedLocations[0].message.text, "Seen.");
  assert.is(second.relatedLocations, undefined);
});

test("SARIF names an absolute path by a file URI", () => {
  const parsed = JSON.parse(report([fault("x", "x", { path: "/tmp/a b.idl" })], { format: "sarif" }));
  assert.is(parsed.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri, "file:///tmp/a%20b.idl");
});

test("JSON and SARIF of nothing are still documents", () => {
  assert.equal(JSON.parse(report([], { format: "json" })).diagnostics, []);
  assert.equal(JSON.parse(report([], { format: "sarif" })).runs[0].results, []);
});

test("a GitHub command is one line whatever the message and the path hold", () => {
  const diagnostic = {
    ...fault("strct", "strct", { path: "a,b:c%.idl" }),
    message: "50% of\r\n::error::this",
    hint: undefined,
  };
  assert.is(
    report([diagnostic], { format: "github" }),
    "::error file=a%2Cb%3Ac%25.idl,line=1,col=1,endLine=1,endColumn=6,title=declaration-unknown::50%25 of%0D%0A::error::this\n",
  );
});

test.run();
