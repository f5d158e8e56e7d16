/**
 * What generated code tells the runtime of an interface: one `Method` for each method, and one `Interface` that
 * binds them to the stub's class. A stub calls by `Method`, a skeleton answers by it; neither needs anything else.
 */

import type { CapabilityType } from "../marshal/capabilities.ts";
import type { ErrorCodec } from "../marshal/codec.ts";
import type { Decoder } from "../marshal/decoder.ts";
import type { Encoder } from "../marshal/encoder.ts";
import { fnv1a } from "../marshal/hash.ts";
import type { Stream } from "../marshal/streams.ts";
import type { PeerCredentials } from "../transport/transport.ts";
import type { Awaitable } from "./awaitable.ts";

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
   * caller's time ran out, or `Disconnected`. It never fires once the handler has returned and, where it returns a
   * stream, that has ended.
   */
  readonly signal: AbortSignal;
  /** Milliseconds after which the answer is no longer wanted, for the calls that a handler makes; nothing if none. */
  readonly remainingMs: number | undefined;
}

/**
 * One method of an interface, as data. `Impl` is the interface that an implementation has. `Sent` are the parameters as
 * a caller gives them, where that is wider than what arrives: a lent descriptor is sent as an `FdLike` and arrives as
 * an `Fd`. `Given` is the result as an implementation gives it, likewise.
 */
export interface Method<
  Impl,
  Parameters extends readonly unknown[],
  Result,
  Sent extends readonly unknown[] = Parameters,
  Given = Result,
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
  /** The most milliseconds that a call may take, of which its caller may ask for less: `@deadline`. */
  readonly deadlineMs?: number;
  /** What becomes of a one-way while the peer does not read: it waits, or with `drop` it is not sent. */
  readonly overload?: "drop" | "block";
  /** Whether its result is a stream, which its callers get at once. */
  readonly streaming?: true;
  /** Where its whole result is one object, the interface of that: it can be called before it has arrived. */
  readonly brings?: () => AnyInterface;
  encodeParameters(encoder: Encoder, parameters: Sent): void;
  decodeParameters(decoder: Decoder): Parameters;
  encodeResult(encoder: Encoder, result: Given): void;
  decodeResult(decoder: Decoder): Result;
  /** Calls the implementation's method of this name. */
  invoke(implementation: Impl, parameters: Parameters, context: CallContext): Awaitable<Given>;
}

/** A method whose types have been forgotten, as tables hold them; every `Method` is one, its own methods being bivariant. */
export type AnyMethod = Method<unknown, readonly unknown[], unknown>;

/** A method as its callers see it: what they give, and what they get. */
export type CalledMethod<Sent extends readonly unknown[], Result> = Method<
  never,
  readonly unknown[],
  Result,
  Sent,
  unknown
>;

/** What a stub needs of the channel it calls through. A pending call keeps its reference, so its object stays held. */
export interface Caller {
  call<P extends readonly unknown[], R>(
    reference: Reference,
    method: CalledMethod<P, R>,
    parameters: P,
    options: CallOptions | undefined,
  ): Promise<R>;
  stream<P extends readonly unknown[], T>(
    reference: Reference,
    method: CalledMethod<P, Stream<T>>,
    parameters: P,
    options: CallOptions | undefined,
  ): Stream<T>;
  callBlocking<P extends readonly unknown[], R>(
    reference: Reference,
    method: CalledMethod<P, R>,
    parameters: P,
    options: BlockingCallOptions | undefined,
  ): R;
  send<P extends readonly unknown[]>(reference: Reference, method: CalledMethod<P, void>, parameters: P): Promise<void>;
  /** Returns at once what stands for the object that the call will bring; what fails is thrown to those who call that. */
  early<P extends readonly unknown[], R>(
    reference: Reference,
    method: CalledMethod<P, R>,
    parameters: P,
    options: CallOptions | undefined,
  ): R;
}

/** An object that an early call brings, as calls through its stubs see it. */
export interface Coming {
  /** Where calls go: a promised target while the object is not here, and then its own. */
  readonly target: number;
  /** Whether the call that brings it is not answered yet. */
  readonly pending: boolean;
  /** Why it never came. */
  readonly failure: { readonly reason: unknown } | undefined;
  /** Bytes of the frames that were sent to the promised target. */
  sentBytes: number;
  /** Settles when that call is answered: rejects with what it failed with. */
  arrival(): Promise<void>;
}

