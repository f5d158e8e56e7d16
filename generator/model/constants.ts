/**
 * Computes constant expressions. Integers are exact and unbounded until a type is given to them; `~x` has ones all
 * the way up, and the type it ends in says how many of them there are. Of strict flags it has those that have names.
 */

import type { Span } from "../source.ts";
import type {
  BinaryExpression,
  Expression,
  IntegerLiteral,
  Name,
  NameExpression,
  UnaryExpression,
} from "../syntax/ast.ts";
import type { Binding, Constant, IntegerConstant } from "./binding.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { Lazy } from "./lazy.ts";
import type { Declaration, Enum, ErrorEnum, Flags, ValueMember } from "./model.ts";
import type { Scope } from "./scope.ts";
import { listed, whatIs } from "./text.ts";

/** Where an expression stands. */
export interface ExpressionContext {
  readonly scope: Scope;
  /** In the value of a member: the members beside it, which it may name without their declaration. */
  readonly siblings?: Siblings;
}

interface Siblings {
  readonly of: Enum | Flags | ErrorEnum;
  readonly members: ReadonlyMap<string, Lazy<ValueMember>>;
}

/** The factor of each unit: sizes are in bytes, durations in milliseconds. */
export const units: ReadonlyMap<string, bigint> = new Map([
  ["KiB", 1n << 10n],
  ["MiB", 1n << 20n],
  ["GiB", 1n << 30n],
  ["ms", 1n],
  ["s", 1_000n],
  ["min", 60_000n],
  ["h", 3_600_000n],
]);

const greatestShift = 63n;
const widestResult = 128;

/** Computes an expression; returns nothing when it is faulty, having reported why. */
export function evaluate(expression: Expression, context: ExpressionContext): Constant | undefined {
  switch (expression.kind) {
    case "integer":
      return evaluateInteger(expression, context.scope);
    case "float":
      return { kind: "float", value: expression.value };
    case "string":
      return { kind: "string", value: expression.value };
    case "boolean":
      return { kind: "boolean", value: expression.value };
    case "unreadable":
      return undefined;
    case "name":
      return evaluateName(expression, context);
    case "unary":
      return evaluateUnary(expression, context);
    case "binary":
      return evaluateBinary(expression, context);
  }
}

/** The constant that stands for an integer and nothing more. */
export function integer(value: bigint, text?: string): IntegerConstant {
  return { kind: "integer", value, complement: false, of: undefined, member: undefined, text };
}

function evaluateInteger({ value, unit, text, span }: IntegerLiteral, { diagnostics }: Scope): Constant | undefined {
  if (unit === undefined) return integer(value, text);
  const factor = units.get(unit);
  if (factor !== undefined) return integer(value * factor);
  const otherwise = `Use one of ${listed([...units.keys()])}.`;
  diagnostics.report("unit-unknown", span, { unit, suggestion: didYouMean(unit, units.keys(), otherwise) });
  return undefined;
}

function evaluateName({ path, span }: NameExpression, context: ExpressionContext): Constant | undefined {
  const { scope, siblings } = context;
  const [first, second] = path;
  const sibling = second === undefined ? siblings?.members.get(first!.text) : undefined;
  if (sibling !== undefined) return memberConstant(siblings!.of, sibling.get(span));
  const binding = scope.find(first!.text);
  if (binding === "faulty") return undefined;
  if (binding === undefined) return unknownName(first!, context);
  return second === undefined ? constOf(binding, first!, scope) : memberOf(binding, first!, second, scope);
}

function unknownName(name: Name, { scope, siblings }: ExpressionContext): undefined {
  const constants = scope.names(({ kind }) => kind === "const" || kind === "enum" || kind === "flags");
  const known = [...constants, ...(siblings?.members.keys() ?? [])];
  const suggestion = didYouMean(name.text, known, `Declare it: \`const ${name.text}: u32 = 0;\``);
  scope.diagnostics.report("name-unknown", name.span, { name: name.text, suggestion });
}

function constOf(binding: Binding, name: Name, { diagnostics }: Scope): Constant | undefined {
  if (binding.constant !== undefined) return binding.constant.get(name.span);
  const member = binding.members?.keys().next().value;
  const suggestion = member === undefined ? "Name a `const`." : `Name one of its members: \`${name.text}.${member}\`.`;
  const what = whatIs(binding.declaration);
  diagnostics.report("constant-expected", name.span, { name: name.text, what, suggestion });
  return undefined;
}

function memberOf(binding: Binding, type: Name, name: Name, scope: Scope): Constant | undefined {
  const { diagnostics } = scope;
  const { declaration, members } = binding;
  if (members === undefined || !hasValues(declaration)) {
    const what = whatIs(declaration);
    const suggestion = "Only enums, flags and errors have members with values.";
    diagnostics.report("constant-expected", type.span, { name: type.text, what, suggestion });
    return undefined;
  }
  const member = members.get(name.text);
  if (member !== undefined) return memberConstant(declaration, member.get(name.span));
  if (scope.mayHave(name.text, declaration.span)) return undefined;
  const suggestion = didYouMean(name.text, members.keys(), `It has ${someOf([...members.keys()])}.`);
  diagnostics.report("member-unknown", name.span, { type: type.text, name: name.text, suggestion });
  return undefined;
}

function hasValues(declaration: Declaration): declaration is Enum | Flags | ErrorEnum {
  return declaration.kind === "enum" || declaration.kind === "flags" || declaration.kind === "error";
}

function memberConstant(of: Enum | Flags | ErrorEnum, member: ValueMember | undefined): Constant | undefined {
  return member && { kind: "integer", value: member.value, complement: false, of, member, text: undefined };
}

