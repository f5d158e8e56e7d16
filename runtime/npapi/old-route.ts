/**
 * How code in a Native Client module had to reach an object of the browser, for programs that still speak that way.
 * There a module could call a script's object only while the browser waited for the module; so it asked the browser to
 * call it back, and called the object within that: five messages, and with a result that the object gives later seven.
 * `NPObject.post` is the same in one message, and `invokeDefault` in two. See docs/npapi.md for all of them.
 */

import { type NPObject, type NPUpcalls, NPVariant, type NPVariantInit, ScriptError } from "../../generated/npapi.ts";
import { disposeAll } from "../marshal/held.ts";
import { CallableObject, ON_RESULT } from "./results-later.ts";

/**
 * Calls an object in a turn of its host's event loop, blocking this thread for that moment, and drops its result: five
 * messages. Settles as `NPObject.post` does, when the request has left; what goes wrong later is a fault of the call
 * that the host makes.
 */
export function postByAsyncCall(upcalls: NPUpcalls, object: NPObject, args: readonly NPVariantInit[]): Promise<void> {
  return upcalls.pluginThreadAsyncCall(() => disposeAll(object.invokeDefaultSync(args)));
}

/**
 * Asks an object that gives its results later, which `answeringLater` at its host makes of any: seven messages for each
 * question. Ends with `using`, when its channel ends, or when the object is let go of; then what is not answered is
 * rejected with `destroyed`.
 */
export class AsyncCallQuestions implements Disposable {
  readonly #upcalls: NPUpcalls;
  readonly #object: NPObject;
  readonly #asked = new Map<number, Question>();
  #ticket = 0;
  #ended = false;

  private constructor(upcalls: NPUpcalls, object: NPObject) {
    this.#upcalls = upcalls;
    this.#object = object;
  }

  /** Has the object give its results here from now on. Both stubs are lent until this is disposed of. */
  static async open(upcalls: NPUpcalls, object: NPObject): Promise<AsyncCallQuestions> {
    const questions = new AsyncCallQuestions(upcalls, object);
    const results = new CallableObject(
      (args) => questions.#answered(args),
      () => questions.#end(),
    );
    await object.setProperty(ON_RESULT, NPVariant.object(results));
    return questions;
  }

  /** Calls the object with a question. Rejects with the `ScriptError` that it fails with; the value is the caller's. */
  ask(args: readonly NPVariantInit[]): Promise<NPVariant> {
    if (this.#ended) return Promise.reject(destroyed());
    const ticket = this.#ticket;
    this.#ticket = (ticket + 1) & 0x7fffffff;
    return new Promise((resolve, reject) => {
      this.#asked.set(ticket, { resolve, reject });
      const giveUp = (reason: unknown): void => {
        if (this.#asked.delete(ticket)) reject(reason);
      };
      this.#upcalls.pluginThreadAsyncCall(this.#call(ticket, args, giveUp)).catch(giveUp);
    });
  }

  /** The code that the host is to call. */
  #call(ticket: number, args: readonly NPVariantInit[], giveUp: (reason: unknown) => void): () => void {
    let called = false;
    const call = (): void => {
      called = true;
      try {
        disposeAll(this.#object.invokeDefaultSync([NPVariant.int32(ticket), ...args]));
      } catch (error) {
        giveUp(error);
      }
    };
    const letGo = (): void => {
      if (!called) giveUp(destroyed());
    };
    return Object.assign(call, { [Symbol.dispose]: letGo });
  }

  #answered([ticket, result, failure, ...more]: readonly NPVariant[]): void {
    const number = ticket?.kind === "int32" ? ticket.value : -1;
    const question = this.#asked.get(number);
    this.#asked.delete(number);
    disposeAll([ticket, failure, ...more]);
    if (question !== undefined && result !== undefined && failure === undefined) {
      question.resolve(result);
      return;
    }
    disposeAll(result);
    const message = failure?.kind === "string" ? failure.value : "The object failed.";
    question?.reject(new ScriptError({ kind: "thrown", value: { message } }));
  }

  #end(): void {
    this.#ended = true;
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(destroyed());
  }

  /** The object gives its results to nobody any more. */
  [Symbol.dispose](): void {
    this.#end();
    this.#object.removeProperty(ON_RESULT).catch(() => {});
  }
}

interface Question {
  resolve(value: NPVariant): void;
  reject(reason: unknown): void;
}

function destroyed(): Error {
  return new ScriptError({ kind: "destroyed" });
}
