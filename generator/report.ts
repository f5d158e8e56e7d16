/**
 * Diagnostics as people and as programs read them: text with the line in question, JSON, SARIF for code scanning, and
 * the commands that GitHub turns into annotations. Everything is a string in the end; whose terminal or file it goes
 * to is the caller's business.
 */

import { pathToFileURL } from "node:url";
import { type Code, type Diagnostic, type Note, type Severity, table } from "./diagnostics.ts";
import { lineText, type Position, position, type Span } from "./source.ts";

export type ReportFormat = "text" | "json" | "sarif" | "github";

export interface ReportOptions {
  readonly format: ReportFormat;
  /** Whether text may hold colours, for a terminal; the other formats have none. */
  readonly color?: boolean | undefined;
}

/** Writes diagnostics in the order given. Text and GitHub lines of no diagnostics are empty. */
export function report(diagnostics: readonly Diagnostic[], { format, color = false }: ReportOptions): string {
  switch (format) {
    case "text":
      return asText(diagnostics, color ? ansi : plain);
    case "json":
      return `${JSON.stringify(asJson(diagnostics), undefined, 2)}\n`;
    case "sarif":
      return `${JSON.stringify(asSarif(diagnostics), undefined, 2)}\n`;
    case "github":
      return diagnostics.map(asGitHubCommand).join("");
  }
}

// ---------------------------------------------------------------- text

type Style = "error" | "warning" | "bold" | "dim";
type Paint = (style: Style, text: string) => string;

const sequences: { readonly [style in Style]: string } = { error: "31;1", warning: "33;1", bold: "1", dim: "2" };
const ansi: Paint = (style, text) => `\u001b[${sequences[style]}m${text}\u001b[0m`;
const plain: Paint = (_style, text) => text;

/** Characters of a line that are shown around the place in question. */
const frameWidth = 100;

function asText(diagnostics: readonly Diagnostic[], paint: Paint): string {
  if (diagnostics.length === 0) return "";
  const blocks = diagnostics.map((diagnostic) => `${textOf(diagnostic, paint)}\n`);
  return `${blocks.join("")}${countOf(diagnostics)}\n`;
}

function textOf({ severity, code, span, message, hint, notes }: Diagnostic, paint: Paint): string {
  const head = `${placeOf(span)}: ${paint(severity, severity)}: ${paint("bold", visible(message))} [${code}]`;
  const lines = [head, ...frame(span, severity, paint)];
  if (hint !== undefined) lines.push(`  hint: ${visible(hint)}`);
  for (const note of notes) lines.push(`  ${placeOf(note.span)}: note: ${visible(note.message)}`);
  return `${lines.join("\n")}\n`;
}

function placeOf({ source, start }: Span): string {
  const { line, column } = position(source, start);
  return `${visible(source.path)}:${line}:${column}`;
}

/** Shows the line that a span begins on, or the part of it around the span, with carets below. */
function frame({ source, start, end }: Span, severity: Severity, paint: Paint): string[] {
  const { line, column } = position(source, start);
  const text = lineText(source, line);
  const from = text.length <= frameWidth ? 0 : Math.max(0, column - 1 - Math.floor(frameWidth / 3));
  const to = Math.min(text.length, from + frameWidth);
  const shown = `${from > 0 ? "…" : ""}${visible(text.slice(from, to))}${to < text.length ? "…" : ""}`;
  const offset = column - 1 - from;
  // A tab stays a tab, so that the caret stands below its character whatever the tab's width.
  const indent = `${from > 0 ? " " : ""}${text.slice(from, from + offset).replace(/[^\t]/g, " ")}`;
  const carets = "^".repeat(Math.max(1, Math.min(end - start, to - from - offset)));
  const number = String(line);
  const margin = " ".repeat(number.length);
  return [
    `  ${paint("dim", `${number} |`)} ${shown}`.trimEnd(),
    `  ${paint("dim", `${margin} |`)} ${indent}${paint(severity, carets)}`,
  ];
}

/** Shows characters that would move the cursor or turn the text round as U+FFFD, one for one. */
function visible(text: string): string {
  return text.replace(/[^\P{Cc}\t]|[\p{Cf}\u2028\u2029]/gu, "\ufffd");
}

function countOf(diagnostics: readonly Diagnostic[]): string {
  const counts = (["error", "warning"] as const).map((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  return counts.flat().join(", ");
}

// ---------------------------------------------------------------- JSON

/** The JSON form. Lines and columns count from one, offsets from zero; an end is the place after the last character. */
function asJson(diagnostics: readonly Diagnostic[]): unknown {
  return {
    version: 1,
    diagnostics: diagnostics.map(({ code, severity, message, hint, span, notes }) => ({
      code,
      severity,
      message,
      hint: hint ?? null,
      ...rangeOf(span),
      notes: notes.map((note) => ({ message: note.message, ...rangeOf(note.span) })),
    })),
  };
}

function rangeOf({ source, start, end }: Span) {
  return {
    file: source.path,
    start: pointOf(position(source, start), start),
    end: pointOf(position(source, end), end),
  };
}

function pointOf({ line, column }: Position, offset: number) {
  return { line, column, offset };
}

// ---------------------------------------------------------------- SARIF

/** The SARIF 2.1.0 form (OASIS, 2020), with one rule for each code that occurs. */
function asSarif(diagnostics: readonly Diagnostic[]): unknown {
  const codes = [...new Set(diagnostics.map(({ code }) => code))];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "postern", rules: codes.map(asSarifRule) } },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((diagnostic) => asSarifResult(diagnostic, codes.indexOf(diagnostic.code))),
      },
    ],
  };
}

function asSarifRule(code: Code) {
  return { id: code, defaultConfiguration: { level: table[code].severity } };
}

function asSarifResult({ code, severity, message, hint, span, notes }: Diagnostic, ruleIndex: number) {
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: hint === undefined ? message : `${message} ${hint}` },
    locations: [asSarifLocation(span)],
    ...(notes.length > 0 && { relatedLocations: notes.map(asSarifNote) }),
  };
}

function asSarifNote({ span, message }: Note) {
  return { ...asSarifLocation(span), message: { text: message } };
}

function asSarifLocation({ source, start, end }: Span) {
  const from = position(source, start);
  const to = position(source, end);
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(source.path) },
      region: { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column },
    },
  };
}

/** A relative path stays relative, as code scanning wants it; only its characters are escaped. */
function uriOf(path: string): string {
  if (path.startsWith("/")) return pathToFileURL(path).href;
  return path.split("/").map(encodeURIComponent).join("/");
}

// ---------------------------------------------------------------- GitHub

/** One workflow command; see "Workflow commands for GitHub Actions" for the two ways of escaping. */
function asGitHubCommand({ severity, code, message, hint, span }: Diagnostic): string {
  const from = position(span.source, span.start);
  const to = position(span.source, span.end);
  const properties = [
    ["file", span.source.path],
    ["line", String(from.line)],
    ["col", String(from.column)],
    ["endLine", String(to.line)],
    ["endColumn", String(to.column)],
    ["title", code],
  ];
  const list = properties.map(([name, value]) => `${name}=${escapeProperty(value!)}`).join(",");
  return `::${severity} ${list}::${escapeText(hint === undefined ? message : `${message} ${hint}`)}\n`;
}

function escapeText(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeText(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
