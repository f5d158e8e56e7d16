/** Builds types. */

import type { IToken } from "chevrotain";
import type * as ast from "./ast.ts";
import { buildBound } from "./build-expression.ts";
import { type Building, buildName, span, tokenSpan } from "./building.ts";
import type * as cst from "./cst.d.ts";

/** Builds a type. */
export function buildType(b: Building, node: cst.TypeCstNode): ast.TypeExpression {
  const { ownership, Question } = node.children;
  const whole = span(b, node);
  const core = buildCoreType(b, node);
  const kind = ownership?.[0]?.children.Own ? "own" : "borrow";
  const end = core.span.end;
  const referred: ast.TypeExpression =
    ownership === undefined ? core : { kind: "reference", ownership: kind, target: core, span: { ...whole, end } };
  return Question === undefined ? referred : { kind: "optional", inner: referred, span: whole };
}

function buildCoreType(b: Building, { children }: cst.TypeCstNode): ast.TypeExpression {
  if (children.namedType) return buildNamedType(b, children.namedType[0]!.children.Identifier[0]!);
  if (children.boundedType) return buildBounded(b, children.boundedType[0]!);
  if (children.listType) return buildList(b, children.listType[0]!);
  if (children.mapType) return buildMap(b, children.mapType[0]!);
  if (children.streamType) return buildStream(b, children.streamType[0]!);
  return buildFd(b, children.fdType![0]!);
}

/** Builds the type that a single name stands for. */
export function buildNamedType(b: Building, token: IToken): ast.NamedType {
  return { kind: "named", name: buildName(b, token), span: tokenSpan(b, token) };
}

function buildBounded(b: Building, node: cst.BoundedTypeCstNode): ast.BoundedType {
  const kind = node.children.Bytes === undefined ? "string" : "bytes";
  return { kind, limit: buildLimit(b, node.children.bound), span: span(b, node) };
}

function buildList(b: Building, node: cst.ListTypeCstNode): ast.ListType {
  const { type, bound } = node.children;
  return { kind: "list", element: buildType(b, type[0]!), limit: buildLimit(b, bound), span: span(b, node) };
}

function buildMap(b: Building, node: cst.MapTypeCstNode): ast.MapType {
  const { key, value, bound } = node.children;
  return {
    kind: "map",
    key: buildType(b, key[0]!),
    value: buildType(b, value[0]!),
    limit: buildLimit(b, bound),
    span: span(b, node),
  };
}

function buildStream(b: Building, node: cst.StreamTypeCstNode): ast.StreamType {
  return { kind: "stream", element: buildType(b, node.children.type[0]!), span: span(b, node) };
}

function buildFd(b: Building, node: cst.FdTypeCstNode): ast.FdType {
  const { AnyName: kinds = [], right: rights = [] } = node.children;
  return {
    kind: "fd",
    kinds: kinds.map((token) => buildName(b, token)),
    rights: rights.map(({ children }) => ({
      name: buildName(b, children.AnyName[0]!),
      optional: children.Question !== undefined,
    })),
    span: span(b, node),
  };
}

function buildLimit(b: Building, bound: readonly cst.BoundCstNode[] | undefined): ast.Expression | undefined {
  return bound && buildBound(b, bound[0]!);
}
