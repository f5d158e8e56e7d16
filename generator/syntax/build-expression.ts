/** Turns the flat operators and operands of an expression into the tree that their binding gives. */

import type { IToken } from "chevrotain";
import { join } from "../source.ts";
import type * as ast from "./ast.ts";
import { type Building, tokenSpan } from "./building.ts";
import type * as cst from "./cst.d.ts";
import { limits } from "./limits.ts";
import { readFloat, readInteger, readString } from "./literals.ts";

type BinaryOperator = ast.BinaryExpression["operator"];

/** How tightly each operator binds; all of them group to the left. */
export const binding: { readonly [operator in BinaryOperator]: number } = {
  "|": 1,
  "^": 2,
  "&": 3,
  "<<": 4,
  ">>": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
};

/** Builds an expression. */
export function buildExpression(b: Building, { children }: cst.ExpressionCstNode): ast.Expression {
  const operators = (children.binaryOperator ?? []).map((node) => readOperator(b, node));
  return bind(b, children.unary, operators);
}

/** Builds the limit of a type, in which a `>` closes the type. */
export function buildBound(b: Building, { children }: cst.BoundCstNode): ast.Expression {
  // The grammar's category Operator holds exactly the operators of the tree but `>>`.
  const operators = (children.Operator ?? []).map((token) => token.image as BinaryOperator);
  return bind(b, children.unary, operators);
}

function readOperator(b: Building, { children }: cst.BinaryOperatorCstNode): BinaryOperator {
  const operator = children.Operator?.[0];
  // As above.
  if (operator !== undefined) return operator.image as BinaryOperator;
  const [first, second] = children.Greater!;
  if (first!.startOffset + 1 !== second!.startOffset) {
    const end = second!.startOffset + 1;
    b.diagnostics.report("shift-apart", { source: b.source, start: first!.startOffset, end }, {});
  }
  return ">>";
}

/** Binds operands by a stack of what still waits for its right side: a new operator first closes what binds tighter. */
function bind(b: Building, nodes: readonly cst.UnaryCstNode[], operators: readonly BinaryOperator[]): ast.Expression {
  const operands = [buildUnary(b, nodes[0]!)];
  if (operators.length > limits.operators) {
    const { span } = operands[0]!;
    b.diagnostics.report("expression-too-long", span, { limit: String(limits.operators) });
    return { kind: "unreadable", text: "…", span };
  }
  const waiting: BinaryOperator[] = [];
  const close = () => {
    const right = operands.pop()!;
    const left = operands.pop()!;
    const operator = waiting.pop()!;
    operands.push({ kind: "binary", operator, left, right, span: join(left.span, right.span) });
  };
  for (const [index, operator] of operators.entries()) {
    while (waiting.length > 0 && binding[waiting.at(-1)!] >= binding[operator]) close();
    waiting.push(operator);
    operands.push(buildUnary(b, nodes[index + 1]!));
  }
  while (waiting.length > 0) close();
  return operands[0]!;
}

function buildUnary(b: Building, { children }: cst.UnaryCstNode): ast.Expression {
  if (children.primary) return buildPrimary(b, children.primary[0]!);
  const sign = (children.Minus ?? children.Tilde)![0]!;
  const operand = buildUnary(b, children.unary![0]!);
  const operator = children.Minus === undefined ? "~" : "-";
  return { kind: "unary", operator, operand, span: join(tokenSpan(b, sign), operand.span) };
}

function buildPrimary(b: Building, { children }: cst.PrimaryCstNode): ast.Expression {
  const { Integer, Float, StringLiteral, True, False, AnyName, expression } = children;
  if (Integer) return buildInteger(b, Integer[0]!) ?? unreadable(b, Integer[0]!);
  if (Float) return buildFloat(b, Float[0]!) ?? unreadable(b, Float[0]!);
  if (StringLiteral) return buildString(b, StringLiteral[0]!) ?? unreadable(b, StringLiteral[0]!);
  if (True) return { kind: "boolean", value: true, span: tokenSpan(b, True[0]!) };
  if (False) return { kind: "boolean", value: false, span: tokenSpan(b, False[0]!) };
  if (AnyName) return buildNameExpression(b, AnyName);
  return buildExpression(b, expression![0]!);
}

/** Builds an integer; returns undefined when it is malformed, which the lexer has reported. */
export function buildInteger(b: Building, token: IToken): ast.IntegerLiteral | undefined {
  const read = readInteger(token.image);
  return read && { kind: "integer", ...read, span: tokenSpan(b, token) };
}

function buildFloat(b: Building, token: IToken): ast.FloatLiteral | undefined {
  const read = readFloat(token.image);
  return read && { kind: "float", ...read, span: tokenSpan(b, token) };
}

/** Builds a text; returns undefined when it is malformed, which the lexer has reported. */
export function buildString(b: Building, token: IToken): ast.StringLiteral | undefined {
  const read = readString(token.image);
  return read && { kind: "string", ...read, span: tokenSpan(b, token) };
}

function unreadable(b: Building, token: IToken): ast.UnreadableExpression {
  return { kind: "unreadable", text: token.image, span: tokenSpan(b, token) };
}

function buildNameExpression(b: Building, words: readonly IToken[]): ast.NameExpression {
  const path = words.map((word) => ({ text: word.image, span: tokenSpan(b, word) }));
  return { kind: "name", path, span: join(path[0]!.span, path.at(-1)!.span) };
}
