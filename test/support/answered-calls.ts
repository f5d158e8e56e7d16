/** Notes every call that this process makes through a stub and that is answered, whichever stub and channel it is. */

import type { AnyMethod } from "../../runtime/channel/interface.ts";
import { Stub } from "../../runtime/channel/stub.ts";

/** How a blocking call of a method is noted; any other is noted by the method's full name. */
export function blocking({ fullName }: Pick<AnyMethod, "fullName">): string {
  return `${fullName} (blocking)`;
}

/** All forms of all methods of a generated module, as they are noted. */
export function allForms(module: object): readonly string[] {
  const interfaces = Object.values(module).filter((value) => typeof value === "object" && "methods" in value);
  return (interfaces as { readonly methods: readonly AnyMethod[] }[])
    .flatMap(({ methods }) => methods)
    .flatMap((method) => (method.style === "sync" ? [method.fullName, blocking(method)] : [method.fullName]));
}

/**
 * Notes calls from when it is made until it is disposed of. A one-way is noted when it was sent, a stream when it has
 * come to its end, and everything else when its result is there; what fails is not noted.
 */
export class AnsweredCalls implements Disposable {
  readonly names: Set<string> = new Set();
  readonly #original = { ...methodsOf(Stub.prototype) };

  constructor() {
    const note = (name: string): void => void this.names.add(name);
    const { $call, $send, $stream, $callBlocking } = this.#original;
    Object.assign(Stub.prototype, {
      $call(this: Stub, ...[method, ...rest]: Parameters<typeof $call>) {
        const result = $call.call(this, method, ...rest);
        result.then(() => note(method.fullName), ignore);
        return result;
      },
      $send(this: Stub, ...[method, ...rest]: Parameters<typeof $send>) {
        const sent = $send.call(this, method, ...rest);
        sent.then(() => note(method.fullName), ignore);
        return sent;
      },
      $callBlocking(this: Stub, ...[method, ...rest]: Parameters<typeof $callBlocking>) {
        const result = $callBlocking.call(this, method, ...rest);
        note(blocking(method));
        return result;
      },
      $stream(this: Stub, ...[method, ...rest]: Parameters<typeof $stream>) {
        const stream = $stream.call(this, method, ...rest);
        const next = stream.next.bind(stream);
        stream.next = async () => {
          const result = await next();
          if (result.done === true) note(method.fullName);
          return result;
        };
        return stream;
      },
    });
  }

  [Symbol.dispose](): void {
    Object.assign(Stub.prototype, this.#original);
  }
}

function methodsOf({ $call, $send, $stream, $callBlocking }: Stub) {
  return { $call, $send, $stream, $callBlocking };
}

function ignore(): void {}
