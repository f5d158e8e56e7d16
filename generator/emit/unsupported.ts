/** What the language has and this emitter does not print yet: nothing is ever left out in silence. */

import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";

/** Reports every requested module whose package speaks another wire than postern's own. */
export function reportUnsupported(model: Model, diagnostics: Diagnostics): void {
  const consequence = "Only packages that speak postern's own wire are generated.";
  for (const { requested, package: of } of model.modules) {
    if (!requested || of.wire === "postern") continue;
    diagnostics.report("not-emitted-yet", of.span, { what: `The wire \`${of.wire}\``, consequence });
  }
}
