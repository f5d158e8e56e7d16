import { suite } from "uvu";
import * as assert from "uvu/assert";
import { help, parseCommand, UsageError } from "../../generator/usage.ts";

const test = suite("usage");

for (const [line, said, topic] of [
  ["", "Say what to do.", "postern"],
  ["chekc good.idl", "There is no command chekc. Did you mean check?", "postern"],
  ["frobnicate", "There is no command frobnicate.", "postern"],
  ["--vresion", "There is no option --vresion. Did you mean --version?", "postern"],
  ["check", "Name the files to check.", "check"],
  ["check good.idl --out out", "`check` has no option --out.", "check"],
  ["check good.idl --format", "--format", "check"],
  ["check good.idl --format jsonn", "not jsonn. Did you mean json?", "check"],
  ["generate good.idl", "Say where to write: --out DIR.", "generate"],
  ["generate good.idl --out=", "Say where to write: --out DIR.", "generate"],
  ["generate --out out", "Name the files to generate from.", "generate"],
  ["generate good.idl --outt out", "`generate` has no option --outt. Did you mean --out?", "generate"],
  ["generate good.idl --out", "--out", "generate"],
  ["generate good.idl --out out --check=yes", "--check", "generate"],
  ["generate good.idl --out out --runtime=", "--runtime needs a module specifier.", "generate"],
  ["generate good.idl --out out --import-extension ts", "one of .ts, .js, none, not ts.", "generate"],
  ["help genrate", "There is no command genrate. Did you mean generate?", "postern"],
] as const) {
  test(`\`postern ${line}\` is refused: ${said}`, () => {
    try {
      parseCommand(line === "" ? [] : line.split(" "));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      assert.ok(error.message.includes(said), error.message);
      assert.is(error.topic, topic);
      return;
    }
    assert.unreachable("it was accepted");
  });
}

for (const [line, topic] of [
  ["help", "postern"],
  ["--help", "postern"],
  ["help help", "postern"],
  ["help generate", "generate"],
  ["generate --help", "generate"],
  ["check -h", "check"],
] as const) {
  test(`\`postern ${line}\` asks for the help on ${topic}`, () => {
    assert.equal(parseCommand(line.split(" ")), { name: "help", topic });
  });
}

test("everything that generate takes is understood, before and after the files", () => {
  const line = "--out out a.idl --check --runtime ../rt.ts b.idl --import-extension none --format sarif -q";
  assert.equal(parseCommand(["generate", ...line.split(" ")]), {
    name: "generate",
    files: ["a.idl", "b.idl"],
    options: {
      out: "out",
      check: true,
      runtime: "../rt.ts",
      importExtension: "none",
      format: "sarif",
      quiet: true,
    },
  });
});

test("a file whose name begins with a dash is one after --", () => {
  const command = parseCommand(["check", "--", "-a.idl"]);
  assert.equal(command.name === "check" && command.files, ["-a.idl"]);
});

test("the help fits a narrow terminal and names every command and option", () => {
  for (const text of Object.values(help)) for (const line of text.split("\n")) assert.ok(line.length <= 90, line);
  for (const command of ["generate", "check", "help"]) assert.match(help.postern, new RegExp(`^ {2}${command} `, "m"));
  for (const option of ["out", "check", "runtime", "import-extension", "format", "quiet"])
    assert.match(help.generate, new RegExp(`^ {2}--${option} `, "m"));
});

test.run();
