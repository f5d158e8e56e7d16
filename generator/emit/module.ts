/** One module of the model as the text of one TypeScript file, built as a single structure and printed by ts-morph. */

import { createHash } from "node:crypto";
import type { Declaration, Module } from "../model/model.ts";
import type { Source } from "../source.ts";
import { declarationStatements } from "./declarations.ts";
import { braced } from "./layout.ts";
import { baseName, outputPath } from "./naming.ts";
import { render } from "./render.ts";
import { ModuleScope, type TakenName } from "./scope.ts";
import { constant, type Statement } from "./statements.ts";
import type { EmittedFile, TypeScriptOptions } from "./target.ts";
import { IndentationText, Project, QuoteKind, StructureKind } from "./ts-morph.ts";
import { kindArguments } from "./types.ts";

/** The version of the model that generated code is printed from; it changes with what the same source prints as. */
const IR_VERSION = 1;

/** Prints modules; one printer serves a whole run, because ts-morph's project is slow to make. */
export class ModulePrinter {
  readonly #runtime: string;
  readonly #extension: string;
  readonly #project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    manipulationSettings: { indentationText: IndentationText.TwoSpaces, quoteKind: QuoteKind.Double },
  });

  constructor({ runtime = "postern/codegen", importExtension = ".ts" }: TypeScriptOptions) {
    this.#runtime = runtime;
    this.#extension = importExtension === "none" ? "" : importExtension;
  }

  /** Prints a module. Everything that cannot be printed has been reported before. */
  print(module: Module): EmittedFile {
    const path = outputPath(module.source.path);
    const scope = new ModuleScope(module);
    // The body comes first: it finds out what the module has to import.
    const body = dependenciesFirst(module).flatMap((declaration) => declarationStatements(declaration, scope));
    const statements = [banner(module.source), ...this.#imports(scope), ...fdStatements(scope), ...body];
    return { path, text: tidy(this.#printStatements(path, statements)), source: module.source.path };
  }

  /**
   * Prints a file's statements. What ts-morph prints it also parses, and keeps: so in the place of a text, which needs
   * neither, it gets a comment to find that place by, and of its tree nothing is kept.
   */
  #printStatements(path: string, statements: readonly Statement[]): string {
    const texts = statements.filter((statement) => typeof statement === "string");
    let count = 0;
    const marked = statements.map((statement) => (typeof statement === "string" ? `//#${count++}` : statement));
    const file = this.#project.createSourceFile(path, { statements: marked });
    const printed = file.getFullText();
    file.forget();
    return printed.replace(/^\/\/#(\d+)$/gm, (_, index) => texts[Number(index)]!);
  }

  #imports(scope: ModuleScope): Statement[] {
    const runtime = scope.runtimeUse;
    const siblings = scope.imports.map(([module, names]) => this.#siblingImport(module, names));
    if (runtime === undefined) return siblings;
    return [
      {
        kind: StructureKind.ImportDeclaration,
        isTypeOnly: runtime === "type",
        namespaceImport: "$",
        moduleSpecifier: this.#runtime,
      },
      ...siblings,
    ];
  }

  /** Types alone are imported as types, so that nothing is loaded for them. */
  #siblingImport(module: Module, names: readonly TakenName[]): string {
    const isTypeOnly = names.every(({ use }) => use === "type");
    const specifiers = names.map(({ exported, local, use }) => {
      const mark = use === "type" && !isTypeOnly ? "type " : "";
      return local === exported ? `${mark}${local}` : `${mark}${exported} as ${local}`;
    });
    const path = `./${outputPath(module.source.path).replace(/\.ts$/, this.#extension)}`;
    const open = isTypeOnly ? "import type {" : "import {";
    return braced(open, specifiers, `} from ${JSON.stringify(path)};`);
  }
}

/** Prints the first line. Line endings are not part of what is hashed, so that a checkout that changes them is current. */
function banner(source: Source): string {
  const text = source.text.replaceAll("\r\n", "\n");
  const hash = createHash("sha256").update(text).digest("hex");
  return render("banner", { source: oneLine(baseName(source.path)), hash, ir: IR_VERSION });
}

/** Takes back what ts-morph prints too much of: spaces at the ends of lines, and second blank lines. */
function tidy(text: string): string {
  return text.replace(/ +$/gm, "").replace(/\n{3,}/g, "\n\n");
}

function oneLine(name: string): string {
  return name.replace(/[\p{C}\u2028\u2029]/gu, "?");
}

/**
 * Source order, except that what a declaration needs while the module is being evaluated comes before it: the
 * constants of an interface or a callback name its errors, the roles of a channel their interfaces, and a constant may
 * be a member of an enum.
 */
function dependenciesFirst(module: Module): readonly Declaration[] {
  const ordered = new Set<Declaration>();
  const add = (declaration: Declaration): void => {
    if (declaration.module !== module) return;
    neededAtOnce(declaration).forEach(add);
    ordered.add(declaration);
  };
  module.declarations.forEach(add);
  return [...ordered];
}

function neededAtOnce(declaration: Declaration): readonly Declaration[] {
  if (declaration.kind === "interface") return declaration.methods.flatMap(({ throws }) => throws);
  if (declaration.kind === "callback") return declaration.throws;
  if (declaration.kind === "channel")
    return declaration.roles.flatMap(({ offers }) => offers.map((offer) => offer.interface));
  if (declaration.kind === "const" && declaration.value.kind === "member") return [declaration.value.declaration];
  return [];
}

/** What the module's `fd` types are, once each; they are made first, since everything else may use them. */
function fdStatements(scope: ModuleScope): string[] {
  return scope.fdConstants.map(({ name, type }) =>
    constant({
      name,
      type: `${scope.runtimeType("FdType")}${kindArguments(type.kinds)}`,
      initializer: render("fd-type", {
        make: scope.runtimeValue("fdType"),
        kinds: quoted(type.kinds),
        required: quoted(type.required),
        optional: quoted(type.optional),
        ownership: JSON.stringify(type.ownership),
      }),
    }),
  );
}

function quoted(words: readonly string[]): string {
  return words.map((word) => JSON.stringify(word)).join(", ");
}
