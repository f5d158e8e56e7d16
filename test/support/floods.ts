/**
 * Floods: what a hostile peer sends, as fast as the socket takes it and without end, after a hello. The bytes are put
 * together by hand; they are for a host that offers what `besieged.ts` has.
 */

import { NPObject } from "../../generated/npapi.ts";
import { type SocketType, socketPair } from "../../runtime/transport/sockets.ts";
import { position } from "./besieged.ts";
import { Target } from "./generated/target.ts";
import { openFile } from "./open-files.ts";
import { selector } from "./probe.ts";
import { type Bytes, frame, hello, i32, join, kind, string, u8, u16, u32 } from "./wire.ts";

/** What leaves in one packet; the descriptors stay the sender's. */
export interface Packet {
  readonly bytes: Bytes;
  readonly descriptors?: readonly number[];
}

/** See the file's comment. */
export interface Flood {
  /** `type` is that of the socket that it is sent by. */
  packets(type: SocketType): Iterable<Packet>;
  /** Whether the peer takes nothing from its socket. */
  readonly deaf?: boolean;
}

/** About as long as a packet may be. */
const PACKET_BYTES = 120 * 1024;
/** What the host takes of one message. */
const MESSAGE_BYTES = 4 << 20;
/** What it takes of descriptors with one. */
const DESCRIPTORS = 8;

const nothing = new Uint8Array(0);

function methodOf(
  { methods }: { readonly methods: readonly { name: string; selector: number }[] },
  name: string,
): Bytes {
  return i32(methods.find((method) => method.name === name)!.selector);
}

const post = methodOf(NPObject, "post");
const hasMethod = methodOf(NPObject, "hasMethod");
const nest = methodOf(Target, "nest");

/** A value of a script: the arm's ordinal in an envelope. */
function variant(ordinal: number, value: Bytes = nothing, references = 0): Bytes {
  return join(u16(ordinal), u8(0), u8(references), u32(value.length), value);
}

const text = (value: string): Bytes => variant(6, string(value));

function postTo(target: number, args: readonly Bytes[]): Bytes {
  return frame({ kind: kind.oneway, word: target }, post, u32(args.length), ...args);
}

/** Posts so many objects, which are new ones from this id on. */
function postObjects(target: number, first: number, count: number): Bytes {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const args = numbers.map((index) => variant(7, u32(index), 1));
  const words = numbers.map((index) => u32((first + index) * 2));
  return frame({ kind: kind.oneway, word: target, reserved: count }, post, u32(count), ...args, ...words);
}

/** Lists in a list, and so on, so many deep, each with as many at last. */
function nested(depth: number, width: number): Bytes {
  let value = variant(1, u32(7));
  for (; depth > 0; depth--) value = variant(2, join(u32(width), ...new Array<Bytes>(width).fill(value)));
  return value;
}

function call(id: number, target: number, method: Bytes, ...parameters: readonly Bytes[]): Bytes {
  return frame({ kind: kind.call, id, word: target }, method, ...parameters);
}

/** The same frame again and again, as many as a packet holds. */
function packed(one: Bytes): Packet {
  return { bytes: join(...new Array<Bytes>(Math.floor(PACKET_BYTES / one.length) || 1).fill(one)) };
}

function* again(packet: Packet): Iterable<Packet> {
  for (;;) yield packet;
}

function* counted(make: (count: number) => Bytes): Iterable<Packet> {
  for (let count = 0; ; count++) yield { bytes: make(count) };
}

/** A frame with descriptors, of one file that stays open. */
function withFiles(count: number, make: () => Bytes): () => Iterable<Packet> {
  return () => again({ bytes: make(), descriptors: new Array<number>(count).fill(openFile().release()) });
}

/** Ids of calls that are answered, and so free again, by the time that they come round. */
const CALLS = 1000;

