import type { Diagnostics } from "../diagnostics.ts";
import type { Model, ValueMember } from "../model/model.ts";
import { declarationsOf } from "./walk.ts";

/** Each member of an enum, flags or error has a value of its own, so that a value has one name. */
export function duplicateValues(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) {
    const { kind } = declaration;
    if (kind !== "enum" && kind !== "flags" && kind !== "error") continue;
    const first = new Map<bigint, ValueMember>();
    for (const member of declaration.members) {
      const earlier = first.get(member.value);
      if (earlier === undefined) first.set(member.value, member);
      else reportRepeated(member, earlier, diagnostics);
    }
  }
}

function reportRepeated({ name, nameSpan, value }: ValueMember, earlier: ValueMember, diagnostics: Diagnostics): void {
  const notes = [{ span: earlier.nameSpan, message: `\`${earlier.name}\` has it here.` }];
  diagnostics.report("value-repeated", nameSpan, { name, value: String(value), other: earlier.name }, notes);
}
