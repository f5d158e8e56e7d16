/**
 * Documentation comments. Their text is the author's, and whoever compiles the file need not trust the author: it
 * cannot end the comment, give the compiler orders, or look like other text than it is.
 */

import type { Deprecation, Described, ErrorEnum, Method, Parameter, Union, Version } from "../model/model.ts";
import { wordArgument } from "./attributes.ts";
import { errorClassName } from "./naming.ts";
import { parameterOwnership, resultOwnership } from "./ownership.ts";
import { render } from "./render.ts";

/** A comment without its marks, as the templates show it: its lines, and the line itself when it is the only one. */
export interface Comment {
  readonly lines: readonly string[];
  readonly single: string | undefined;
}

/** A parameter as the emitted code has it: its name, and what its default prints as. */
export interface DocumentedParameter {
  readonly parameter: Parameter;
  readonly name: string;
  readonly default: string | undefined;
}

/** Writes the comment of anything that can be described; nothing when there is nothing to say. */
export function commentOf(described: Described): Comment | undefined;
/** Says `otherwise`, a line of our own, where there would be nothing to say. */
export function commentOf(described: Described, otherwise: string): Comment;
export function commentOf(described: Described, otherwise?: string): Comment | undefined {
  const own = comment(described, { parameters: [], throws: [], returns: undefined });
  return own ?? (otherwise === undefined ? undefined : oneLine(otherwise));
}

/** Writes the comment of a method: its own text, then its parameters, its result and what it throws. */
export function methodComment(method: Method, parameters: readonly DocumentedParameter[]): Comment | undefined {
  return comment(method, {
    parameters: parameters.flatMap(parameterView),
    returns: method.result && resultOwnership(method.result),
    throws: method.throws.map(thrownType),
  });
}

/** A comment that is one line of our own. */
export function oneLine(text: string): Comment {
  return { lines: [text], single: text };
}

/** A comment as ts-morph takes it: what is meant to be more than one line starts with an empty one. */
export function docsStructure(comment: Comment | undefined): string[] {
  if (comment === undefined) return [];
  return [comment.single ?? `\n${comment.lines.join("\n")}`];
}

/**
 * Makes text harmless in a comment. An end of comment is broken; a character that is not seen, or that reorders the
 * text around it, is spelled out; what compilers and debuggers would obey is quoted.
 */
export function harmless(text: string): string {
  return text
    .replaceAll("*/", "*\\/")
    .replace(unseen, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
    .replace(/(?<!`)@ts-[a-z-]+/g, "`$&`")
    .replace(/[#@]\s*source(?:Mapping)?URL=/g, "`$&`");
}

/**
 * Controls except tab, line separators, byte order marks, halves of surrogate pairs, and what turns text around; each is
 * one UTF-16 code unit.
 */
export const unseen = /[^\P{Cc}\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

interface ParameterView {
  readonly name: string;
  readonly first: string;
  readonly rest: readonly string[];
}

/** What only the comment of a method has. */
interface SignatureView {
  readonly parameters: readonly ParameterView[];
  readonly returns: string | undefined;
  readonly throws: readonly string[];
}

function comment(described: Described, signature: SignatureView): Comment | undefined {
  const { deprecated, since } = described;
  const text = render("doc", {
    text: textLines(described.doc),
    ...signature,
    remarks: remarks(described),
    deprecated: deprecated && deprecationText(deprecated),
    since: since && versionText(since),
  });
  if (text === "") return undefined;
  const lines = text.split("\n");
  return { lines, single: lines.length === 1 ? lines[0] : undefined };
}

function textLines(text: string | undefined): string[] {
  if (text === undefined) return [];
  const lines = text.split(/\r\n|\n|\r/).map((line) => harmless(line).trimEnd());
  while (lines[0] === "") lines.shift();
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

/** What attributes say to whoever reads the code. */
function remarks(described: Described): string[] {
  const feature = wordArgument(described, "unstable", "feature");
  const thread = wordArgument(described, "thread", "which");
  const lines: string[] = [];
  if (feature !== undefined) lines.push(`@experimental Part of \`${feature}\`, which may still change or go.`);
  if (thread !== undefined) lines.push("@remarks May be called from any thread.");
  return lines;
}

/** Shows a parameter that has a text, an owner or a default; of others the signature says it all. */
function parameterView({ parameter, name, default: value }: DocumentedParameter): ParameterView[] {
  const lines = textLines(parameter.doc);
  const owner = parameterOwnership(parameter.type);
  if (owner !== undefined) lines.push(owner);
  if (value !== undefined) lines.push(`Defaults to \`${harmless(value)}\`.`);
  const [first, ...rest] = lines;
  return first === undefined ? [] : [{ name, first, rest }];
}

function thrownType(error: ErrorEnum | Union): string {
  return `{${errorClassName(error.name)}}`;
}

function deprecationText({ version, use }: Deprecation): string {
  return `since ${versionText(version)}${use === undefined ? "" : `, use ${harmless(use)}`}`;
}

function versionText({ major, minor }: Version): string {
  return `${major}.${minor}`;
}
