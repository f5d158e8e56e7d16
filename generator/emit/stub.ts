/** The caller's side of an interface: its type, and the class that turns its methods into calls. */

import type {
  ClassDeclarationStructure,
  InterfaceDeclarationStructure,
  MethodDeclarationStructure,
  MethodSignatureStructure,
  OptionalKind,
  ParameterDeclarationStructure,
} from "ts-morph";
import type { Interface } from "../model/model.ts";
import { commentOf, docsStructure } from "./docs.ts";
import { braced, bracketed, wrapped } from "./layout.ts";
import { earlyName, resultsName, stubName } from "./naming.ts";
import type { ModuleScope } from "./scope.ts";
import type { Signature, SignatureParameter } from "./signature.ts";
import { StructureKind } from "./ts-morph.ts";
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
    properties: otherForms(declaration, signatures, scope).map(({ name, type, docs }) => ({
      name,
      type,
      isReadonly: true,
      docs: [docs],
    })),
    methods: forms(declaration, signatures, scope).map(methodSignature),
  };
}

/** Forms of some of a stub's methods that it has in a member of its own, made when they are first asked for. */
interface OtherForms {
  readonly name: "result" | "early";
  /** What the member is. */
  readonly type: string;
  readonly docs: string;
  /** Prints the expression that makes them, of which `before` stands on the line already. */
  make(before: string): string;
}

function otherForms(
  declaration: Interface,
  signatures: readonly Signature[],
  scope: ModuleScope,
): readonly OtherForms[] {
  const local = scope.localName(declaration);
  const declaring = signatures.filter(declaresErrors);
  const bringing = signatures.filter(bringsObject);
  const result: OtherForms = {
    name: "result",
    type: resultsName(local),
    docs: "Forms that return declared errors: `{ ok: true, value }` or `{ ok: false, error }`.",
    make(before) {
      const methods = declaring.map(({ name, constant }) => `${name}: ${constant}`);
      return braced(`${before}${scope.runtimeValue("resultForms")}<${this.type}>(this, {`, methods, "});");
    },
  };
  const early: OtherForms = {
    name: "early",
    type: earlyName(local),
    docs: "Forms that return their object at once, to be called before it has arrived.",
    make(before) {
      const methods = bringing.map(({ name }) => JSON.stringify(name));
      const open = `${before}${scope.runtimeValue("earlyForms")}<${this.type}>(this, [`;
      return bracketed([open, "]);"], methods, { before: 4 });
    },
  };
  return [...(declaring.length > 0 ? [result] : []), ...(bringing.length > 0 ? [early] : [])];
}

/** Describes the interface of the forms that return an object at once; nothing where no method results in one. */
export function earlyInterface(
  declaration: Interface,
  signatures: readonly Signature[],
  scope: ModuleScope,
): InterfaceDeclarationStructure[] {
  const local = scope.localName(declaration);
  const bringing = signatures.filter(bringsObject);
  if (bringing.length === 0) return [];
  return [
    {
      kind: StructureKind.Interface,
      name: earlyName(local),
      isExported: true,
      docs: [`The methods of {@link ${local}} that result in an object, as forms that return it at once.`],
      methods: bringing.map((signature) => methodSignature(earlyForm(declaration, signature, scope))),
    },
  ];
}

function bringsObject({ brings }: Signature): boolean {
  return brings !== undefined;
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
    ...formMembers(otherForms(declaration, signatures, scope)),
    methods: forms(declaration, signatures, scope).map(methodBody),
  };
}

/** Other forms are made when they are first asked for, once a stub. */
function formMembers(others: readonly OtherForms[]) {
  return {
    properties: others.map(({ name, type }) => ({ name: `#${name}`, type: `${type} | undefined` })),
    getAccessors: others.map((other) => ({
      name: other.name,
      returnType: other.type,
      statements: [other.make(`this.#${other.name} ??= `), `return this.#${other.name};`],
    })),
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

/** What goes wrong with the call is thrown by whatever is called of its result, so that alone is documented. */
function earlyForm(declaration: Interface, signature: Signature, scope: ModuleScope): Form {
  return {
    ...awaitedForm(signature, scope),
    docs: [`{@link ${scope.localName(declaration)}.${signature.name}} with its object returned at once.`],
    returnType: signature.result,
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
