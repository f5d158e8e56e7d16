/** The rule that sets of values say whether they may grow. */

import type { Name, Openness } from "../syntax/ast.ts";
import type { Scope } from "./scope.ts";

/** Reports a set of values that is neither `strict` nor `flexible`; the model takes it as flexible. */
export function requireOpenness(
  { openness, name }: { readonly openness: Openness | undefined; readonly name: Name },
  what: string,
  { diagnostics }: Scope,
): void {
  if (openness === undefined) diagnostics.report("openness-missing", name.span, { what, name: name.text });
}
