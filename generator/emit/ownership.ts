/**
 * Who lets go of an object, in words for the documentation of methods. The words are true for whoever reads them: the
 * caller's interface and the implementation's have the same comment.
 */

import { type Callback, type Interface, type Type, underlying } from "../model/model.ts";

type Reference = Extract<Type, { readonly kind: "reference" }>;

/** Says what becomes of the objects of a parameter; nothing for a type that has none by itself. */
export function parameterOwnership(type: Type): string | undefined {
  const reference = referenceIn(type);
  if (reference === undefined) return undefined;
  if (reference.ownership === "borrow") return "Lent until the call returns: the caller keeps it.";
  return isOnce(reference.target)
    ? "Given away: the called side calls it once at most, and is rid of it by that."
    : "Given away: the called side disposes of it.";
}

/** Says what becomes of the objects of a result. */
export function resultOwnership(type: Type): string | undefined {
  return referenceIn(type) && "The caller's, to be disposed of.";
}

function isOnce(target: Interface | Callback): boolean {
  return target.kind === "callback" && target.once;
}

/** The reference that a type is, or that its elements are. */
function referenceIn(type: Type): Reference | undefined {
  const seen = underlying(type);
  switch (seen.kind) {
    case "reference":
      return seen;
    case "list":
    case "stream":
      return referenceIn(seen.element);
    case "map":
      return referenceIn(seen.value);
    case "optional":
      return referenceIn(seen.inner);
    default:
      return undefined;
  }
}
