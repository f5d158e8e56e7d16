/** Script values, for the story that both sides tell. */

import type { NPVariant } from "./generated/sandbox.ts";

/** A script value in words. */
export function shown(value: NPVariant): string {
  return value.kind === "object" ? "[object]" : "value" in value ? String(value.value) : value.kind;
}
