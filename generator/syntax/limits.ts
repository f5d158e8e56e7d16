/** What a file may ask of the parser. Each bound is far above what people write and far below what hurts. */
export const limits = {
  /** UTF-16 code units of one file. Memory and time grow with it; everything else here is bounded by it as well. */
  fileCharacters: 4 * 1024 * 1024,
  /** Characters of one name. Names become TypeScript and C identifiers and file names. */
  nameCharacters: 128,
  /** `<`, `(` and signs inside one another. Parser, resolver and emitter recurse once for each. */
  nesting: 64,
  /** Operators in one expression, because `1+1+1+…` is a tree as deep as it is long. */
  operators: 256,
  /** Declarations of one file. */
  declarations: 50_000,
  /** Faults of one file: beyond this it is not IDL at all, and each costs more than a token that is right. */
  faults: 1_000,
} as const;
