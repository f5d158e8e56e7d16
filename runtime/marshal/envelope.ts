/**
 * What stands before a table's field and a union's arm, so that a reader can pass over what it does not know: a u16
 * ordinal, a u8 count of descriptors and one of references in the value, and a u32 of its bytes.
 */

/** Bytes of an envelope, which the value follows. */
export const ENVELOPE_BYTES = 8;

/** How deep values of named types may lie in each other: a peer's message must not use up this end's stack. */
export const MAX_DEPTH = 64;

/** The table or union that is being read, at one level of them. A level's is made once and used again. */
export class ReadingLevel {
  readonly outer: ReadingLevel | undefined;
  ordinal = 0;
  /** Where the value of that ordinal ends. */
  end = 0;
  /** The attachments that have been claimed when it does. */
  attached = 0;
  /** Fields of the table that follow it. */
  fieldsLeft = 0;
  #inner: ReadingLevel | undefined;

  constructor(outer?: ReadingLevel) {
    this.outer = outer;
  }

  /** The level within. */
  get inner(): ReadingLevel {
    this.#inner ??= new ReadingLevel(this);
    return this.#inner;
  }
}

/** The table or union that is being written, at one level of them. A level's is made once and used again. */
export class WritingLevel {
  readonly outer: WritingLevel | undefined;
  /** Where the table's count of fields is, and what it will be. */
  table = 0;
  fields = 0;
  /** Where the envelope is, and the attachments before it. */
  at = 0;
  attached = 0;
  #inner: WritingLevel | undefined;

  constructor(outer?: WritingLevel) {
    this.outer = outer;
  }

  /** The level within. */
  get inner(): WritingLevel {
    this.#inner ??= new WritingLevel(this);
    return this.#inner;
  }
}

/** One descriptor, and one reference, in the count of attachments; an envelope has room for 255 of each. */
export const DESCRIPTOR = 1;
export const CAPABILITY = 0x100;
