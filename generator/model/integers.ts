/** The integer types and what fits in them. */

import type { IntegerName, IntegerType } from "./model.ts";

/** The least and the greatest value of an integer type. */
export interface Range {
  readonly least: bigint;
  readonly greatest: bigint;
}

/** Every integer type by its name. */
export const integerTypes: ReadonlyMap<string, IntegerType> = new Map(
  (["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"] satisfies IntegerName[]).map((name) => [
    name,
    { kind: "integer", name, asNumber: false },
  ]),
);

/** How many bits an integer type has. */
export function widthOf(name: IntegerName): number {
  return Number(name.slice(1));
}

/** Whether an integer type has negative values. */
export function isSigned(name: IntegerName): boolean {
  return name.startsWith("i");
}

/** The range of a type; a 64-bit one that reaches JavaScript as a number is cut to what a number holds exactly. */
export function rangeOf({ name, asNumber }: IntegerType): Range {
  const bits = BigInt(asNumber ? 53 : widthOf(name) - (isSigned(name) ? 1 : 0));
  const greatest = (1n << bits) - 1n;
  if (!isSigned(name)) return { least: 0n, greatest };
  return { least: asNumber ? -greatest : -(1n << bits), greatest };
}
