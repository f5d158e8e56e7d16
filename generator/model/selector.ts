/** Selectors: the 32-bit numbers by which messages name methods. */

/**
 * Computes FNV-1a, 32 bits, over the UTF-8 bytes of a method's full name, `package.Interface/method`. As an
 * unsigned number.
 */
export function selectorOf(fullName: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(fullName)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
