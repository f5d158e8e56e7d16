/**
 * What can go wrong, as one tree of classes. `code` says which fault it is; the class says whose fault it is: the
 * road to the peer, what the peer sent, a limit, a caller who gave up, or the peer's own code. An error that the IDL
 * declares is none of these: it is a class of the generated code and derives from `DeclaredError`.
 */

/** The codes that an `RpcError` can have. */
export type Code =
  /** The socket failed, or could not be made; `cause` is the system's error. */
  | "Transport"
  /** The channel was closed, by either end, with the call unanswered. */
  | "Disconnected"
  /** The peer sent what the wire does not allow; its channel is closed. */
  | "Protocol"
  /** A value, a message or a count is over its limit; what was over it was not sent, or closed the channel. */
  | "Limit"
  /** A value is not what the IDL says; it was not sent. */
  | "Invalid"
  /** The caller's signal was aborted. */
  | "Cancelled"
  /** The call's time ran out. */
  | "DeadlineExceeded"
  /** The peer does not have the method, or does not offer the interface. */
  | "Unimplemented"
  /** The peer's implementation threw what its method does not declare; `id` finds it in the peer's log. */
  | "Internal"
  /** The call could never be answered: who would answer waits for the caller. */
  | "Deadlock";

/** The root of the tree. */
export class RpcError extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** The road to the peer failed: `Transport` or `Disconnected`. */
export class TransportError extends RpcError {
  constructor(message: string, options?: ErrorOptions & { readonly code?: "Transport" | "Disconnected" }) {
    super(options?.code ?? "Transport", message, options);
  }
}

/** The peer broke the wire's rules. */
export class ProtocolError extends RpcError {
  constructor(message: string, options?: ErrorOptions) {
    super("Protocol", message, options);
  }
}

/** A limit was met: thrown to the caller that would have crossed it, or the reason a channel was closed. */
export class LimitError extends RpcError {
  constructor(message: string, options?: ErrorOptions) {
    super("Limit", message, options);
  }
}

/** A value does not fit its type: too wide, of the wrong kind, closed already. Thrown before anything is sent. */
export class InvalidError extends RpcError {
  constructor(message: string, options?: ErrorOptions) {
    super("Invalid", message, options);
  }
}

/** The caller gave up (`Cancelled`) or its time ran out (`DeadlineExceeded`). */
export class CancelError extends RpcError {
  constructor(code: "Cancelled" | "DeadlineExceeded", message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** The peer answered with a fault of its own that no method declares. */
export class PeerError extends RpcError {
  /** Under which the peer's log has the whole story; empty when the code says it all. */
  readonly id: string;

  constructor(code: "Internal" | "Unimplemented" | "Deadlock", message: string, id = "") {
    super(code, message);
    this.id = id;
  }
}
