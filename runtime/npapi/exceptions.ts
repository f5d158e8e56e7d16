/**
 * Exceptions on their way across. What an exported object throws becomes a `ScriptError` with its name and message and
 * nothing else; where it arrives it is an error of that name again. Faults of the runtime pass as themselves.
 */

import { ScriptError, ScriptErrorArm } from "../../generated/npapi.ts";
import { RpcError } from "../errors.ts";
import { isError, isObject } from "./intrinsics.ts";

/** As many bytes as a `Thrown` has room for. */
const MESSAGE_MAX = 16 * 1024;
const NAME_MAX = 256;

/** What the code of the other side threw, if its name is none of JavaScript's own; or that an object has been taken away. */
export class RemoteError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, "name", { value: name, configurable: true, writable: true });
  }
}

/** The errors of the language whose class says no more than their name. */
const natives: ReadonlyMap<string, new (message: string, options?: ErrorOptions) => Error> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Class) => [Class.name, Class]),
);

/** What is thrown to the peer for what was thrown here. */
export function outgoing(thrown: unknown): unknown {
  if (thrown instanceof ScriptError || thrown instanceof RpcError) return thrown;
  // The cause stays here, for the log of a one-way.
  return new ScriptError(ScriptErrorArm.thrown(inWords(thrown)), { cause: thrown });
}

function inWords(thrown: unknown): { readonly name: string; readonly message: string } {
  try {
    if (isError(thrown))
      return { name: fitted(String(thrown.name), NAME_MAX), message: fitted(String(thrown.message), MESSAGE_MAX) };
    const message = isObject(thrown) ? "An object was thrown that is not an Error." : String(thrown);
    return { name: "Error", message: fitted(message, MESSAGE_MAX) };
  } catch {
    // Its own members threw.
    return { name: "Error", message: "" };
  }
}

/** A text cut to so many bytes, if need be. */
function fitted(text: string, bytes: number): string {
  const whole = text.length <= bytes && Buffer.byteLength(text) <= bytes ? text : text.slice(0, Math.floor(bytes / 3));
  return whole.toWellFormed();
}

/** What is thrown here for what the peer threw, or what the call failed with. */
export function incoming(error: unknown): unknown {
  if (!(error instanceof ScriptError)) return error;
  const options = { cause: error };
  switch (error.kind) {
    case "noSuchMember":
      return new TypeError(`The remote object has no function ${JSON.stringify(error.value)}.`, options);
    case "refused":
      return new TypeError(`The remote object refuses ${refusedPart(error.value)}.`, options);
    case "notCallable":
      return new TypeError("The remote object is not a function, or not a constructor.", options);
    case "destroyed":
      return new RemoteError("DestroyedError", "The remote object has been taken away by its owner.", options);
    case "thrown": {
      const { name, message } = error.value;
      const Native = natives.get(name);
      return Native === undefined ? new RemoteError(name, message, options) : new Native(message, options);
    }
    default:
      return new RemoteError("Error", "The remote object failed in a way that is not known here.", options);
  }
}

/** What is refused: a member, or without a name the object itself. */
function refusedPart(name: string): string {
  return name === "" ? "this" : JSON.stringify(name);
}
