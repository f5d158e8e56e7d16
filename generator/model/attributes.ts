/** The attributes that every file knows: where each may stand, what it takes, and what it is for. */

import type { Type } from "./model.ts";

/** What an attribute may stand on, as `attribute audit on method` spells it. */
export const targets = [
  "package",
  "const",
  "type",
  "enum",
  "flags",
  "error",
  "union",
  "struct",
  "table",
  "interface",
  "callback",
  "channel",
  "attribute",
  "member",
  "field",
  "arm",
  "method",
  "parameter",
  "role",
  "offer",
] as const;

export type Target = (typeof targets)[number];

/** What an argument may be. */
export type ArgumentType =
  /** `1.2` */
  | { readonly kind: "version" }
  /** One of a few bare words, as in `@thread(any)`. */
  | { readonly kind: "choice"; readonly of: readonly string[] }
  /** Any bare word, as in `@unstable(streams)`. */
  | { readonly kind: "word" }
  /** A constant of a type. */
  | { readonly kind: "typed"; readonly type: Type };

/** An argument that an attribute takes. */
export interface ArgumentKind {
  readonly name: string;
  readonly type: ArgumentType;
  readonly required: boolean;
}

/** An attribute, built in or declared by a file. */
export interface AttributeShape {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly arguments: readonly ArgumentKind[];
  /** What it is for, in a line. */
  readonly doc: string;
}

const version: ArgumentType = { kind: "version" };
const text: ArgumentType = { kind: "typed", type: { kind: "string", limit: 256 } };
const count: ArgumentType = { kind: "typed", type: { kind: "integer", name: "u32", asNumber: false } };

function choice(...of: readonly string[]): ArgumentType {
  return { kind: "choice", of };
}

function required(name: string, type: ArgumentType): ArgumentKind {
  return { name, type, required: true };
}

function optional(name: string, type: ArgumentType): ArgumentKind {
  return { name, type, required: false };
}

const dated = targets.filter((target) => target !== "package");

/** Every built-in attribute. */
export const builtInAttributes: readonly AttributeShape[] = [
  {
    name: "since",
    targets: dated,
    arguments: [required("version", version)],
    doc: "The version of the package that this came with.",
  },
  {
    name: "deprecated",
    targets: dated,
    arguments: [required("version", version), optional("use", text)],
    doc: "Not to be used from this version on, and what to use in its place.",
  },
  {
    name: "unstable",
    targets: dated,
    arguments: [required("feature", { kind: "word" })],
    doc: "Part of a feature that may still change or go.",
  },
  {
    name: "js",
    targets: ["type"],
    arguments: [required("representation", choice("number", "bigint"))],
    doc: "How a 64-bit integer reaches JavaScript; as a number, it is checked to be exact.",
  },
  { name: "errno", targets: ["error"], arguments: [], doc: "The values are those of errno(3)." },
  {
    name: "limits",
    targets: ["interface", "role"],
    arguments: ["message", "fds", "inflight", "exports"].map((name) => optional(name, count)),
    doc: "The most that a peer may send: bytes of a message, descriptors in it, calls in flight, objects it holds.",
  },
  {
    name: "selector",
    targets: ["method"],
    arguments: [required("name", text)],
    doc: "The name that the method's selector is made of: its old one, after a rename.",
  },
  {
    name: "wire",
    targets: ["package"],
    arguments: [required("name", choice("postern", "plash", "srpc"))],
    doc: "The protocol that the interfaces of the package speak.",
  },
  {
    name: "deadline",
    targets: ["method"],
    arguments: [required("time", count)],
    doc: "The most that a call may take, in milliseconds; its caller may ask for less.",
  },
  { name: "once", targets: ["callback"], arguments: [], doc: "Called at most once, and freed by the call." },
  {
    name: "thread",
    targets: ["method"],
    arguments: [required("which", choice("any"))],
    doc: "May be called from any thread.",
  },
  {
    name: "overload",
    targets: ["method"],
    arguments: [required("policy", choice("drop", "block"))],
    doc: "What becomes of a oneway call when the queue is full.",
  },
  {
    name: "sensitive",
    targets: ["method", "parameter", "field", "arm"],
    arguments: [],
    doc: "Kept out of traces, logs and the texts of errors.",
  },
];

/** The built-in attributes by name. */
export const builtInAttribute: ReadonlyMap<string, AttributeShape> = new Map(
  builtInAttributes.map((attribute) => [attribute.name, attribute]),
);
