/**
 * What the language itself has: objects that every program of a realm shares, so that one which a peer could write to
 * would be changed for all of them. Found by walking from the globals, once, when something is first asked.
 */

import { types } from "node:util";

/** The globals of ECMAScript; and Node's Buffer, whose prototype stands between its instances and a typed array's. */
const GLOBALS =
  "AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean Buffer DataView Date Error " +
  "EvalError FinalizationRegistry Float32Array Float64Array Function Int16Array Int32Array Int8Array Intl Iterator " +
  "JSON Map Math Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String " +
  "Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet " +
  "WebAssembly decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval isFinite isNaN parseFloat " +
  "parseInt unescape";

/** Of kinds whose prototypes no global leads to. */
function* nameless(): Iterable<object> {
  yield async () => {};
  yield function* () {};
  yield async function* () {};
  yield [].values();
  yield new Map().entries();
  yield new Set().values();
  yield ""[Symbol.iterator]();
  yield "".matchAll(/x/g);
}

let found: ReadonlySet<unknown> | undefined;

/** Whether something is the language's own: `Array.prototype`, `Math`, `parseInt`. */
export function isIntrinsic(value: unknown): boolean {
  found ??= walk();
  return found.has(value);
}

function walk(): ReadonlySet<unknown> {
  const seen = new Set<unknown>();
  const globals = globalThis as Readonly<Record<string, unknown>>;
  const left: unknown[] = GLOBALS.split(" ").map((name) => globals[name]);
  for (const sample of nameless()) left.push(Object.getPrototypeOf(sample));
  while (left.length > 0) {
    const next = left.pop();
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    left.push(Object.getPrototypeOf(next));
    for (const key of Reflect.ownKeys(next)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(next, key)!;
      left.push(value, get, set);
    }
  }
  return seen;
}

/** Whether something has properties. */
export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/**
 * Whether an object is a prototype that the language brings, of this realm or, as objects of a `vm` context have them,
 * of another: those have a native constructor whose prototype they are.
 */
export function isIntrinsicPrototype(holder: object): boolean {
  if (isIntrinsic(holder)) return true;
  if (types.isProxy(holder)) return false;
  const maker: unknown = Object.getOwnPropertyDescriptor(holder, "constructor")?.value;
  return (
    typeof maker === "function" &&
    /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(maker)) &&
    Object.getOwnPropertyDescriptor(maker, "prototype")?.value === holder
  );
}

/** Whether something is an error, of whatever realm. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** How the engine shows those functions that make code of text, which no program's own function can look like. */
const CODE_MAKER = /^function (eval|(Async)?(Generator)?Function)\(\)\s*\{\s*\[native code\]\s*\}$/;

/** Whether a function, of whatever realm, makes code of text: `eval`, `Function`, and the constructors of its kin. */
export function makesCode(callee: unknown): boolean {
  return typeof callee === "function" && CODE_MAKER.test(Function.prototype.toString.call(callee));
}
