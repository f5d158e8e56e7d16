import type { Diagnostics } from "../diagnostics.ts";
import type { Interface, Method, Model } from "../model/model.ts";
import { interfacesOf } from "./walk.ts";

interface Owned {
  readonly method: Method;
  readonly owner: Interface;
}

/**
 * Every method of every interface has a selector of its own, so that a message, and a trace of one, is plain. It is
 * made from a name that the method has, or had.
 */
export function selectors(model: Model, diagnostics: Diagnostics): void {
  const first = new Map<number, Owned>();
  for (const owner of interfacesOf(model)) {
    for (const method of owner.methods) {
      checkText(method, diagnostics);
      const earlier = first.get(method.selector);
      if (earlier === undefined) first.set(method.selector, { method, owner });
      else if (!isRepeated(earlier, { method, owner })) reportCollision(earlier, { method, owner }, diagnostics);
    }
  }
}

/** The old name of a method, or the old full name. */
const methodName = /^(?:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\/)?[A-Za-z_]\w*$/;

function checkText({ attributes }: Method, diagnostics: Diagnostics): void {
  const attribute = attributes.find(({ name }) => name === "selector");
  const text = attribute?.arguments.get("name");
  if (attribute === undefined || text?.kind !== "string" || methodName.test(text.value)) return;
  diagnostics.report("selector-malformed", attribute.span, { text: text.value });
}

/** Two methods with one name are reported as that. */
function isRepeated(earlier: Owned, later: Owned): boolean {
  return fullName(earlier) === fullName(later);
}

function fullName({ method, owner }: Owned): string {
  return `${owner.qualifiedName}/${method.name}`;
}

function reportCollision(earlier: Owned, later: Owned, diagnostics: Diagnostics): void {
  const values = {
    name: fullName(later),
    other: fullName(earlier),
    selector: `0x${later.method.selector.toString(16).padStart(8, "0")}`,
    suggestion: `${later.method.name}2`,
  };
  const notes = [{ span: earlier.method.nameSpan, message: `\`${earlier.method.name}\` is here.` }];
  diagnostics.report("selector-collision", later.method.nameSpan, values, notes);
}
