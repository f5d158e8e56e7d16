/**
 * The serving side of an interface: what an implementation has to be, and the constants that describe each method to
 * the runtime. The stub calls through the same constants, so the two sides cannot disagree.
 */

import type { InterfaceDeclarationStructure } from "ts-morph";
import type { Callback, Interface, Method } from "../model/model.ts";
import { underlying } from "../model/model.ts";
import { integerArgument, limitsView, wordArgument } from "./attributes.ts";
import { docsStructure } from "./docs.ts";
import { bracketed, wrapped } from "./layout.ts";
import { decodeExpression, encodeExpression } from "./marshal.ts";
import { implementationName, stubName } from "./naming.ts";
import { render } from "./render.ts";
import type { ModuleScope } from "./scope.ts";
import { type Signature, tupleText } from "./signature.ts";
import { StructureKind } from "./ts-morph.ts";

/** Describes the interface that an implementation has. */
export function implementationInterface(
  declaration: Interface,
  signatures: readonly Signature[],
  scope: ModuleScope,
): InterfaceDeclarationStructure {
  const local = scope.localName(declaration);
  return {
    kind: StructureKind.Interface,
    name: implementationName(local),
    isExported: true,
    // What has no methods may be served by anything; a type of one optional member would refuse most things.
    extends: signatures.length === 0 ? [] : [scope.runtimeType("Implementation")],
    docs: [`What serves {@link ${local}}: each method may be async.`],
    methods: signatures.map((signature) => {
      const declared = signature.parameters.map(({ name, received }) => ({ name, type: received }));
      const context = { name: signature.context, type: scope.runtimeType("CallContext") };
      const returnType = `${scope.runtimeType("Awaitable")}<${signature.returned}>`;
      return {
        name: signature.name,
        parameters: wrapped([...declared, context], { name: signature.name, returnType }),
        returnType,
        docs: docsStructure(signature.comment),
      };
    }),
  };
}

/** Prints the type of a method's constant. */
export function methodType(declaration: Interface | Callback, signature: Signature, scope: ModuleScope): string {
  const implementation = implementationName(scope.localName(declaration));
  const received = tupleText(signature.parameters, "received");
  const sent = tupleText(signature.parameters, "sent");
  const types = [implementation, received, signature.result, ...writtenTypes(sent, received, signature)];
  const before = `const ${signature.constant}:  = {`.length;
  // Type arguments cannot end in a comma, unlike the lists that `bracketed` prints.
  const text = bracketed([`${scope.runtimeType("Method")}<`, ">"], types, { before });
  return text.replace(/,\n>$/, "\n>");
}

/** The types that a caller and an implementation write, which are left out from the end when they are those read. */
function writtenTypes(sent: string, received: string, { result, returned }: Signature): string[] {
  if (returned !== result) return [sent, returned];
  return sent === received ? [] : [sent];
}

/** Prints the object that describes a method. */
export function methodObject(signature: Signature, scope: ModuleScope): string {
  const { method } = signature;
  const overload = wordArgument(method, "overload", "policy");
  const decoded = method.parameters.map(({ type }) => decodeExpression(type, scope));
  return render("method", {
    name: JSON.stringify(method.name),
    fullName: JSON.stringify(signature.fullName),
    selector: method.selector | 0,
    selectorHex: `0x${(method.selector >>> 0).toString(16).padStart(8, "0")}`,
    style: JSON.stringify(method.style),
    throws: method.throws.map((error) => scope.codec(error)).join(", "),
    sensitive: method.sensitive || method.parameters.some(({ sensitive }) => sensitive),
    places: faultPlaces(method),
    deadlineMs: integerArgument(method, "deadline", "time"),
    overload: overload && JSON.stringify(overload),
    streaming: signature.streaming,
    brings: signature.brings && scope.value(signature.brings),
    encoded: method.parameters.map(({ type }, index) => encodeExpression(type, `p[${index}]`, scope)),
    decodeParameters: bracketed(["[", "]"], decoded, { before: "    return ;".length, indent: "    " }),
    encodedResult: method.result && encodeExpression(method.result, "v", scope),
    decodedResult: method.result && decodeExpression(method.result, scope),
    call: invocation(signature),
  });
}

/** Prints the interface as the value that `connect`, `serve` and `spawn` take. */
export function interfaceObject(declaration: Interface, signatures: readonly Signature[], scope: ModuleScope): string {
  const { major, minor } = declaration.module.package;
  const constants = signatures.map(({ constant }) => constant);
  return render("interface", {
    define: scope.runtimeValue("defineInterface"),
    name: JSON.stringify(declaration.qualifiedName),
    major,
    minor,
    fingerprint: JSON.stringify(declaration.fingerprint),
    limits: limitsView(declaration),
    methods: bracketed(["[", "]"], constants, { before: "  methods: ,".length, indent: "  " }),
    stub: stubName(scope.localName(declaration)),
  });
}

/** Prints the call of the implementation's method. */
function invocation({ callee, parameters }: Signature): string {
  const given = [...parameters.map((_, index) => `p[${index}]`), "context"];
  return bracketed([`${callee}(`, ")"], given, { before: "    return ;".length, indent: "    " });
}

/** Where the paths of a method are, which errno errors name in their message as Node's do. */
function faultPlaces(method: Method): { name: string; index: number }[] {
  if (!method.throws.some((error) => error.kind === "error" && error.errno)) return [];
  return method.parameters.flatMap(({ name, type }, index) =>
    (name === "path" || name === "dest") && underlying(type).kind === "string" ? [{ name, index }] : [],
  );
}
