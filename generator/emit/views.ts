/**
 * The two views of a type. What is read is what arrives; what is written is what may be given, which can be wider: a
 * field with a default may be left out, an object may be an implementation. A declaration whose views differ is emitted
 * twice, as `X` and as `XInit`; of any other type the one form serves both ways.
 */

import { type NamedType, partsOf, type Type } from "../model/model.ts";

/** Which end has a value: what is `written` may be wider than what is `read`. */
export type View = "read" | "written";

/** What a type can name that has parts of its own. */
export type TypeDeclaration = NamedType["declaration"];

/** Says whether it is up to the peer how deep values of a declaration go: they can hold what can hold itself. */
export function isUnboundedlyDeep(declaration: TypeDeclaration): boolean {
  const known = unboundedlyDeep.get(declaration);
  if (known !== undefined) return known;
  const holders = holdersUnder(declaration);
  const open = new Map([...holders.keys()].map((each) => [each, heldBy(each).length]));
  // What holds nothing more that is open ends; what is left when all of that is taken away, does not.
  const ending = [...open].flatMap(([each, count]) => (count === 0 ? [each] : []));
  for (const each of ending) {
    open.delete(each);
    for (const holder of holders.get(each) ?? []) {
      const left = (open.get(holder) ?? 0) - 1;
      open.set(holder, left);
      if (left === 0) ending.push(holder);
    }
  }
  for (const each of holders.keys()) unboundedlyDeep.set(each, open.has(each));
  return open.has(declaration);
}

const unboundedlyDeep = new WeakMap<TypeDeclaration, boolean>();

/** Says whether a declaration is emitted twice, as `X` and as `XInit`: what holds one that is, is too. */
export function declarationViewsDiffer(root: TypeDeclaration): boolean {
  const known = differing.get(root);
  if (known !== undefined) return known;
  const holders = holdersUnder(root);
  const found = new Set([...holders.keys()].filter(differsByItself));
  // A set yields what is added to it while it is walked.
  for (const declaration of found) for (const holder of holders.get(declaration) ?? []) found.add(holder);
  for (const declaration of holders.keys()) differing.set(declaration, found.has(declaration));
  return found.has(root);
}

const differing = new WeakMap<TypeDeclaration, boolean>();

/** A table's defaults are for its reader; a resource that was read can be disposed of. */
function differsByItself(declaration: TypeDeclaration): boolean {
  if (declaration.kind === "table" || isResource(declaration)) return true;
  return directTypes(declaration).some((type) => partsOf(type).some(leafDiffers));
}

function leafDiffers(type: Type): boolean {
  return type.kind === "reference" || type.kind === "stream" || (type.kind === "fd" && type.ownership === "borrow");
}

/** Says whether values of a declaration hold descriptors or objects, and so are disposed of. */
export function isResource(declaration: TypeDeclaration): boolean {
  return "resource" in declaration && declaration.resource;
}

/**
 * Finds everything that a declaration reaches, itself included, each with those that hold it, once a mention. It uses
 * no stack but its own, since how far that is, is up to the author.
 */
function holdersUnder(root: TypeDeclaration): ReadonlyMap<TypeDeclaration, readonly TypeDeclaration[]> {
  const holders = new Map<TypeDeclaration, TypeDeclaration[]>([[root, []]]);
  // A map yields what is added to it while it is walked.
  for (const [declaration] of holders) {
    for (const held of heldBy(declaration)) {
      const others = holders.get(held);
      if (others === undefined) holders.set(held, [declaration]);
      else others.push(declaration);
    }
  }
  return holders;
}

function heldBy(declaration: TypeDeclaration): readonly TypeDeclaration[] {
  return directTypes(declaration)
    .flatMap(partsOf)
    .flatMap((part) => (part.kind === "named" ? [part.declaration] : []));
}

function directTypes(declaration: TypeDeclaration): readonly Type[] {
  switch (declaration.kind) {
    case "alias":
      return [declaration.type];
    case "struct":
    case "table":
    case "union":
      return declaration.members.flatMap(({ type }) => type ?? []);
    default:
      return [];
  }
}
