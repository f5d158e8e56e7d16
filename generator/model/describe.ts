/** Resolves what stands before a thing: its documentation and its attributes, with the arguments checked. */

import type { Span } from "../source.ts";
import type { AttributeArgument, Attribute as AttributeSyntax, Decorated, Expression, Name } from "../syntax/ast.ts";
import { greatestVersionPart, readVersion } from "../syntax/parse.ts";
import { type ArgumentKind, type AttributeShape, builtInAttribute, type Target } from "./attributes.ts";
import type { Binding } from "./binding.ts";
import { evaluate } from "./constants.ts";
import { didYouMean } from "./did-you-mean.ts";
import { fit } from "./fit.ts";
import type { Attribute, AttributeKind, Deprecation, Described, Value, Version } from "./model.ts";
import type { Scope } from "./scope.ts";
import { listed, typeText } from "./text.ts";

const vowels = /^[aeio]/;

const undecorated = { attributes: [], since: undefined, deprecated: undefined, sensitive: false } as const;

/** Resolves the documentation and the attributes of a thing; faulty attributes are reported and left out. */
export function describe(decorated: Decorated, target: Target, scope: Scope): Described {
  const { doc, span } = decorated;
  // Most things have none, and there are very many things.
  if (decorated.attributes.length === 0) return { ...undecorated, doc: doc?.text, span };
  const attributes = resolveAttributes(decorated.attributes, target, scope);
  const find = (name: string) => attributes.find((attribute) => attribute.name === name);
  return {
    doc: doc?.text,
    attributes,
    span,
    since: versionOf(find("since")),
    deprecated: deprecationOf(find("deprecated")),
    sensitive: find("sensitive") !== undefined,
  };
}

/** Returns an argument of an attribute when it is a text. */
export function textArgument(attribute: Attribute | undefined, name: string): string | undefined {
  const value = attribute?.arguments.get(name);
  return value?.kind === "string" ? value.value : undefined;
}

/** Returns an argument of an attribute when it is a bare word. */
export function wordArgument(attribute: Attribute | undefined, name: string): string | undefined {
  const value = attribute?.arguments.get(name);
  return value?.kind === "names" ? value.names[0] : undefined;
}

function versionOf(attribute: Attribute | undefined): Version | undefined {
  const value = attribute?.arguments.get("version");
  return value?.kind === "version" ? { major: value.major, minor: value.minor } : undefined;
}

function deprecationOf(attribute: Attribute | undefined): Deprecation | undefined {
  const version = versionOf(attribute);
  return version && { version, use: textArgument(attribute, "use") };
}

function resolveAttributes(attributes: readonly AttributeSyntax[], target: Target, scope: Scope): readonly Attribute[] {
  const resolved: Attribute[] = [];
  const first = new Map<string, Span>();
  for (const attribute of attributes) {
    const name = attribute.name.text;
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, attribute.span);
      const known = resolveAttribute(attribute, target, scope);
      if (known !== undefined) resolved.push(known);
    } else {
      const notes = [{ span: earlier, message: "It is said here first." }];
      scope.diagnostics.report("attribute-repeated", attribute.span, { name }, notes);
    }
  }
  return resolved;
}

function resolveAttribute(syntax: AttributeSyntax, target: Target, scope: Scope): Attribute | undefined {
  const { name, span } = syntax;
  const shape = shapeOf(name, scope);
  if (shape === undefined) return undefined;
  if (!shape.targets.includes(target)) {
    const targets = shape.targets.map(aTarget).join(", ");
    scope.diagnostics.report("attribute-misplaced", span, { name: name.text, target: aTarget(target), targets });
    return undefined;
  }
  const values = resolveArguments(syntax, shape, scope);
  return values && { name: name.text, arguments: values, span };
}

function aTarget(target: Target): string {
  if (target === "flags") return "flags";
  return `${vowels.test(target) ? "an" : "a"} ${target}`;
}

function shapeOf(name: Name, scope: Scope): AttributeShape | undefined {
  const builtIn = builtInAttribute.get(name.text);
  if (builtIn !== undefined) return builtIn;
  const binding = scope.find(name.text);
  if (binding === "faulty") return undefined;
  if (binding?.declaration.kind === "attribute") return declaredShape(binding, binding.declaration, name);
  const declared = scope.names(({ kind }) => kind === "attribute");
  const otherwise = `Declare it: \`attribute ${name.text} on method { level: string<16>; }\``;
  const suggestion = didYouMean(name.text, [...builtInAttribute.keys(), ...declared], otherwise);
  scope.diagnostics.report("attribute-unknown", name.span, { name: name.text, suggestion });
  return undefined;
}

function declaredShape(binding: Binding, { targets }: AttributeKind, name: Name): AttributeShape | undefined {
  const parameters = binding.parameters?.get(name.span);
  return (
    parameters && {
      name: name.text,
      // What an attribute is declared for has been checked to be among the targets.
      targets: targets as readonly Target[],
      doc: "",
      arguments: parameters.map((parameter) => ({
        name: parameter.name,
        type: {
          kind: "typed",
          type: parameter.type.kind === "optional" ? parameter.type.inner : parameter.type,
        },
        required: parameter.default === undefined && parameter.type.kind !== "optional",
      })),
    }
  );
}

