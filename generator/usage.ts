/** The command line's words: what it accepts, what each part means, and what is said when it is wrong. */

import { parseArgs } from "node:util";
import type { ImportExtension } from "./emit/target.ts";
import { nearest } from "./suggest.ts";

export const formats = ["text", "json", "sarif", "github"] as const;
export type Format = (typeof formats)[number];

const extensions = [".ts", ".js", "none"] as const satisfies readonly ImportExtension[];

/** What the command line asks for. */
export type Command =
  | { readonly name: "generate"; readonly files: readonly string[]; readonly options: GenerateOptions }
  | { readonly name: "check"; readonly files: readonly string[]; readonly options: CheckOptions }
  | { readonly name: "help"; readonly topic: Topic }
  | { readonly name: "version" };

export interface CheckOptions {
  readonly format: Format;
}

export interface GenerateOptions extends CheckOptions {
  readonly out: string;
  readonly check: boolean;
  readonly runtime: string | undefined;
  readonly importExtension: ImportExtension | undefined;
  readonly quiet: boolean;
}

/** The command line is wrong; the message says how, and `topic` where to read on. */
export class UsageError extends Error {
  readonly topic: Topic;

  constructor(message: string, topic: Topic = "postern") {
    super(message);
    this.topic = topic;
  }
}

/** What there is help on. */
export type Topic = "postern" | "generate" | "check";

const formatHelp = `  --format FORMAT         How faults are reported: text (the default), json, sarif or
                          github. json and sarif go to stdout, the others to stderr.`;

const exitHelp = `Exits with 0 when all is well (warnings are well), 1 when there are faults, 2 when the
command line is wrong.`;

/** The help texts, by topic. */
export const help: Readonly<Record<Topic, string>> = {
  postern: `postern makes typed stubs and skeletons from interfaces written in the IDL.

Usage: postern <command> [options]

Commands:
  generate FILES… --out DIR   Write one TypeScript file for each IDL file
  check FILES…                Report the faults of IDL files and write nothing
  help [command]              Say more about a command

Options:
  --version                   Print postern's version
  --help                      Print this, or after a command its help

${exitHelp}
`,
  generate: `Usage: postern generate FILES… --out DIR [options]

Writes DIR/name.ts for each name.idl: its types, how they are marshalled, the stub that
callers hold and the skeleton that an implementation is plugged into. Files that would
not change are not touched. DIR/${"postern.manifest.json"} lists what was written; what an
earlier run wrote and this one does not is removed, unless it was edited since. So name
all files of a directory in one run:

  postern generate idl/*.idl --out generated

Options:
  --out DIR               Where to write; made if it is not there
  --check                 Write nothing; exit with 1 if anything would be written or
                          removed. For continuous integration.
  --runtime SPEC          What generated files import the runtime as.
                          Default: postern/codegen
  --import-extension EXT  What imports of sibling files end in: .ts, .js or none.
                          Default: what the tsconfig.json and package.json nearest to
                          DIR call for
${formatHelp}
  --quiet                 Say nothing when all is well

${exitHelp}
`,
  check: `Usage: postern check FILES… [options]

Reports every fault of the files, and of the files they import, and writes nothing.

Options:
${formatHelp}

${exitHelp}
`,
};

/** Reads a command line, without the program's name. Throws a `UsageError` where it is wrong. */
export function parseCommand(words: readonly string[]): Command {
  const [name, ...rest] = words;
  if (name === undefined) throw new UsageError("Say what to do.");
  switch (name) {
    case "generate":
      return parseGenerate(rest);
    case "check":
      return parseCheck(rest);
    case "help":
      return { name: "help", topic: topicOf(rest[0]) };
    case "--help":
    case "-h":
      return { name: "help", topic: "postern" };
    case "--version":
    case "-v":
      return { name: "version" };
  }
  const what = name.startsWith("-") ? "option" : "command";
  throw new UsageError(
    `There is no ${what} ${name}.${meant(name, ["generate", "check", "help", "--version", "--help"])}`,
  );
}

const checkOptions = { format: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
const generateOptions = {
  ...checkOptions,
  out: { type: "string", short: "o" },
  check: { type: "boolean" },
  runtime: { type: "string" },
  "import-extension": { type: "string" },
  quiet: { type: "boolean", short: "q" },
} as const;

function parseCheck(words: readonly string[]): Command {
  const { values, positionals: files } = understood("check", Object.keys(checkOptions), () =>
    parseArgs({ args: [...words], options: checkOptions, allowPositionals: true }),
  );
  if (values.help) return { name: "help", topic: "check" };
  if (files.length === 0) throw new UsageError("Name the files to check.", "check");
  return { name: "check", files, options: { format: oneOf("--format", formats, values.format ?? "text", "check") } };
}

function parseGenerate(words: readonly string[]): Command {
  const { values, positionals: files } = understood("generate", Object.keys(generateOptions), () =>
    parseArgs({ args: [...words], options: generateOptions, allowPositionals: true }),
  );
  if (values.help) return { name: "help", topic: "generate" };
  if (files.length === 0) throw new UsageError("Name the files to generate from.", "generate");
  if (!values.out) throw new UsageError("Say where to write: --out DIR.", "generate");
  if (values.runtime === "") throw new UsageError("--runtime needs a module specifier.", "generate");
  const extension = values["import-extension"];
  return {
    name: "generate",
    files,
    options: {
      out: values.out,
      check: values.check ?? false,
      runtime: values.runtime,
      importExtension:
        extension === undefined ? undefined : oneOf("--import-extension", extensions, extension, "generate"),
      format: oneOf("--format", formats, values.format ?? "text", "generate"),
      quiet: values.quiet ?? false,
    },
  };
}

/** Runs Node's parser and says what it found wrong in our words. */
function understood<T>(topic: Topic, options: readonly string[], parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    if (error.code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") throw new UsageError(`${error.message}.`, topic);
    const option = /'([^']*)'/.exec(error.message)?.[1]?.split(/[\s,]/)[0] ?? "";
    const known = options.map((known) => `--${known}`);
    throw new UsageError(`\`${topic}\` has no option ${option}.${meant(option, known)}`, topic);
  }
}

function oneOf<T extends string>(option: string, allowed: readonly T[], value: string, topic: Topic): T {
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  throw new UsageError(`${option} is one of ${allowed.join(", ")}, not ${value}.${meant(value, allowed)}`, topic);
}

function topicOf(word: string | undefined): Topic {
  if (word === undefined || word === "help") return "postern";
  if (word === "generate" || word === "check") return word;
  throw new UsageError(`There is no command ${word}.${meant(word, ["generate", "check"])}`);
}

function meant(word: string, known: readonly string[]): string {
  const found = nearest(word, known);
  return found === undefined ? "" : ` Did you mean ${found}?`;
}
