import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { typesOf } from "./walk.ts";

/** Strings, bytes and lists say how large they may be: without a limit, only the message's own holds. */
export function unbounded(model: Model, diagnostics: Diagnostics): void {
  for (const { parts, span, place } of typesOf(model)) {
    if (place === "constant") continue;
    for (const part of parts) {
      switch (part.kind) {
        case "string":
        case "bytes":
          if (part.limit !== undefined) break;
          diagnostics.report("unbounded", span, {
            type: part.kind,
            unit: "length in bytes",
            example: `${part.kind}<4KiB>`,
          });
          break;
        case "list":
          if (part.limit !== undefined) break;
          diagnostics.report("unbounded", span, { type: "list", unit: "number of elements", example: "list<T, 256>" });
          break;
        default:
      }
    }
  }
}
