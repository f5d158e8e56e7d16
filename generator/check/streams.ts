import type { Diagnostics } from "../diagnostics.ts";
import { type Model, type Type, underlying } from "../model/model.ts";
import { interfacesOf, type TypeUse, typesOf } from "./walk.ts";

/**
 * A stream is a whole parameter or a whole result: it has a life of its own, which no value around it has. Its items
 * move while its call lasts, so the call must last, and the caller's thread must not stand still.
 */
export function streams(model: Model, diagnostics: Diagnostics): void {
  misplaced(model, diagnostics);
  immovable(model, diagnostics);
}

function immovable(model: Model, diagnostics: Diagnostics): void {
  for (const { methods } of interfacesOf(model)) {
    for (const { name, style, parameters, result, resultSpan } of methods) {
      if (style === "async") continue;
      const code = style === "sync" ? "stream-in-sync" : "stream-in-oneway";
      for (const { type, typeSpan } of parameters) if (isStream(type)) diagnostics.report(code, typeSpan, { name });
      // That a oneway has a result at all is reported as such.
      if (style === "sync" && result !== undefined && isStream(result)) diagnostics.report(code, resultSpan, { name });
    }
  }
}

function misplaced(model: Model, diagnostics: Diagnostics): void {
  for (const use of typesOf(model)) {
    const whole = use.place === "parameter" || use.place === "result" || use.place === "alias";
    if (whole) {
      const inside = use.parts.slice(1).some(isStream);
      if (inside) diagnostics.report("stream-misplaced", use.span, { place: "the type around it" });
    } else if (use.parts.some(isStream)) {
      diagnostics.report("stream-misplaced", use.span, { place: placeOf(use) });
    }
  }
}

function isStream(type: Type): boolean {
  return underlying(type).kind === "stream";
}

function placeOf({ within }: TypeUse): string {
  return `\`${within[0]!.name}\``;
}
