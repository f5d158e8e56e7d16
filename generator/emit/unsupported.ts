/**
 * What the language has and this emitter does not print yet. Each construct is reported once, where it is declared or
 * written, with what the reader of the message can do; nothing is ever left out in silence.
 */

import type { Diagnostics } from "../diagnostics.ts";
import type { Declaration, Described, Method, Model, Module, Type } from "../model/model.ts";
import type { Span } from "../source.ts";

const noFile = "No file is written while it is there.";

/** Attributes that change what happens at run time and that the runtime does not know yet. */
const attributesWithoutEffect = new Map([
  ["limits", "Give the limits to `connect`, `serve` or `spawn`."],
  ["deadline", "Give each call a timeout in its options."],
  ["overload", "A oneway method waits while the peer's queue is full."],
]);

/** Reports every construct of the requested modules that cannot be emitted. */
export function reportUnsupported(model: Model, diagnostics: Diagnostics): void {
  const search = new Search(diagnostics);
  for (const module of model.modules) if (module.requested) search.module(module);
}

class Search {
  readonly #diagnostics: Diagnostics;
  readonly #seen = new Set<Declaration>();

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  module(module: Module): void {
    const { wire, span } = module.package;
    if (wire !== "postern")
      this.#report(`The wire \`${wire}\``, span, "Only packages that speak postern's own wire are generated.");
    for (const declaration of module.declarations) this.#declaration(declaration);
  }

  #declaration(declaration: Declaration): void {
    if (this.#seen.has(declaration)) return;
    this.#seen.add(declaration);
    this.#attributes(declaration);
    switch (declaration.kind) {
      case "union":
        this.#whole(declaration, declaration.error ? "error union" : "union");
        break;
      case "table":
      case "callback":
      case "channel":
        this.#whole(declaration, declaration.kind);
        break;
      case "alias":
        this.#type(declaration.type, declaration.typeSpan);
        break;
      case "struct":
        for (const field of declaration.members) this.#type(field.type, field.typeSpan);
        break;
      case "interface":
        for (const method of declaration.methods) this.#method(method);
    }
  }

  #method(method: Method): void {
    this.#attributes(method);
    for (const parameter of method.parameters) this.#type(parameter.type, parameter.typeSpan);
    if (method.result !== undefined) this.#type(method.result, method.resultSpan);
    for (const error of method.throws) this.#declaration(error);
  }

  #type(type: Type, span: Span): void {
    switch (type.kind) {
      case "map":
        this.#report("A `map`", span, `Use a list of structs with a key and a value. ${noFile}`);
        break;
      case "stream":
        this.#report("A `stream`", span, `Use a bounded list, or pass a descriptor. ${noFile}`);
        break;
      case "reference":
        this.#report(`\`${type.ownership} ${type.target.name}\``, span, noFile);
        break;
      case "list":
        this.#type(type.element, span);
        break;
      case "optional":
        this.#type(type.inner, span);
        break;
      case "named":
        // A struct of another module is that module's to report; an alias is printed through, wherever it is from.
        if (type.declaration.kind !== "struct") this.#declaration(type.declaration);
    }
  }

  #attributes(described: Described): void {
    for (const { name, span } of described.attributes) {
      const instead = attributesWithoutEffect.get(name);
      if (instead !== undefined) this.#report(`\`@${name}\``, span, `${instead} ${noFile}`);
    }
  }

  #whole(declaration: Declaration, kind: string): void {
    this.#report(`The ${kind} \`${declaration.name}\``, declaration.nameSpan, noFile);
  }

  #report(what: string, span: Span, consequence: string): void {
    this.#diagnostics.report("not-emitted-yet", span, { what, consequence });
  }
}
