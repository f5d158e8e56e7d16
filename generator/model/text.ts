/** How messages speak of declarations and types. */

import type { Declaration, Type } from "./model.ts";

const phrases: Readonly<Record<Declaration["kind"], string>> = {
  const: "a constant",
  alias: "a type",
  enum: "an enum",
  flags: "a set of flags",
  error: "an error",
  union: "a union",
  struct: "a struct",
  table: "a table",
  interface: "an interface",
  callback: "a callback",
  channel: "a channel",
  attribute: "an attribute",
};

/** Says what kind of thing a declaration is: `an enum`. */
export function whatIs(declaration: Declaration): string {
  return declaration.kind === "union" && declaration.error ? "an error" : phrases[declaration.kind];
}

/** Lists names for a message: "`read`, `write`". */
export function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

/** Writes a type as a file of IDL would. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "integer":
    case "float":
      return type.name;
    case "bool":
      return "bool";
    case "string":
    case "bytes":
      return `${type.kind}${bracketed([], type.limit)}`;
    case "list":
      return `list${bracketed([type.element], type.limit)}`;
    case "map":
      return `map${bracketed([type.key, type.value], type.limit)}`;
    case "stream":
      return `stream<${typeText(type.element)}>`;
    case "fd": {
      const rights = [...type.required, ...type.optional.map((right) => `${right}?`)];
      const parts = [type.kinds.join(" | "), ...rights].filter((part) => part !== "");
      return `${type.ownership} fd${parts.length > 0 ? `<${parts.join(", ")}>` : ""}`;
    }
    case "optional":
      return `${typeText(type.inner)}?`;
    case "reference":
      return `${type.ownership} ${type.target.name}`;
    case "named":
      return type.declaration.name;
  }
}

function bracketed(types: readonly Type[], limit: number | undefined): string {
  const parts = [...types.map(typeText), ...(limit === undefined ? [] : [String(limit)])];
  return parts.length > 0 ? `<${parts.join(", ")}>` : "";
}