function someOf(names: readonly string[]): string {
  if (names.length === 0) return "no members";
  return names.length > 8 ? `${listed(names.slice(0, 8))} and more` : listed(names);
}

function evaluateUnary(expression: UnaryExpression, context: ExpressionContext): Constant | undefined {
  const { operator, span } = expression;
  const operand = evaluate(expression.operand, context);
  if (operand === undefined) return undefined;
  if (operand.kind === "float" && operator === "-") return { kind: "float", value: -operand.value };
  if (operand.kind !== "integer" || operand.of?.kind === "enum" || (operator === "-" && operand.of !== undefined)) {
    return invalidOperand(operator, operand, span, context);
  }
  if (operator === "-") return integer(-operand.value);
  return complement(operand, span, context);
}

/** The bits of strict flags end where their names do, except among the members that name them. */
function complement({ value, of }: IntegerConstant, span: Span, { scope, siblings }: ExpressionContext): Constant {
  const inverse: IntegerConstant = { ...integer(~value), complement: true, of };
  if (of?.kind !== "flags" || of === siblings?.of) return inverse;
  // Asked of flexible flags too, because it resolves their base, which says where the ones end.
  const named = scope.trail.namedBits.get(of)!(span);
  return of.strict ? { ...inverse, value: ~value & named, complement: false } : inverse;
}

/** Folds `a + b + c` from the left without a call for each operator: machines write such sums by the thousand. */
function evaluateBinary(expression: BinaryExpression, context: ExpressionContext): Constant | undefined {
  const steps: BinaryExpression[] = [];
  let leftmost: Expression = expression;
  while (leftmost.kind === "binary") {
    steps.push(leftmost);
    leftmost = leftmost.left;
  }
  let result = evaluate(leftmost, context);
  for (const step of steps.reverse()) {
    const right = evaluate(step.right, context);
    result = result && right && combine(result, right, step, context);
  }
  return result;
}

function combine(
  left: Constant,
  right: Constant,
  step: BinaryExpression,
  context: ExpressionContext,
): Constant | undefined {
  const { operator, span } = step;
  for (const side of [left, right]) {
    if (side.kind === "string" || side.kind === "boolean") return invalidOperand(operator, side, span, context);
  }
  if (left.kind === "integer" && right.kind === "integer") return combineIntegers(left, right, step, context);
  return combineFloats(Number(left.value), Number(right.value), step, context);
}

function combineFloats(
  left: number,
  right: number,
  step: BinaryExpression,
  context: ExpressionContext,
): Constant | undefined {
  switch (step.operator) {
    case "+":
      return { kind: "float", value: left + right };
    case "-":
      return { kind: "float", value: left - right };
    case "*":
      return { kind: "float", value: left * right };
    case "/":
      if (right === 0) return dividedByZero(step, context);
      return { kind: "float", value: left / right };
    default:
      return invalidOperand(step.operator, { kind: "float", value: left }, step.span, context);
  }
}

function combineIntegers(
  left: IntegerConstant,
  right: IntegerConstant,
  step: BinaryExpression,
  context: ExpressionContext,
): Constant | undefined {
  const { operator, span } = step;
  const { diagnostics } = context.scope;
  const bitwise = operator === "|" || operator === "&" || operator === "^";
  if (left.of !== right.of && bitwise) {
    diagnostics.report("operands-differ", span, {
      operator,
      left: describeConstant(left),
      right: describeConstant(right),
    });
    return undefined;
  }
  const of = bitwise ? left.of : undefined;
  if (of?.kind === "enum" || (!bitwise && (left.of ?? right.of) !== undefined)) {
    return invalidOperand(operator, left.of === undefined ? right : left, span, context);
  }
  const value = compute(left.value, right.value, step, context);
  if (value === undefined) return undefined;
  if (BigInt.asIntN(widestResult, value) !== value) {
    diagnostics.report("constant-too-large", span, { operator });
    return undefined;
  }
  const complement = bitwise && value < 0n && (left.complement || right.complement);
  return { ...integer(value), complement, of };
}

function compute(left: bigint, right: bigint, step: BinaryExpression, context: ExpressionContext): bigint | undefined {
  switch (step.operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return right === 0n ? dividedByZero(step, context) : left / right;
    case "%":
      return right === 0n ? dividedByZero(step, context) : left % right;
    case "<<":
      return isShift(right, step, context) ? left << right : undefined;
    case ">>":
      return isShift(right, step, context) ? left >> right : undefined;
    case "&":
      return left & right;
    case "^":
      return left ^ right;
    case "|":
      return left | right;
  }
}

function isShift(amount: bigint, { right }: BinaryExpression, { scope }: ExpressionContext): boolean {
  if (amount >= 0n && amount <= greatestShift) return true;
  scope.diagnostics.report("shift-invalid", right.span, { amount: String(amount) });
  return false;
}

function dividedByZero({ operator, right }: BinaryExpression, { scope }: ExpressionContext): undefined {
  scope.diagnostics.report("division-by-zero", right.span, { operator });
}

function invalidOperand(operator: string, operand: Constant, span: Span, { scope }: ExpressionContext): undefined {
  scope.diagnostics.report("operand-invalid", span, { operator, operand: describeConstant(operand) });
}

/** Says what a constant is, for a message: "`7`", "a combination of `OpenFlags`", "`FileKind.other`". */
export function describeConstant(constant: Constant): string {
  if (constant.kind === "string") return `\`${JSON.stringify(constant.value)}\``;
  if (constant.kind !== "integer" || constant.of === undefined) return `\`${constant.value}\``;
  const { name } = constant.of;
  return constant.member === undefined ? `a combination of \`${name}\`` : `\`${name}.${constant.member.name}\``;
}
