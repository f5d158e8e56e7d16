/** Types of the IDL as types of TypeScript, in either of their two views. */

import type { Callback, DescriptorKind, FdType, IntegerType, Interface, Type } from "../model/model.ts";
import type { ModuleScope } from "./scope.ts";
import { declarationViewsDiffer, type TypeDeclaration, type View } from "./views.ts";

/** Prints a view of a type. */
export function typeText(type: Type, scope: ModuleScope, view: View): string {
  switch (type.kind) {
    case "integer":
      return integerText(type);
    case "float":
      return "number";
    case "bool":
      return "boolean";
    case "string":
      return "string";
    case "bytes":
      return scope.globalType("Uint8Array");
    case "list":
      return `readonly ${elementText(type.element, scope, view)}[]`;
    case "optional":
      return `${typeText(type.inner, scope, view)} | undefined`;
    case "fd":
      return fdText(type, scope, view);
    case "map":
      return `${scope.globalType("ReadonlyMap")}<${typeText(type.key, scope, view)}, ${typeText(type.value, scope, view)}>`;
    case "named":
      return namedText(type.declaration, scope, view);
    case "reference":
      return referenceText(type.target, scope, view);
    case "stream": {
      const name = view === "read" ? "Stream" : "StreamSource";
      return `${scope.runtimeType(name)}<${typeText(type.element, scope, view)}>`;
    }
  }
}

/** Prints a view of a declared type by its name. */
export function namedText(declaration: TypeDeclaration, scope: ModuleScope, view: View): string {
  return view === "written" && declarationViewsDiffer(declaration)
    ? scope.initType(declaration)
    : scope.type(declaration);
}

/** Prints `Promise<…>`. */
export function promiseText(value: string, scope: ModuleScope): string {
  return `${scope.globalType("Promise")}<${value}>`;
}

/** Whether an integer is a bigint in TypeScript. */
export function isBigInt(type: IntegerType): boolean {
  return type.name.endsWith("64") && !type.asNumber;
}

/** Prints the descriptor kinds of an `fd` type as a type argument; nothing when any kind will do. */
export function kindArguments(kinds: readonly DescriptorKind[]): string {
  return kinds.length === 0 ? "" : `<${kinds.map((kind) => JSON.stringify(kind)).join(" | ")}>`;
}

function integerText(type: IntegerType): string {
  return isBigInt(type) ? "bigint" : "number";
}

function elementText(type: Type, scope: ModuleScope, view: View): string {
  const text = typeText(type, scope, view);
  return type.kind === "list" || type.kind === "optional" ? `(${text})` : text;
}

/**
 * An object of the peer arrives as a stub; what is sent is an implementation. A stub is one too, since its methods take
 * a context for options; and a type that says no more than that gives a function in its place the types it needs.
 */
function referenceText(target: Interface | Callback, scope: ModuleScope, view: View): string {
  return view === "read" ? scope.type(target) : scope.implementation(target);
}

/** A lent descriptor may be anything that has one; what is given away, and what arrives, is an `Fd` with an owner. */
function fdText(type: FdType, scope: ModuleScope, view: View): string {
  const name = view === "written" && type.ownership === "borrow" ? "FdLike" : "Fd";
  return `${scope.runtimeType(name)}${kindArguments(type.kinds)}`;
}
