/**
 * Turns the concrete syntax tree into the abstract one: spans, doc comments, literals, the binding of operators, and
 * the few rules of place that a grammar says badly (the package first, modifiers where they belong).
 */

import type { CstNode, IToken } from "chevrotain";
import type * as ast from "./ast.ts";
import { buildExpression } from "./build-expression.ts";
import { buildNamedType, buildType } from "./build-type.ts";
import { type Building, buildName, nameless, span, tokenSpan } from "./building.ts";
import type * as cst from "./cst.d.ts";
import { limits } from "./limits.ts";
import { readInteger, readString } from "./literals.ts";

/** Builds the document of a parsed file. */
export function buildDocument(b: Building, node: cst.DocumentCstNode): ast.Document {
  const imports: ast.ImportDeclaration[] = [];
  const declarations: ast.Declaration[] = [];
  let packageDeclaration: ast.PackageDeclaration | undefined;
  for (const item of (node.children.declaration ?? []).slice(0, limits.declarations + 1)) {
    const { packageDeclaration: packages, importDeclaration: importing } = item.children;
    if (unreadable(b, item)) continue;
    if (packages !== undefined) {
      const late = imports.length + declarations.length > 0;
      const earlier = packageDeclaration;
      packageDeclaration ??= buildPackage(b, item, packages[0]!);
      if (earlier !== undefined) reportSecondPackage(b, earlier, packages[0]!);
      else if (late) b.diagnostics.report("package-late", packageDeclaration.span, {});
    } else if (importing !== undefined) {
      const built = buildImport(b, item, importing[0]!);
      if (declarations.length > 0) b.diagnostics.report("import-late", built.span, {});
      imports.push(built);
    } else {
      const declaration = buildDeclaration(b, item);
      if (declaration !== undefined) declarations.push(declaration);
    }
    if (declarations.length > limits.declarations) {
      declarations.pop();
      b.diagnostics.report("too-many-declarations", span(b, item), { limit: String(limits.declarations) });
    }
  }
  return { source: b.source, package: packageDeclaration, imports, declarations };
}

// ---------------------------------------------------------------- the head of a file

function buildPackage(b: Building, item: cst.DeclarationCstNode, node: cst.PackageDeclarationCstNode) {
  noModifiers(b, item, "package");
  const words = node.children.AnyName;
  const name: ast.Name = {
    text: words.map((word) => word.image).join("."),
    span: { ...tokenSpan(b, words[0]!), end: tokenSpan(b, words.at(-1)!).end },
  };
  const version = node.children.version?.[0];
  return { ...decorated(b, item), name, version: version && buildVersion(b, version) };
}

function buildVersion(b: Building, token: IToken): ast.Version {
  const match = /^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$/.exec(token.image);
  if (match === null) b.diagnostics.report("version-malformed", tokenSpan(b, token), { text: token.image });
  return { major: Number(match?.[1] ?? 0), minor: Number(match?.[2] ?? 0), span: tokenSpan(b, token) };
}

function reportSecondPackage(b: Building, first: ast.PackageDeclaration, node: cst.PackageDeclarationCstNode): void {
  const notes = [{ span: first.span, message: "The first package line is here." }];
  b.diagnostics.report("package-repeated", span(b, node), {}, notes);
}

function buildImport(b: Building, item: cst.DeclarationCstNode, node: cst.ImportDeclarationCstNode) {
  noModifiers(b, item, "import");
  const attribute = item.children.attribute?.[0];
  if (attribute !== undefined) b.diagnostics.report("import-decorated", span(b, attribute), {});
  const path = node.children.StringLiteral[0]!;
  const built: ast.ImportDeclaration = {
    names: node.children.importedName.map(({ children }) => ({
      name: buildName(b, children.name[0]!),
      alias: children.alias && buildName(b, children.alias[0]!),
    })),
    path: { kind: "string", ...readString(path.image), span: tokenSpan(b, path) },
    span: span(b, node),
  };
  return built;
}

// ---------------------------------------------------------------- declarations

/** Builds a declaration; one whose name is missing, which has been reported, is undefined. */
function buildDeclaration(b: Building, item: cst.DeclarationCstNode): ast.Declaration | undefined {
  const built = buildOneOf(b, item, decorated(b, item));
  return built.name.text === "" ? undefined : built;
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
  throw new Error("The grammar has a declaration that build-ast.ts does not know.");
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
  return readable(b, body.children.ordinalMember).map((member) => {
    const { Integer, AnyName, type, expression } = member.children;
    const name = buildName(b, AnyName[0]!);
    return {
      ...decorated(b, member),
      ordinal: { kind: "integer", ...readInteger(Integer[0]!.image), span: tokenSpan(b, Integer[0]!) },
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
  const base = decorated(b, node);
  const list = buildParameters(b, parameters[0]!);
  if (list === undefined) return undefined;
  return {
    ...base,
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
  return {
    ...decorated(b, node),
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

// ---------------------------------------------------------------- what all have in common

type Attributed = CstNode & { readonly children: { readonly attribute?: readonly cst.AttributeCstNode[] } };

function decorated(b: Building, node: Attributed): ast.Decorated {
  const whole = span(b, node);
  const doc = b.docs.claim(whole.start);
  return { doc, attributes: (node.children.attribute ?? []).map((each) => buildAttribute(b, each)), span: whole };
}

function buildAttribute(b: Building, node: cst.AttributeCstNode): ast.Attribute {
  return {
    name: buildName(b, node.children.AnyName[0]!),
    arguments: (node.children.argument ?? []).map((argument) => ({
      name: argument.children.AnyName && buildName(b, argument.children.AnyName[0]!),
      value: buildExpression(b, argument.children.expression[0]!),
      span: span(b, argument),
    })),
    span: span(b, node),
  };
}

type ModifierWord = "strict" | "flexible" | "resource";

/** Reads the modifiers of a declaration and reports those that do not belong before it or contradict another. */
function modifiers(b: Building, item: cst.DeclarationCstNode, what: string, allowed: readonly ModifierWord[]) {
  let openness: ast.Openness | undefined;
  let resource = false;
  for (const node of item.children.modifier ?? []) {
    const { Strict, Flexible } = node.children;
    const word: ModifierWord = Strict ? "strict" : Flexible ? "flexible" : "resource";
    const earlier = word === "resource" ? resource && word : openness;
    if (!allowed.includes(word)) b.diagnostics.report("modifier-misplaced", span(b, node), { modifier: word, what });
    else if (earlier) b.diagnostics.report("modifier-conflict", span(b, node), { modifier: word, earlier });
    else if (word === "resource") resource = true;
    else openness = word;
  }
  return { openness, resource };
}

function noModifiers(b: Building, item: cst.DeclarationCstNode, what: string): void {
  modifiers(b, item, what, []);
}

/** Leaves out the nodes that could not be read, and their comments with them. */
function readable<Node extends CstNode>(b: Building, nodes: readonly Node[] | undefined): readonly Node[] {
  return (nodes ?? []).filter((node) => !unreadable(b, node));
}

function unreadable(b: Building, node: CstNode): boolean {
  if (node.recoveredNode !== true) return false;
  const { start, end } = span(b, node);
  b.unread.push({ start, end });
  return true;
}
