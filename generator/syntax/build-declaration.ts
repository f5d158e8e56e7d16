/** Builds declarations and their members, one function for each production. */

import type { CstNode } from "chevrotain";
import type * as ast from "./ast.ts";
import { decorated, leaveOut, modifiers, noModifiers, readable } from "./build-decorated.ts";
import { buildExpression, buildInteger } from "./build-expression.ts";
import { buildNamedType, buildType } from "./build-type.ts";
import { type Building, buildName, nameless, span } from "./building.ts";
import type * as cst from "./cst.d.ts";

/** Builds a declaration; one without a name, or a callback with an unreadable parameter, is left out as unread. */
export function buildDeclaration(b: Building, item: cst.DeclarationCstNode): ast.Declaration | undefined {
  const built = buildOneOf(b, item, decorated(b, item));
  if (built.name.text !== "") return built;
  leaveOut(b, item);
  return undefined;
}

function buildOneOf(b: Building, item: cst.DeclarationCstNode, base: ast.Decorated): ast.Declaration {
  const c = item.children;
  if (c.constDeclaration) return buildConst(b, item, base, c.constDeclaration[0]!);
  if (c.aliasDeclaration) return buildAlias(b, item, base, c.aliasDeclaration[0]!);
  if (c.enumDeclaration) return { kind: "enum", ...buildValues(b, item, base, "enum", c.enumDeclaration[0]!) };
  if (c.flagsDeclaration) return { kind: "flags", ...buildValues(b, item, base, "flags", c.flagsDeclaration[0]!) };
  if (c.errorDeclaration) return { kind: "error", ...buildValues(b, item, base, "error", c.errorDeclaration[0]!) };
  if (c.unionDeclaration) return buildUnion(b, item, base, c.unionDeclaration[0]!);
  if (c.structDeclaration) return buildStruct(b, item, base, c.structDeclaration[0]!);
  if (c.tableDeclaration) return buildTable(b, item, base, c.tableDeclaration[0]!);
  if (c.interfaceDeclaration) return buildInterface(b, item, base, c.interfaceDeclaration[0]!);
  if (c.callbackDeclaration) return buildCallback(b, item, base, c.callbackDeclaration[0]!);
  if (c.channelDeclaration) return buildChannel(b, item, base, c.channelDeclaration[0]!);
  if (c.attributeDeclaration) return buildAttributeDeclaration(b, item, base, c.attributeDeclaration[0]!);
  throw new Error("The grammar has a declaration that build-declaration.ts does not know.");
}

type Builder<Node extends CstNode, Built> = (
  b: Building,
  item: cst.DeclarationCstNode,
  base: ast.Decorated,
  node: Node,
) => Built;

const buildConst: Builder<cst.ConstDeclarationCstNode, ast.ConstDeclaration> = (b, item, base, { children }) => {
  noModifiers(b, item, "const");
  return {
    kind: "const",
    ...base,
    name: buildName(b, children.Identifier[0]!),
    type: buildType(b, children.type[0]!),
    value: buildExpression(b, children.expression[0]!),
  };
};

const buildAlias: Builder<cst.AliasDeclarationCstNode, ast.AliasDeclaration> = (b, item, base, { children }) => {
  noModifiers(b, item, "type");
  return {
    kind: "alias",
    ...base,
    name: buildName(b, children.Identifier[0]!),
    type: buildType(b, children.type[0]!),
  };
};

type ValuesNode = cst.EnumDeclarationCstNode | cst.FlagsDeclarationCstNode | cst.ErrorDeclarationCstNode;

function buildValues(
  b: Building,
  item: cst.DeclarationCstNode,
  base: ast.Decorated,
  keyword: string,
  { children }: ValuesNode,
): Omit<ast.EnumDeclaration, "kind"> {
  const { openness } = modifiers(b, item, keyword, ["strict", "flexible"]);
  const members = readable(b, children.valueBody[0]!.children.valueMember);
  return {
    ...base,
    openness,
    name: buildName(b, children.Identifier[0]!),
    base: children.type && buildType(b, children.type[0]!),
    members: members.map((member) => ({
      ...decorated(b, member),
      name: buildName(b, member.children.AnyName[0]!),
      value: member.children.expression && buildExpression(b, member.children.expression[0]!),
    })),
  };
}

const buildUnion: Builder<cst.UnionDeclarationCstNode, ast.UnionDeclaration> = (b, item, base, { children }) => {
  const error = children.Error !== undefined;
  return {
    kind: "union",
    ...base,
    ...modifiers(b, item, error ? "error union" : "union", ["strict", "flexible", "resource"]),
    error,
    name: buildName(b, children.Identifier[0]!),
    members: buildOrdinalMembers(b, children.ordinalBody[0]!),
  };
};

const buildStruct: Builder<cst.StructDeclarationCstNode, ast.StructDeclaration> = (b, item, base, { children }) => {
  const { resource } = modifiers(b, item, "struct", ["resource"]);
  const name = buildName(b, children.Identifier[0]!);
  return { kind: "struct", ...base, resource, name, members: buildFields(b, children.fieldBody[0]!) };
};

