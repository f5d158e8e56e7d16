/** Types of the IDL as types of TypeScript. */

import { type DescriptorKind, type FdType, type IntegerType, type Type, underlying } from "../model/model.ts";
import type { ModuleScope } from "./scope.ts";

/** Which end has a value: what is `sent` may be wider than what is `received`. */
export type Side = "sent" | "received";

/** Prints a type. What has no TypeScript form yet has been reported before anything is printed. */
export function typeText(type: Type, scope: ModuleScope, side: Side): string {
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
      return `readonly ${elementText(type.element, scope, side)}[]`;
    case "optional":
      return `${typeText(type.inner, scope, side)} | undefined`;
    case "fd":
      return fdText(type, scope, side);
    case "named":
      // The alias of a lent descriptor is what arrives; what may be sent is wider.
      if (side === "sent" && type.declaration.kind === "alias" && isLent(type.declaration.type))
        return typeText(type.declaration.type, scope, side);
      return scope.type(type.declaration);
    case "map":
    case "stream":
    case "reference":
      throw new Error(`A ${type.kind} reached the printer of types.`);
  }
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

function elementText(type: Type, scope: ModuleScope, side: Side): string {
  const text = typeText(type, scope, side);
  return type.kind === "list" || type.kind === "optional" ? `(${text})` : text;
}

function isLent(type: Type): boolean {
  const seen = underlying(type);
  if (seen.kind === "list") return isLent(seen.element);
  if (seen.kind === "optional") return isLent(seen.inner);
  return seen.kind === "fd" && seen.ownership === "borrow";
}

/** A lent descriptor may be anything that has one; what is given away, and what arrives, is an `Fd` with an owner. */
function fdText(type: FdType, scope: ModuleScope, side: Side): string {
  const name = side === "sent" && type.ownership === "borrow" ? "FdLike" : "Fd";
  return `${scope.runtimeType(name)}${kindArguments(type.kinds)}`;
}
