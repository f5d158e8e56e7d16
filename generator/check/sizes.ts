import type { Diagnostics, Note } from "../diagnostics.ts";
import type { Field, Model, Struct } from "../model/model.ts";
import { declarationsOf, structOf } from "./walk.ts";

/** How deep structs may stand in structs; what encodes them calls itself as often. */
const maxDepth = 32;

/** A struct being measured: `next` is the index of the field to look at when it is its turn again. */
interface Visit {
  readonly struct: Struct;
  next: number;
  depth: number;
}

/** A struct has a finite size: it contains itself only through a list, a map, a table, a union or a question mark. */
export function sizes(model: Model, diagnostics: Diagnostics): void {
  const depths = new Map<Struct, number>();
  for (const declaration of declarationsOf(model)) {
    if (declaration.kind === "struct" && !depths.has(declaration)) measure(declaration, depths, diagnostics);
  }
}

/** Measures a struct and those in it on a stack of its own, since how deep they go is not known yet. */
function measure(root: Struct, depths: Map<Struct, number>, diagnostics: Diagnostics): void {
  const path: Visit[] = [{ struct: root, next: 0, depth: 1 }];
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const field = visit.struct.members[visit.next++];
    const inner = field && structOf(field.type);
    if (field === undefined) {
      finish(path, depths, diagnostics);
    } else if (inner !== undefined) {
      const known = depths.get(inner);
      if (known !== undefined) visit.depth = Math.max(visit.depth, known + 1);
      else if (path.some(({ struct }) => struct === inner)) reportInfinite(path, inner, field, diagnostics);
      else path.push({ struct: inner, next: 0, depth: 1 });
    }
  }
}

function finish(path: Visit[], depths: Map<Struct, number>, diagnostics: Diagnostics): void {
  const { struct, depth } = path.pop()!;
  const tooDeep = depth > maxDepth;
  if (tooDeep) diagnostics.report("struct-too-deep", struct.nameSpan, { name: struct.name, limit: String(maxDepth) });
  // What was reported counts as flat, so that what holds it is not reported as well.
  const counted = tooDeep ? 1 : depth;
  depths.set(struct, counted);
  const holder = path.at(-1);
  if (holder !== undefined) holder.depth = Math.max(holder.depth, counted + 1);
}

function reportInfinite(path: readonly Visit[], struct: Struct, field: Field, diagnostics: Diagnostics): void {
  const start = path.findIndex((visit) => visit.struct === struct);
  const notes = path.slice(start, -1).map(({ struct: { members }, next }): Note => {
    const { name, typeSpan } = members[next - 1]!;
    return { span: typeSpan, message: `By way of \`${name}\`.` };
  });
  diagnostics.report("infinite-size", field.typeSpan, { name: struct.name }, notes);
}
