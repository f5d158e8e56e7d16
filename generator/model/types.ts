/** Resolves type expressions: names to declarations, limits to numbers, ownership to what is written or usual. */

import type { Span } from "../source.ts";
import type {
  BoundedType,
  Expression,
  FdType as FdSyntax,
  ListType,
  MapType,
  Name,
  NamedType,
  OptionalType,
  ReferenceType,
  StreamType,
  TypeExpression,
} from "../syntax/ast.ts";
import type { AliasBody, Binding } from "./binding.ts";
import { evaluate } from "./constants.ts";
import { didYouMean } from "./did-you-mean.ts";
import { isMapKey } from "./map-keys.ts";
import {
  type Alias,
  type Declaration,
  type DescriptorKind,
  type DescriptorRight,
  type Enum,
  type FdType,
  type Flags,
  type Struct,
  type Table,
  type Type,
  type Union,
  underlying,
} from "./model.ts";
import type { Scope } from "./scope.ts";
import { listed, typeText, whatIs } from "./text.ts";
import { constructors, descriptorKinds, descriptorRights, neighbours, scalars } from "./type-names.ts";

/** Where a type stands. */
export interface TypeContext {
  readonly scope: Scope;
  /** Who owns a descriptor that says neither `own` nor `borrow` here. */
  readonly ownership: "own" | "borrow";
}

/** A resolved type with what is known of it; see AliasBody for the fields. */
type Resolved = AliasBody;

/** How deep types nest, through aliases; what walks a type may recurse this far. */
export const maxTypeDepth = 32;

/** The greatest limit: counts and lengths are carried in 32 bits. */
export const greatestLimit = 0xffff_ffffn;

/** Resolves a type; returns nothing when it is faulty, having reported why. */
export function resolveType(expression: TypeExpression, context: TypeContext): Type | undefined {
  return resolve(expression, context, 1)?.type;
}

/** Resolves what an alias stands for, with what its uses need to know. */
export function resolveAlias(expression: TypeExpression, scope: Scope): AliasBody | undefined {
  return resolve(expression, { scope, ownership: "own" }, 1);
}

function resolve(expression: TypeExpression, context: TypeContext, depth: number): Resolved | undefined {
  if (depth > maxTypeDepth) return tooDeep(expression.span, context);
  switch (expression.kind) {
    case "named":
      return resolveNamed(expression, context, depth);
    case "string":
    case "bytes":
      return resolveBounded(expression, context);
    case "list":
      return resolveList(expression, context, depth);
    case "map":
      return resolveMap(expression, context, depth);
    case "stream":
      return resolveStream(expression, context, depth);
    case "fd":
      return resolveDescriptor(expression, context);
    case "reference":
      return resolveReference(expression, context, depth);
    case "optional":
      return resolveOptional(expression, context, depth);
  }
}

/** An item is sent when no call may be there to lend it for: what is in it is given. */
function resolveStream(expression: StreamType, context: TypeContext, depth: number): Resolved | undefined {
  const element = resolve(expression.element, { ...context, ownership: "own" }, depth + 1);
  return wrap(element, (item) => ({ kind: "stream", element: item }));
}

function leaf(type: Type): Resolved {
  return { type, depth: 1, undecided: false };
}

function wrap(inner: Resolved | undefined, type: (inner: Type) => Type): Resolved | undefined {
  return inner && { type: type(inner.type), depth: inner.depth + 1, undecided: inner.undecided };
}

function tooDeep(span: Span, { scope }: TypeContext): undefined {
  scope.diagnostics.report("type-too-deep", span, { limit: String(maxTypeDepth) });
}

function resolveNamed(expression: NamedType, context: TypeContext, depth: number): Resolved | undefined {
  const { name, span } = expression;
  const { scope } = context;
  const binding = scope.find(name.text);
  if (binding === undefined || binding === "faulty") {
    const scalar = scalars.get(name.text);
    if (scalar !== undefined) return leaf(scalar);
    return binding === "faulty" ? undefined : unknownType(name, scope);
  }
  if (binding.alias !== undefined) return resolveUse(binding, span, context, depth);
  const { declaration } = binding;
  if (isType(declaration)) return leaf({ kind: "named", declaration });
  return notAType(declaration, name, scope);
}

