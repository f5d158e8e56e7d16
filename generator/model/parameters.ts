/** Resolves parameters and defaults: of methods, callbacks and attributes. */

import type { Expression, Parameter as ParameterSyntax, TypeExpression } from "../syntax/ast.ts";
import { evaluate } from "./constants.ts";
import { describe } from "./describe.ts";
import { fit } from "./fit.ts";
import { type Parameter, type Type, underlying, type Value } from "./model.ts";
import type { Scope } from "./scope.ts";
import { resolveType } from "./types.ts";

/** Resolves parameters; faulty ones are reported and left out. */
export function resolveParameters(parameters: readonly ParameterSyntax[], scope: Scope): readonly Parameter[] {
  return parameters.flatMap((syntax) => {
    const { name } = syntax;
    const type = resolveType(syntax.type, { scope, ownership: "borrow" });
    if (type === undefined) return [];
    const described = describe(syntax, "parameter", scope);
    const value = resolveDefault(name.text, syntax.type, type, syntax.default, scope);
    return { ...described, name: name.text, nameSpan: name.span, type, typeSpan: syntax.type.span, default: value };
  });
}

/** Computes a default and fits it to its type; nothing when there is none or it is faulty. */
export function resolveDefault(
  name: string,
  written: TypeExpression,
  type: Type,
  value: Expression | undefined,
  scope: Scope,
): Value | undefined {
  if (value === undefined) return undefined;
  if (underlying(type).kind === "optional") {
    scope.diagnostics.report("default-on-optional", written.span, { name });
    return undefined;
  }
  const constant = evaluate(value, { scope });
  return constant && fit(constant, type, value.span, scope.diagnostics);
}
