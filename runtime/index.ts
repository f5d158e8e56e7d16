/**
 * What an application imports: ways to open a channel, what an end offers, descriptors, errors and limits, and the
 * broker of files.
 */

export { type AcceptOptions, type AcceptSyncOptions, accept, acceptSync } from "./accept.ts";
export type { Awaitable } from "./channel/awaitable.ts";
export type { CallbackType } from "./channel/callback.ts";
export { Channel, type ChannelOptions, type ForkOptions } from "./channel/channel.ts";
export type { Counts } from "./channel/counts.ts";
export { arrived } from "./channel/early.ts";
export type { InternalFault } from "./channel/failures.ts";
export {
  type BlockingCallOptions,
  type CallContext,
  type CallOptions,
  type Interface,
  type Offer,
  offer,
  type Remote,
} from "./channel/interface.ts";
export type { Keepable, KeepOptions } from "./channel/kept.ts";
export type {
  Ledger,
  LedgerAnswer,
  LedgerCall,
  LedgerDescriptor,
  LedgerEntry,
  LedgerObject,
  LedgerStream,
} from "./channel/ledger.ts";
export { dup, onLost, same } from "./channel/reference.ts";
export type { Result } from "./channel/results.ts";
export type { ChannelLike, EndOptions, Role } from "./channel/roles.ts";
export {
  BOUND_SOCKET_VARIABLE,
  boundFromParent,
  CHANNEL_VARIABLE,
  type ConnectOptions,
  channelOver,
  connect,
  connectToParent,
  type SocketOptions,
} from "./connect.ts";
export { type DescriptorKind, type DescriptorRight, Fd, type FdLike } from "./descriptor.ts";
export {
  CancelError,
  type Code,
  InvalidError,
  LimitError,
  PeerError,
  ProtocolError,
  RpcError,
  TransportError,
} from "./errors.ts";
export { type FilesOptions, filesIn, type GrantedFiles } from "./files/granted-files.ts";
export type { Grant } from "./files/grants.ts";
export { defaultLimits, type Limits, minimumLimits } from "./limits.ts";
export { DeclaredError, EnumError, SystemError } from "./marshal/declared-error.ts";
export { disposeAll } from "./marshal/held.ts";
export type { Stream, StreamSource } from "./marshal/streams.ts";
export type { UnknownArm } from "./marshal/union.ts";
export { UnionError } from "./marshal/union-error.ts";
export type { Exit, ProgramOptions } from "./program.ts";
export { type ServeOptions, type Server, serve } from "./serve.ts";
export { sealedMemory, sharedMemory } from "./shared-memory.ts";
export {
  type MadeSocket,
  type MakeSocketOptions,
  type MessageLimits,
  makeSocket,
  type OnMessage,
} from "./sockets/made-socket.ts";
export { type SocketFactoryOptions, socketFactory } from "./sockets/socket-factory.ts";
export { type Child, type Program, type SpawnOptions, spawn, spawnOver } from "./spawn.ts";
export { type BoundChild, spawnBound } from "./spawn-bound.ts";
export {
  type AcceptSocketOptions,
  type AcceptSocketSyncOptions,
  type BoundSocket,
  type BoundSocketPair,
  boundSocket,
  boundSocketOver,
  connectThrough,
  type Newcomer,
} from "./transport/bound-socket.ts";
export { type Listener, type ListenOptions, listen, type OnConnection } from "./transport/listener.ts";
export { loopback } from "./transport/loopback.ts";
export { socketPair } from "./transport/sockets.ts";
export type { Framing, PeerCredentials, Receiver, Transport } from "./transport/transport.ts";
