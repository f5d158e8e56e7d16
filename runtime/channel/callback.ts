/**
 * Callbacks: objects with one method, which both ends have as plain functions. To the rest of the runtime a callback is
 * an interface whose stub happens to be callable.
 */

import { type AnyMethod, defineInterface, type Interface, type Reference, type Remote } from "./interface.ts";
import { reference } from "./reference.ts";
import { Stub } from "./stub.ts";

/** A callback as a value: what marshalling knows of it. */
export interface CallbackType<Client, Impl> extends Interface<Client, Impl> {
  readonly callback: { readonly once: boolean };
}

/** What `defineCallback` is given. */
export interface CallbackDefinition {
  /** `package.Callback`. */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** As an interface's. */
  readonly fingerprint: string;
  /** Whether it is called no more than once, and gone after that. */
  readonly once: boolean;
  readonly method: AnyMethod;
  /** Makes the function that calls the method through a stub; it takes the parameters and then the call's options. */
  bind(stub: Stub): (...given: never[]) => unknown;
}

/** Makes a callback's value of what the compiler knows of it. `Client` is `Remote` and what `bind` returns. */
export function defineCallback<Client extends Remote, Impl>(
  definition: CallbackDefinition,
): CallbackType<Client, Impl> {
  const { once, method, bind, ...rest } = definition;
  class CallableStub {
    constructor(to: Reference) {
      const stub = new Stub(to);
      // biome-ignore lint/correctness/noConstructorReturn: the object that is made is a function.
      return Object.defineProperties(bind(stub), {
        [reference]: { value: to },
        [Symbol.dispose]: { value: () => stub[Symbol.dispose]() },
        // What makes a second stub of a first one asks it for its class.
        constructor: { value: CallableStub },
      });
    }
  }
  // Generated code says what `bind` returns, and the properties above are those of a `Remote`.
  const Callable = CallableStub as unknown as new (to: Reference) => Client;
  return { ...defineInterface<Client, Impl>({ ...rest, methods: [method], Stub: Callable }), callback: { once } };
}
