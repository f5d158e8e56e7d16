/** The caller's side of an interface: its type, and the class that turns its methods into calls. */

import {
  type ClassDeclarationStructure,
  type InterfaceDeclarationStructure,
  type MethodDeclarationStructure,
  type MethodSignatureStructure,
  type OptionalKind,
  type ParameterDeclarationStructure,
  StructureKind,
} from "ts-morph";
import type { Interface } from "../model/model.ts";
import { commentOf, docsStructure } from "./docs.ts";
import { bracketed, wrapped } from "./layout.ts";
import { stubName } from "./naming.ts";
import type { ModuleScope } from "./scope.ts";
import type { Signature, SignatureParameter } from "./signature.ts";
import { promiseText } from "./types.ts";

type ParameterStructure = OptionalKind<ParameterDeclarationStructure>;

/** One way to call a method: awaited, blocking, or sent and forgotten. */
interface Form {
  readonly signature: Signature;
  readonly name: string;
  readonly docs: string[];
  readonly returnType: string;
  /** The type of the options that follow the parameters; a oneway method has none. */
  readonly options: string | undefined;
  /** The method of the runtime's stub that does the work. */
  readonly through: "$call" | "$callBlocking" | "$send";
}

/** Describes the interface that callers see. */
export function clientInterface(
  declaration: Interface,
  signatures: readonly Signature[],
  scope: ModuleScope,
): InterfaceDeclarationStructure {
  return {
    kind: StructureKind.Interface,
    name: scope.localName(declaration),
    isExported: true,
    extends: [scope.runtimeType("Remote")],
    docs: docsStructure(commentOf(declaration)),
    methods: forms(declaration, signatures, scope).map(methodSignature),
  };
}

/** Describes the class that implements it. */
export function stubClass(
  declaration: Interface,
  signatures: readonly Signature[],
  scope: ModuleScope,
): ClassDeclarationStructure {
  const local = scope.localName(declaration);
  return {
    kind: StructureKind.Class,
    name: stubName(local),
    extends: scope.runtimeValue("Stub"),
    implements: [local],
    methods: forms(declaration, signatures, scope).map(methodBody),
  };
}

function forms(declaration: Interface, signatures: readonly Signature[], scope: ModuleScope): readonly Form[] {
  return signatures.flatMap((signature) => {
    if (signature.method.style === "oneway") return [onewayForm(signature, scope)];
    if (signature.method.style === "async") return [awaitedForm(signature, scope)];
    return [awaitedForm(signature, scope), blockingForm(declaration, signature, scope)];
  });
}

function awaitedForm(signature: Signature, scope: ModuleScope): Form {
  return {
    signature,
    name: signature.name,
    docs: docsStructure(signature.comment),
    returnType: promiseText(signature.result, scope),
    options: scope.runtimeType("CallOptions"),
    through: "$call",
  };
}

function blockingForm(declaration: Interface, signature: Signature, scope: ModuleScope): Form {
  return {
    signature,
    name: signature.blockingName,
    docs: [`Blocking form of {@link ${scope.localName(declaration)}.${signature.name}}.`],
    returnType: signature.result,
    options: scope.runtimeType("BlockingCallOptions"),
    through: "$callBlocking",
  };
}

/** The promise is for the sending alone: nothing ever comes back. */
function onewayForm(signature: Signature, scope: ModuleScope): Form {
  return {
    signature,
    name: signature.name,
    docs: docsStructure(signature.comment),
    returnType: promiseText("void", scope),
    options: undefined,
    through: "$send",
  };
}

function methodSignature(form: Form): OptionalKind<MethodSignatureStructure> {
  const { parameters } = form.signature;
  const declared = parameters.map((parameter, index) => ({
    name: parameter.name,
    ...(mayBeLeftOut(parameters, index)
      ? { type: parameter.sent, hasQuestionToken: true }
      : { type: orUndefined(parameter) }),
  }));
  return {
    name: form.name,
    parameters: wrapped([...declared, ...optionsParameter(form)], form),
    returnType: form.returnType,
    docs: form.docs,
  };
}

function methodBody(form: Form): OptionalKind<MethodDeclarationStructure> {
  const { constant, parameters, options } = form.signature;
  const declared = parameters.map((parameter, index): ParameterStructure => {
    if (parameter.default !== undefined)
      return { name: parameter.name, type: parameter.sent, initializer: parameter.default };
    return { name: parameter.name, type: parameter.sent, hasQuestionToken: mayBeLeftOut(parameters, index) };
  });
  const given = bracketed(
    ["[", "]"],
    parameters.map(({ name }) => name),
    { before: 40, indent: "  " },
  );
  const last = form.options === undefined ? [] : [options];
  return {
    name: form.name,
    parameters: wrapped([...declared, ...optionsParameter(form)], form),
    returnType: form.returnType,
    statements: bracketed([`return this.${form.through}(`, ");"], [constant, given, ...last], { before: 4 }),
  };
}

function optionsParameter({ signature, options }: Form): ParameterStructure[] {
  return options === undefined ? [] : [{ name: signature.options, type: options, hasQuestionToken: true }];
}

/** A parameter may be left out when all that follow it may be. */
function mayBeLeftOut(parameters: readonly SignatureParameter[], index: number): boolean {
  return parameters.slice(index).every(({ optional }) => optional);
}

/** The type of a parameter that must be given, be it as `undefined`. */
function orUndefined({ sent, default: value }: SignatureParameter): string {
  return value === undefined ? sent : `${sent} | undefined`;
}
