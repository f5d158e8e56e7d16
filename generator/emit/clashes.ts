/**
 * Names that the emitter derives and that meet names which are there already: `FilesImpl` beside a struct of that name,
 * or two sources that become one file.
 */

import type { Diagnostics } from "../diagnostics.ts";
import type { Declaration, Model, Module, Role } from "../model/model.ts";
import type { Span } from "../source.ts";
import { broughtBy } from "./early.ts";
import {
  declarationName,
  earlyName,
  errorArmName,
  errorClassName,
  errorNames,
  implementationName,
  initName,
  openingNames,
  outputPath,
  resultsName,
  roleTypeName,
} from "./naming.ts";
import { declarationViewsDiffer, type TypeDeclaration } from "./views.ts";

/** A name of the emitted code, and where it is from. */
interface Origin {
  readonly name: string;
  /** For the message: `the struct FilesImpl`. */
  readonly what: string;
  readonly span: Span;
}

/** Reports every name that the emitted code of the requested modules would have twice. */
export function reportClashes(model: Model, diagnostics: Diagnostics): void {
  const requested = model.modules.filter((module) => module.requested);
  reportOutputs(requested, diagnostics);
  for (const module of requested)
    reportTwice([...module.declarations.flatMap(declaredOrigins), ...importedOrigins(module)], diagnostics);
}

/** Names differ in more than case, because on some file systems case is nothing. */
function reportOutputs(modules: readonly Module[], diagnostics: Diagnostics): void {
  const earlier = new Map<string, Module>();
  for (const module of modules) {
    const { path } = module.source;
    const output = outputPath(path);
    const other = earlier.get(output.toLowerCase());
    if (other === undefined) earlier.set(output.toLowerCase(), module);
    else diagnostics.report("output-name-clash", module.package.span, { path, other: other.source.path, output });
  }
}

function reportTwice(origins: readonly Origin[], diagnostics: Diagnostics): void {
  const earlier = new Map<string, Origin>();
  for (const origin of origins) {
    const { name, what, span } = origin;
    const other = earlier.get(name);
    if (other === undefined) {
      earlier.set(name, origin);
      continue;
    }
    const note = { span: other.span, message: `${other.what} is here.` };
    diagnostics.report("emitted-name-clash", span, { name: `\`${name}\``, what, other: other.what }, [note]);
  }
}

function declaredOrigins(declaration: Declaration): Origin[] {
  const { kind, nameSpan: span } = declaration;
  const own = `the ${kind} \`${declaration.name}\``;
  const name = declarationName(declaration.name);
  switch (kind) {
    case "attribute":
      return [];
    case "interface":
    case "callback": {
      const what = `the implementation's side of the ${kind} \`${declaration.name}\``;
      const results = kind === "interface" && declaration.methods.some(({ throws }) => throws.length > 0);
      const early = kind === "interface" && declaration.methods.some((method) => broughtBy(method) !== undefined);
      return [
        { name, what: own, span },
        { name: implementationName(name), what, span },
        ...(results ? [{ name: resultsName(name), what: `part of ${own}`, span }] : []),
        ...(early ? [{ name: earlyName(name), what: `part of ${own}`, span }] : []),
      ];
    }
    case "channel":
      return [{ name, what: own, span }, ...declaration.roles.flatMap((role) => roleOrigins(name, role))];
    case "error": {
      const names = errorNames(declaration);
      const derived = new Set([names.values, names.code, names.class]);
      return [...derived].map((each) => ({ name: each, what: each === name ? own : `part of ${own}`, span }));
    }
    case "union": {
      const arms = declaration.error ? errorArmName(declaration.name) : name;
      const names = new Set([
        declaration.error ? errorClassName(declaration.name) : name,
        arms,
        ...initNames(declaration, arms),
      ]);
      return [...names].map((each) => ({ name: each, what: each === name ? own : `part of ${own}`, span }));
    }
    case "alias":
    case "struct":
    case "table":
      return [name, ...initNames(declaration, name)].map((each) => ({
        name: each,
        what: each === name ? own : `what is written for ${own}`,
        span,
      }));
    default:
      return [{ name, what: own, span }];
  }
}

function initNames(declaration: TypeDeclaration, name: string): string[] {
  return declarationViewsDiffer(declaration) ? [initName(name)] : [];
}

function roleOrigins(channel: string, { name, nameSpan: span }: Role): Origin[] {
  const held = roleTypeName(channel, name);
  const { connect, accept } = openingNames(name);
  const what = `part of the role \`${channel}.${name}\``;
  return [held, implementationName(held), connect, accept].map((each) => ({ name: each, what, span }));
}

function importedOrigins(module: Module): Origin[] {
  return module.imports.flatMap(({ names }) =>
    names.map(({ declaration, localName }) => ({
      name: declarationName(localName),
      what: `the imported \`${localName}\``,
      span: declaration.nameSpan,
    })),
  );
}
