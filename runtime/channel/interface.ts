/**
 * What generated code tells the runtime of an interface: one `Method` for each method, and one `Interface` that
 * binds them to the stub's class. A stub calls by `Method`, a skeleton answers by it; neither needs anything else.
 */

import type { ErrorCodec } from "../marshal/codec.ts";
import type { Decoder } from "../marshal/decoder.ts";
import type { Encoder } from "../marshal/encoder.ts";
import { fnv1a } from "../marshal/hash.ts";
import type { PeerCredentials } from "../transport/transport.ts";

/** What an implementation may return: the value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** What a caller may ask of one call. */
export interface CallOptions {
  /** Milliseconds after which the call fails with `DeadlineExceeded` and its handler is told. */
  readonly timeoutMs?: number | undefined;
  /** Aborting it fails the call with `Cancelled` and tells the handler. */
  readonly signal?: AbortSignal | undefined;
}

/** What a caller may ask of one blocking call. */
export interface BlockingCallOptions {
  /** Milliseconds after which the call fails with `DeadlineExceeded` and its handler is told. */
  readonly timeoutMs?: number | undefined;
}

/** What a handler may know of the call it serves. */
export interface CallContext {
  /** `package.Interface.method`. */
  readonly method: string;
  /** Who calls, as the kernel says; nothing where the peer is not another process. */
  readonly peer: PeerCredentials | undefined;
  /**
   * Aborted when the answer is no longer wanted; `reason` is an `RpcError` whose code is `Cancelled`, also where the
   * caller's time ran out, or `Disconnected`. It never fires once the handler has returned.
   */
  readonly signal: AbortSignal;
}

/**
 * One method of an interface, as data. `Impl` is the interface that an implementation has. `Sent` are the parameters as
 * a caller gives them, where that is wider than what arrives: a lent descriptor is sent as an `FdLike` and arrives as
 * an `Fd`.
 */
export interface Method<
  Impl,
  Parameters extends readonly unknown[],
  Result,
  Sent extends readonly unknown[] = Parameters,
> {
  /** As in the IDL. */
  readonly name: string;
  /** `package.Interface.method`, for messages. */
  readonly fullName: string;
  /** FNV-1a of `package.Interface/method`, 32 bits, as a signed integer (JavaScript's small-integer range). */
  readonly selector: number;
  /** `oneway` methods have no reply. */
  readonly style: "async" | "sync" | "oneway";
  /** The errors that may cross; the wire says which by its id. */
  readonly throws: readonly ErrorCodec[];
  /** Positions among the parameters of those named `path` and `dest`, for errno errors. */
  readonly path?: number;
  readonly dest?: number;
  /** Whether its values must not be shown in traces, logs and error texts. */
  readonly sensitive?: true;
  encodeParameters(encoder: Encoder, parameters: Sent): void;
  decodeParameters(decoder: Decoder): Parameters;
  encodeResult(encoder: Encoder, result: Result): void;
  decodeResult(decoder: Decoder): Result;
  /** Calls the implementation's method of this name. */
  invoke(implementation: Impl, parameters: Parameters, context: CallContext): Awaitable<Result>;
}

/** A method whose types have been forgotten, as tables hold them; every `Method` is one, its own methods being bivariant. */
export type AnyMethod = Method<unknown, readonly unknown[], unknown>;

/** What a stub needs of the channel it calls through. `target` is the position of an offer of the peer. */
export interface Caller {
  call<Impl, P extends readonly unknown[], R>(
    target: number,
    method: Method<Impl, P, R>,
    parameters: P,
    options: CallOptions | undefined,
  ): Promise<R>;
  callBlocking<Impl, P extends readonly unknown[], R>(
    target: number,
    method: Method<Impl, P, R>,
    parameters: P,
    options: BlockingCallOptions | undefined,
  ): R;
  send<Impl, P extends readonly unknown[]>(target: number, method: Method<Impl, P, void>, parameters: P): Promise<void>;
}

/** An object of the peer. Disposing of it tells the peer that it is no longer needed; the bootstrap ones stay. */
export interface Remote extends Disposable {}

/** What `defineInterface` is given. */
export interface InterfaceDefinition<Client> {
  /** `package.Interface`. */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** 16 hex digits; two ends with the same one have the same interface to the byte. */
  readonly fingerprint: string;
  readonly methods: readonly AnyMethod[];
  readonly Stub: new (caller: Caller, target: number) => Client;
}

/** An interface as a value: what `connect`, `serve` and `spawn` are given. */
export interface Interface<Client, Impl> extends InterfaceDefinition<Client> {
  /** FNV-1a of the name, 32 bits, signed. */
  readonly id: number;
  readonly bySelector: ReadonlyMap<number, AnyMethod>;
  /** Never there; it carries the implementation's type. */
  readonly implementation?: Impl;
}

/** Makes an interface's value of what the compiler knows of it. */
export function defineInterface<Client, Impl>(definition: InterfaceDefinition<Client>): Interface<Client, Impl> {
  return {
    ...definition,
    id: fnv1a(definition.name),
    bySelector: new Map(definition.methods.map((method) => [method.selector, method])),
  };
}

/** An implementation with the interface it has: what one end of a channel offers the other. */
export interface Offer {
  readonly type: Interface<unknown, unknown>;
  readonly implementation: unknown;
}

/** Pairs an interface with its implementation. */
export function offer<Impl>(type: Interface<unknown, Impl>, implementation: Impl): Offer {
  return { type, implementation };
}
