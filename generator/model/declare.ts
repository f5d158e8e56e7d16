/**
 * Gives every declaration of a file its place in the model before any is complete, so that they can refer to each
 * other in any order.
 */

import type { Declaration as DeclarationSyntax } from "../syntax/ast.ts";
import type { Binding } from "./binding.ts";
import { declareAlias, declareConst } from "./definitions.ts";
import { declareAttribute, declareCallback, declareChannel, declareInterface } from "./interfaces.ts";
import { declareStruct, declareTable, declareUnion } from "./records.ts";
import type { Scope } from "./scope.ts";
import { declareValues } from "./values.ts";

/** Makes the model's form of a declaration, to be completed when every name is known. */
export function declare(syntax: DeclarationSyntax, scope: Scope): Binding {
  switch (syntax.kind) {
    case "const":
      return declareConst(syntax, scope);
    case "alias":
      return declareAlias(syntax, scope);
    case "enum":
    case "flags":
    case "error":
      return declareValues(syntax, scope);
    case "union":
      return declareUnion(syntax, scope);
    case "struct":
      return declareStruct(syntax, scope);
    case "table":
      return declareTable(syntax, scope);
    case "interface":
      return declareInterface(syntax, scope);
    case "callback":
      return declareCallback(syntax, scope);
    case "channel":
      return declareChannel(syntax, scope);
    case "attribute":
      return declareAttribute(syntax, scope);
  }
}
