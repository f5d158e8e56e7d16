/** What the parser decides by: two tokens, as Chevrotain computes it, except where that would stop at a fault. */

import { type ILookaheadStrategy, LLkLookaheadStrategy } from "chevrotain";
import { type Landmarks, RecoveringParser } from "./recovery.ts";

type Optional = Parameters<ILookaheadStrategy["buildLookaheadForOptional"]>[0];

/** Chevrotain's lookahead, except that blocks, lists and the file take all that stands before their end. */
export function blockLookahead(landmarks: Landmarks): ILookaheadStrategy {
  return new (class extends LLkLookaheadStrategy {
    override buildLookaheadForOptional(options: Optional): () => boolean {
      const { rule, prodType, prodOccurrence } = options;
      const { inFile, inBlock, inParameters, atNextParameter } = RecoveringParser.prototype;
      if (rule.name === landmarks.file) return inFile;
      if (landmarks.blocks.has(rule.name) && prodType === "Repetition") return inBlock;
      if (rule.name === landmarks.parameters && prodType === "Repetition") return atNextParameter;
      if (rule.name === landmarks.parameters && prodType === "Option" && prodOccurrence === 0) return inParameters;
      const lookahead = super.buildLookaheadForOptional(options);
      if (rule.name !== landmarks.declaration) return lookahead;
      // Every word of a declaration's head is looked at here, and a misspelt one is taken for the one meant.
      return function (this: RecoveringParser) {
        return lookahead.call(this) || (this.respell() && lookahead.call(this));
      };
    }
  })({ maxLookahead: 2 });
}
