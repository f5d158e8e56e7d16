/** Writes cst.d.ts, the types of the concrete syntax tree, from the grammar. */

import { generateCstDts } from "chevrotain";
import { Parser } from "./parser.ts";

/** Returns what `cst.d.ts` must hold for the grammar as it is now. */
export function cstDeclarations(): string {
  const parser = new Parser({ skipValidations: false });
  const declarations = generateCstDts(parser.getGAstProductions(), { includeVisitorInterface: false });
  return `// Generated from parser.ts by generate-cst.ts. Do not edit.\n${declarations.trimEnd()}\n`;
}
