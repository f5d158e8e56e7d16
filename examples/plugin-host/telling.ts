/** How both programs tell their story: a line for each thing that happened. */

/** Makes the function with which one of them tells. */
export function teller(who: string): (what: string, outcome: string) => void {
  return (what, outcome) => console.log(`${who.padEnd(8)} ${what.padEnd(44)} ${outcome}`);
}
