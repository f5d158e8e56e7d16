/**
 * A peer to test against: an implementation, whole or in part, behind a channel within this process. Everything but the
 * kernel is real, marshalling and limits and errors included, so what works here works over a socket. It keeps a log of
 * what it was asked, and has whatever faults a test wants it to have.
 */

import { setTimeout as wait } from "node:timers/promises";
import { type Awaitable, isPromise } from "../channel/awaitable.ts";
import { Channel } from "../channel/channel.ts";
import type { InternalFault } from "../channel/failures.ts";
import type { AnyInterface, AnyMethod, CallContext, Interface } from "../channel/interface.ts";
import { PeerError } from "../errors.ts";
import { completeLimits, type Limits } from "../limits.ts";
import { disposeAll } from "../marshal/held.ts";
import { framing } from "../protocol/postern/frame.ts";
import { loopback } from "../transport/loopback.ts";
import { type RecordedCall, Recording } from "./call-log.ts";
import { type Fault, type FaultOptions, InjectedFault } from "./faults.ts";

/** What a fake may be made of: some of an implementation's methods, or a callback's function. */
export type Fakeable<Impl> = Impl extends (...given: never[]) => unknown ? Impl : Partial<Impl>;

/** What a fake is made with. */
export interface FakeOptions {
  /** Of both ends; what is not given is as in `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** Passes time for `delayMs`; rejects when the signal is aborted. A real timer where nothing is said. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** A peer to test against; disposing of it closes its channel, with what was forked of that. */
export interface Fake<Client, Impl> extends Disposable {
  /** What the code under test is given. */
  readonly client: Client;
  /** The calls received so far, in order. */
  readonly calls: readonly RecordedCall[];
  /** What handlers threw without declaring it, or returned though it was not of its type: bugs of the fake itself. */
  readonly faults: readonly InternalFault[];
  /** The end that `client` calls through; it keeps a ledger. */
  readonly channel: Channel;
  /** The end that answers; it keeps a ledger too. */
  readonly peer: Channel;
  /**
   * Makes calls of a method go wrong, or with `"*"` those of all methods, until what it returns is disposed of. Where
   * several faults befall a call, the one injected last does. Throws a `RangeError` for a method that there is not.
   */
  inject(method: MethodName<Impl> | "*", fault: Fault, options?: FaultOptions): Disposable;
}

/** The methods that can be told to go wrong; a callback has one, `call`. */
export type MethodName<Impl> = Impl extends (...given: never[]) => unknown ? "call" : keyof Impl & string;

/**
 * Makes a peer that has an interface. Calls to methods that `implementation` lacks fail with `Unimplemented`. A
 * blocking call needs a handler that answers at once, since both ends are of one thread: otherwise it is a `Deadlock`.
 *
 *     using fake = createFake(Files, { readlink: () => "/target" });
 *     fake.inject("readlink", { throw: new ErrnoError("ENOENT") }, { nth: 2 });
 *     await codeUnderTest(fake.client);
 *     assert.equal(fake.calls.length, 2);
 */
export function createFake<Client, Impl>(
  type: Interface<Client, Impl>,
  implementation?: NoInfer<Fakeable<Impl>>,
  options: FakeOptions = {},
): Fake<Client, Impl> {
  return new LoopbackFake<Client, Impl>(type, implementation ?? {}, options);
}

class LoopbackFake<Client, Impl> implements Fake<Client, Impl> {
  readonly client: Client;
  readonly calls: RecordedCall[] = [];
  readonly faults: InternalFault[] = [];
  readonly channel: Channel;
  readonly peer: Channel;
  readonly #sleep: NonNullable<FakeOptions["sleep"]>;
  /** The methods' names by those that implementations have for them. */
  readonly #names: ReadonlyMap<string, string>;
  #injected: readonly InjectedFault[] = [];