/** An alias that leaves the ownership of a descriptor open is read anew in each place that uses it. */
function resolveUse(binding: Binding, span: Span, context: TypeContext, depth: number): Resolved | undefined {
  const body = binding.alias!.get(span);
  if (body === undefined) return undefined;
  if (depth + body.depth > maxTypeDepth) return tooDeep(span, context);
  // Only aliases have an alias body, and only alias syntax makes them.
  const declaration = binding.declaration as Alias;
  if (!body.undecided) return { ...body, type: { kind: "named", declaration }, depth: body.depth + 1 };
  const type = context.ownership === "own" ? body.type : withOwnership(body.type, context.ownership);
  return { type, depth: body.depth, undecided: true };
}

type NamedDeclaration = Alias | Enum | Flags | Struct | Table | Union;

function isType(declaration: Declaration): declaration is NamedDeclaration {
  switch (declaration.kind) {
    case "alias":
    case "enum":
    case "flags":
    case "struct":
    case "table":
      return true;
    case "union":
      return !declaration.error;
    default:
      return false;
  }
}

function unknownType(name: Name, scope: Scope): undefined {
  const declared = scope.names((declaration) => isType(declaration) || isHeld(declaration));
  const neighbour = neighbours.get(name.text);
  const otherwise = `Declare \`${name.text}\`, or import it from the file that does.`;
  const suggestion =
    neighbour === undefined
      ? didYouMean(name.text, [...declared, ...scalars.keys(), ...constructors], otherwise)
      : `Did you mean \`${neighbour}\`?`;
  scope.diagnostics.report("type-unknown", name.span, { name: name.text, suggestion });
}

function isHeld({ kind }: Declaration): boolean {
  return kind === "interface" || kind === "callback";
}

function notAType(declaration: Declaration, name: Name, { diagnostics }: Scope): undefined {
  if (isHeld(declaration)) {
    diagnostics.report("ownership-missing", name.span, { name: name.text });
    return undefined;
  }
  const isError = declaration.kind === "error" || declaration.kind === "union";
  const suggestion = isError ? `Errors are thrown: write \`throws ${name.text}\`.` : "Name a type.";
  diagnostics.report("type-expected", name.span, { name: name.text, what: whatIs(declaration), suggestion });
}

function resolveBounded({ kind, limit }: BoundedType, context: TypeContext): Resolved | undefined {
  const bound = resolveLimit(limit, "length in bytes", context);
  return bound === "faulty" ? undefined : leaf({ kind, limit: bound });
}

function resolveList({ element, limit }: ListType, context: TypeContext, depth: number): Resolved | undefined {
  const bound = resolveLimit(limit, "number of elements", context);
  const inner = resolve(element, context, depth + 1);
  if (bound === "faulty") return undefined;
  return wrap(inner, (type) => ({ kind: "list", element: type, limit: bound }));
}

function resolveMap(expression: MapType, context: TypeContext, depth: number): Resolved | undefined {
  const limit = resolveLimit(expression.limit, "number of entries", context);
  const key = resolve(expression.key, context, depth + 1);
  const value = resolve(expression.value, context, depth + 1);
  if (key !== undefined && !isMapKey(key.type)) return notAKey(expression.key, key.type, context);
  if (limit === "faulty" || key === undefined || value === undefined) return undefined;
  return {
    type: { kind: "map", key: key.type, value: value.type, limit },
    depth: Math.max(key.depth, value.depth) + 1,
    undecided: key.undecided || value.undecided,
  };
}

function notAKey({ span }: TypeExpression, type: Type, { scope }: TypeContext): undefined {
  scope.diagnostics.report("map-key", span, { type: typeText(type) });
}

