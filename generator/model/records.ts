/** Structs, tables and unions: values made of other values. */

import type { OrdinalMember, StructDeclaration, TableDeclaration, UnionDeclaration } from "../syntax/ast.ts";
import type { Binding } from "./binding.ts";
import type { Building } from "./building.ts";
import { completeAttributes, declared } from "./declared.ts";
import { describe } from "./describe.ts";
import type { Field, Struct, Table, TableField, Type, Union, UnionMember } from "./model.ts";
import { requireOpenness } from "./openness.ts";
import { resolveDefault } from "./parameters.ts";
import type { Scope } from "./scope.ts";
import { resolveType } from "./types.ts";

/** Ordinals are carried in 16 bits. */
const greatestOrdinal = 0xffffn;

/** Makes a struct, without its fields yet. */
export function declareStruct(syntax: StructDeclaration, scope: Scope): Binding {
  const declaration: Building<Struct> = {
    ...declared(syntax, scope),
    kind: "struct",
    resource: syntax.resource,
    members: [],
  };
  const complete = () => {
    completeAttributes(declaration, syntax, scope);
    declaration.members = fieldsOf(syntax, scope);
  };
  return { syntax, declaration, complete };
}

function fieldsOf({ members }: StructDeclaration, scope: Scope): readonly Field[] {
  return members.flatMap((member) => {
    const { name } = member;
    if (member.default !== undefined) {
      const reason = "Every field of a struct is always sent; use a table for fields that may be left out.";
      const values = { what: "The field", name: name.text, reason };
      scope.diagnostics.report("default-misplaced", member.default.span, values);
    }
    const described = describe(member, "field", scope);
    const type = resolveType(member.type, { scope, ownership: "own" });
    if (type === undefined) return [];
    return { ...described, name: name.text, nameSpan: name.span, type, typeSpan: member.type.span };
  });
}

/** Makes a table, without its fields yet. */
export function declareTable(syntax: TableDeclaration, scope: Scope): Binding {
  const declaration: Building<Table> = {
    ...declared(syntax, scope),
    kind: "table",
    resource: syntax.resource,
    members: [],
    reserved: [],
  };
  const complete = () => {
    completeAttributes(declaration, syntax, scope);
    declaration.members = ordinalMembers(syntax, scope).flatMap((member) => tableField(member, scope) ?? []);
    declaration.reserved = reservedOrdinals(syntax);
  };
  return { syntax, declaration, complete };
}

function tableField(member: OrdinalMember, scope: Scope): TableField | undefined {
  const { name } = member;
  const described = describe(member, "field", scope);
  const written = member.type;
  const type = written && resolveType(written, { scope, ownership: "own" });
  if (written === undefined) scope.diagnostics.report("field-type-missing", name.span, { name: name.text });
  if (written === undefined || type === undefined) return undefined;
  return {
    ...described,
    ordinal: Number(member.ordinal.value),
    name: name.text,
    nameSpan: name.span,
    type,
    typeSpan: written.span,
    default: resolveDefault(name.text, written, type, member.default, scope),
  };
}

/** Makes a union, without its arms yet. */
export function declareUnion(syntax: UnionDeclaration, scope: Scope): Binding {
  const declaration: Building<Union> = {
    ...declared(syntax, scope),
    kind: "union",
    strict: syntax.openness === "strict",
    resource: syntax.resource,
    error: syntax.error,
    members: [],
    reserved: [],
  };
  const complete = () => {
    completeAttributes(declaration, syntax, scope);
    requireOpenness(syntax, syntax.error ? "The error" : "The union", scope);
    declaration.members = ordinalMembers(syntax, scope).flatMap((member) => arm(member, scope) ?? []);
    declaration.reserved = reservedOrdinals(syntax);
  };
  return { syntax, declaration, complete };
}

function arm(member: OrdinalMember, scope: Scope): UnionMember | undefined {
  const { name } = member;
  if (member.default !== undefined) {
    const reason = "A value of a union is exactly one of its arms, with what it carries.";
    scope.diagnostics.report("default-misplaced", member.default.span, { what: "The arm", name: name.text, reason });
  }
  const described = describe(member, "arm", scope);
  const type: Type | undefined = member.type && resolveType(member.type, { scope, ownership: "own" });
  if (member.type !== undefined && type === undefined) return undefined;
  return {
    ...described,
    ordinal: Number(member.ordinal.value),
    name: name.text,
    nameSpan: name.span,
    type,
    typeSpan: member.type?.span ?? name.span,
  };
}

/** The members that are in use and whose ordinals can be carried; the others are reported. */
function ordinalMembers({ members }: TableDeclaration | UnionDeclaration, scope: Scope): readonly OrdinalMember[] {
  const free =
    members.reduce((most, { ordinal: { value } }) => (isOrdinal(value) && value > most ? value : most), 0n) + 1n;
  for (const { ordinal } of members) {
    if (isOrdinal(ordinal.value)) continue;
    const values = { ordinal: String(ordinal.value), greatest: String(greatestOrdinal), free: String(free) };
    scope.diagnostics.report("ordinal-invalid", ordinal.span, values);
  }
  return members.filter(({ ordinal, reserved }) => isOrdinal(ordinal.value) && !reserved);
}

function reservedOrdinals({ members }: TableDeclaration | UnionDeclaration): readonly number[] {
  const reserved = members.filter(({ ordinal, reserved }) => reserved && isOrdinal(ordinal.value));
  return reserved.map(({ ordinal }) => Number(ordinal.value));
}

function isOrdinal(value: bigint): boolean {
  return value >= 1n && value <= greatestOrdinal;
}
