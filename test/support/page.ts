/** A page of the documentation as a test sees it: its code blocks and its tables, by the heading they stand under. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A fenced block. */
export interface Block {
  readonly heading: string;
  /** What stands behind the fence: the language, and after a space what the test is told. */
  readonly info: string;
  readonly text: string;
}

/** A table: its rows without the head, the cells as written but for the backslash before a bar. */
export interface Table {
  readonly heading: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a page is made of, in its order. */
export interface Page {
  readonly blocks: readonly Block[];
  readonly tables: readonly Table[];
}

const pieces = /^```(?<info>.*)\n(?<text>[\s\S]*?)^```$|^#+ (?<heading>.*)$|(?<table>(?:^\|.*\n)+)/gm;

/** Reads `docs/NAME`. */
export function readPage(name: string): Page {
  const page = readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), "utf8");
  const blocks: Block[] = [];
  const tables: Table[] = [];
  let heading = "";
  for (const { groups = {} } of page.matchAll(pieces)) {
    const { info, text, table } = groups;
    heading = groups["heading"] ?? heading;
    if (info !== undefined && text !== undefined) blocks.push({ heading, info, text });
    if (table !== undefined) tables.push({ heading, ...rowsOf(table) });
  }
  return { blocks, tables };
}

function rowsOf(table: string): Pick<Table, "head" | "rows"> {
  const [head = [], , ...rows] = table.trimEnd().split("\n").map(cellsOf);
  return { head, rows };
}

function cellsOf(line: string): readonly string[] {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** A cell's text without the marks of code. */
export function unquoted(cell: string): string {
  return cell.replaceAll("`", "");
}
