/** How both sides tell their story: a line for each thing that happened. */

import type { NPVariant } from "./generated/sandbox.ts";

/** Tells one thing that happened. */
export type Tell = (what: string, outcome: string) => void;

/** Makes the function with which one side tells. */
export function teller(side: string): Tell {
  return (what, outcome) => console.log(`${side.padEnd(8)} ${what.padEnd(46)} ${outcome}`);
}

/** A script value in words. */
export function shown(value: NPVariant): string {
  return value.kind === "object" ? "[object]" : "value" in value ? String(value.value) : value.kind;
}
