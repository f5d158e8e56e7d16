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
 * Methods that every object inherits: an implementation that left one out would still type-check, and its peer would
 * call the inherited one.
 */
const inheritedMethods = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * `new(…)` in an interface is a constructor's signature, `then` makes `await` mistake a stub for a promise, and `toJSON`
 * is called by `JSON.stringify`.
 */
const meaningfulMethods = new Set(["new", "then", "toJSON"]);

/** Names a declaration: a type, a constant, or both. */
export function declarationName(name: string): string {
  return reservedWords.has(name) || typeWords.has(name) ? `${name}$` : name;
}

/** Names a field of a struct or a member of an enum. Only `__proto__` hurts: in an object literal it sets the prototype. */
export function memberName(name: string): string {
  return name === "__proto__" ? "__proto__$" : name;
}

/** Names a method of a stub and of an implementation. */
export function methodName(name: string): string {
  return inheritedMethods.has(name) || meaningfulMethods.has(name) ? `${name}$` : name;
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

/** Names what an implementation of an interface has to be. */
export function implementationName(local: string): string {
  return `${local}Impl`;
}

/** Names the class behind an interface's stub. It is not exported; the leading `$` keeps it out of everyone's way. */
export function stubName(local: string): string {
  return `$${local}Stub`;
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
  const name = declarationName(error.name);
  const code = `${error.name}Code`;
  if (error.name.endsWith("Error")) return { values: code, code, class: name };
  return { values: name, code, class: `${error.name}Error` };
}

/** The path of the file a source becomes, in the output directory: `idl/files.idl` becomes `files.ts`. */
export function outputPath(sourcePath: string): string {
  return `${baseName(sourcePath).replace(/\.idl$/, "")}.ts`;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
