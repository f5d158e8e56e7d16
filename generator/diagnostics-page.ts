/** Prints the reference of diagnostics, docs/diagnostics.md, from the table. */

import { type Entry, table } from "./diagnostics.ts";

const introduction = `# Diagnostics

Every message of the compiler, by its code. The codes are stable: a search for one finds this page, and a tool may rely
on it. Words in _italics_, and in \`<brackets>\` within code, stand for what was found. An error keeps files from being
generated; a warning does not.

<!-- Generated from generator/diagnostics.ts by npm run generate; edit that. -->
`;

/** Prints the whole page, in Markdown, in the order of the table. */
export function diagnosticsPage(): string {
  const entries: readonly [string, Entry][] = Object.entries(table);
  return [introduction, ...entries.map(([code, entry]) => section(code, entry))].join("\n");
}

function section(code: string, { severity, message, hint }: Entry): string {
  const lines = [`## ${code}`, "", `**${severity}**: ${prose(message)}`];
  if (hint !== undefined) lines.push("", prose(hint));
  return `${lines.join("\n")}\n`;
}

/** A message with its gaps marked; outside of code, what Markdown would take for markup is escaped. */
function prose({ texts, gaps }: Entry["message"]): string {
  let inCode = false;
  const pieces = texts.map((text, index) => {
    const parts = text.split("`").map((part, nth) => {
      if (nth > 0) inCode = !inCode;
      return inCode ? part : escaped(part);
    });
    const gap = gaps[index];
    if (gap === undefined) return parts.join("`");
    return `${parts.join("`")}${inCode ? `<${gap}>` : `_${gap}_`}`;
  });
  return pieces.join("");
}

function escaped(text: string): string {
  return text.replace(/[\\*_<>#[\]]/g, "\\$&");
}
