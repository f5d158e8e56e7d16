/** Interfaces, callbacks, channels and the attributes that a file declares: what has parameters, or offers what has. */

import type {
  AttributeDeclaration,
  CallbackDeclaration,
  ChannelDeclaration,
  InterfaceDeclaration,
  MethodDeclaration,
  NamedType,
  Offer as OfferSyntax,
} from "../syntax/ast.ts";
import { builtInAttribute, targets } from "./attributes.ts";
import type { Binding } from "./binding.ts";
import type { Building } from "./building.ts";
import { completeAttributes, declared } from "./declared.ts";
import { describe, textArgument } from "./describe.ts";
import { didYouMean } from "./did-you-mean.ts";
import { Lazy } from "./lazy.ts";
import type {
  AttributeKind,
  Callback,
  Channel,
  Declaration,
  ErrorEnum,
  Interface,
  Method,
  MethodStyle,
  Offer,
  Union,
} from "./model.ts";
import { resolveParameters } from "./parameters.ts";
import type { Scope } from "./scope.ts";
import { selectorOf } from "./selector.ts";
import { listed, whatIs } from "./text.ts";
import { resolveType } from "./types.ts";

/** Makes an interface, without its methods yet. */
export function declareInterface(syntax: InterfaceDeclaration, scope: Scope): Binding {
  const declaration: Building<Interface> = {
    ...declared(syntax, scope),
    kind: "interface",
    methods: [],
    fingerprint: "",
  };
  const complete = () => {
    completeAttributes(declaration, syntax, scope);
    declaration.methods = syntax.methods.flatMap((method) => resolveMethod(method, declaration, scope) ?? []);
  };
  return { syntax, declaration, complete };
}

/** A method whose result is faulty is left out: without it nothing could be said of the method but what is untrue. */
function resolveMethod(syntax: MethodDeclaration, owner: Interface, scope: Scope): Method | undefined {
  const { name } = syntax;
  const described = describe(syntax, "method", scope);
  const style = styleOf(syntax, scope);
  const signature = resolveSignature(syntax, scope);
  if (signature === undefined) return undefined;
  const old = textArgument(
    described.attributes.find((attribute) => attribute.name === "selector"),
    "name",
  );
  const fullName = old?.includes("/") ? old : `${owner.qualifiedName}/${old ?? name.text}`;
  return { ...described, name: name.text, nameSpan: name.span, style, ...signature, selector: selectorOf(fullName) };
}

function styleOf({ modifiers, name }: MethodDeclaration, { diagnostics }: Scope): MethodStyle {
  const [first, ...others] = modifiers;
  for (const { kind, span } of others) {
    if (kind !== first!.kind) diagnostics.report("sync-oneway", span, { name: name.text });
    else diagnostics.report("modifier-repeated", span, { name: name.text, modifier: kind });
  }
  return first?.kind ?? "async";
}

function resolveSignature(syntax: MethodDeclaration | CallbackDeclaration, scope: Scope) {
  const parameters = resolveParameters(syntax.parameters, scope);
  const throws = syntax.throws.flatMap((type) => resolveError(type, scope) ?? []);
  const result = syntax.result && resolveType(syntax.result, { scope, ownership: "own" });
  if (syntax.result !== undefined && result === undefined) return undefined;
  return { parameters, result, resultSpan: syntax.result?.span ?? syntax.name.span, throws };
}

function resolveError({ name }: NamedType, scope: Scope): ErrorEnum | Union | undefined {
  const binding = scope.find(name.text);
  if (binding === "faulty") return undefined;
  const declaration = binding?.declaration;
  if (declaration === undefined) {
    const otherwise = `Declare it: \`flexible error ${name.text} : i32 { … }\``;
    const suggestion = didYouMean(name.text, scope.names(isError), otherwise);
    scope.diagnostics.report("error-unknown", name.span, { name: name.text, suggestion });
    return undefined;
  }
  if (isError(declaration)) return declaration;
  scope.diagnostics.report("error-expected", name.span, { name: name.text, what: whatIs(declaration) });
  return undefined;
}

function isError(declaration: Declaration): declaration is ErrorEnum | Union {
  return declaration.kind === "error" || (declaration.kind === "union" && declaration.error);
}

/** Makes a callback, without its signature yet. */
export function declareCallback(syntax: CallbackDeclaration, scope: Scope): Binding {
  const common = declared(syntax, scope);
  const declaration: Building<Callback> = {
    ...common,
    kind: "callback",
    parameters: [],
    result: undefined,
    resultSpan: syntax.name.span,
    throws: [],
    once: false,
    selector: selectorOf(`${common.qualifiedName}/call`),
    fingerprint: "",
  };
  const complete = () => {
    completeAttributes(declaration, syntax, scope);
    declaration.once = declaration.attributes.some(({ name }) => name === "once");
    Object.assign(declaration, resolveSignature(syntax, scope));
  };
  return { syntax, declaration, complete };
}

/** Makes a channel, without its ends yet. */
export function declareChannel(syntax: ChannelDeclaration, scope: Scope): Binding {
  const declaration: Building<Channel> = { ...declared(syntax, scope), kind: "channel", roles: [] };
  const complete = () => {
    completeAttributes(declaration, syntax, scope);
    declaration.roles = syntax.roles.map((role) => ({
      ...describe(role, "role", scope),
      name: role.name.text,
      nameSpan: role.name.span,
      offers: role.offers.flatMap((offer) => resolveOffer(offer, scope) ?? []),
    }));
  };
  return { syntax, declaration, complete };
}

function resolveOffer(syntax: OfferSyntax, scope: Scope): Offer | undefined {
  const { name, type } = syntax;
  const described = describe(syntax, "offer", scope);
  const binding = scope.find(type.name.text);
  if (binding === "faulty") return undefined;
  const declaration = binding?.declaration;
  if (declaration?.kind === "interface") {
    return { ...described, name: name.text, nameSpan: name.span, interface: declaration };
  }
  const wanted = type.name.text;
  if (declaration === undefined) {
    const known = scope.names(({ kind }) => kind === "interface");
    const suggestion = didYouMean(wanted, known, `Declare \`${wanted}\`, or import it from the file that does.`);
    scope.diagnostics.report("interface-unknown", type.span, { name: wanted, suggestion });
  } else {
    scope.diagnostics.report("interface-expected", type.span, { name: wanted, what: whatIs(declaration) });
  }
  return undefined;
}

/** Makes an attribute, whose parameters are resolved when something first needs them. */
export function declareAttribute(syntax: AttributeDeclaration, scope: Scope): Binding {
  const known: ReadonlySet<string> = new Set(targets);
  const declaration: Building<AttributeKind> = {
    ...declared(syntax, scope),
    kind: "attribute",
    // Known before anything is complete, since an attribute may be used above its declaration.
    targets: syntax.targets.map(({ text }) => text).filter((target) => known.has(target)),
    parameters: [],
  };
  const parameters = new Lazy(syntax.name, scope.trail, () => resolveParameters(syntax.parameters, scope));
  const complete = () => {
    completeAttributes(declaration, syntax, scope);
    const { text: name, span } = syntax.name;
    if (builtInAttribute.has(name)) scope.diagnostics.report("attribute-built-in", span, { name });
    declaration.parameters = parameters.get(syntax.name.span) ?? [];
    for (const { text, span } of syntax.targets.filter((target) => !known.has(target.text))) {
      const suggestion = didYouMean(text, known, `Use one of ${listed(targets)}.`);
      scope.diagnostics.report("attribute-target-unknown", span, { name: text, suggestion });
    }
  };
  return { syntax, declaration, complete, parameters };
}
