/**
 * The parameters of a method under the names and types that its emitted forms share: the interface, its blocking form,
 * the implementation's interface and the method's constant.
 */

import {
  type Callback,
  type Enum,
  type Flags,
  type Interface,
  type Method,
  type Parameter,
  underlying,
} from "../model/model.ts";
import { type Comment, methodComment } from "./docs.ts";
import { broughtBy } from "./early.ts";
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
  /** `package.Interface.method`, for messages. */
  readonly fullName: string;
  /** What the implementation is called by. */
  readonly callee: string;
  readonly comment: Comment | undefined;
  readonly parameters: readonly SignatureParameter[];
  /** What the caller gets; `void` for nothing. */
  readonly result: string;
  /** What the implementation gives. */
  readonly returned: string;
  /** Whether the result is a stream, which a caller gets at once. */
  readonly streaming: boolean;
  /** The interface of the object that is the whole result; nothing where that is something else. */
  readonly brings: Interface | undefined;
  /** What the parameters that follow the declared ones are called. */
  readonly options: string;
  readonly context: string;
}

/** Prints the pieces of every method of an interface. */
export function signatures(declaration: Interface, scope: ModuleScope): readonly Signature[] {
  return declaration.methods.map((method) => signature(declaration, method, scope));
}

/** Prints the pieces of the one method that a callback is. */
export function callbackSignature(declaration: Callback, scope: ModuleScope): Signature {
  const method: Method = { ...declaration, name: "call", style: "async" };
  return {
    ...signature(declaration, method, scope),
    fullName: declaration.qualifiedName,
    callee: "implementation",
  };
}

/** Prints the type of the tuple that a method's parameters travel in; a lent descriptor makes the two sides differ. */
export function tupleText(parameters: readonly SignatureParameter[], side: "sent" | "received"): string {
  return `readonly [${parameters.map((parameter) => parameter[side]).join(", ")}]`;
}

function signature(declaration: Interface | Callback, method: Method, scope: ModuleScope): Signature {
  const shadowed = new Set(method.parameters.flatMap((parameter) => defaultsObject(parameter, scope)));
  const parameters = method.parameters.map((parameter) => signatureParameter(parameter, shadowed, scope));
  const names = parameters.map(({ name }) => name);
  return {
    method,
    name: methodName(method.name),
    blockingName: blockingName(method.name),
    constant: methodConstant(scope.localName(declaration), method.name),
    fullName: `${declaration.qualifiedName}.${method.name}`,
    callee: `implementation.${methodName(method.name)}`,
    comment: methodComment(method, parameters),
    parameters,
    result: method.result === undefined ? "void" : typeText(method.result, scope, "read"),
    returned: method.result === undefined ? "void" : typeText(method.result, scope, "written"),
    streaming: method.result !== undefined && underlying(method.result).kind === "stream",
    brings: broughtBy(method),
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
    sent: typeText(parameter.type, scope, "written"),
    received: typeText(parameter.type, scope, "read"),
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
