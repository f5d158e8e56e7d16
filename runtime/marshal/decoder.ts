/**
 * Bytes to values: reads one message and trusts none of it. On the cursor's numbers and strings it builds what has parts
 * (lists, maps, tables, unions) and what came beside the bytes (descriptors, objects, streams), and `finish` sees to it
 * that the message has been used up exactly. Faults are a `ProtocolError`, or a `LimitError` where only a limit was
 * crossed; whoever drives the decoder then calls `abandon`, which closes all descriptors that the message brought.
 */

import type { DescriptorKind, Fd } from "../descriptor.ts";
import { LimitError, ProtocolError } from "../errors.ts";
import { type FdType, IncomingDescriptors } from "./attachments.ts";
import { type CapabilityReader, type CapabilityType, noCapabilitiesIn, type Ownership } from "./capabilities.ts";
import { Cursor } from "./cursor.ts";
import { CAPABILITY, DESCRIPTOR, ENVELOPE_BYTES, MAX_DEPTH, ReadingLevel } from "./envelope.ts";
import { noStreamsIn, type Stream, type StreamReader } from "./streams.ts";
import type { UnknownArm } from "./union.ts";

/** One message on its way in; see the file's comment. Used again for the next by `reset`. */
export class Decoder extends Cursor {
  /** How many named types the value being read lies in. */
  #depth = 0;
  /** Around all tables and unions. */
  readonly #outermost: ReadingLevel = new ReadingLevel();
  /** The innermost table or union. */
  #level: ReadingLevel = this.#outermost;
  /** The attachments claimed so far. */
  #attached = 0;
  readonly descriptors: IncomingDescriptors = new IncomingDescriptors();
  readonly capabilities: CapabilityReader;
  /** Where streams come from; set by the channel. */
  streams: StreamReader<Decoder> = noStreamsIn;

  constructor(capabilities: CapabilityReader = noCapabilitiesIn) {
    super();
    this.capabilities = capabilities;
  }

  /**
   * Turns to another message: `bytes` from `start` to `end`, and the descriptors, which are ours from now on. If
   * `owned`, parts of `bytes` may be handed out as they are; otherwise `bytes` values are copies.
   */
  reset(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    descriptors: readonly number[],
    owned: boolean,
  ): void {
    this.turnTo(bytes, view, start, end, owned);
    this.#depth = 0;
    this.#level = this.#outermost;
    this.#attached = 0;
    this.descriptors.reset(descriptors);
  }

  /** Takes over the message's references, whose words, of four bytes each, are its last. */
  refer(words: readonly number[]): void {
    this.end -= 4 * words.length;
    this.capabilities.reset(words);
  }

  /** Ends the message. Throws a `ProtocolError` if bytes or descriptors are left over. */
  finish(): void {
    if (this.position !== this.end)
      throw new ProtocolError(`${this.end - this.position} bytes are left over at the end of the message.`);
    // Neither is finished where the other cannot be: until then what was claimed of both can be taken back.
    this.descriptors.checkUsed();
    this.capabilities.finish();
    this.descriptors.finish();
  }

  /** Closes every descriptor the message brought and gives back every object, whether they were handed out or not. */
  abandon(): void {
    this.descriptors.abandon();
    this.capabilities.abandon();
  }

  /** Names the method that the message is about: who is to answer for what it brings. */
  set origin(method: string) {
    this.descriptors.origin = method;
    this.capabilities.origin = method;
  }

  /** A list, `limit` in elements, of which none takes fewer than `elementBytes` bytes. */
  list<T>(limit: number | undefined, elementBytes: number, element: (decoder: Decoder) => T): T[] {
    const length = this.length(limit ?? Number.POSITIVE_INFINITY, elementBytes, "list");
    const values: T[] = [];
    for (let index = 0; index < length; index++) values.push(element(this));
    return values;
  }

  /** A map, `limit` in entries, of which none takes fewer than `entryBytes` bytes; each key comes once. */
  map<K, V>(
    limit: number | undefined,
    entryBytes: number,
    key: (decoder: Decoder) => K,
    value: (decoder: Decoder) => V,
  ): Map<K, V> {
    const length = this.length(limit ?? Number.POSITIVE_INFINITY, entryBytes, "map");
    const values = new Map<K, V>();
    for (let index = 0; index < length; index++) {
      values.set(key(this), value(this));
      if (values.size === index) throw new ProtocolError("A key comes twice in a map.");
    }
    return values;
  }

  /** Goes into a value of a named type. Throws a `LimitError` where that is too deep. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new LimitError(`A value is nested deeper than ${MAX_DEPTH} levels.`);
  }

  /** Comes out of what `enter` went into. */
  leave(): void {
    this.#depth--;
  }

