/** What every declaration of the model has from the start. */

import type { Declaration as DeclarationSyntax } from "../syntax/ast.ts";
import type { Target } from "./attributes.ts";
import type { Building } from "./building.ts";
import { describe } from "./describe.ts";
import type { Declaration } from "./model.ts";
import type { Scope } from "./scope.ts";

/** The fields that all declarations share; the attributes may need other declarations and come later. */
export function declared({ name, doc, span }: DeclarationSyntax, { module }: Scope) {
  return {
    name: name.text,
    nameSpan: name.span,
    // Without a package line, which is an error, there is nothing to qualify the name with.
    qualifiedName: module.package.name === "" ? name.text : `${module.package.name}.${name.text}`,
    module,
    doc: doc?.text,
    attributes: [],
    span,
    since: undefined,
    deprecated: undefined,
    sensitive: false,
  };
}

/** Resolves the attributes of a declaration, now that every name is known. */
export function completeAttributes(into: Building<Declaration>, syntax: DeclarationSyntax, scope: Scope): void {
  Object.assign(into, describe(syntax, targetOf(syntax), scope));
}

function targetOf({ kind }: DeclarationSyntax): Target {
  return kind === "alias" ? "type" : kind;
}
