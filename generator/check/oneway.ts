import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { interfacesOf } from "./walk.ts";

/** Nothing comes back from a oneway call: no result, no error. What a full queue does is said of oneway calls only. */
export function oneway(model: Model, diagnostics: Diagnostics): void {
  for (const { methods } of interfacesOf(model)) {
    for (const { name, nameSpan, style, result, resultSpan, throws, attributes } of methods) {
      const overload = attributes.find((attribute) => attribute.name === "overload");
      if (style !== "oneway") {
        if (overload !== undefined) diagnostics.report("overload-misplaced", overload.span, { name });
        continue;
      }
      if (result !== undefined) diagnostics.report("oneway-with-result", resultSpan, { name });
      if (throws.length > 0) diagnostics.report("oneway-with-throws", nameSpan, { name });
    }
  }
}
