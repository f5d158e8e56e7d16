/** What a hint says about a word that nobody knows. */

import { nearest } from "../suggest.ts";

/** Asks whether the nearest candidate was meant; when none is near, says something else. */
export function didYouMean(word: string, candidates: Iterable<string>, otherwise: string): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? otherwise : `Did you mean \`${meant}\`?`;
}
