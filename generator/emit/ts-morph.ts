/**
 * What the emitter takes from ts-morph. It is loaded as the CommonJS module it is: before an `import` Node would first
 * search its 13 MB of source, TypeScript's included, for the names that it exports, a third of the whole loading time.
 */

import { createRequire } from "node:module";

// `require` says nothing of types; those of the module are the ones that its own declarations give it.
const tsMorph = createRequire(import.meta.url)("ts-morph") as typeof import("ts-morph");

export const { IndentationText, Project, QuoteKind, StructureKind } = tsMorph;
