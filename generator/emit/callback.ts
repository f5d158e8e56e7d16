/** A callback: a function type for each side, and the value that makes functions of the one into calls of the other. */

import type { Callback } from "../model/model.ts";
import { oneLine } from "./docs.ts";
import { bracketed, parameterText } from "./layout.ts";
import { implementationName } from "./naming.ts";
import { render } from "./render.ts";
import type { ModuleScope } from "./scope.ts";
import { callbackSignature, type Signature } from "./signature.ts";
import { methodObject, methodType } from "./skeleton.ts";
import { constant, type Statement } from "./statements.ts";
import { bodyParameters, signatureParameters } from "./stub.ts";
import { promiseText } from "./types.ts";

/** Describes all that a callback becomes. */
export function callbackStatements(declaration: Callback, scope: ModuleScope): Statement[] {
  const name = scope.localName(declaration);
  const implementation = implementationName(name);
  const signature = callbackSignature(declaration, scope);
  return [
    render("type", { name, type: clientType(name, signature, scope), comment: signature.comment }),
    render("type", {
      name: implementation,
      type: implementationType(implementation, signature, scope),
      comment: oneLine(`What serves {@link ${name}}: it may be async.`),
    }),
    constant({
      name: signature.constant,
      type: methodType(declaration, signature, scope),
      initializer: methodObject(signature, scope),
    }),
    constant({
      name,
      type: `${scope.runtimeType("CallbackType")}<${name}, ${implementation}>`,
      initializer: callbackObject(declaration, signature, scope),
      comment: oneLine(`The callback \`${declaration.qualifiedName}\`, as what is passed is marshalled.`),
      exported: true,
    }),
  ];
}

/** Prints the function that a caller has, which is also something to dispose of. */
function clientType(name: string, signature: Signature, scope: ModuleScope): string {
  const parameters = [...signatureParameters(signature), optionsParameter(signature, scope)].map(parameterText);
  const before = `export type ${name} = ${scope.runtimeType("Remote")} & (`;
  const close = `) => ${signature.streaming ? signature.result : promiseText(signature.result, scope)})`;
  return `${scope.runtimeType("Remote")} & (${bracketed(["(", close], parameters, { before: before.length })}`;
}

function implementationType(name: string, signature: Signature, scope: ModuleScope): string {
  const declared = signature.parameters.map((parameter) => `${parameter.name}: ${parameter.received}`);
  const parameters = [...declared, `${signature.context}: ${scope.runtimeType("CallContext")}`];
  const close = `) => ${scope.runtimeType("Awaitable")}<${signature.returned}>`;
  return bracketed(["(", close], parameters, { before: `export type ${name} = ;`.length });
}

function callbackObject(declaration: Callback, signature: Signature, scope: ModuleScope): string {
  const { major, minor } = declaration.module.package;
  const parameters = [...bodyParameters(signature), optionsParameter(signature, scope)].map(parameterText);
  const given = `[${signature.parameters.map(({ name }) => name).join(", ")}]`;
  return render("callback", {
    define: scope.runtimeValue("defineCallback"),
    name: JSON.stringify(declaration.qualifiedName),
    major,
    minor,
    fingerprint: JSON.stringify(declaration.fingerprint),
    once: declaration.once,
    method: signature.constant,
    parameters: bracketed(["(", ")"], parameters, { before: "  bind: ($stub) =>  =>".length, indent: "  " }),
    call: bracketed(
      [`$stub.${signature.streaming ? "$stream" : "$call"}(`, ")"],
      [signature.constant, given, signature.options],
      {
        before: 4,
        indent: "    ",
      },
    ),
  });
}

function optionsParameter(signature: Signature, scope: ModuleScope) {
  return { name: signature.options, type: scope.runtimeType("CallOptions"), hasQuestionToken: true };
}