/** What a stub holds of an object of the peer: where calls to it go, and that it is still held. */
export interface Reference extends Disposable {
  readonly caller: Caller;
  /** The export id at the peer. */
  readonly target: number;
  /** Whether calls can be made through it: it has neither been disposed of nor moved. */
  readonly open: boolean;
  /** The target. Throws an `InvalidError` when the stub is no longer held. */
  readonly liveTarget: number;
  /** A further reference to the same object. */
  dup(): Reference;
  /** Whether it is to a callback that is called once: the first call lets go of it at both ends. */
  readonly once: boolean;
  /** Lets go without telling the peer, which has let go by itself. */
  forget(): void;
  /** Calls back when the channel has ended; see `onLost` in reference.ts. */
  onLost?(listener: () => void): () => void;
  /** What it came of, where that was an early call, also when the object has arrived. */
  readonly early?: Coming;
}

/** An object of the peer. Disposing of it tells the peer that it is no longer needed; the bootstrap ones stay. */
export interface Remote extends Disposable {}

/** The limits of one object, which are tighter than those of its channel; a call over one of them fails. */
export interface ObjectLimits {
  /** Calls that it works on at a time. */
  readonly inflight?: number;
}

/** What an implementation may have besides its methods. */
export interface Implementation {
  /**
   * Is told when the peer holds the object no more, which of a callback that is called once is when its call is done;
   * not of an offer, which lasts as long as its channel.
   */
  [Symbol.dispose]?(): void;
}

/** What `defineInterface` is given. */
export interface InterfaceDefinition<Client> {
  /** `package.Interface`. */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** 16 hex digits; two ends with the same one have the same interface to the byte. */
  readonly fingerprint: string;
  readonly methods: readonly AnyMethod[];
  /** What one object of it takes on: `@limits`. */
  readonly limits?: ObjectLimits;
  readonly Stub: new (reference: Reference) => Client;
}

/** An interface as a value: what `connect`, `serve` and `spawn` are given, and what marshalling knows of an object. */
export interface Interface<Client, Impl> extends InterfaceDefinition<Client>, CapabilityType<Client, Client | Impl> {
  /** FNV-1a of the name, 32 bits, signed. */
  readonly id: number;
  readonly bySelector: ReadonlyMap<number, AnyMethod>;
  /** Of a callback, whose implementation is a function: whether it is called no more than once. */
  readonly callback?: { readonly once: boolean };
  /** Never there; it carries the implementation's type. */
  readonly implementation?: Impl;
}

/** An interface whose types have been forgotten. */
export type AnyInterface = Interface<unknown, unknown>;

const versions = new WeakMap<object, string>();

/** The version of the package that a method is from: `1.2`. Nothing for one that no interface has. */
export function versionOf(method: object): string | undefined {
  return versions.get(method);
}

/** Makes an interface's value of what the compiler knows of it. */
export function defineInterface<Client, Impl>(definition: InterfaceDefinition<Client>): Interface<Client, Impl> {
  for (const method of definition.methods) versions.set(method, `${definition.major}.${definition.minor}`);
  return {
    ...definition,
    id: fnv1a(definition.name),
    bySelector: new Map(definition.methods.map((method) => [method.selector, method])),
  };
}

/** An implementation with the interface it has: what one end of a channel offers the other. */
export interface Offer {
  readonly type: AnyInterface;
  readonly implementation: unknown;
}

/** Pairs an interface with its implementation. */
export function offer<Impl>(type: Interface<unknown, Impl>, implementation: Impl): Offer {
  return { type, implementation };
}

/**
 * Stands in the place of an offer that a fork does not have, so that the others keep their positions: an interface
 * without a name, whose id is zero, and which has no methods.
 */
export const withheld: Offer = {
  type: {
    name: "",
    id: 0,
    major: 0,
    minor: 0,
    fingerprint: "0".repeat(16),
    methods: [],
    bySelector: new Map(),
    Stub: class {},
  },
  implementation: undefined,
};
