/** The errors that carry data, `error union` in the IDL: what generated code makes their classes and codecs with. */

import type { Codec, ErrorCodec } from "./codec.ts";
import { DeclaredError } from "./declared-error.ts";
import { fnv1a } from "./hash.ts";
import { disposeAll } from "./held.ts";

/** The root of errors that are one arm of a union. `kind` and `value` are the arm's. */
export abstract class UnionError extends DeclaredError implements Disposable {
  /** Closes descriptors and disposes of objects that the error brought. */
  [Symbol.dispose](): void {
    disposeAll((this as { readonly value?: unknown }).value);
  }
}

/** What every arm has. */
interface Arm {
  readonly kind: string;
}

/** A class of such errors. Thrown ones have what was given to them; caught ones have all that can be read. */
export interface UnionErrorClass<Read extends Arm, Written extends Arm = Read> {
  new (arm: Written, options?: ErrorOptions): UnionError & Written;
  readonly prototype: UnionError & Read;
}

/** Makes the class of an error union. */
export function unionErrorClass<Read extends Arm, Written extends Arm = Read>(
  name: string,
): UnionErrorClass<Read, Written> {
  const named = {
    [name]: class extends UnionError {
      constructor(arm: Written, options?: ErrorOptions) {
        super(arm.kind, options);
        // Only these: what was caught is an arm too, and has what every error has.
        for (const part of ["kind", "value", "ordinal", "incomplete"])
          if (part in arm) Object.assign(this, { [part]: arm[part as keyof Written] });
      }
    },
  };
  // An instance has its arm's parts, which is all that the type says beyond the class.
  return named[name] as unknown as UnionErrorClass<Read, Written>;
}

/** The codec of an error union. Of an arm that cannot be sent, `encode` throws an `InvalidError`. */
export function unionErrorCodec<Read extends Arm, Written extends Arm>(
  name: string,
  Class: UnionErrorClass<Read, Written>,
  arms: Codec<Read, Written>,
): ErrorCodec {
  return {
    id: fnv1a(name),
    claims: (thrown) => thrown instanceof Class,
    // What is claimed was made of a written arm, or of one that was read, which can be written too.
    encode: (encoder, thrown) => arms.encode(encoder, thrown as UnionError & Written),
    decode: (decoder) => new Class(arms.decode(decoder) as Arm as Written),
  };
}