  /** Goes into a table and to its first field, whose ordinal it returns; 0 when there is none. */
  openTable(): number {
    const level = this.#enterLevel();
    level.fieldsLeft = this.u32();
    return this.#openField(level);
  }

  /** Goes on to the table's next field and returns its ordinal; 0 when the table is over, which is then left. */
  nextField(): number {
    this.#closeEnvelope(this.#level);
    return this.#openField(this.#level);
  }

  /** Passes over a field that this end does not know, and lets go of what came with it. */
  skipField(): void {
    this.position = this.#level.end;
    this.#skipAttachments();
  }

  /** Goes into a union and returns the ordinal of its arm. */
  openUnion(): number {
    return this.#openEnvelope(this.#enterLevel());
  }

  /** Leaves a union whose value has been read, and returns the value. */
  closeUnion<T>(value: T): T {
    this.#closeEnvelope(this.#level);
    this.#leaveLevel();
    return value;
  }

  /** The union's arm as it came, for one that this end does not know; lets go of what came with it. */
  unknownArm(): UnknownArm {
    const { ordinal, end } = this.#level;
    const value = this.raw(this.position, end);
    this.position = end;
    const arm = { kind: "unknown", ordinal, value } as const;
    return this.#skipAttachments() ? { ...arm, incomplete: true } : arm;
  }

  #enterLevel(): ReadingLevel {
    this.enter();
    this.#level = this.#level.inner;
    this.#level.ordinal = 0;
    return this.#level;
  }

  #leaveLevel(): void {
    this.leave();
    // Only what was entered is left.
    this.#level = this.#level.outer!;
  }

  #openField(level: ReadingLevel): number {
    if (level.fieldsLeft-- > 0) return this.#openEnvelope(level);
    this.#leaveLevel();
    return 0;
  }

  /** Reads an envelope, whose ordinal must be above the one before, and returns the ordinal. */
  #openEnvelope(level: ReadingLevel): number {
    const at = this.take(ENVELOPE_BYTES);
    const head = this.view.getUint32(at, true);
    const length = this.view.getUint32(at + 4, true);
    const ordinal = head & 0xffff;
    if (ordinal <= level.ordinal)
      throw new ProtocolError(`Ordinal ${ordinal} stands where one above ${level.ordinal} must.`);
    if (length > this.end - this.position)
      throw new ProtocolError(`The value of ordinal ${ordinal} is longer than its message.`);
    level.ordinal = ordinal;
    level.end = this.position + length;
    level.attached = this.#attached + (head >>> 16);
    return ordinal;
  }

  /** Holds what has been read against what the envelope said. */
  #closeEnvelope({ ordinal, end, attached }: ReadingLevel): void {
    if (this.position !== end)
      throw new ProtocolError(`The value of ordinal ${ordinal} is not as long as its envelope says.`);
    if (this.#attached !== attached)
      throw new ProtocolError(`The value of ordinal ${ordinal} has other attachments than its envelope says.`);
  }

  /** Lets go of the descriptors and references in the envelope, none being claimed yet; says whether there are any. */
  #skipAttachments(): boolean {
    const attached = this.#level.attached - this.#attached;
    if (attached === 0) return false;
    this.descriptors.skip(attached % CAPABILITY);
    this.capabilities.skip(Math.floor(attached / CAPABILITY));
    this.#attached = this.#level.attached;
    return true;
  }

  /** A value that may be absent. */
  optional<T>(inner: (decoder: Decoder) => T): T | undefined {
    return this.bool() ? inner(this) : undefined;
  }

  /** A reference to an object, by its index among the message's: each is named once, in order. */
  capability<Read>(type: CapabilityType<Read, unknown>, ownership: Ownership): Read {
    this.#attached += CAPABILITY;
    // What is claimed is a stub of the type, or an implementation of it that came home.
    return this.capabilities.claim(this.u32(), type, ownership) as Read;
  }

  /** A stream, whose values come in messages of their own. */
  stream<T>(element: (decoder: Decoder) => T): Stream<T> {
    // What the stream hands out is what `element` has made.
    return this.streams.claim(this.u32(), element) as Stream<T>;
  }

  /** The owners of what the message's values hold, to be disposed of with them. Ask before `finish`. */
  get carried(): readonly Disposable[] {
    const objects = this.capabilities.claimed;
    return objects.length === 0 ? this.descriptors.claimed : [...this.descriptors.claimed, ...objects];
  }

  /** A descriptor, by its index among the message's: each is named once, in order. */
  fd<Kind extends DescriptorKind>(type: FdType<Kind>): Fd<Kind> {
    this.#attached += DESCRIPTOR;
    // The claim has checked that the descriptor's kind is one of the type's.
    return this.descriptors.claim(this.u32(), type) as Fd<Kind>;
  }
}
