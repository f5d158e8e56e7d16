/**
 * What one emitted module can see: its own declarations, what it takes from the runtime and from its sibling modules,
 * and the constants it shares among its functions. Everything is noted as it is used, so that the module imports what
 * it needs and nothing else.
 */

import type { Callback, Declaration, ErrorEnum, FdType, Interface, Module, Union } from "../model/model.ts";
import { codecName, declarationName, errorClassName, implementationName, initName } from "./naming.ts";

/** Whether a name is used where a type is expected only, or as a value too. */
type Use = "type" | "value";

/** One name of an import: what the other module calls it, and what this one does. */
export interface TakenName {
  readonly exported: string;
  readonly local: string;
  readonly use: Use;
}

/** A module's `fd` type: the constant that describes it. */
export interface FdConstant {
  readonly name: string;
  readonly type: FdType;
}

/** The names of one emitted module; see the file's comment. */
export class ModuleScope {
  readonly module: Module;
  readonly #locals = new Map<Declaration, string>();
  readonly #taken = new Set<string>();
  readonly #imports = new Map<Module, Map<string, TakenName>>();
  readonly #fdConstants = new Map<string, FdConstant>();
  #runtime: Use | undefined;

  constructor(module: Module) {
    this.module = module;
    for (const declaration of module.declarations) this.#name(declaration, declarationName(declaration.name));
    for (const { names } of module.imports)
      for (const { declaration, localName } of names) this.#name(declaration, declarationName(localName));
  }

  /** How the runtime is used so far; nothing when it is not. */
  get runtimeUse(): Use | undefined {
    return this.#runtime;
  }

  /** The sibling modules used so far and the names taken from each, in an order that does not depend on use. */
  get imports(): readonly (readonly [Module, readonly TakenName[]])[] {
    const byPath = [...this.#imports].sort(([a], [b]) => compare(a.source.path, b.source.path));
    return byPath.map(([module, names]) => [module, [...names.values()].sort((a, b) => compare(a.local, b.local))]);
  }

  /** The constants of `fd` types used so far, in the order of their numbers. */
  get fdConstants(): readonly FdConstant[] {
    return [...this.#fdConstants.values()];
  }

  /** Says a name of the runtime's in a type. */
  runtimeType(name: string): string {
    this.#runtime ??= "type";
    return `$.${name}`;
  }

  /** Says a name of the runtime's in an expression. */
  runtimeValue(name: string): string {
    this.#runtime = "value";
    return `$.${name}`;
  }

  /** Says a global type, past a declaration of the same name. */
  globalType(name: string): string {
    return this.#taken.has(name) ? `globalThis.${name}` : name;
  }

  /** What this module calls a declaration, without using it. */
  localName(declaration: Declaration): string {
    const known = this.#locals.get(declaration);
    if (known !== undefined) return known;
    // Reached through an imported alias and not imported by name; a number cannot clash with any other derived name.
    let local = declarationName(declaration.name);
    for (let number = 2; this.#taken.has(local); number++) local = `${declarationName(declaration.name)}$${number}`;
    return this.#name(declaration, local);
  }

  /** Says a declared type. */
  type(declaration: Declaration): string {
    return this.#use(declaration, declarationName(declaration.name), this.localName(declaration), "type");
  }

  /** Says what is written of a declared type whose views differ. */
  initType(declaration: Declaration): string {
    const exported = initName(declarationName(declaration.name));
    return this.#use(declaration, exported, initName(this.localName(declaration)), "type");
  }

  /** Says the object of an enum's or flags' values. */
  value(declaration: Declaration): string {
    return this.#use(declaration, declarationName(declaration.name), this.localName(declaration), "value");
  }

  /** Says what an implementation of an interface or a callback is. */
  implementation(declaration: Interface | Callback): string {
    const exported = implementationName(declarationName(declaration.name));
    return this.#use(declaration, exported, implementationName(this.localName(declaration)), "type");
  }

  /** Says the class of an error. */
  errorClass(error: ErrorEnum | Union): string {
    return this.#use(error, errorClassName(error.name), errorClassName(this.localName(error)), "type");
  }

  /** Says the codec of a type or an error. */
  codec(declaration: Declaration): string {
    const exported = codecName(declarationName(declaration.name));
    return this.#use(declaration, exported, codecName(this.localName(declaration)), "value");
  }

  /** Says the constant that describes an `fd` type; equal types share one. */
  fdConstant(type: FdType): string {
    const key = JSON.stringify([type.kinds, type.required, type.optional, type.ownership]);
    const known = this.#fdConstants.get(key);
    if (known !== undefined) return known.name;
    const constant = { name: `fd$${this.#fdConstants.size + 1}`, type };
    this.#fdConstants.set(key, constant);
    return constant.name;
  }

  #name(declaration: Declaration, local: string): string {
    this.#locals.set(declaration, local);
    this.#taken.add(local);
    return local;
  }

  #use(declaration: Declaration, exported: string, local: string, use: Use): string {
    if (declaration.module === this.module) return local;
    const names = this.#imports.get(declaration.module) ?? new Map<string, TakenName>();
    this.#imports.set(declaration.module, names);
    if (use === "value" || !names.has(local)) names.set(local, { exported, local, use });
    return local;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
