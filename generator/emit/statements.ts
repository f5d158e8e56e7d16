/** Statements that several kinds of declaration become. */

import type { OptionalKind, StatementStructures, TypeAliasDeclarationStructure } from "ts-morph";
import type { Comment } from "./docs.ts";
import { codecName, initName } from "./naming.ts";
import { render } from "./render.ts";
import type { ModuleScope } from "./scope.ts";
import { StructureKind } from "./ts-morph.ts";
import { declarationViewsDiffer, type TypeDeclaration } from "./views.ts";

/** A statement that ts-morph prints, or one that is text already. */
export type Statement = StatementStructures | string;

/** Prints `const name: type = initializer;`. An attached constant follows the statement before it without a gap. */
export function constant(parts: {
  readonly name: string;
  readonly initializer: string;
  readonly type?: string;
  readonly comment?: Comment | undefined;
  readonly exported?: boolean;
  readonly attached?: boolean;
}): string {
  const { type, comment, exported = false, attached = false } = parts;
  return render("constant", { ...parts, type, comment, exported, attached });
}

/** Describes `export type name = type;`. */
export function typeAlias(parts: OptionalKind<TypeAliasDeclarationStructure>): TypeAliasDeclarationStructure {
  return { kind: StructureKind.TypeAlias, isExported: true, ...parts };
}

/** Prints the codec of a type; that of an enum or flags is one line and stays with what it is made from. */
export function codecStatement(
  declaration: TypeDeclaration,
  scope: ModuleScope,
  type: string,
  initializer: string,
): Statement {
  const views = declarationViewsDiffer(declaration) ? `${type}, ${initName(type)}` : type;
  return constant({
    name: codecName(scope.localName(declaration)),
    type: `${scope.runtimeType("Codec")}<${views}>`,
    initializer,
    exported: true,
    attached: declaration.kind === "enum" || declaration.kind === "flags",
  });
}
