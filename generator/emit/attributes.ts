/** Attributes that reach the emitted code, as what the templates print of them. */

import type { Attribute, Described, Value } from "../model/model.ts";

/** An argument of an attribute as an integer; nothing where the attribute is not there. */
export function integerArgument(described: Described, attribute: string, argument: string): string | undefined {
  const value = argumentOf(described, attribute, argument);
  return value?.kind === "integer" ? `${value.value}` : undefined;
}

/** An argument that is a bare word; nothing where the attribute is not there. */
export function wordArgument(described: Described, attribute: string, argument: string): string | undefined {
  const value = argumentOf(described, attribute, argument);
  return value?.kind === "names" ? value.names[0] : undefined;
}

/** The limits that something has, `{ inflight: 32 }`; nothing where it has none. */
export function limitsView(described: Described): string | undefined {
  const limits = attributeOf(described, "limits")?.arguments ?? new Map<string, Value>();
  const written = [...limits].flatMap(([name, value]) => (value.kind === "integer" ? `${name}: ${value.value}` : []));
  return written.length === 0 ? undefined : `{ ${written.join(", ")} }`;
}

function argumentOf(described: Described, attribute: string, argument: string): Value | undefined {
  return attributeOf(described, attribute)?.arguments.get(argument);
}

function attributeOf({ attributes }: Described, name: string): Attribute | undefined {
  return attributes.find((attribute) => attribute.name === name);
}
