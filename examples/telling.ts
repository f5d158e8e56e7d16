/** How the programs of an example tell their story: a line for each thing that happened. */

/** Tells one thing that happened. */
export type Tell = (what: string, outcome: string) => void;

/** Makes the function with which one program tells. */
export function teller(who: string): Tell {
  return (what, outcome) => console.log(`${who.padEnd(8)} ${what.padEnd(46)} ${outcome}`);
}
