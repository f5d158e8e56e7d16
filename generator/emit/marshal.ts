/**
 * Types of the IDL as the expressions that write and read their values. `e` is the encoder, `d` the decoder and `v` the
 * value in hand throughout the emitted code.
 */

import { minimumBytes } from "../model/layout.ts";
import type { IntegerType, Type } from "../model/model.ts";
import type { ModuleScope } from "./scope.ts";

/** Prints the expression that writes `value`. */
export function encodeExpression(type: Type, value: string, scope: ModuleScope): string {
  switch (type.kind) {
    case "integer":
      return `e.${integerMethod(type)}(${value})`;
    case "float":
      return `e.${type.name}(${value})`;
    case "bool":
      return `e.bool(${value})`;
    case "string":
    case "bytes":
      return `e.${type.kind}(${value}${type.limit === undefined ? "" : `, ${type.limit}`})`;
    case "list":
      return `e.list(${value}, ${type.limit}, ${encodeFunction(type.element, scope)})`;
    case "map":
      return `e.map(${value}, ${type.limit}, ${encodeFunction(type.key, scope)}, ${encodeFunction(type.value, scope)})`;
    case "optional":
      return `e.optional(${value}, ${encodeFunction(type.inner, scope)})`;
    case "fd":
      return `e.fd(${value}, ${scope.fdConstant(type)})`;
    case "reference":
      return `e.capability(${value}, ${scope.value(type.target)}, "${type.ownership}")`;
    case "named":
      return type.declaration.kind === "alias"
        ? encodeExpression(type.declaration.type, value, scope)
        : `${scope.codec(type.declaration)}.encode(e, ${value})`;
    case "stream":
      return `e.stream(${value}, ${encodeFunction(type.element, scope)})`;
  }
}

/** Prints the expression that reads a value. */
export function decodeExpression(type: Type, scope: ModuleScope): string {
  switch (type.kind) {
    case "integer":
      return `d.${integerMethod(type)}()`;
    case "float":
      return `d.${type.name}()`;
    case "bool":
      return "d.bool()";
    case "string":
    case "bytes":
      return `d.${type.kind}(${type.limit ?? ""})`;
    case "list":
      return `d.list(${type.limit}, ${minimumBytes(type.element)}, ${decodeFunction(type.element, scope)})`;
    case "map": {
      const entryBytes = minimumBytes(type.key) + minimumBytes(type.value);
      return `d.map(${type.limit}, ${entryBytes}, ${decodeFunction(type.key, scope)}, ${decodeFunction(type.value, scope)})`;
    }
    case "optional":
      return `d.optional(${decodeFunction(type.inner, scope)})`;
    case "fd":
      return `d.fd(${scope.fdConstant(type)})`;
    case "reference":
      return `d.capability(${scope.value(type.target)}, "${type.ownership}")`;
    case "named":
      return type.declaration.kind === "alias"
        ? decodeExpression(type.declaration.type, scope)
        : `${scope.codec(type.declaration)}.decode(d)`;
    case "stream":
      return `d.stream(${decodeFunction(type.element, scope)})`;
  }
}

/** A codec's own method serves where a function is wanted, since codecs do not use `this`. */
function encodeFunction(type: Type, scope: ModuleScope): string {
  if (type.kind === "named" && type.declaration.kind !== "alias") return `${scope.codec(type.declaration)}.encode`;
  return `(e, v) => ${encodeExpression(type, "v", scope)}`;
}

function decodeFunction(type: Type, scope: ModuleScope): string {
  if (type.kind === "named" && type.declaration.kind !== "alias") return `${scope.codec(type.declaration)}.decode`;
  return `(d) => ${decodeExpression(type, scope)}`;
}

function integerMethod(type: IntegerType): string {
  return type.asNumber && type.name.endsWith("64") ? `${type.name}Number` : type.name;
}
