import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { declarationsOf } from "./walk.ts";

/** The greatest number that the kernel returns as an error: MAX_ERRNO of include/linux/err.h. */
const greatestErrno = 4095n;

/** An `@errno` error is an int with the positive numbers of errno(3). */
export function errnos(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) {
    if (declaration.kind !== "error" || !declaration.errno) continue;
    const { name, nameSpan, base, members, span } = declaration;
    if (base.name !== "i32" && !diagnostics.hasErrorWithin(span)) {
      diagnostics.report("errno-base", nameSpan, { name, base: base.name });
    }
    for (const member of members) {
      if (member.value >= 1n && member.value <= greatestErrno) continue;
      diagnostics.report("errno-value", member.nameSpan, { name: member.name, value: String(member.value) });
    }
  }
}
