/** What generated code imports, and nothing else does. */

export type { Awaitable } from "./channel/awaitable.ts";
export { type CallbackType, defineCallback } from "./channel/callback.ts";
export type { ChannelOptions } from "./channel/channel.ts";
export { earlyForms } from "./channel/early-forms.ts";
export type {
  BlockingCallOptions,
  CallContext,
  CallOptions,
  Implementation,
  Interface,
  Method,
  Remote,
} from "./channel/interface.ts";
export { defineInterface } from "./channel/interface.ts";
export { type Result, resultForms } from "./channel/results.ts";
export { type ChannelLike, defineRole, type EndOptions, type Role } from "./channel/roles.ts";
export { Stub } from "./channel/stub.ts";
export type { Fd, FdLike } from "./descriptor.ts";
export { type FdType, fdType } from "./marshal/attachments.ts";
export type { Codec, Draft, ErrorCodec, Unknown } from "./marshal/codec.ts";
export { EnumError, enumErrorCodec, SystemError, systemErrorCodec } from "./marshal/declared-error.ts";
export type { Decoder } from "./marshal/decoder.ts";
export type { Encoder } from "./marshal/encoder.ts";
export { disposeHeld } from "./marshal/held.ts";
export type { Stream, StreamSource } from "./marshal/streams.ts";
export { encodeUnknownArm, notAnArm, type UnknownArm, unlistedArm } from "./marshal/union.ts";
export { type UnionError, type UnionErrorClass, unionErrorClass, unionErrorCodec } from "./marshal/union-error.ts";
export { enumCodec, flagsCodec } from "./marshal/value-codecs.ts";
