/**
 * A call that is thrown back and forth between the two sides, each time one level deeper, until the count is zero: in
 * NPAPI a plugin calls the page, which calls the plugin, and both are on one stack.
 */

import { NPError, type NPObject, NPVariant } from "./generated/sandbox.ts";
import { ScriptObject } from "./script-object.ts";

/** Makes an object whose `bounce(count, other)`, and blocking `bounceSync`, answer how often the call went over. */
export function bouncer(): ScriptObject {
  const self: ScriptObject = new ScriptObject({
    methods: {
      async bounce(args) {
        const { count, other } = throwOf(args);
        if (count === 0) return NPVariant.int32(0);
        using result = await other.invoke("bounce", [NPVariant.int32(count - 1), NPVariant.object(self)]);
        return NPVariant.int32(1 + int32(result));
      },
      bounceSync(args) {
        const { count, other } = throwOf(args);
        if (count === 0) return NPVariant.int32(0);
        using result = other.invokeSync("bounceSync", [NPVariant.int32(count - 1), NPVariant.object(self)]);
        return NPVariant.int32(1 + int32(result));
      },
    },
  });
  return self;
}

function throwOf([count, other]: readonly NPVariant[]): { readonly count: number; readonly other: NPObject } {
  if (other?.kind !== "object") throw new NPError({ kind: "exception", value: "There is nobody to throw it back." });
  return { count: int32(count), other: other.value };
}

/** The number in a value. Throws the script's own exception for any other. */
export function int32(value: NPVariant | undefined): number {
  if (value?.kind === "int32") return value.value;
  throw new NPError({ kind: "exception", value: `${value?.kind ?? "Nothing"} is not an int32.` });
}