function resolveLimit(
  limit: Expression | undefined,
  unit: string,
  { scope }: TypeContext,
): number | undefined | "faulty" {
  if (limit === undefined) return undefined;
  const constant = evaluate(limit, { scope });
  if (constant === undefined) return "faulty";
  if (constant.kind === "integer" && constant.value >= 1n && constant.value <= greatestLimit)
    return Number(constant.value);
  const found = constant.kind === "string" ? JSON.stringify(constant.value) : String(constant.value);
  scope.diagnostics.report("limit-invalid", limit.span, { found, greatest: String(greatestLimit), unit });
  return "faulty";
}

function resolveOptional({ inner, span }: OptionalType, context: TypeContext, depth: number): Resolved | undefined {
  const resolved = resolve(inner, context, depth + 1);
  if (resolved === undefined) return undefined;
  if (underlying(resolved.type).kind !== "optional")
    return wrap(resolved, (type) => ({ kind: "optional", inner: type }));
  context.scope.diagnostics.report("optional-twice", span, {});
  return undefined;
}

function resolveDescriptor({ kinds, rights }: FdSyntax, { scope, ownership }: TypeContext): Resolved | undefined {
  const named = [...kinds, ...rights.map(({ name }) => name)];
  const known = [
    ...kinds.map((kind) => descriptorKinds.has(kind.text) || unknownKind(kind, scope)),
    ...rights.map(({ name }) => descriptorRights.has(name.text) || unknownRight(name, scope)),
  ];
  if (known.includes(false) || repeatsName(named, scope)) return undefined;
  // The names have just been found in the sets of kinds and rights.
  const right = (optional: boolean) =>
    rights.filter((one) => one.optional === optional).map(({ name }) => name.text as DescriptorRight);
  const type: FdType = {
    kind: "fd",
    kinds: kinds.map(({ text }) => text as DescriptorKind),
    required: right(false),
    optional: right(true),
    ownership,
  };
  return { type, depth: 1, undecided: true };
}

function unknownKind(name: Name, { diagnostics }: Scope): false {
  const suggestion = descriptorRights.has(name.text)
    ? `\`${name.text}\` is a right; rights follow the kinds: \`fd<file, ${name.text}>\`.`
    : didYouMean(name.text, descriptorKinds, `The kinds are ${listed([...descriptorKinds])}.`);
  diagnostics.report("descriptor-kind-unknown", name.span, { name: name.text, suggestion });
  return false;
}

function unknownRight(name: Name, { diagnostics }: Scope): false {
  diagnostics.report("descriptor-right-unknown", name.span, { name: name.text });
  return false;
}

function repeatsName(names: readonly Name[], { diagnostics }: Scope): boolean {
  const repeated = names.filter(({ text }, index) => names.findIndex((name) => name.text === text) < index);
  for (const { text, span } of repeated) diagnostics.report("descriptor-repeated", span, { name: text });
  return repeated.length > 0;
}

function resolveReference(expression: ReferenceType, context: TypeContext, depth: number): Resolved | undefined {
  const { ownership, target } = expression;
  const held = target.kind === "named" ? context.scope.find(target.name.text) : undefined;
  if (held !== undefined && held !== "faulty") {
    const { declaration } = held;
    if (declaration.kind === "interface" || declaration.kind === "callback") {
      return leaf({ kind: "reference", ownership, target: declaration });
    }
  }
  const inner = resolve(target, context, depth + 1);
  if (inner === undefined) return undefined;
  if (inner.undecided && underlying(inner.type).kind === "fd") return leaf(withOwnership(inner.type, ownership));
  context.scope.diagnostics.report("ownership-misplaced", expression.span, { ownership, type: typeText(inner.type) });
  return undefined;
}

/** The type with this ownership in place of the usual one; only descriptors that did not say have the usual one. */
function withOwnership(type: Type, ownership: "own" | "borrow"): Type {
  switch (type.kind) {
    case "fd":
      return { ...type, ownership };
    case "list":
      return { ...type, element: withOwnership(type.element, ownership) };
    case "map":
      return { ...type, value: withOwnership(type.value, ownership) };
    case "stream":
      return { ...type, element: withOwnership(type.element, ownership) };
    case "optional":
      return { ...type, inner: withOwnership(type.inner, ownership) };
    default:
      return type;
  }
}
