/**
 * Source text and places in it. Offsets are UTF-16 code units from the start of the text, as JavaScript strings
 * count them; lines and columns are what people count, from one.
 */

/** One file of IDL: the path it is known by in diagnostics and imports, and its whole text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** A piece of a source: `start` is its first offset, `end` the offset after its last. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** A place as a person names it: both numbers count from one, the column in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const lineStartsOf = new WeakMap<Source, readonly number[]>();

/** Finds the line and column of an offset; an offset past the end is the place after the last character. */
export function position(source: Source, offset: number): Position {
  const starts = lineStarts(source);
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: Math.min(offset, source.text.length) - starts[low]! + 1 };
}

/** Returns the text of a line, counted from one, without its line ending. */
export function lineText(source: Source, line: number): string {
  const starts = lineStarts(source);
  const start = starts[line - 1] ?? source.text.length;
  return source.text.slice(start, starts[line] ?? source.text.length).replace(/\r?\n$|\r$/, "");
}

/** The smallest span that holds both; they are of one source. */
export function join(first: Span, last: Span): Span {
  return { source: first.source, start: Math.min(first.start, last.start), end: Math.max(first.end, last.end) };
}

function lineStarts(source: Source): readonly number[] {
  const known = lineStartsOf.get(source);
  if (known !== undefined) return known;
  const starts = [0];
  for (const ending of source.text.matchAll(/\r\n|\n|\r/g)) starts.push(ending.index + ending[0].length);
  lineStartsOf.set(source, starts);
  return starts;
}
