/** Comparing syntax trees by what they say, wherever it stood. */

/** Returns a tree without its spans and sources, as plain data. */
export function shape(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(shape);
  if (typeof tree !== "object" || tree === null) return tree;
  const entries = Object.entries(tree).filter(([key]) => key !== "span" && key !== "source");
  return Object.fromEntries(entries.map(([key, value]) => [key, shape(value)]));
}
