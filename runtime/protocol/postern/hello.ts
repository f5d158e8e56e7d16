/**
 * The hello: the first frame each end sends. It says which wire this is, what the sender will not take, and what it
 * offers, and waits for nothing: calls may follow it in the same packet.
 *
 *     u32  magic "PSTN"          u32  wire version
 *     u32  message bytes         u32  descriptors a message    u32  calls in flight
 *     u32  objects               u32  how many offers, then for each
 *          u32  interface id     u16  major    u16  minor      u64  fingerprint    string  name
 */

import { ProtocolError } from "../../errors.ts";
import { type Limits, minimumLimits } from "../../limits.ts";
import type { Decoder } from "../../marshal/decoder.ts";
import type { Encoder } from "../../marshal/encoder.ts";
import { finishFrame, Kind, writeHeader } from "./frame.ts";

/** "PSTN" in the order of the bytes on the wire. */
export const MAGIC = 0x4e545350;
export const WIRE_VERSION = 1;

const MOST_OFFERS = 1024;
const NAME_BYTES = 1024;
/** The smallest an offer can be: an empty name. */
const OFFER_BYTES = 20;

/** What a peer needs to know of an interface that the other end offers; its position is the target of calls to it. */
export interface OfferedInterface {
  readonly id: number;
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** 16 hex digits. */
  readonly fingerprint: string;
}

/** The limits that an end tells its peer, which keeps to them. */
export type AnnouncedLimits = Pick<Limits, "message" | "fds" | "inflight" | "exports">;

/** What one end tells the other first. */
export interface Hello {
  readonly limits: AnnouncedLimits;
  readonly offers: readonly OfferedInterface[];
}

/** Writes a hello, for the caller to commit. */
export function writeHello(encoder: Encoder, hello: Hello): void {
  const start = encoder.begin();
  writeHeader(encoder, start, Kind.hello, 0, 0);
  encoder.u32(MAGIC);
  encoder.u32(WIRE_VERSION);
  encoder.u32(hello.limits.message);
  encoder.u32(hello.limits.fds);
  encoder.u32(hello.limits.inflight);
  encoder.u32(hello.limits.exports);
  encoder.list(hello.offers, MOST_OFFERS, writeOffer);
  finishFrame(encoder, start);
}

function writeOffer(encoder: Encoder, offer: OfferedInterface): void {
  encoder.i32(offer.id);
  encoder.u16(offer.major);
  encoder.u16(offer.minor);
  encoder.u64(BigInt(`0x${offer.fingerprint}`));
  encoder.string(offer.name, NAME_BYTES);
}

/** Reads the body of a hello. Throws a `ProtocolError` for another wire, another version, or limits below the least. */
export function readHello(decoder: Decoder): Hello {
  const magic = decoder.u32();
  if (magic !== MAGIC) throw new ProtocolError("The peer does not speak postern's wire.");
  const version = decoder.u32();
  if (version !== WIRE_VERSION)
    throw new ProtocolError(`The peer speaks version ${version} of the wire; this end speaks ${WIRE_VERSION}.`);
  const limits = { message: decoder.u32(), fds: decoder.u32(), inflight: decoder.u32(), exports: decoder.u32() };
  for (const name of ["message", "fds", "inflight"] as const)
    if (limits[name] < minimumLimits[name])
      throw new ProtocolError(`The peer's limit on ${name} is ${limits[name]}, below ${minimumLimits[name]}.`);
  const offers = decoder.list(MOST_OFFERS, OFFER_BYTES, readOffer);
  decoder.finish();
  return { limits, offers };
}

function readOffer(decoder: Decoder): OfferedInterface {
  const id = decoder.i32();
  const major = decoder.u16();
  const minor = decoder.u16();
  const fingerprint = decoder.u64().toString(16).padStart(16, "0");
  return { id, major, minor, fingerprint, name: decoder.string(NAME_BYTES) };
}
