/** Walks over the model that several rules share. Each goes in source order and meets every thing once. */

import {
  type Callback,
  type Declaration,
  type Described,
  type Interface,
  type Method,
  type Model,
  type Module,
  type Parameter,
  partsOf,
  type Struct,
  type Type,
  underlying,
} from "../model/model.ts";
import type { Span } from "../source.ts";

/** Anything that has a name of its own. */
export interface Named extends Described {
  readonly name: string;
  readonly nameSpan: Span;
}

/** What kind of thing a name is of, as messages call it. */
export type What =
  | "constant"
  | "type"
  | "enum"
  | "flags"
  | "error"
  | "union"
  | "struct"
  | "table"
  | "interface"
  | "callback"
  | "channel"
  | "attribute"
  | "member"
  | "field"
  | "arm"
  | "method"
  | "parameter"
  | "role"
  | "offer";

/** Things that stand beside each other, such as the methods of one interface. */
export interface Siblings {
  readonly what: What;
  readonly members: readonly Named[];
  /** What they are part of; nothing for the declarations of a file. */
  readonly parent: Named | undefined;
  readonly module: Module;
}

/** Every declaration of every module. */
export const declarationsOf = once((model) => model.modules.flatMap(({ declarations }) => declarations));

/** Says what kind of thing a declaration is. */
export function whatIs(declaration: Declaration): What {
  if (declaration.kind === "const") return "constant";
  if (declaration.kind === "alias") return "type";
  return declaration.kind === "union" && declaration.error ? "error" : declaration.kind;
}

/** Every group of things that stand beside each other, except the declarations themselves. */
export const siblingsOf = once((model) => declarationsOf(model).flatMap((declaration) => [...membersOf(declaration)]));

function* membersOf(declaration: Declaration): Generator<Siblings> {
  const { module } = declaration;
  const group = (what: What, members: readonly Named[], parent: Named = declaration): Siblings => ({
    what,
    members,
    parent,
    module,
  });
  switch (declaration.kind) {
    case "const":
    case "alias":
      return;
    case "enum":
    case "flags":
    case "error":
      return yield group("member", declaration.members);
    case "union":
      return yield group("arm", declaration.members);
    case "struct":
    case "table":
      return yield group("field", declaration.members);
    case "interface":
      yield group("method", declaration.methods);
      for (const method of declaration.methods) yield group("parameter", method.parameters, method);
      return;
    case "callback":
    case "attribute":
      return yield group("parameter", declaration.parameters);
    case "channel":
      yield group("role", declaration.roles);
      for (const role of declaration.roles) yield group("offer", role.offers, role);
  }
}

/** Every method and every callback. */
export function callablesOf(model: Model): readonly (Method | Callback)[] {
  return declarationsOf(model).flatMap<Method | Callback>((declaration) => {
    if (declaration.kind === "interface") return declaration.methods;
    return declaration.kind === "callback" ? declaration : [];
  });
}

/** Every interface. */
export function interfacesOf(model: Model): readonly Interface[] {
  return declarationsOf(model).filter((declaration) => declaration.kind === "interface");
}

/** A type where it is written. */
export interface TypeUse {
  readonly type: Type;
  /** The type and all that is written inside it, as `partsOf` finds it. */
  readonly parts: readonly Type[];
  readonly span: Span;
  /** A constant is given to a `const` and to a parameter of an attribute: what is of these types is never sent. */
  readonly place: "parameter" | "result" | "field" | "alias" | "constant";
  /** The field, parameter, method or declaration whose type it is. */
  readonly of: Named;
  /** The things around it, from the declaration inwards, ending with `of`. */
  readonly within: readonly Named[];
}

/** Every type that is written somewhere. */
export const typesOf = once((model) => declarationsOf(model).flatMap((declaration) => [...typesIn(declaration)]));

function* typesIn(declaration: Declaration): Generator<TypeUse> {
  switch (declaration.kind) {
    case "const":
      return yield use(declaration, "constant", [declaration]);
    case "alias":
      return yield use(declaration, "alias", [declaration]);
    case "struct":
    case "table":
      for (const field of declaration.members) yield use(field, "field", [declaration, field]);
      return;
    case "union":
      for (const { type, ...arm } of declaration.members) {
        if (type !== undefined) yield use({ ...arm, type }, "field", [declaration, arm]);
      }
      return;
    case "interface":
      for (const method of declaration.methods) yield* typesOfCall(method, [declaration, method]);
      return;
    case "callback":
      return yield* typesOfCall(declaration, [declaration]);
    case "attribute":
      for (const parameter of declaration.parameters) yield use(parameter, "constant", [declaration, parameter]);
      return;
    default:
  }
}

function* typesOfCall(call: Method | Callback, within: readonly Named[]): Generator<TypeUse> {
  yield* typesOfParameters(call.parameters, within);
  if (call.result !== undefined) {
    const { result, resultSpan } = call;
    yield { type: result, parts: partsOf(result), span: resultSpan, place: "result", of: call, within };
  }
}

function* typesOfParameters(parameters: readonly Parameter[], within: readonly Named[]): Generator<TypeUse> {
  for (const parameter of parameters) yield use(parameter, "parameter", [...within, parameter]);
}

interface Typed extends Named {
  readonly type: Type;
  readonly typeSpan: Span;
}

function use(of: Typed, place: TypeUse["place"], within: readonly Named[]): TypeUse {
  return { type: of.type, parts: partsOf(of.type), span: of.typeSpan, place, of, within };
}

/** The parts of a type, and of what its aliases stand for. */
export function deepPartsOf(type: Type): readonly Type[] {
  return partsOf(type).flatMap((part) => {
    const seen = underlying(part);
    return seen === part ? [part] : deepPartsOf(seen);
  });
}

/** Remembers what a walk found, for the rules that walk the same way. */
function once<Found>(walk: (model: Model) => readonly Found[]): (model: Model) => readonly Found[] {
  const known = new WeakMap<Model, readonly Found[]>();
  return (model) => {
    const found = known.get(model) ?? walk(model);
    known.set(model, found);
    return found;
  };
}

/** A message's first word with a capital. */
export function capital(words: string): string {
  return words[0]!.toUpperCase() + words.slice(1);
}

/** The struct that a type is, by whatever name; nothing for any other. */
export function structOf(type: Type): Struct | undefined {
  const seen = underlying(type);
  return seen.kind === "named" && seen.declaration.kind === "struct" ? seen.declaration : undefined;
}
