/** Fits a computed constant to the type it is given: a default, a member's value, an argument of an attribute. */

import type { Diagnostics } from "../diagnostics.ts";
import type { Span } from "../source.ts";
import type { Constant, IntegerConstant } from "./binding.ts";
import { describeConstant } from "./constants.ts";
import { rangeOf, widthOf } from "./integers.ts";
import { type Enum, type Flags, type IntegerType, type Type, underlying, type Value } from "./model.ts";
import { typeText } from "./text.ts";

/** Returns the constant as a value of the type; nothing when it is not one, having reported why. */
export function fit(constant: Constant, type: Type, span: Span, diagnostics: Diagnostics): Value | undefined {
  const wanted = underlying(type);
  switch (wanted.kind) {
    case "integer":
      if (constant.kind === "integer" && constant.of?.kind !== "enum") {
        return fitInteger(constant, wanted, span, diagnostics);
      }
      break;
    case "float":
      if (isNumber(constant)) return fitFloat(Number(constant.value), wanted.name, span, diagnostics);
      break;
    case "bool":
      if (constant.kind === "boolean") return constant;
      break;
    case "string":
      if (constant.kind === "string") return fitString(constant.value, wanted.limit, span, diagnostics);
      break;
    case "named":
      if (wanted.declaration.kind === "enum" || wanted.declaration.kind === "flags") {
        return fitMember(constant, wanted.declaration, span, diagnostics);
      }
      break;
    default:
  }
  return mismatch(constant, type, span, diagnostics);
}

function isNumber(constant: Constant): boolean {
  return constant.kind === "float" || (constant.kind === "integer" && constant.of === undefined);
}

function fitInteger(
  constant: IntegerConstant,
  type: IntegerType,
  span: Span,
  diagnostics: Diagnostics,
): Value | undefined {
  const { least, greatest } = rangeOf(type);
  const value = cutOnes(constant, type);
  const { text } = constant;
  if (value >= least && value <= greatest) return { kind: "integer", value, ...(text !== undefined && { text }) };
  diagnostics.report("value-out-of-range", span, {
    value: String(constant.value),
    type: type.asNumber ? `\`${type.name}\` as a JavaScript number` : `\`${type.name}\``,
    least: String(least),
    greatest: String(greatest),
  });
  return undefined;
}

/** `~0` has ones all the way up; in an unsigned type they end where the type does. */
function cutOnes({ value, complement }: IntegerConstant, { name }: IntegerType): bigint {
  const unsigned = name.startsWith("u");
  const width = widthOf(name);
  return complement && unsigned && value >= -(1n << BigInt(width)) ? BigInt.asUintN(width, value) : value;
}

function fitFloat(value: number, name: "f32" | "f64", span: Span, diagnostics: Diagnostics): Value | undefined {
  // What 32 bits do not hold exactly is rounded here, so that a default is the same value whether it was sent or not.
  const held = name === "f32" ? Math.fround(value) : value;
  if (Number.isFinite(held)) return { kind: "float", value: held };
  const greatest = name === "f32" ? "3.4028234663852886e38" : String(Number.MAX_VALUE);
  diagnostics.report("value-out-of-range", span, {
    value: String(value),
    type: `\`${name}\``,
    least: `-${greatest}`,
    greatest,
  });
  return undefined;
}

function fitString(value: string, limit: number | undefined, span: Span, diagnostics: Diagnostics): Value | undefined {
  const length = Buffer.byteLength(value, "utf8");
  if (limit === undefined || length <= limit) return { kind: "string", value };
  diagnostics.report("string-too-long", span, { found: String(length), limit: String(limit) });
  return undefined;
}

function fitMember(constant: Constant, type: Enum | Flags, span: Span, diagnostics: Diagnostics): Value | undefined {
  if (constant.kind === "integer") {
    const { of, member, value } = constant;
    if (of === type && member !== undefined) return { kind: "member", declaration: type, member };
    if (of === type && type.kind === "flags") return fitInteger(constant, type.base, span, diagnostics);
    if (of === undefined && type.kind === "flags" && value === 0n) return { kind: "integer", value };
  }
  return mismatch(constant, { kind: "named", declaration: type }, span, diagnostics);
}

function mismatch(constant: Constant, type: Type, span: Span, diagnostics: Diagnostics): undefined {
  const expected = typeText(type);
  diagnostics.report("value-wrong-type", span, {
    expected,
    found: describeConstant(constant),
    suggestion: advice(type),
  });
}

function advice(type: Type): string {
  const wanted = underlying(type);
  switch (wanted.kind) {
    case "bool":
      return "Write `true` or `false`.";
    case "string":
      return "Write a text in double quotes.";
    case "integer":
      return "Write a whole number.";
    case "float":
      return "Write a number.";
    case "named": {
      const { name, kind } = wanted.declaration;
      if (kind === "flags") return "Combine its members with `|`, or write `0` for none.";
      if (kind === "enum") return `Name a member: \`${name}.${wanted.declaration.members[0]?.name ?? "member"}\`.`;
      return `No constant can be written for \`${name}\`.`;
    }
    default:
      return "No constant can be written for this type.";
  }
}
