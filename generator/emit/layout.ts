/** How emitted code is laid out where ts-morph leaves it to us. */

import type { OptionalKind, ParameterDeclarationStructure } from "ts-morph";

const LINE_WIDTH = 120;

/** Puts each parameter on a line of its own when the signature would not fit one line. */
export function wrapped(
  parameters: readonly OptionalKind<ParameterDeclarationStructure>[],
  { name, returnType }: { readonly name: string; readonly returnType: string },
): OptionalKind<ParameterDeclarationStructure>[] {
  const width = parameters.map(parameterText).join(", ").length + name.length + returnType.length;
  if (width + "  (): {".length <= LINE_WIDTH) return [...parameters];
  return parameters.map((parameter, index) => ({
    ...parameter,
    leadingTrivia: "\n",
    ...(index === parameters.length - 1 && { trailingTrivia: "\n" }),
  }));
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
