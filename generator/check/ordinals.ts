import type { Diagnostics } from "../diagnostics.ts";
import type { Model, Table, TableField, Union, UnionMember } from "../model/model.ts";
import { declarationsOf } from "./walk.ts";

/** Each ordinal of a table or a union is used once, and never again after it was reserved. */
export function ordinals(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) {
    if (declaration.kind === "table" || declaration.kind === "union") checkOrdinals(declaration, diagnostics);
  }
}

function checkOrdinals(declaration: Table | Union, diagnostics: Diagnostics): void {
  const { members, reserved, nameSpan } = declaration;
  const free = String(Math.max(0, ...reserved, ...members.map(({ ordinal }) => ordinal)) + 1);
  const taken = new Map<number, TableField | UnionMember>();
  const withdrawn = new Set<number>();
  for (const ordinal of reserved) {
    const values = { name: declaration.name, ordinal: String(ordinal) };
    if (withdrawn.has(ordinal)) diagnostics.report("ordinal-reserved-twice", nameSpan, values);
    withdrawn.add(ordinal);
  }
  for (const member of members) {
    const { name } = member;
    const ordinal = String(member.ordinal);
    const earlier = taken.get(member.ordinal);
    if (withdrawn.has(member.ordinal)) {
      diagnostics.report("ordinal-reserved", member.nameSpan, { name, ordinal, free });
    } else if (earlier === undefined) {
      taken.set(member.ordinal, member);
    } else {
      const notes = [{ span: earlier.nameSpan, message: `\`${earlier.name}\` has it here.` }];
      diagnostics.report("ordinal-repeated", member.nameSpan, { name, ordinal, other: earlier.name, free }, notes);
    }
  }
}
