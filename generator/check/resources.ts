import type { Diagnostics } from "../diagnostics.ts";
import type { Declaration, Model, Struct, Table, Type, Union } from "../model/model.ts";
import { declarationsOf, deepPartsOf } from "./walk.ts";

type Record = Struct | Table | Union;

/** What holds a descriptor or a capability, itself or through what it is made of, is a resource; nothing else is. */
export function resources(model: Model, diagnostics: Diagnostics): void {
  const records = declarationsOf(model).filter(isRecord);
  const holding = findHolding(records);
  for (const record of records) {
    const { name, nameSpan, resource, kind, span } = record;
    const what = `The ${kind}`;
    const held = holding.get(record);
    if (held !== undefined && !resource) {
      diagnostics.report("resource-missing", nameSpan, { what, name, held, keyword: kind });
    }
    // What a faulty member holds is not known.
    if (held === undefined && resource && !diagnostics.hasErrorWithin(span)) {
      diagnostics.report("resource-unneeded", nameSpan, { what, name });
    }
  }
}

function isRecord(declaration: Declaration): declaration is Record {
  return declaration.kind === "struct" || declaration.kind === "table" || declaration.kind === "union";
}

/** Every record that holds something to close, with what it is, in words. */
function findHolding(records: readonly Record[]): ReadonlyMap<Record, string> {
  const holding = new Map<Record, string>();
  const holders = new Map<Record, Record[]>();
  for (const record of records) {
    for (const part of record.members.flatMap(({ type }) => (type === undefined ? [] : deepPartsOf(type)))) {
      const held = heldBy(part);
      if (held !== undefined) holding.set(record, held);
      else if (part.kind === "named" && isRecord(part.declaration)) add(holders, part.declaration, record);
    }
  }
  // A map yields what is added to it while it is walked.
  for (const [record] of holding) {
    for (const holder of holders.get(record) ?? []) {
      if (!holding.has(holder)) holding.set(holder, `\`${record.name}\`, which is one`);
    }
  }
  return holding;
}

function heldBy(type: Type): string | undefined {
  if (type.kind === "fd") return "a descriptor";
  return type.kind === "reference" ? `the ${type.target.kind} \`${type.target.name}\`` : undefined;
}

function add(holders: Map<Record, Record[]>, held: Record, holder: Record): void {
  const known = holders.get(held);
  if (known === undefined) holders.set(held, [holder]);
  else known.push(holder);
}
