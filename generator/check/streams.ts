import type { Diagnostics } from "../diagnostics.ts";
import { type Model, type Type, underlying } from "../model/model.ts";
import { partsOf, type TypeUse, typesOf } from "./walk.ts";

/** A stream is a whole parameter or a whole result: it has a life of its own, which no value around it has. */
export function streams(model: Model, diagnostics: Diagnostics): void {
  for (const use of typesOf(model)) {
    const whole = use.place === "parameter" || use.place === "result" || use.place === "alias";
    if (whole) {
      const inside = partsOf(use.type).slice(1).some(isStream);
      if (inside) diagnostics.report("stream-misplaced", use.span, { place: `the type around it` });
    } else if (partsOf(use.type).some(isStream)) {
      diagnostics.report("stream-misplaced", use.span, { place: placeOf(use) });
    }
  }
}

function isStream(type: Type): boolean {
  return underlying(type).kind === "stream";
}

function placeOf({ within }: TypeUse): string {
  return within[0]!.name;
}
