/** The `.early` forms of methods: they return at once a stub of the object that the call results in. */

import type { Stub } from "./stub.ts";

type Form = (...given: unknown[]) => unknown;

/** Makes the `.early` forms of a stub's methods, given by the names they have there. */
export function earlyForms<Forms extends object>(stub: Stub, names: readonly (keyof Forms & string)[]): Forms {
  // A method's body as generated, which fills in defaults and then asks for `$call`, finds `$early` in its place.
  const early: Readonly<Record<string, unknown>> = Object.create(stub, { $call: { value: stub.$early } });
  const forms: Record<string, Form> = {};
  for (const name of names) {
    // Generated code names methods that its stub has.
    const method = early[name] as Form;
    forms[name] = (...given) => method.apply(early, given);
  }
  // Generated code declares the same names, with what they return here.
  return forms as Forms;
}
