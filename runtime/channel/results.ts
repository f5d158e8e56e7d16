/** The `.result` forms of methods: a declared error is returned, as a value with a type, and not thrown. */

import { DeclaredError } from "../marshal/declared-error.ts";
import type { AnyMethod } from "./interface.ts";

/** How a call ended: with its result, or with an error that its method declares. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

type Awaited = (...given: unknown[]) => Promise<unknown>;

/**
 * Makes the `.result` forms of a stub's methods, given by the names they have there. What a method does not declare
 * rejects as ever: a lost channel is no result.
 */
export function resultForms<Forms extends object>(
  stub: object,
  methods: Readonly<Record<keyof Forms, AnyMethod>>,
): Forms {
  const forms: Record<string, Awaited> = {};
  for (const [name, method] of Object.entries<AnyMethod>(methods)) {
    // Generated code names methods that its stub has.
    const call = (stub as Readonly<Record<string, Awaited>>)[name]!.bind(stub);
    forms[name] = (...given) => call(...given).then(succeeded, (thrown: unknown) => failed(thrown, method));
  }
  // Generated code declares the same names, with what their results become here.
  return forms as Forms;
}

function succeeded(value: unknown): Result<unknown, never> {
  return { ok: true, value };
}

function failed(thrown: unknown, { throws }: AnyMethod): Result<never, unknown> {
  if (thrown instanceof DeclaredError && throws.some((codec) => codec.claims(thrown)))
    return { ok: false, error: thrown };
  throw thrown;
}