const buildTable: Builder<cst.TableDeclarationCstNode, ast.TableDeclaration> = (b, item, base, { children }) => {
  const { resource } = modifiers(b, item, "table", ["resource"]);
  const name = buildName(b, children.Identifier[0]!);
  return { kind: "table", ...base, resource, name, members: buildOrdinalMembers(b, children.ordinalBody[0]!) };
};

function buildOrdinalMembers(b: Building, body: cst.OrdinalBodyCstNode): ast.OrdinalMember[] {
  return readable(b, body.children.ordinalMember).flatMap((member) => {
    const { Integer, AnyName, type, expression } = member.children;
    const ordinal = buildInteger(b, Integer[0]!);
    if (ordinal === undefined) return leaveOut(b, member);
    const name = buildName(b, AnyName[0]!);
    return {
      ...decorated(b, member),
      ordinal,
      reserved: name.text === "reserved" && type === undefined,
      name,
      type: type && buildType(b, type[0]!),
      default: expression && buildExpression(b, expression[0]!),
    };
  });
}

const buildInterface: Builder<cst.InterfaceDeclarationCstNode, ast.InterfaceDeclaration> = (b, item, base, node) => {
  noModifiers(b, item, "interface");
  const { Identifier, interfaceBody } = node.children;
  const methods = readable(b, interfaceBody[0]!.children.method).flatMap((method) => buildMethod(b, method) ?? []);
  return { kind: "interface", ...base, name: buildName(b, Identifier[0]!), methods };
};

/** Builds a method; one with an unreadable parameter is left out whole, since its other users would miscount. */
function buildMethod(b: Building, node: cst.MethodCstNode): ast.MethodDeclaration | undefined {
  const { style = [], AnyName, parameters, type, throws } = node.children;
  const { doc, attributes, span: whole } = decorated(b, node);
  const list = buildParameters(b, parameters[0]!);
  if (list === undefined) return undefined;
  return {
    doc,
    attributes,
    span: whole,
    modifiers: style.map((word) => ({ kind: word.children.Sync ? "sync" : "oneway", span: span(b, word) })),
    name: buildName(b, AnyName[0]!),
    parameters: list,
    result: type && buildType(b, type[0]!),
    throws: buildThrows(b, throws),
  };
}

function buildParameters(b: Building, node: cst.ParametersCstNode): ast.Parameter[] | undefined {
  const all = node.children.parameter ?? [];
  const parameters = readable(b, all).map((parameter) => buildField(b, parameter));
  return parameters.length === all.length ? parameters : undefined;
}

function buildFields(b: Building, body: cst.FieldBodyCstNode): ast.FieldMember[] {
  return readable(b, body.children.fieldMember).map((member) => buildField(b, member));
}

function buildField(b: Building, node: cst.FieldMemberCstNode | cst.ParameterCstNode): ast.Parameter {
  const { AnyName, type, expression } = node.children;
  // Written out: a spread takes longer than all the rest, and most things in a file are fields and parameters.
  const { doc, attributes, span } = decorated(b, node);
  return {
    doc,
    attributes,
    span,
    name: buildName(b, AnyName[0]!),
    type: buildType(b, type[0]!),
    default: expression && buildExpression(b, expression[0]!),
  };
}

function buildThrows(b: Building, throws: readonly cst.ThrowsCstNode[] | undefined): ast.NamedType[] {
  return (throws?.[0]?.children.Identifier ?? []).map((token) => buildNamedType(b, token));
}

const buildCallback: Builder<cst.CallbackDeclarationCstNode, ast.CallbackDeclaration> = (b, item, base, node) => {
  noModifiers(b, item, "callback");
  const { Identifier, parameters, type, throws } = node.children;
  const list = buildParameters(b, parameters[0]!);
  return {
    kind: "callback",
    ...base,
    name: list === undefined ? nameless(b) : buildName(b, Identifier[0]!),
    parameters: list ?? [],
    result: type && buildType(b, type[0]!),
    throws: buildThrows(b, throws),
  };
};

const buildChannel: Builder<cst.ChannelDeclarationCstNode, ast.ChannelDeclaration> = (b, item, base, node) => {
  noModifiers(b, item, "channel");
  const { Identifier, channelBody } = node.children;
  const roles = readable(b, channelBody[0]!.children.role).map((role) => buildRole(b, role));
  return { kind: "channel", ...base, name: buildName(b, Identifier[0]!), roles };
};

function buildRole(b: Building, node: cst.RoleCstNode): ast.Role {
  const offers = readable(b, node.children.roleBody[0]!.children.offer).map((offer) => ({
    ...decorated(b, offer),
    name: buildName(b, offer.children.AnyName[0]!),
    type: buildNamedType(b, offer.children.type[0]!),
  }));
  return { ...decorated(b, node), name: buildName(b, node.children.AnyName[0]!), offers };
}

const buildAttributeDeclaration: Builder<cst.AttributeDeclarationCstNode, ast.AttributeDeclaration> = (
  b,
  item,
  base,
  { children },
) => {
  noModifiers(b, item, "attribute");
  return {
    kind: "attribute",
    ...base,
    name: buildName(b, children.name[0]!),
    targets: children.target.map((target) => buildName(b, target)),
    parameters: buildFields(b, children.fieldBody[0]!),
  };
};
