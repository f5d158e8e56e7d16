/**
 * Turns the concrete syntax tree of a file into the abstract one, and holds the rules of place that a grammar says
 * badly: the package first, then the imports.
 */

import type { IToken } from "chevrotain";
import type { Span } from "../source.ts";
import type * as ast from "./ast.ts";
import { buildDeclaration } from "./build-declaration.ts";
import { decorated, leaveOut, noModifiers, unreadable } from "./build-decorated.ts";
import { buildString } from "./build-expression.ts";
import { type Building, buildName, span, tokenSpan } from "./building.ts";
import type * as cst from "./cst.d.ts";
import { shorten } from "./lexer.ts";
import { limits } from "./limits.ts";
import { greatestVersionPart, readVersion } from "./literals.ts";

/** Builds the document of a parsed file. */
export function buildDocument(b: Building, node: cst.DocumentCstNode): ast.Document {
  const imports: ast.ImportDeclaration[] = [];
  const declarations: ast.Declaration[] = [];
  let packageDeclaration: ast.PackageDeclaration | undefined;
  let packageSpan: Span | undefined;
  for (const item of node.children.declaration ?? []) {
    const { packageDeclaration: packages, importDeclaration: importing } = item.children;
    if (unreadable(b, item)) continue;
    if (packages !== undefined) {
      if (packageSpan !== undefined) {
        reportSecondPackage(b, packageSpan, packages[0]!);
        continue;
      }
      packageSpan = span(b, item);
      if (imports.length + declarations.length > 0) b.diagnostics.report("package-late", packageSpan, {});
      packageDeclaration = buildPackage(b, item, packages[0]!);
    } else if (importing !== undefined) {
      if (declarations.length > 0) b.diagnostics.report("import-late", span(b, importing[0]!), {});
      imports.push(...buildImport(b, item, importing[0]!));
    } else if (declarations.length === limits.declarations) {
      refuseRest(b, item);
      break;
    } else {
      const declaration = buildDeclaration(b, item);
      if (declaration !== undefined) declarations.push(declaration);
    }
  }
  return { source: b.source, package: packageDeclaration, imports, declarations, unread: b.unread };
}

/** Reports the first declaration too many, and leaves it and all that follows out. */
function refuseRest(b: Building, item: cst.DeclarationCstNode): void {
  const first = span(b, item);
  b.diagnostics.report("too-many-declarations", first, { limit: String(limits.declarations) });
  b.unread.push({ start: first.start, end: b.source.text.length });
}

// ---------------------------------------------------------------- the head of a file

/** Builds the package line; one whose version cannot be read is left out. */
function buildPackage(
  b: Building,
  item: cst.DeclarationCstNode,
  node: cst.PackageDeclarationCstNode,
): ast.PackageDeclaration | undefined {
  noModifiers(b, item, "package");
  const words = node.children.AnyName;
  const name: ast.Name = {
    text: words.map((word) => word.image).join("."),
    span: { ...tokenSpan(b, words[0]!), end: tokenSpan(b, words.at(-1)!).end },
  };
  const written = node.children.version?.[0];
  const version = written && buildVersion(b, written);
  if (written !== undefined && version === undefined) {
    leaveOut(b, item);
    return undefined;
  }
  return { ...decorated(b, item), name, version };
}

function buildVersion(b: Building, token: IToken): ast.Version | undefined {
  const at = tokenSpan(b, token);
  const version = readVersion(token.image);
  if (version === undefined) {
    b.diagnostics.report("version-malformed", at, { text: shorten(token.image) });
    return undefined;
  }
  if (Math.max(version.major, version.minor) <= greatestVersionPart) return { ...version, span: at };
  const values = { text: shorten(token.image), limit: String(greatestVersionPart) };
  b.diagnostics.report("version-too-large", at, values);
  return undefined;
}

function reportSecondPackage(b: Building, first: Span, node: cst.PackageDeclarationCstNode): void {
  const notes = [{ span: first, message: "The first package line is here." }];
  b.diagnostics.report("package-repeated", span(b, node), {}, notes);
}

/** Builds an import; one whose path cannot be read is left out. */
function buildImport(
  b: Building,
  item: cst.DeclarationCstNode,
  node: cst.ImportDeclarationCstNode,
): readonly ast.ImportDeclaration[] {
  noModifiers(b, item, "import");
  const attribute = item.children.attribute?.[0];
  if (attribute !== undefined) b.diagnostics.report("import-decorated", span(b, attribute), {});
  const path = buildString(b, node.children.StringLiteral[0]!);
  if (path === undefined) return leaveOut(b, item);
  const names = node.children.importedName.map(({ children }) => ({
    name: buildName(b, children.name[0]!),
    alias: children.alias && buildName(b, children.alias[0]!),
  }));
  return [{ names, path, span: span(b, node) }];
}