/** Gives each argument to its parameter; returns nothing when one is faulty, having reported all that are. */
function resolveArguments(
  { name, span, arguments: written }: AttributeSyntax,
  shape: AttributeShape,
  scope: Scope,
): ReadonlyMap<string, Value> | undefined {
  const given = new Map<string, AttributeArgument>();
  const { diagnostics } = scope;
  let faulty = false;
  let named = false;
  for (const [index, argument] of written.entries()) {
    named ||= argument.name !== undefined;
    const kind = parameterFor(argument, index, named, shape, scope);
    if (kind === undefined) faulty = true;
    else if (given.has(kind.name)) {
      faulty = true;
      diagnostics.report("argument-repeated", argument.span, { name: kind.name, attribute: name.text });
    } else given.set(kind.name, argument);
  }
  const missing = shape.arguments.filter((kind) => kind.required && !given.has(kind.name));
  for (const kind of faulty ? [] : missing) {
    const values = { attribute: name.text, name: kind.name, example: exampleOf(kind) };
    diagnostics.report("argument-missing", span, values);
  }
  return faulty || missing.length > 0 ? undefined : resolveValues(given, shape, scope);
}

function parameterFor(
  argument: AttributeArgument,
  index: number,
  afterNamed: boolean,
  shape: AttributeShape,
  { diagnostics }: Scope,
): ArgumentKind | undefined {
  const { name, span } = argument;
  if (name === undefined) {
    if (afterNamed) diagnostics.report("argument-after-named", span, {});
    else if (index < shape.arguments.length) return shape.arguments[index];
    else diagnostics.report("argument-extra", span, { attribute: shape.name, count: takes(shape) });
    return undefined;
  }
  const known = shape.arguments.map((kind) => kind.name);
  const kind = shape.arguments.find((candidate) => candidate.name === name.text);
  if (kind !== undefined) return kind;
  const suggestion = didYouMean(name.text, known, `It takes ${listed(known) || "none"}.`);
  diagnostics.report("argument-unknown", name.span, { attribute: shape.name, name: name.text, suggestion });
  return undefined;
}

function takes({ arguments: { length } }: AttributeShape): string {
  if (length === 0) return "no arguments";
  return length === 1 ? "one argument" : `at most ${length} arguments`;
}

function exampleOf({ name, type }: ArgumentKind): string {
  switch (type.kind) {
    case "version":
      return "1.0";
    case "choice":
      return type.of[0]!;
    case "word":
      return name;
    case "typed":
      return `${name} = …`;
  }
}

function resolveValues(
  given: ReadonlyMap<string, AttributeArgument>,
  shape: AttributeShape,
  scope: Scope,
): ReadonlyMap<string, Value> | undefined {
  const values = new Map<string, Value>();
  let faulty = false;
  for (const kind of shape.arguments) {
    const argument = given.get(kind.name);
    if (argument === undefined) continue;
    const value = resolveValue(argument.value, kind, shape, scope);
    if (value === undefined) faulty = true;
    else values.set(kind.name, value);
  }
  return faulty ? undefined : values;
}

function resolveValue(value: Expression, kind: ArgumentKind, shape: AttributeShape, scope: Scope): Value | undefined {
  const { type } = kind;
  if (value.kind === "unreadable") return undefined;
  switch (type.kind) {
    case "version":
      return resolveVersion(value) ?? invalid(value.span, kind, shape, "a version", "Write it as `1.2`.", scope);
    case "choice": {
      const word = wordOf(value);
      if (word !== undefined && type.of.includes(word)) return { kind: "names", names: [word] };
      const suggestion = didYouMean(word ?? "", type.of, "Write it without quotes.");
      return invalid(value.span, kind, shape, `one of ${listed(type.of)}`, suggestion, scope);
    }
    case "word": {
      const word = wordOf(value);
      if (word !== undefined) return { kind: "names", names: [word] };
      return invalid(value.span, kind, shape, "a name", "Write it without quotes.", scope);
    }
    case "typed": {
      const constant = evaluate(value, { scope });
      return constant && fit(constant, type.type, value.span, scope.diagnostics);
    }
  }
}

function invalid(
  span: Span,
  { name, type }: ArgumentKind,
  { name: attribute }: AttributeShape,
  expected: string,
  suggestion: string,
  { diagnostics }: Scope,
): undefined {
  const what = type.kind === "typed" ? typeText(type.type) : expected;
  diagnostics.report("argument-invalid", span, { name, attribute, expected: what, suggestion });
}

/** The digits tell 1.1 from 1.10, which the number does not. */
function resolveVersion(value: Expression): Value | undefined {
  const version = value.kind === "float" ? readVersion(value.text) : undefined;
  if (version === undefined || Math.max(version.major, version.minor) > greatestVersionPart) return undefined;
  return { kind: "version", ...version };
}

function wordOf(value: Expression): string | undefined {
  return value.kind === "name" && value.path.length === 1 ? value.path[0]!.text : undefined;
}
