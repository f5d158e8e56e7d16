/** Builds what may stand before a declaration, member or parameter: documentation, attributes and modifiers. */

import type { CstNode } from "chevrotain";
import type * as ast from "./ast.ts";
import { buildExpression } from "./build-expression.ts";
import { type Building, buildName, span } from "./building.ts";
import type * as cst from "./cst.d.ts";

type Attributed = CstNode & { readonly children: { readonly attribute?: readonly cst.AttributeCstNode[] } };

/** Reads what may stand before a thing, and the place of the whole. */
export function decorated(b: Building, node: Attributed): ast.Decorated {
  const whole = span(b, node);
  const doc = b.docs.claim(whole.start);
  return { doc, attributes: (node.children.attribute ?? []).map((each) => buildAttribute(b, each)), span: whole };
}

function buildAttribute(b: Building, node: cst.AttributeCstNode): ast.Attribute {
  return {
    name: buildName(b, node.children.AnyName[0]!),
    arguments: (node.children.argument ?? []).map((argument) => ({
      name: argument.children.AnyName && buildName(b, argument.children.AnyName[0]!),
      value: buildExpression(b, argument.children.expression[0]!),
      span: span(b, argument),
    })),
    span: span(b, node),
  };
}

type ModifierWord = "strict" | "flexible" | "resource";

/** Reads the modifiers of a declaration and reports those that do not belong before it or contradict another. */
export function modifiers(b: Building, item: cst.DeclarationCstNode, what: string, allowed: readonly ModifierWord[]) {
  let openness: ast.Openness | undefined;
  let resource = false;
  for (const node of item.children.modifier ?? []) {
    const { Strict, Flexible } = node.children;
    const word: ModifierWord = Strict ? "strict" : Flexible ? "flexible" : "resource";
    const earlier = word === "resource" ? resource && word : openness;
    if (!allowed.includes(word)) b.diagnostics.report("modifier-misplaced", span(b, node), { modifier: word, what });
    else if (earlier) b.diagnostics.report("modifier-conflict", span(b, node), { modifier: word, earlier });
    else if (word === "resource") resource = true;
    else openness = word;
  }
  return { openness, resource };
}

/** Reports every modifier of what takes none. */
export function noModifiers(b: Building, item: cst.DeclarationCstNode, what: string): void {
  modifiers(b, item, what, []);
}

/** Leaves out the nodes that could not be read, and their comments with them. */
export function readable<Node extends CstNode>(b: Building, nodes: readonly Node[] | undefined): readonly Node[] {
  return (nodes ?? []).filter((node) => !unreadable(b, node));
}

/** Tells whether a node could not be read, and if so remembers its place. */
export function unreadable(b: Building, node: CstNode): boolean {
  if (node.recoveredNode !== true) return false;
  leaveOut(b, node);
  return true;
}

/** Remembers the place of a node that is left out of the tree, and returns nothing to put in its place. */
export function leaveOut(b: Building, node: CstNode): readonly never[] {
  const { start, end } = span(b, node);
  b.unread.push({ start, end });
  return [];
}
