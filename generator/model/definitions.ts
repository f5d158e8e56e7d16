/** Consts and aliases: names for a value and for a type. Both are worked out when something first needs them. */

import type { AliasDeclaration, ConstDeclaration } from "../syntax/ast.ts";
import type { AliasBody, Binding, Constant } from "./binding.ts";
import type { Building } from "./building.ts";
import { evaluate } from "./constants.ts";
import { completeAttributes, declared } from "./declared.ts";
import { fit } from "./fit.ts";
import { Lazy } from "./lazy.ts";
import { type Alias, type Const, type Flags, type Type, underlying } from "./model.ts";
import type { Scope } from "./scope.ts";
import { typeText } from "./text.ts";
import { resolveAlias, resolveType } from "./types.ts";

/** Stands in until the type is known, and for good when it is faulty; that is an error, so nobody emits it. */
const unresolved: Type = { kind: "bool" };

/** Makes a const, whose value is computed when something first needs it. */
export function declareConst(syntax: ConstDeclaration, scope: Scope): Binding {
  const declaration: Building<Const> = {
    ...declared(syntax, scope),
    kind: "const",
    type: unresolved,
    typeSpan: syntax.type.span,
    value: { kind: "boolean", value: false },
  };
  const constant = new Lazy(syntax.name, scope.trail, () => computeConst(syntax, declaration, scope));
  const complete = () => {
    completeAttributes(declaration, syntax, scope);
    constant.get(syntax.name.span);
  };
  return { syntax, declaration, complete, constant };
}

/** The value is returned as its type holds it: an integer without the ones above its width, say. */
function computeConst(syntax: ConstDeclaration, declaration: Building<Const>, scope: Scope): Constant | undefined {
  const type = resolveType(syntax.type, { scope, ownership: "own" });
  const constant = evaluate(syntax.value, { scope });
  if (type === undefined || constant === undefined) return undefined;
  const value = fit(constant, type, syntax.value.span, scope.diagnostics);
  if (value === undefined) return undefined;
  declaration.type = type;
  declaration.value = value;
  if (value.kind === "float") return value;
  if (value.kind !== "integer" || constant.kind !== "integer") return constant;
  return { ...constant, value: value.value, complement: false, of: flagsOf(type) ?? constant.of };
}

/** The flags of a constant that is 0 are those of its type. */
function flagsOf(type: Type): Flags | undefined {
  const seen = underlying(type);
  return seen.kind === "named" && seen.declaration.kind === "flags" ? seen.declaration : undefined;
}

/** Makes an alias, whose body is resolved when something first needs it. */
export function declareAlias(syntax: AliasDeclaration, scope: Scope): Binding {
  const declaration: Building<Alias> = {
    ...declared(syntax, scope),
    kind: "alias",
    type: unresolved,
    typeSpan: syntax.type.span,
  };
  const alias = new Lazy(syntax.name, scope.trail, () => computeAlias(syntax, declaration, scope));
  const complete = () => {
    completeAttributes(declaration, syntax, scope);
    alias.get(syntax.name.span);
  };
  return { syntax, declaration, complete, alias };
}

function computeAlias(syntax: AliasDeclaration, declaration: Building<Alias>, scope: Scope): AliasBody | undefined {
  const body = resolveAlias(syntax.type, scope);
  if (body === undefined) return undefined;
  const type = represent(body.type, syntax, scope);
  declaration.type = type;
  return { ...body, type };
}

/** Applies `@js`. It is read from the syntax: the alias may be needed before its attributes are resolved. */
function represent(type: Type, { attributes }: AliasDeclaration, { diagnostics }: Scope): Type {
  const js = attributes.find(({ name }) => name.text === "js");
  const value = js?.arguments[0]?.value;
  const representation = value?.kind === "name" ? value.path[0]!.text : undefined;
  if (representation !== "number" && representation !== "bigint") return type;
  const seen = underlying(type);
  if (seen.kind === "integer" && seen.name.endsWith("64")) return { ...seen, asNumber: representation === "number" };
  diagnostics.report("representation-invalid", js!.span, { representation, name: typeText(type) });
  return type;
}
