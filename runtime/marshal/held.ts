/** Values of resource types: what holds descriptors or objects, and can be disposed of as a whole. */

/**
 * Disposes of every descriptor and object that a value holds, in records, lists and maps within it too. What has been
 * closed or moved already stays as it is.
 */
export function disposeAll(value: unknown): void {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return;
  if (Array.isArray(value) || value instanceof Map) for (const held of value.values()) disposeAll(held);
  else disposeOf(value);
}

/** The `Symbol.dispose` of values that a codec has read, which are records of what they hold. */
export function disposeHeld(this: object): void {
  for (const held of Object.values(this)) disposeAll(held);
}

function disposeOf(value: object): void {
  const dispose: unknown = (value as Partial<Disposable>)[Symbol.dispose];
  if (typeof dispose === "function") dispose.call(value);
}
