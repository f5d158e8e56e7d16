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
import { braced, bracketed, wrapped } from "./layout.ts";
import { resultsName, stubName } from "./naming.ts";
import type { ModuleScope } from "./scope.ts";
import type { Signature, SignatureParameter } from "./signature.ts";
import { promiseText } from "./types.ts";

type ParameterStructure = OptionalKind<ParameterDeclarationStructure>;

/** One way to call a method: awaited, read as a stream, blocking, or sent and forgotten. */
interface Form {
  readonly signature: Signature;
  readonly name: string;
  readonly docs: string[];
  readonly returnType: string;
  /** The type of the options that follow the parameters; a oneway method has none. */
  readonly options: string | undefined;
  /** The method of the runtime's stub that does the work. */
  readonly through: "$call" | "$stream" | "$callBlocking" | "$send";
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
    properties: signatures.some(declaresErrors)
      ? [
          {
            name: "result",
            type: resultsName(scope.localName(declaration)),
            isReadonly: true,
            docs: ["Forms that return declared errors: `{ ok: true, value }` or `{ ok: false, error }`."],
          },
        ]
      : [],
    methods: forms(declaration, signatures, scope).map(methodSignature),
  };
}

/** Describes the interface of the forms that return declared errors; nothing where no method declares one. */
export function resultsInterface(
  declaration: Interface,
  signatures: readonly Signature[],
  scope: ModuleScope,
): InterfaceDeclarationStructure[] {
  const local = scope.localName(declaration);
  const declaring = signatures.filter(declaresErrors);
  if (declaring.length === 0) return [];
  return [
    {
      kind: StructureKind.Interface,
      name: resultsName(local),
      isExported: true,
      docs: [`The methods of {@link ${local}} that declare errors, as forms that return them.`],
      methods: declaring.map((signature) => methodSignature(resultForm(declaration, signature, scope))),
    },
  ];
}

/** Whether a method has a form that returns its declared errors; a stream has them where it is read. */
function declaresErrors({ method, streaming }: Signature): boolean {
  return method.throws.length > 0 && !streaming;
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
    ...resultMembers(local, signatures.filter(declaresErrors), scope),
    methods: forms(declaration, signatures, scope).map(methodBody),
  };
}

/** The forms that return errors are made when they are first asked for, once a stub. */
function resultMembers(local: string, declaring: readonly Signature[], scope: ModuleScope) {
  if (declaring.length === 0) return {};
  const type = resultsName(local);
  const methods = declaring.map(({ name, constant }) => `${name}: ${constant}`);
  const make = `this.#result ??= ${scope.runtimeValue("resultForms")}<${type}>(this, `;
  return {
    properties: [{ name: "#result", type: `${type} | undefined` }],
    getAccessors: [
      {
        name: "result",
        returnType: type,
        statements: [braced(`${make}{`, methods, "});"), "return this.#result;"],
      },
    ],
  };
}

function forms(declaration: Interface, signatures: readonly Signature[], scope: ModuleScope): readonly Form[] {
  return signatures.flatMap((signature) => {
    if (signature.method.style === "oneway") return [onewayForm(signature, scope)];
    if (signature.streaming) return [streamForm(signature, scope)];
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

/** The stream is there before the call is answered; what goes wrong with either is thrown where it is read. */
function streamForm(signature: Signature, scope: ModuleScope): Form {
  return { ...awaitedForm(signature, scope), returnType: signature.result, through: "$stream" };
}

/** Its errors are part of what it returns, so they are part of its type. */
function resultForm(declaration: Interface, signature: Signature, scope: ModuleScope): Form {
  const errors = signature.method.throws.map((error) => scope.errorClass(error)).join(" | ");
  return {
    ...awaitedForm(signature, scope),
    docs: [`{@link ${scope.localName(declaration)}.${signature.name}} with its errors returned.`],
    returnType: promiseText(`${scope.runtimeType("Result")}<${signature.result}, ${errors}>`, scope),
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
  return {
    name: form.name,
    parameters: wrapped([...signatureParameters(form.signature), ...optionsParameter(form)], form),
    returnType: form.returnType,
    docs: form.docs,
  };
}

function methodBody(form: Form): OptionalKind<MethodDeclarationStructure> {
  const { constant, parameters, options } = form.signature;
  const given = bracketed(
    ["[", "]"],
    parameters.map(({ name }) => name),
    { before: 40, indent: "  " },
  );
  const last = form.options === undefined ? [] : [options];
  return {
    name: form.name,
    parameters: wrapped([...bodyParameters(form.signature), ...optionsParameter(form)], form),
    returnType: form.returnType,
    statements: bracketed([`return this.${form.through}(`, ");"], [constant, given, ...last], { before: 4 }),
  };
}

/** The declared parameters of a caller's function, where only its type is written. */
export function signatureParameters({ parameters }: Signature): ParameterStructure[] {
  return parameters.map((parameter, index) => ({
    name: parameter.name,
    ...(mayBeLeftOut(parameters, index)
      ? { type: parameter.sent, hasQuestionToken: true }
      : { type: orUndefined(parameter) }),
  }));
}

/** The declared parameters of a caller's function, where it has a body and so fills in defaults. */
export function bodyParameters({ parameters }: Signature): ParameterStructure[] {
  return parameters.map((parameter, index) => {
    if (parameter.default !== undefined)
      return { name: parameter.name, type: parameter.sent, initializer: parameter.default };
    return { name: parameter.name, type: parameter.sent, hasQuestionToken: mayBeLeftOut(parameters, index) };
  });
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
