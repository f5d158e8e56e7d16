/** What generated code imports, and nothing else does. */

export type {
  Awaitable,
  BlockingCallOptions,
  CallContext,
  CallOptions,
  Interface,
  Method,
  Remote,
} from "./channel/interface.ts";
export { defineInterface } from "./channel/interface.ts";
export { Stub } from "./channel/stub.ts";
export type { Fd, FdLike } from "./descriptor.ts";
export { type FdType, fdType } from "./marshal/attachments.ts";
export type { Codec, ErrorCodec, Unknown } from "./marshal/codec.ts";
export { EnumError, enumErrorCodec, SystemError, systemErrorCodec } from "./marshal/declared-error.ts";
export type { Decoder } from "./marshal/decoder.ts";
export type { Encoder } from "./marshal/encoder.ts";
export { enumCodec, flagsCodec } from "./marshal/value-codecs.ts";
