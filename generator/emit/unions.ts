/** Unions: the type of what is read, that of what is written where it is another, the arms' makers, and the codec. */

import type { Union, UnionMember } from "../model/model.ts";
import { type Comment, commentOf, docsStructure, oneLine } from "./docs.ts";
import { decodeExpression, encodeExpression } from "./marshal.ts";
import { armName, codecName, errorArmName, errorClassName, initName } from "./naming.ts";
import { disposeProperty, writtenComment } from "./records.ts";
import { render } from "./render.ts";
import type { ModuleScope } from "./scope.ts";
import { codecStatement, constant, type Statement, typeAlias } from "./statements.ts";
import { typeText } from "./types.ts";
import { declarationViewsDiffer, isResource, type View } from "./views.ts";

/** Describes all that a union or an error union becomes. */
export function unionStatements(declaration: Union, scope: ModuleScope): Statement[] {
  if (declaration.error) return unionErrorStatements(declaration, scope);
  const name = scope.localName(declaration);
  return [
    ...armStatements(declaration, name, commentOf(declaration), scope),
    codecStatement(declaration, scope, name, unionCodec(declaration, scope)),
  ];
}

/** An error union is the union of what can have failed, and a class, whose instances are thrown, with the same parts. */
function unionErrorStatements(declaration: Union, scope: ModuleScope): Statement[] {
  const local = scope.localName(declaration);
  const arms = errorArmName(local);
  const written = declarationViewsDiffer(declaration) ? [initName(arms)] : [];
  const className = errorClassName(local);
  const name = codecName(local);
  const views = [arms, ...written].join(", ");
  return [
    ...armStatements(declaration, arms, oneLine(`What {@link ${className}} can be.`), scope),
    typeAlias({
      name: className,
      type: `${scope.runtimeType("UnionError")} & ${arms}`,
      docs: docsStructure(commentOf(declaration)),
      leadingTrivia: "\n",
    }),
    constant({
      name: className,
      type: `${scope.runtimeType("UnionErrorClass")}<${views}>`,
      initializer: `${scope.runtimeValue("unionErrorClass")}(${JSON.stringify(className)})`,
      exported: true,
      attached: true,
    }),
    constant({
      name,
      type: scope.runtimeType("ErrorCodec"),
      initializer: `${scope.runtimeValue("unionErrorCodec")}(${JSON.stringify(declaration.qualifiedName)}, ${className}, ${unionCodec(declaration, scope)})`,
      exported: true,
    }),
  ];
}

/** The type of a union under a name, what is written of it, and the functions that make its arms. */
function armStatements(
  declaration: Union,
  name: string,
  comment: Comment | undefined,
  scope: ModuleScope,
): Statement[] {
  const read = unionType(declaration, name, "read", comment, scope);
  const differ = declarationViewsDiffer(declaration);
  const written = differ ? [unionType(declaration, initName(name), "written", writtenComment(name), scope)] : [];
  const made = differ ? initName(name) : name;
  return [
    read,
    ...written,
    constant({
      name,
      initializer: unionArms(declaration, made, scope),
      comment: oneLine(`Makes the arms of {@link ${name}}.`),
      exported: true,
    }),
  ];
}

/** Prints the declaration of a view of a union: one of its arms. */
function unionType(union: Union, name: string, view: View, comment: Comment | undefined, scope: ModuleScope): string {
  const arms = union.members.map((arm) => {
    const value = arm.type === undefined ? "" : `; readonly value: ${typeText(arm.type, scope, view)}`;
    return `{ readonly kind: ${kindOf(arm, union)}${value} }`;
  });
  return render("union-type", {
    name,
    comment,
    disposable: view === "read" && isResource(union) && scope.globalType("Disposable"),
    arms: union.strict ? arms : [...arms, scope.runtimeType("UnknownArm")],
  });
}

/** Prints the object of the functions that make a union's arms, `made` being the type of what they make. */
function unionArms(union: Union, made: string, scope: ModuleScope): string {
  return render("union-arms", {
    arms: union.members.map((arm) => ({
      doc: commentOf(arm),
      name: armName(arm.name, union),
      kind: kindOf(arm, union),
      type: arm.type && typeText(arm.type, scope, "written"),
      made,
    })),
  });
}

/** Prints the codec of a union. */
function unionCodec(union: Union, scope: ModuleScope): string {
  const dispose = disposeProperty(union, scope);
  const value = (parts: readonly (string | undefined)[]): string =>
    `{ ${[...parts, dispose].filter((part) => part !== undefined).join(", ")} }`;
  const name = JSON.stringify(union.name);
  return render("union-codec", {
    arms: union.members.map((arm) => ({
      kind: kindOf(arm, union),
      ordinal: arm.ordinal,
      encode: arm.type && encodeExpression(arm.type, "v.value", scope),
      value: value([`kind: ${kindOf(arm, union)}`, arm.type && `value: ${decodeExpression(arm.type, scope)}`]),
    })),
    encodeUnknown: union.strict
      ? `throw ${scope.runtimeValue("notAnArm")}(v, ${name})`
      : `${scope.runtimeValue("encodeUnknownArm")}(e, v, ${name})`,
    decodeUnknown: union.strict
      ? `throw ${scope.runtimeValue("unlistedArm")}(ordinal, ${name})`
      : `return d.closeUnion(${dispose === undefined ? "d.unknownArm()" : value(["...d.unknownArm()"])})`,
  });
}

function kindOf(arm: UnionMember, union: Union): string {
  return JSON.stringify(armName(arm.name, union));
}
