/**
 * FNV-1a, 32 bits, over the UTF-8 of a name, as a signed integer so that it stays in JavaScript's small-integer range.
 * http://www.isthe.com/chongo/tech/comp/fnv/ gives the offset basis and the prime.
 */
export function fnv1a(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}
