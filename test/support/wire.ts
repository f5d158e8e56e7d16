/** Frames of postern's wire put together by hand, from docs/protocol.md and not from the code that it describes. */

/** The kinds of section 2. */
export const kind = {
  hello: 1,
  call: 2,
  oneway: 3,
  return: 4,
  cancel: 5,
  goodbye: 6,
  release: 7,
  item: 8,
  end: 9,
  credit: 10,
  stop: 11,
  fork: 12,
} as const;

/** What a header says; all but the kind is zero unless said, and the length is right unless said. */
export interface Header {
  readonly kind: number;
  readonly id?: number;
  readonly word?: number;
  readonly flags?: number;
  readonly descriptors?: number;
  readonly reserved?: number;
  readonly length?: number;
}

export type Bytes = Uint8Array;

/** One frame, with the zeros that fill the gap after it. */
export function frame(header: Header, ...body: readonly Bytes[]): Bytes {
  const content = join(...body);
  const length = 16 + content.length;
  const head = join(
    u32(header.length ?? length),
    u8(header.kind),
    u8(header.flags ?? 0),
    u8(header.descriptors ?? 0),
    u8(header.reserved ?? 0),
    u32(header.id ?? 0),
    u32(header.word ?? 0),
  );
  return join(head, content, new Uint8Array((8 - (length % 8)) % 8));
}

/** What a hello says, all of it right unless said otherwise. */
export interface HelloFields {
  readonly magic?: string;
  readonly version?: number;
  readonly message?: number;
  readonly fds?: number;
  readonly inflight?: number;
  readonly exports?: number;
  readonly offers?: number;
  readonly tail?: Bytes;
}

export function hello(fields: HelloFields = {}): Bytes {
  return frame(
    { kind: kind.hello },
    text(fields.magic ?? "PSTN"),
    u32(fields.version ?? 1),
    u32(fields.message ?? 1 << 20),
    u32(fields.fds ?? 16),
    u32(fields.inflight ?? 1024),
    u32(fields.exports ?? 4096),
    u32(fields.offers ?? 0),
    fields.tail ?? join(),
  );
}

export function call(id: number, selector: number, ...parameters: readonly Bytes[]): Bytes {
  return frame({ kind: kind.call, id }, i32(selector), ...parameters);
}

export function oneway(selector: number, ...parameters: readonly Bytes[]): Bytes {
  return frame({ kind: kind.oneway }, i32(selector), ...parameters);
}

export function result(id: number, ...value: readonly Bytes[]): Bytes {
  return frame({ kind: kind.return, id }, ...value);
}

/** Gives references to an object, or a promised target, back. */
export function release(id: number, count = 1): Bytes {
  return frame({ kind: kind.release, id, word: count });
}

export function cancel(id: number): Bytes {
  return frame({ kind: kind.cancel, id });
}

/** An item of a stream. */
export function item(stream: number, ...value: readonly Bytes[]): Bytes {
  return frame({ kind: kind.item, id: stream }, ...value);
}

/** The end of a stream, by itself or with a status and its body. */
export function end(stream: number, status = 0, ...body: readonly Bytes[]): Bytes {
  return frame({ kind: kind.end, id: stream, word: status }, ...body);
}

export function credit(stream: number, count: number): Bytes {
  return frame({ kind: kind.credit, id: stream, word: count });
}

export function stop(stream: number): Bytes {
  return frame({ kind: kind.stop, id: stream });
}

/** A fork that comes with one descriptor, which is a socket's end; it keeps all offers, or only those that `keep` says. */
export function fork(keep?: {
  readonly positions?: readonly number[];
  readonly interfaces?: readonly number[];
}): Bytes {
  const header = { kind: kind.fork, descriptors: 1, word: keep === undefined ? 0 : 1 };
  if (keep === undefined) return frame(header, u32(0));
  const { positions = [], interfaces = [] } = keep;
  const lists = [u32(positions.length), ...positions.map(u16), u32(interfaces.length), ...interfaces.map(i32)];
  return frame(header, u32(0), ...lists);
}

/** The numbers of section 5.3. */
export const faultCode = {
  Disconnected: 0,
  Internal: 1,
  Unimplemented: 2,
  Cancelled: 3,
  DeadlineExceeded: 4,
  Deadlock: 5,
  Protocol: 6,
  Limit: 7,
} as const;

export function fault(code: number, message = "", id = ""): Bytes {
  return join(u32(code), string(message), string(id));
}

export function goodbye(code: number, message = ""): Bytes {
  return frame({ kind: kind.goodbye }, fault(code, message));
}

export function u8(value: number): Bytes {
  return Uint8Array.of(value);
}

export function u16(value: number): Bytes {
  return Uint8Array.of(value, value >>> 8);
}

export function u32(value: number): Bytes {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

export function i32(value: number): Bytes {
  return u32(value >>> 0);
}

/** The UTF-8 of a text without its length. */
export function text(value: string): Bytes {
  return new TextEncoder().encode(value);
}

export function string(value: string): Bytes {
  return join(u32(text(value).length), text(value));
}

export function join(...parts: readonly Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}

/** Bytes written as hex digits, with any spaces between them. */
export function hex(digits: string): Bytes {
  return new Uint8Array(Buffer.from(digits.replace(/\s/g, ""), "hex"));
}

/** A frame as it came. */
export interface RawFrame {
  readonly kind: number;
  readonly id: number;
  readonly word: number;
  readonly descriptors: number;
  readonly body: Bytes;
}

/** Reads a frame's header and takes its body. */
export function readFrame(bytes: Bytes): RawFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    kind: bytes[4]!,
    id: view.getUint32(8, true),
    word: view.getUint32(12, true),
    descriptors: bytes[6]!,
    body: bytes.slice(16, view.getUint32(0, true)),
  };
}

/** Reads a fault: the body of a goodbye, or of a return of status 2. */
export function readFault(body: Bytes): { readonly code: number; readonly message: string; readonly id: string } {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const messageEnd = 8 + view.getUint32(4, true);
  const decode = (start: number, end: number): string => new TextDecoder().decode(body.subarray(start, end));
  return { code: view.getUint32(0, true), message: decode(8, messageEnd), id: decode(messageEnd + 4, body.length) };
}
