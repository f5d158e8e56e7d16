/**
 * Each kind of declaration as the statements it becomes. Constants are text, made by a template; ts-morph would indent
 * the objects in them as if they were continued lines.
 */

import type { Alias, Const, Declaration, Enum, ErrorEnum, Flags, Interface } from "../model/model.ts";
import { callbackStatements } from "./callback.ts";
import { channelStatements } from "./channel.ts";
import { type Comment, commentOf, docsStructure, oneLine } from "./docs.ts";
import { bracketed } from "./layout.ts";
import { codecName, errorNames, initName } from "./naming.ts";
import { recordStatements, writtenComment } from "./records.ts";
import { render } from "./render.ts";
import type { ModuleScope } from "./scope.ts";
import { signatures } from "./signature.ts";
import { implementationInterface, interfaceObject, methodObject, methodType } from "./skeleton.ts";
import { codecStatement, constant, type Statement, typeAlias } from "./statements.ts";
import { clientInterface, earlyInterface, resultsInterface, stubClass } from "./stub.ts";
import { StructureKind } from "./ts-morph.ts";
import { typeText } from "./types.ts";
import { unionStatements } from "./unions.ts";
import { memberLiteral, valueExpression, valuesView } from "./values.ts";
import { declarationViewsDiffer, type View } from "./views.ts";

/** Describes all that a declaration becomes. What cannot be emitted yet has been reported before. */
export function declarationStatements(declaration: Declaration, scope: ModuleScope): Statement[] {
  switch (declaration.kind) {
    case "const":
      return [constStatement(declaration, scope)];
    case "alias":
      return aliasStatements(declaration, scope);
    case "enum":
      return enumStatements(declaration, scope);
    case "flags":
      return flagsStatements(declaration, scope);
    case "error":
      return errorStatements(declaration, scope);
    case "struct":
    case "table":
      return recordStatements(declaration, scope);
    case "union":
      return unionStatements(declaration, scope);
    case "interface":
      return interfaceStatements(declaration, scope);
    case "callback":
      return callbackStatements(declaration, scope);
    case "channel":
      return channelStatements(declaration, scope);
    case "attribute":
      return []; // It is for tools that read the IDL; the code of neither end needs it.
  }
}

/** A constant keeps its literal type, but one of an enum's is annotated, since a property has none to keep. */
function constStatement(declaration: Const, scope: ModuleScope): Statement {
  const annotated = declaration.type.kind === "named" && declaration.value.kind === "member";
  return constant({
    name: scope.localName(declaration),
    initializer: valueExpression(declaration.value, declaration.type, scope),
    comment: commentOf(declaration),
    exported: true,
    ...(annotated && { type: typeText(declaration.type, scope, "read") }),
  });
}

function aliasStatements(declaration: Alias, scope: ModuleScope): Statement[] {
  const name = scope.localName(declaration);
  const alias = (each: string, view: View, comment: Comment | undefined): Statement =>
    typeAlias({
      name: each,
      type: typeText(declaration.type, scope, view),
      docs: docsStructure(comment),
      leadingTrivia: "\n",
    });
  const read = alias(name, "read", commentOf(declaration));
  if (!declarationViewsDiffer(declaration)) return [read];
  return [read, alias(initName(name), "written", writtenComment(name))];
}

function enumStatements(declaration: Enum, scope: ModuleScope): Statement[] {
  const name = scope.localName(declaration);
  const { base, members } = declaration;
  const values = [...new Set(members.map(({ value }) => memberLiteral(value, base)))];
  const open = declaration.strict ? [] : [`${scope.runtimeType("Unknown")}<${numberType(declaration)}>`];
  return [
    valuesStatement(declaration, name),
    typeAlias({ name, type: [...values, ...open].join(" | ") || "never" }),
    codecStatement(
      declaration,
      scope,
      name,
      `${scope.runtimeValue("enumCodec")}(${codecArguments(declaration, name)})`,
    ),
  ];
}

function flagsStatements(declaration: Flags, scope: ModuleScope): Statement[] {
  const name = scope.localName(declaration);
  const known = declaration.members.reduce((bits, { value }) => bits | value, 0n);
  const mask = `0x${known.toString(16)}${numberType(declaration) === "bigint" ? "n" : ""}`;
  return [
    valuesStatement(declaration, name),
    typeAlias({ name, type: numberType(declaration) }),
    codecStatement(
      declaration,
      scope,
      name,
      `${scope.runtimeValue("flagsCodec")}(${codecArguments(declaration, mask)})`,
    ),
  ];
}

function errorStatements(declaration: ErrorEnum, scope: ModuleScope): Statement[] {
  const { values, code, class: className } = errorNames(declaration);
  const [base, make] = declaration.errno
    ? (["SystemError", "systemErrorCodec"] as const)
    : (["EnumError", "enumErrorCodec"] as const);
  const name = codecName(scope.localName(declaration));
  const type = scope.runtimeType("ErrorCodec");
  const made = [JSON.stringify(declaration.qualifiedName), className, values];
  if (!declaration.errno) made.push(JSON.stringify(declaration.base.name));
  return [
    valuesStatement(declaration, values),
    typeAlias({ name: code, type: `keyof typeof ${values}${declaration.strict ? "" : " | (string & {})"}` }),
    {
      kind: StructureKind.Class,
      name: className,
      isExported: true,
      extends: `${scope.runtimeValue(base)}<${code}>`,
      docs: docsStructure(commentOf(declaration)),
    },
    constant({
      name,
      type,
      initializer: bracketed([`${scope.runtimeValue(make)}(`, ")"], [...made, openness(declaration)], {
        before: `export const ${name}: ${type} = ;`.length,
      }),
      exported: true,
    }),
  ];
}

function interfaceStatements(declaration: Interface, scope: ModuleScope): Statement[] {
  const name = scope.localName(declaration);
  const methods = signatures(declaration, scope);
  const implementation = implementationInterface(declaration, methods, scope);
  return [
    clientInterface(declaration, methods, scope),
    ...resultsInterface(declaration, methods, scope),
    ...earlyInterface(declaration, methods, scope),
    implementation,
    ...methods.map((signature) =>
      constant({
        name: signature.constant,
        type: methodType(declaration, signature, scope),
        initializer: methodObject(signature, scope),
      }),
    ),
    stubClass(declaration, methods, scope),
    constant({
      name,
      type: `${scope.runtimeType("Interface")}<${name}, ${implementation.name}>`,
      initializer: interfaceObject(declaration, methods, scope),
      comment: oneLine(`The interface \`${declaration.qualifiedName}\`, for \`connect\`, \`serve\` and \`spawn\`.`),
      exported: true,
    }),
  ];
}

function valuesStatement(declaration: Enum | Flags | ErrorEnum, name: string): Statement {
  return constant({
    name,
    initializer: render("values", valuesView(declaration)),
    comment: commentOf(declaration),
    exported: true,
  });
}

/** What makes the codec of an enum or flags: its name for messages, its base, what is known, and whether that is all. */
function codecArguments(declaration: Enum | Flags, known: string): string {
  const { name, base } = declaration;
  return `${JSON.stringify(name)}, ${JSON.stringify(base.name)}, ${known}, ${openness(declaration)}`;
}

function openness({ strict }: { readonly strict: boolean }): string {
  return strict ? '"strict"' : '"flexible"';
}

function numberType({ base }: Enum | Flags): string {
  return base.name.endsWith("64") ? "bigint" : "number";
}
