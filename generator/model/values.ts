/** Enums, flags and enum-like errors: sets of named integers. */

import type { Span } from "../source.ts";
import type {
  EnumDeclaration,
  ErrorDeclaration,
  FlagsDeclaration,
  ValueMember as ValueMemberSyntax,
} from "../syntax/ast.ts";
import type { Binding } from "./binding.ts";
import type { Building } from "./building.ts";
import { evaluate } from "./constants.ts";
import { completeAttributes, declared } from "./declared.ts";
import { describe } from "./describe.ts";
import { fit } from "./fit.ts";
import { integerTypes } from "./integers.ts";
import { Lazy } from "./lazy.ts";
import { type Enum, type ErrorEnum, type Flags, type IntegerType, underlying, type ValueMember } from "./model.ts";
import { requireOpenness } from "./openness.ts";
import type { Scope } from "./scope.ts";
import { typeText } from "./text.ts";
import { resolveType } from "./types.ts";

type Syntax = EnumDeclaration | FlagsDeclaration | ErrorDeclaration;
type Values = Building<Enum> | Building<Flags> | Building<ErrorEnum>;

const phrases = { enum: "The enum", flags: "The flags", error: "The error" } as const;

/** Stands in until the base is known, and for good when it is faulty. */
const unresolved: IntegerType = integerTypes.get("i64")!;

/** Makes an enum, flags or an error, whose members are computed when something first needs them. */
export function declareValues(syntax: Syntax, scope: Scope): Binding {
  const shared = { ...declared(syntax, scope), strict: syntax.openness === "strict", base: unresolved, members: [] };
  const declaration: Values =
    syntax.kind === "error" ? { ...shared, kind: "error", errno: false } : { ...shared, kind: syntax.kind };
  const base = new Lazy(syntax.name, scope.trail, () => resolveBase(syntax, declaration, scope));
  const members = new Map<string, Lazy<ValueMember>>();
  const all = syntax.members.map((member) => {
    const compute = () => computeMember(member, declaration, base, members, scope);
    const lazy = new Lazy(member.name, scope.trail, compute);
    // Of two members with one name the first is meant; a check reports the second.
    if (!members.has(member.name.text)) members.set(member.name.text, lazy);
    return lazy;
  });
  if (declaration.kind === "flags") {
    const bits = (neededAt: Span) => all.reduce((bits, lazy) => bits | (lazy.get(neededAt)?.value ?? 0n), 0n);
    scope.trail.namedBits.set(declaration, bits);
  }
  const complete = () => {
    completeAttributes(declaration, syntax, scope);
    requireOpenness(syntax, phrases[syntax.kind], scope);
    base.get(syntax.name.span);
    declaration.members = all.flatMap((lazy, index) => lazy.get(syntax.members[index]!.name.span) ?? []);
    if (declaration.kind === "error") declaration.errno = declaration.attributes.some(({ name }) => name === "errno");
  };
  return { syntax, declaration, complete, members };
}

function resolveBase({ base, kind, name }: Syntax, declaration: Values, scope: Scope): IntegerType | undefined {
  const what = phrases[kind];
  if (base === undefined) {
    const example = { enum: "u8", flags: "u32", error: "i32" }[kind];
    scope.diagnostics.report("base-missing", name.span, { what, name: name.text, example });
    return undefined;
  }
  const type = resolveType(base, { scope, ownership: "own" });
  if (type === undefined) return undefined;
  const seen = underlying(type);
  if (seen.kind !== "integer") {
    scope.diagnostics.report("base-not-integer", base.span, { what, name: name.text, found: typeText(type) });
    return undefined;
  }
  declaration.base = seen;
  return seen;
}

function computeMember(
  syntax: ValueMemberSyntax,
  of: Values,
  base: Lazy<IntegerType>,
  siblings: ReadonlyMap<string, Lazy<ValueMember>>,
  scope: Scope,
): ValueMember | undefined {
  const { name } = syntax;
  if (syntax.value === undefined) {
    const example = of.kind === "flags" ? "1 << 0" : "1";
    scope.diagnostics.report("value-missing", name.span, { name: name.text, example });
    return undefined;
  }
  const type = base.get(name.span);
  const constant = evaluate(syntax.value, { scope, siblings: { of, members: siblings } });
  if (constant === undefined || type === undefined) return undefined;
  const value = fit(constant, type, syntax.value.span, scope.diagnostics);
  if (value?.kind !== "integer") return undefined;
  return { ...describe(syntax, "member", scope), name: name.text, nameSpan: name.span, value: value.value };
}
