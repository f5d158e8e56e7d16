import type { Diagnostics } from "../diagnostics.ts";
import type { Attribute, Method, Model, Type } from "../model/model.ts";
import { deepPartsOf, interfacesOf } from "./walk.ts";

/**
 * Nothing comes back from a oneway call: no result, no error, and no object that was lent. What a full queue does is
 * said of oneway calls only; one that may be dropped gives nothing away, since nobody would have it then.
 */
export function oneway(model: Model, diagnostics: Diagnostics): void {
  for (const { methods } of interfacesOf(model)) {
    for (const method of methods) {
      if (method.style === "oneway") checkOneway(method, diagnostics);
      else checkOther(method, diagnostics);
    }
  }
}

function checkOther(method: Method, diagnostics: Diagnostics): void {
  const overload = overloadOf(method);
  if (overload !== undefined) diagnostics.report("overload-misplaced", overload.span, { name: method.name });
}

function checkOneway(method: Method, diagnostics: Diagnostics): void {
  const { name, nameSpan, parameters, result, resultSpan, throws } = method;
  if (result !== undefined) diagnostics.report("oneway-with-result", resultSpan, { name });
  if (throws.length > 0) diagnostics.report("oneway-with-throws", nameSpan, { name });
  const drops = dropsCalls(method);
  for (const { type, typeSpan } of parameters) {
    const lent = lentIn(type);
    if (lent !== undefined) diagnostics.report("oneway-with-borrow", typeSpan, { name, interface: lent });
    const given = drops ? givenIn(type) : undefined;
    if (given !== undefined) diagnostics.report("overload-drops-owned", typeSpan, { name, given });
  }
}

function overloadOf({ attributes }: Method): Attribute | undefined {
  return attributes.find(({ name }) => name === "overload");
}

function dropsCalls(method: Method): boolean {
  const policy = overloadOf(method)?.arguments.get("policy");
  return policy?.kind === "names" && policy.names[0] === "drop";
}

/** What a type lends, by name. */
function lentIn(type: Type): string | undefined {
  const lent = deepPartsOf(type).find((part) => part.kind === "reference" && part.ownership === "borrow");
  return lent?.kind === "reference" ? lent.target.name : undefined;
}

/** What a type gives away, in words. */
function givenIn(type: Type): string | undefined {
  for (const part of deepPartsOf(type)) {
    if (part.kind === "fd" && part.ownership === "own") return "a descriptor";
    if (part.kind === "reference" && part.ownership === "own") return part.target.name;
    if (part.kind === "named" && "resource" in part.declaration && part.declaration.resource)
      return part.declaration.name;
  }
  return undefined;
}
