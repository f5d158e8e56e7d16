/** The grammar as text: the productions of the parser, in the notation in which the language's reference shows them. */

import {
  Alternation,
  Alternative,
  type IProduction,
  NonTerminal,
  Option,
  Repetition,
  Terminal,
  type TokenType,
} from "chevrotain";
import { Parser } from "../../generator/syntax/parser.ts";

/** Every production, on one line, in the order of the parser: `modifier : "strict" | "flexible" | "resource"`. */
export function productions(): readonly string[] {
  const rules = Object.values(new Parser({ skipValidations: true }).getGAstProductions());
  return rules.map(({ name, definition }) => `${name} : ${sequence(definition)}`);
}

function sequence(parts: readonly IProduction[]): string {
  return parts.map((part) => text(part, parts.length > 1)).join(" ");
}

/** `beside` says that something stands beside the part, so that alternatives need parentheses. */
function text(part: IProduction, beside: boolean): string {
  if (part instanceof NonTerminal) return part.nonTerminalName;
  if (part instanceof Terminal) return tokenText(part.terminalType);
  if (part instanceof Option) return `${group(part.definition)}?`;
  if (part instanceof Repetition) return `${group(part.definition)}*`;
  if (part instanceof Alternative) return sequence(part.definition);
  if (!(part instanceof Alternation)) throw new Error(`The notation has no sign for ${part.constructor.name}.`);
  const alternatives = part.definition.map((each) => text(each, false)).join(" | ");
  return beside ? `( ${alternatives} )` : alternatives;
}

function group(parts: readonly IProduction[]): string {
  const single = parts.length === 1 && !(parts[0] instanceof Alternation);
  return single ? sequence(parts) : `( ${sequence(parts)} )`;
}

function tokenText({ name, PATTERN }: TokenType): string {
  return typeof PATTERN === "string" ? `"${PATTERN}"` : name;
}