/** The floods by name. */
export const floods = {
  /* What is within the limits, and served. */
  "one-ways": { packets: () => again(packed(postTo(position.prompt, []))) },
  "one-ways, one a packet": { packets: () => again({ bytes: postTo(position.prompt, []) }) },
  calls: {
    packets: () =>
      again({
        bytes: join(
          ...Array.from({ length: CALLS }, (_, id) => call(id + 1, position.prompt, hasMethod, string("constructor"))),
        ),
      }),
  },
  cancels: { packets: () => again(packed(frame({ kind: kind.cancel, id: 1 }))) },
  "large variants": {
    packets: () => again({ bytes: postTo(position.prompt, new Array<Bytes>(64).fill(text("x".repeat(65_000)))) }),
  },
  "many variants": {
    packets: () => again(packed(postTo(position.prompt, new Array<Bytes>(64).fill(variant(4, u32(7)))))),
  },
  "deep variants": {
    packets: () => again(packed(frame({ kind: kind.oneway, word: position.target }, nest, nested(60, 1)))),
  },
  "variants as large as a message": {
    packets: () => again({ bytes: frame({ kind: kind.oneway, word: position.target }, nest, nested(3, 64)) }),
  },
  "objects, given back": { packets: () => again(packed(postObjects(position.prompt, 1, 64))) },
  descriptors: {
    packets: withFiles(DESCRIPTORS, () =>
      frame(
        { kind: kind.call, id: 1, word: position.probe, descriptors: DESCRIPTORS },
        i32(selector.many),
        u32(DESCRIPTORS),
        ...Array.from({ length: DESCRIPTORS }, (_, index) => u32(index)),
      ),
    ),
  },
  forks: {
    packets: function* (type) {
      for (;;) {
        const [near, far] = socketPair(type);
        // Its own ends stay open, so that no fork comes to an end.
        near.release();
        yield { bytes: frame({ kind: kind.fork, descriptors: 1 }, u32(0)), descriptors: [far.fd] };
        far.close();
      }
    },
  },

  /* What waits. */
  "one-ways that take time": { packets: () => again(packed(postTo(position.slow, []))) },
  "one-ways with descriptors, behind those that take time": {
    packets: function* () {
      yield packed(postTo(position.slow, []));
      yield* withFiles(DESCRIPTORS, () =>
        frame({ kind: kind.oneway, word: position.slow, descriptors: DESCRIPTORS }, post, u32(0)),
      )();
    },
  },
  "calls whose answers are not read": {
    packets: () => counted((id) => call(id + 1, position.probe, i32(selector.echo), string("x".repeat(60_000)))),
    deaf: true,
  },

  /* What is stopped. */
  "calls without end": { packets: () => counted((id) => call(id + 1, position.probe, i32(selector.wait), string(""))) },
  "objects without end": { packets: () => counted((count) => postObjects(position.hoarder, 1 + count * 64, 64)) },
  "too many descriptors": {
    packets: withFiles(DESCRIPTORS + 1, () =>
      frame({ kind: kind.call, id: 1, word: position.probe, descriptors: DESCRIPTORS + 1 }, i32(selector.many), u32(0)),
    ),
  },
  "descriptors that nothing names": {
    packets: withFiles(DESCRIPTORS, () => call(1, position.probe, i32(selector.echo), string(""))),
  },
  "a message of four gigabytes": {
    packets: () => again({ bytes: frame({ kind: kind.oneway, length: 0xffff_ffff }) }),
  },
  "a message longer than it may be": {
    packets: () => again({ bytes: frame({ kind: kind.oneway, length: MESSAGE_BYTES + 1 }) }),
  },
  "a list of four billion variants": {
    packets: () => again({ bytes: frame({ kind: kind.oneway }, post, u32(0xffff_ffff)) }),
  },
  "a text of two gigabytes": {
    packets: () => again({ bytes: postTo(position.prompt, [variant(6, u32(0x7fff_ffff))]) }),
  },
  "one argument too many": {
    packets: () => again({ bytes: postTo(position.prompt, new Array<Bytes>(65).fill(variant(1))) }),
  },
  "variants deeper than they may be": {
    packets: () => again({ bytes: frame({ kind: kind.oneway, word: position.target }, nest, nested(64, 1)) }),
  },
} as const satisfies Readonly<Record<string, Flood>>;

/** A flood's name. */
export type FloodName = keyof typeof floods;

/** What every flood begins with. */
export const greeting: Bytes = hello({ message: MESSAGE_BYTES, fds: DESCRIPTORS, inflight: 1024 });
