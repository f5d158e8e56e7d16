/**
 * Fingerprints: two ends whose interfaces have the same one agree on all that the interfaces reach. It is taken over
 * a canonical text, so comments, formatting, the order of declarations and the names of aliases do not change it;
 * the names, types, limits and values of what is sent do.
 */

import { createHash } from "node:crypto";
import type { Building } from "./building.ts";
import {
  type Callback,
  type Enum,
  type ErrorEnum,
  type Flags,
  type Interface,
  type Method,
  type Model,
  type Parameter,
  type Struct,
  type Table,
  type Type,
  type Union,
  underlying,
  type Value,
  type ValueMember,
} from "./model.ts";

/** What an interface can reach. */
type Reachable = Enum | Flags | ErrorEnum | Union | Struct | Table | Interface | Callback;

/** The canonical text of one declaration, and what it names. */
interface Canonical {
  readonly text: string;
  readonly reaches: ReadonlySet<Reachable>;
}

/** Computes the fingerprint of every interface and callback and sets it. */
export function fingerprintInterfaces(model: Model): void {
  const known = new Map<Reachable, Canonical>();
  for (const { declarations } of model.modules) {
    for (const declaration of declarations) {
      // The model is still ours to build.
      if (declaration.kind === "interface" || declaration.kind === "callback")
        (declaration as Building<Interface | Callback>).fingerprint = fingerprint(declaration, known);
    }
  }
}

function fingerprint(root: Interface | Callback, known: Map<Reachable, Canonical>): string {
  const reached = new Set<Reachable>([root]);
  // A set yields what is added to it while it is walked.
  for (const declaration of reached) {
    for (const next of canonical(declaration, known).reaches) reached.add(next);
  }
  const texts = [...reached].map((declaration) => canonical(declaration, known).text).sort();
  return createHash("sha256")
    .update([root.qualifiedName, ...texts].join("\n"))
    .digest("hex")
    .slice(0, 16);
}

function canonical(declaration: Reachable, known: Map<Reachable, Canonical>): Canonical {
  const earlier = known.get(declaration);
  if (earlier !== undefined) return earlier;
  const reaches = new Set<Reachable>();
  const text = `${declaration.kind} ${declaration.qualifiedName} ${bodyOf(declaration, reaches)}`;
  const made = { text, reaches };
  known.set(declaration, made);
  return made;
}

function bodyOf(declaration: Reachable, reaches: Set<Reachable>): string {
  switch (declaration.kind) {
    case "enum":
    case "flags":
      return `${openness(declaration)} ${declaration.base.name} ${values(declaration.members)}`;
    case "error":
      return `${openness(declaration)} ${declaration.errno ? "errno " : ""}${declaration.base.name} ${values(declaration.members)}`;
    case "union":
      return `${openness(declaration)} ${declaration.error ? "error " : ""}${block(
        byOrdinal(declaration.members).map(
          ({ ordinal, name, type }) => `${ordinal} ${name} ${optionalType(type, reaches)}`,
        ),
      )}`;
    case "struct":
      return block(declaration.members.map(({ name, type }) => `${name} ${typeText(type, reaches)}`));
    case "table":
      return block(
        byOrdinal(declaration.members).map(
          (field) => `${field.ordinal} ${field.name} ${typeText(field.type, reaches)} ${valueText(field.default)}`,
        ),
      );
    case "interface":
      return block(declaration.methods.map((method) => methodText(method, reaches)).sort());
    case "callback":
      return `${declaration.once ? "once " : ""}${signature(declaration, reaches)}`;
  }
}

function openness({ strict }: { readonly strict: boolean }): string {
  return strict ? "strict" : "flexible";
}

function block(lines: readonly string[]): string {
  return `{ ${lines.join("; ")} }`;
}

/** By value, then by name, so that moving a line changes nothing. */
function values(members: readonly ValueMember[]): string {
  return block(members.map(({ name, value }) => `${value} ${name}`).sort());
}

function byOrdinal<Member extends { readonly ordinal: number }>(members: readonly Member[]): readonly Member[] {
  return [...members].sort((a, b) => a.ordinal - b.ordinal);
}

/** The selector stands for the method's name, so a rename that keeps it changes nothing. */
function methodText(method: Method, reaches: Set<Reachable>): string {
  return `${method.selector} ${method.style === "oneway" ? "oneway" : "call"} ${signature(method, reaches)}`;
}

function signature({ parameters, result, throws }: Method | Callback, reaches: Set<Reachable>): string {
  for (const error of throws) reaches.add(error);
  const errors = throws.map(({ qualifiedName }) => qualifiedName).join(" | ");
  return `(${parameters.map((parameter) => parameterText(parameter, reaches)).join(", ")}) -> ${optionalType(result, reaches)} throws ${errors}`;
}

function parameterText({ name, type }: Parameter, reaches: Set<Reachable>): string {
  return `${name} ${typeText(type, reaches)}`;
}

function optionalType(type: Type | undefined, reaches: Set<Reachable>): string {
  return type === undefined ? "nothing" : typeText(type, reaches);
}

function typeText(type: Type, reaches: Set<Reachable>): string {
  const seen = underlying(type);
  switch (seen.kind) {
    case "integer":
    case "float":
      return seen.name;
    case "bool":
      return "bool";
    case "string":
    case "bytes":
      return `${seen.kind}<${seen.limit ?? ""}>`;
    case "list":
      return `list<${typeText(seen.element, reaches)}, ${seen.limit ?? ""}>`;
    case "map":
      return `map<${typeText(seen.key, reaches)}, ${typeText(seen.value, reaches)}, ${seen.limit ?? ""}>`;
    case "stream":
      return `stream<${typeText(seen.element, reaches)}>`;
    case "fd": {
      const rights = [...seen.required, ...seen.optional.map((right) => `${right}?`)].sort();
      return `${seen.ownership} fd<${[...seen.kinds].sort().join("|")}; ${rights.join(",")}>`;
    }
    case "optional":
      return `${typeText(seen.inner, reaches)}?`;
    case "reference":
      reaches.add(seen.target);
      return `${seen.ownership} ${seen.target.qualifiedName}`;
    case "named":
      reaches.add(seen.declaration);
      return seen.declaration.qualifiedName;
  }
}

function valueText(value: Value | undefined): string {
  if (value === undefined) return "";
  switch (value.kind) {
    case "member":
      return `= ${value.member.value}`;
    case "string":
      return `= ${JSON.stringify(value.value)}`;
    case "names":
      return `= ${value.names.join("|")}`;
    case "version":
      return `= ${value.major}.${value.minor}`;
    default:
      return `= ${value.value}`;
  }
}
