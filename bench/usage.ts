/** The benchmark's command line. */

import { parseArgs } from "node:util";

export const help = `Usage: npm run bench -- [options] [WORD…]

Measures postern against a C program that makes the same system calls, and prints tables.
With words, only rows whose name contains one of them.

Options:
  --quick      Shorter and fewer measurements: about a minute for all
  --json FILE  Also write the figures to FILE
  --help       Print this
`;

/** What the command line asks for. */
export interface Wish {
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly help: boolean;
  /** Whether a row of this name is wanted. */
  wants(name: string): boolean;
}

/** Reads the command line. Throws a `TypeError` where it is wrong. */
export function parseWish(words: readonly string[]): Wish {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { quick: { type: "boolean" }, json: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  return {
    quick: values.quick ?? false,
    json: values.json,
    help: values.help ?? false,
    wants: (name) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
  };
}
