import type { Diagnostics } from "../diagnostics.ts";
import type { Model, Struct } from "../model/model.ts";
import type { Span } from "../source.ts";
import { structOf, typesOf } from "./walk.ts";

/** The elements of a list take bytes: a message tells how many elements it can hold by the bytes that it has. */
export function weightless(model: Model, diagnostics: Diagnostics): void {
  const known = new Map<Struct, boolean>();
  for (const { parts, span } of typesOf(model)) {
    for (const part of parts) {
      const struct = part.kind === "list" ? structOf(part.element) : undefined;
      if (struct === undefined || !isEmpty(struct, known)) continue;
      // A field that is faulty, or of a type that is, is not in the model: the struct may not be meant to be empty.
      if (!diagnostics.hasErrorWithin(wholeFile(struct)))
        diagnostics.report("list-of-nothing", span, { name: struct.name });
    }
  }
}

/** Whether no value of a struct takes a byte. A struct that contains itself is no such: that is reported as such. */
function isEmpty(struct: Struct, known: Map<Struct, boolean>): boolean {
  const answer = known.get(struct);
  if (answer !== undefined) return answer;
  known.set(struct, false);
  const empty = struct.members.every(({ type }) => {
    const inner = structOf(type);
    return inner !== undefined && isEmpty(inner, known);
  });
  known.set(struct, empty);
  return empty;
}

function wholeFile({ module: { source } }: Struct): Span {
  return { source, start: 0, end: source.text.length };
}
