/** Constants of the IDL as literals of TypeScript. */

import type { Enum, ErrorEnum, Flags, IntegerType, IntegerValue, Type, Value } from "../model/model.ts";
import { underlying } from "../model/model.ts";
import { type Comment, commentOf, unseen } from "./docs.ts";
import { memberName } from "./naming.ts";
import type { ModuleScope } from "./scope.ts";
import { isBigInt } from "./types.ts";

/** What the template of an enum's object shows. */
export interface ValuesView {
  readonly members: readonly { readonly doc: Comment | undefined; readonly name: string; readonly value: string }[];
}

/** The members of an enum, flags or error as the properties of an object. */
export function valuesView(declaration: Enum | Flags | ErrorEnum): ValuesView {
  return {
    members: declaration.members.map((member) => ({
      doc: commentOf(member),
      name: memberName(member.name),
      value: memberLiteral(member.value, declaration.base),
    })),
  };
}

/** Prints the value of an enum's member: a bigint when the enum's base is 64 bits wide. */
export function memberLiteral(value: bigint, base: IntegerType): string {
  return base.name.endsWith("64") ? `${value}n` : `${value}`;
}

/** Prints a constant of a type. A member of an enum is printed by its name. */
export function valueExpression(value: Value, type: Type, scope: ModuleScope): string {
  switch (value.kind) {
    case "integer":
      return integerLiteral(value, underlying(type));
    case "float":
      return floatLiteral(value.value);
    case "string":
      return stringLiteral(value.value);
    case "boolean":
      return `${value.value}`;
    case "member":
      return `${scope.value(value.declaration)}.${memberName(value.member.name)}`;
    case "version":
    case "names":
      throw new Error(`A constant of a ${value.kind} reached the printer; only attributes have those.`);
  }
}

/** A literal of the IDL without a unit is one of TypeScript too, so it is printed as the author wrote it. */
function integerLiteral(value: IntegerValue, type: Type): string {
  const written = value.text ?? `${value.value}`;
  if (type.kind === "optional") return integerLiteral(value, underlying(type.inner));
  if (type.kind === "integer") return isBigInt(type) ? `${written}n` : written;
  if (type.kind === "named" && (type.declaration.kind === "enum" || type.declaration.kind === "flags"))
    return memberLiteral(value.value, type.declaration.base);
  return written;
}

/** What is not seen, or turns the text around it, is escaped: the code says what it seems to say. */
function stringLiteral(value: string): string {
  return JSON.stringify(value).replace(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `1e999` and `0 / 0` are the spellings that no declaration called `Infinity` or `NaN` can change. */
function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return "0 / 0";
  if (!Number.isFinite(value)) return value > 0 ? "1e999" : "-1e999";
  return Object.is(value, -0) ? "-0" : `${value}`;
}
