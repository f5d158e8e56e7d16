/**
 * Names of the IDL as names of TypeScript. A name is emitted as it is written unless it would hurt; then a `$` follows
 * it, which no IDL name contains. The tables below say where which name hurts, and why.
 */

import type { ErrorEnum } from "../model/model.ts";

/** Words that cannot name a variable in a module: ECMAScript's reserved words, those of strict mode, and two constants. */
const reservedWords = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends false
  finally for function if implements import in instanceof interface let new null package private protected public return
  static super switch this throw true try typeof undefined var void while with yield`.split(/\s+/),
);

/** Words that mean something else where TypeScript expects a type. `globalThis` is how emitted code says `Promise`. */
const typeWords = new Set(
  `abstract any asserts bigint boolean globalThis infer intrinsic is keyof never number object readonly string symbol
  unique unknown`.split(/\s+/),
);

/**
 * What emitted bodies call the encoder, the decoder, the parameters, a value and the ordinal of what is being read: they
 * would hide a declaration.
 */
const bodyNames = new Set(["e", "d", "p", "v", "ordinal"]);

/**
 * What every object inherits: an implementation that left such a method out would still type-check, and its peer would
 * call the inherited one; a field that was left out would not be absent.
 */
const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * `new(…)` in an interface is a constructor's signature, `then` makes `await` mistake a stub for a promise, `toJSON` is
 * called by `JSON.stringify`, and in `result` and `early` a stub has other forms of its methods.
 */
const meaningfulMethods = new Set(["new", "then", "toJSON", "result", "early"]);

/** What the language itself calls when a value has it, which a field that holds a callback would be. */
const meaningfulFields = new Set(["then", "toJSON"]);

/** Names a declaration: a type, a constant, or both. */
export function declarationName(name: string): string {
  return reservedWords.has(name) || typeWords.has(name) || bodyNames.has(name) ? `${name}$` : name;
}

/** Names a field of a struct or a table. */
export function fieldName(name: string): string {
  return inherited.has(name) || meaningfulFields.has(name) ? `${name}$` : name;
}

/** Names a member of an enum. Only `__proto__` hurts: in an object literal it sets the prototype. */
export function memberName(name: string): string {
  return name === "__proto__" ? "__proto__$" : name;
}

/** Names an arm of a union. In a flexible one `unknown` is the arm that this end does not know. */
export function armName(name: string, { strict }: { readonly strict: boolean }): string {
  return name === "unknown" && !strict ? `${name}$` : memberName(name);
}

/** Names a method of a stub and of an implementation. */
export function methodName(name: string): string {
  return inherited.has(name) || meaningfulMethods.has(name) ? `${name}$` : name;
}

/** Names the blocking form of a method. */
export function blockingName(name: string): string {
  return `${name}Sync`;
}

/** Names a parameter; `shadowed` are names that its function must still be able to see. */
export function parameterName(name: string, shadowed: ReadonlySet<string>): string {
  let free = reservedWords.has(name) ? `${name}$` : name;
  while (shadowed.has(free)) free += "$";
  return free;
}

/** Names the parameter that generated code adds after the declared ones, out of their way. */
export function addedParameterName(name: string, declared: readonly string[]): string {
  return declared.includes(name) ? `${name}$` : name;
}

/** Names the codec of a type or error; `local` is what the module calls it. */
export function codecName(local: string): string {
  return `${local}$`;
}

/** Names what is written of a type, where that is not what is read. */
export function initName(local: string): string {
  return `${local}Init`;
}

/** Names what an implementation of an interface has to be. */
export function implementationName(local: string): string {
  return `${local}Impl`;
}

/** Names the class behind an interface's stub. It is not exported; the leading `$` keeps it out of everyone's way. */
export function stubName(local: string): string {
  return `$${local}Stub`;
}

/** Names the type of an interface's forms that return declared errors. */
export function resultsName(local: string): string {
  return `${local}Results`;
}

/** Names the type of an interface's forms that return an object at once. */
export function earlyName(local: string): string {
  return `${local}Early`;
}

/** Names what a role of a channel offers, as its peer has it: the `broker` of `Sandbox` offers a `SandboxBroker`. */
export function roleTypeName(channel: string, role: string): string {
  return `${channel}${capital(role)}`;
}

/** Names a role where it stands beside the channel itself. */
export function roleMemberName(role: string): string {
  return role === "channel" ? "channel$" : memberName(role);
}

/** Names the functions that open a channel: as a role, and to a peer that has it. */
export function openingNames(role: string): { readonly connect: string; readonly accept: string } {
  return { connect: `connectAs${capital(role)}`, accept: `accept${capital(role)}` };
}

function capital(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

/** Names the constant that describes a method. */
export function methodConstant(local: string, method: string): string {
  return `${local}$${method}`;
}

/** What an error declaration becomes. */
export interface ErrorNames {
  /** The object of its values. */
  readonly values: string;
  /** The type of its codes. */
  readonly code: string;
  /** The class of what is thrown. */
  readonly class: string;
}

/**
 * Names the parts of an error. `Errno` becomes the values `Errno`, the codes `ErrnoCode` and the class `ErrnoError`. A
 * name that ends in `Error` already is the class's, and the values share the name of the codes: `ParseError` becomes
 * the class `ParseError` and `ParseErrorCode` for both.
 */
export function errorNames(error: ErrorEnum): ErrorNames {
  const code = `${error.name}Code`;
  const values = isClassName(error.name) ? code : declarationName(error.name);
  return { values, code, class: errorClassName(error.name) };
}

/** Names the class of an error; `name` is the error's own, or what the module calls it. */
export function errorClassName(name: string): string {
  return isClassName(name) ? declarationName(name) : `${name}Error`;
}

/** Names what an error union is one of: `Trouble`, whose class is `TroubleError`, but `NPErrorArm` of `NPError`. */
export function errorArmName(name: string): string {
  return isClassName(name) ? `${name}Arm` : declarationName(name);
}

function isClassName(name: string): boolean {
  return name.endsWith("Error");
}

/** The path of the file a source becomes, in the output directory: `idl/files.idl` becomes `files.ts`. */
export function outputPath(sourcePath: string): string {
  return `${baseName(sourcePath).replace(/\.idl$/, "")}.ts`;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
