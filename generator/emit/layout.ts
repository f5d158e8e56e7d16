/** How emitted code is laid out where ts-morph leaves it to us. */

import type { OptionalKind, ParameterDeclarationStructure } from "ts-morph";

const LINE_WIDTH = 120;

/**
 * Prints the parameters of a signature, each on a line of its own when they would not fit one line. ts-morph is given
 * the text of all in the place of one: it makes two writers for each, which took half of the time that it printed.
 */
export function wrapped(
  parameters: readonly OptionalKind<ParameterDeclarationStructure>[],
  { name, returnType }: { readonly name: string; readonly returnType: string },
): OptionalKind<ParameterDeclarationStructure>[] {
  const texts = parameters.map(parameterText);
  const line = texts.join(", ");
  if (texts.length === 0) return [];
  if (line.length + name.length + returnType.length + "  (): {".length <= LINE_WIDTH) return [{ name: line }];
  return [{ name: `\n${texts.join(",\n")}\n` }];
}

/** Prints one parameter, for a signature that is text. */
export function parameterText(parameter: OptionalKind<ParameterDeclarationStructure>): string {
  const optional = parameter.hasQuestionToken === true ? "?" : "";
  const initializer = parameter.initializer === undefined ? "" : ` = ${parameter.initializer}`;
  return `${parameter.name}${optional}: ${parameter.type}${initializer}`;
}

/**
 * Prints a bracketed list, `[a, b]` or `call(a, b)` or `Type<a, b>`: on one line if it fits after `before` columns, or
 * else an item a line below `indent`.
 */
export function bracketed(
  brackets: readonly [open: string, close: string],
  items: readonly string[],
  { before, indent = "" }: { readonly before: number; readonly indent?: string },
): string {
  const [open, close] = brackets;
  const line = `${open}${items.join(", ")}${close}`;
  if (before + line.length <= LINE_WIDTH && !line.includes("\n")) return line;
  return `${open}\n${items.map((item) => `${indent}  ${item},\n`).join("")}${indent}${close}`;
}

/** Prints a list in braces, `import { a, b } from …`: on one line if it fits, or else an item a line. */
export function braced(open: string, items: readonly string[], close: string): string {
  const line = `${open} ${items.join(", ")} ${close}`;
  return line.length <= LINE_WIDTH ? line : bracketed([open, close], items, { before: LINE_WIDTH });
}