  constructor(type: Interface<Client, Impl>, implementation: unknown, { limits, sleep = sleepUntil }: FakeOptions) {
    this.#sleep = sleep;
    this.#names = new Map(type.methods.map((method) => [memberOf(method, type) ?? method.name, method.name]));
    const wire = framing(completeLimits(limits));
    const [near, far] = loopback(wire, wire);
    const shared = { ledger: true, ...(limits === undefined ? {} : { limits }) };
    this.peer = new Channel(() => far, {
      ...shared,
      offers: [{ type: this.#watched(type), implementation }],
      onFault: (fault) => {
        if (fault.thrown !== disconnecting) this.faults.push(fault);
      },
    });
    this.channel = new Channel(() => near, shared);
    this.client = this.channel.bootstrap(type);
  }

  inject(name: MethodName<Impl> | "*", fault: Fault, options: FaultOptions = {}): Disposable {
    const method = this.#names.get(name);
    if (method === undefined && name !== "*") throw new RangeError(`There is no method ${name} to go wrong.`);
    const injected = new InjectedFault(fault, method, options, (gone) => {
      this.#injected = this.#injected.filter((other) => other !== gone);
    });
    this.#injected = [injected, ...this.#injected];
    return injected;
  }

  [Symbol.dispose](): void {
    this.channel.closeAll();
    this.peer.closeAll();
  }

  /** The interface with every call logged on its way to the implementation. */
  #watched(type: AnyInterface): AnyInterface {
    const methods = type.methods.map((method): AnyMethod => {
      const member = memberOf(method, type);
      return {
        ...method,
        invoke: (implementation, parameters, context) => {
          const call = new Recording(method, parameters);
          this.calls.push(call);
          const has = member === undefined ? typeof implementation === "function" : hasMember(implementation, member);
          return this.#serve(call, parameters, context, () => {
            if (has) return method.invoke(implementation, parameters, context);
            call.ended("unimplemented");
            disposeAll(parameters);
            throw new PeerError("Unimplemented", `The fake of ${type.name} has no ${method.name}.`);
          });
        },
      };
    });
    return { ...type, methods, bySelector: new Map(methods.map((method) => [method.selector, method])) };
  }

  #serve(
    call: Recording,
    parameters: readonly unknown[],
    context: CallContext,
    handler: () => Awaitable<unknown>,
  ): Awaitable<unknown> {
    // Each of them counts the call, also where another befalls it.
    const befalling = this.#injected.filter((injected) => injected.befalls(call.method));
    const injected = befalling[0];
    if (injected === undefined) return recorded(call, handler);
    const { fault } = injected;
    if (fault === "drop") return dropped(call, parameters, context);
    if (fault === "disconnect") return this.#disconnect(call, parameters);
    if ("throw" in fault)
      return recorded(call, () => {
        disposeAll(parameters);
        throw fault.throw;
      });
    if ("delayMs" in fault) return this.#later(fault.delayMs, context, () => recorded(call, handler));
    return inTurn(injected, fault.reorder, () => recorded(call, handler));
  }

  #disconnect(call: Recording, parameters: readonly unknown[]): never {
    call.ended("disconnected");
    disposeAll(parameters);
    this.peer.close();
    throw disconnecting;
  }

  async #later(ms: number, { signal }: CallContext, answer: () => Awaitable<unknown>): Promise<unknown> {
    try {
      await this.#sleep(ms, signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
    return answer();
  }
}

/** What a handler throws whose channel has been closed under it: nobody hears of it. */
const disconnecting: unknown = Symbol("disconnecting");

function sleepUntil(ms: number, signal: AbortSignal): Promise<unknown> {
  return wait(ms, undefined, { signal });
}

/** Lets a handler answer, at once if it can, and writes the outcome down. */
function recorded(call: Recording, handler: () => Awaitable<unknown>): Awaitable<unknown> {
  const failed = (thrown: unknown): never => {
    if (call.outcome.kind === "pending") call.threw(thrown);
    throw thrown;
  };
  try {
    const result = handler();
    if (!isPromise(result)) return call.returned(result);
    return result.then((value) => call.returned(value), failed);
  } catch (thrown) {
    return failed(thrown);
  }
}

/** Answers never; but when the channel has ended, nothing waits for ever. */
function dropped(call: Recording, parameters: readonly unknown[], { signal }: CallContext): Promise<never> {
  call.ended("dropped");
  disposeAll(parameters);
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      if (signal.reason.code === "Disconnected") reject(signal.reason);
    });
  });
}

/** Asks the handler at once, and gives its answer, or what it threw, when it is its turn. */
async function inTurn(fault: InjectedFault, count: number, answer: () => Awaitable<unknown>): Promise<unknown> {
  const [outcome] = await Promise.allSettled([(async () => answer())()]);
  await fault.turn(count);
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
}

/** The member of an implementation that answers a method; nothing for a callback, which is a function. */
function memberOf(method: AnyMethod, type: AnyInterface): string | undefined {
  if (type.callback !== undefined) return undefined;
  let member: string | undefined;
  const noting = new Proxy(
    {},
    {
      get(_, name) {
        member = String(name);
        return () => {};
      },
    },
  );
  // All that `invoke` does is to call the member; with these it calls one that does nothing.
  method.invoke(noting, [], undefined as never);
  return member;
}

function hasMember(implementation: unknown, member: string): boolean {
  return typeof (implementation as Readonly<Record<string, unknown>>)[member] === "function";
}
