import type { Diagnostics } from "../diagnostics.ts";
import type { Flags, Model, ValueMember } from "../model/model.ts";
import { declarationsOf } from "./walk.ts";

/** Each member of flags is one bit, or a combination of bits that other members name. */
export function flags(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) {
    if (declaration.kind === "flags") checkFlags(declaration, diagnostics);
  }
}

function checkFlags({ name: type, members, span }: Flags, diagnostics: Diagnostics): void {
  const named = members.filter(({ value }) => isBit(value)).reduce((bits, { value }) => bits | value, 0n);
  for (const member of members) {
    const { name, nameSpan, value } = member;
    const unnamed = value & ~named;
    if (value === 0n) diagnostics.report("flag-zero", nameSpan, { name });
    else if (value < 0n) diagnostics.report("flag-negative", nameSpan, { name });
    // A bit whose member is faulty has no name yet.
    else if (unnamed !== 0n && !diagnostics.hasErrorWithin(span)) reportUnnamed(member, type, unnamed, diagnostics);
  }
}

function isBit(value: bigint): boolean {
  return value > 0n && (value & (value - 1n)) === 0n;
}

function reportUnnamed({ name, nameSpan }: ValueMember, type: string, bits: bigint, diagnostics: Diagnostics): void {
  diagnostics.report("flag-not-a-combination", nameSpan, { name, type, bits: `0x${bits.toString(16)}` });
}
