/**
 * The parameters of a method under the names and types that its emitted forms share: the interface, its blocking form,
 * the implementation's interface and the method's constant.
 */

import { type Enum, type Flags, type Interface, type Method, type Parameter, underlying } from "../model/model.ts";
import { type Comment, methodComment } from "./docs.ts";
import { addedParameterName, blockingName, methodConstant, methodName, parameterName } from "./naming.ts";
import type { ModuleScope } from "./scope.ts";
import { typeText } from "./types.ts";
import { valueExpression } from "./values.ts";

/** One declared parameter, printed. */
export interface SignatureParameter {
  readonly parameter: Parameter;
  readonly name: string;
  /** What a caller gives, and what the implementation gets. */
  readonly sent: string;
  readonly received: string;
  /** Whether a caller may leave it out, its place allowing. */
  readonly optional: boolean;
  readonly default: string | undefined;
}

/** A method, printed piece by piece. */
export interface Signature {
  readonly method: Method;
  readonly name: string;
  readonly blockingName: string;
  /** The constant that describes the method. */
  readonly constant: string;
  readonly comment: Comment | undefined;
  readonly parameters: readonly SignatureParameter[];
  /** What the caller gets and the implementation gives; `void` for nothing. */
  readonly result: string;
  /** What the parameters that follow the declared ones are called. */
  readonly options: string;
  readonly context: string;
}

/** Prints the pieces of every method of an interface. */
export function signatures(declaration: Interface, scope: ModuleScope): readonly Signature[] {
  return declaration.methods.map((method) => signature(declaration, method, scope));
}

/** Prints the type of the tuple that a method's parameters travel in; a lent descriptor makes the two sides differ. */
export function tupleText(parameters: readonly SignatureParameter[], side: "sent" | "received"): string {
  return `readonly [${parameters.map((parameter) => parameter[side]).join(", ")}]`;
}

function signature(declaration: Interface, method: Method, scope: ModuleScope): Signature {
  const shadowed = new Set(method.parameters.flatMap((parameter) => defaultsObject(parameter, scope)));
  const parameters = method.parameters.map((parameter) => signatureParameter(parameter, shadowed, scope));
  const names = parameters.map(({ name }) => name);
  return {
    method,
    name: methodName(method.name),
    blockingName: blockingName(method.name),
    constant: methodConstant(scope.localName(declaration), method.name),
    comment: methodComment(method, parameters),
    parameters,
    result: method.result === undefined ? "void" : typeText(method.result, scope, "received"),
    options: addedParameterName("options", names),
    context: addedParameterName("context", names),
  };
}

function signatureParameter(
  parameter: Parameter,
  shadowed: ReadonlySet<string>,
  scope: ModuleScope,
): SignatureParameter {
  const value = parameter.default;
  return {
    parameter,
    name: parameterName(parameter.name, shadowed),
    sent: typeText(parameter.type, scope, "sent"),
    received: typeText(parameter.type, scope, "received"),
    optional: value !== undefined || underlying(parameter.type).kind === "optional",
    default: value && valueExpression(value, parameter.type, scope),
  };
}

/** The object that a default is a member of: a parameter of the same name would hide it from the default. */
function defaultsObject({ default: value }: Parameter, scope: ModuleScope): string[] {
  if (value?.kind !== "member") return [];
  const object: Enum | Flags = value.declaration;
  return [scope.localName(object)];
}
