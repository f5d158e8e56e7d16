import type { Diagnostics } from "../diagnostics.ts";
import type { Described, Interface, Model, Role } from "../model/model.ts";
import { declarationsOf } from "./walk.ts";

interface Range {
  readonly least: number;
  readonly greatest: number;
}

/** A count that a signed word holds. */
const GREATEST = 2 ** 31 - 1;

/** What the end of a channel can be limited to; a sender counts on the least before it has heard of more. */
const ofRoles: ReadonlyMap<string, Range> = new Map([
  ["message", { least: 4096, greatest: GREATEST }],
  // The greatest is SCM_MAX_FD of Linux's include/net/scm.h.
  ["fds", { least: 1, greatest: 253 }],
  ["inflight", { least: 16, greatest: GREATEST }],
  ["exports", { least: 0, greatest: GREATEST }],
]);

/** What one object can be limited to: a call over it fails by itself, so there is nothing to count on. */
const ofInterfaces: ReadonlyMap<string, Range> = new Map([["inflight", { least: 1, greatest: GREATEST }]]);

/** A limit is one that its place can have, and a number that it can be. */
export function limits(model: Model, diagnostics: Diagnostics): void {
  for (const declaration of declarationsOf(model)) {
    if (declaration.kind === "interface") check(declaration, ofInterfaces, "an interface", diagnostics);
    if (declaration.kind !== "channel") continue;
    for (const role of declaration.roles) check(role, ofRoles, "the end of a channel", diagnostics);
  }
}

function check(
  limited: (Interface | Role) & Described,
  known: ReadonlyMap<string, Range>,
  place: string,
  diagnostics: Diagnostics,
): void {
  for (const attribute of limited.attributes.filter(({ name }) => name === "limits")) {
    for (const [limit, value] of attribute.arguments) {
      const range = known.get(limit);
      if (range === undefined) {
        const limits = [...known.keys()].map((name) => `\`${name}\``).join(", ");
        diagnostics.report("limit-misplaced", attribute.span, { limit, place, limits });
      } else if (value.kind === "integer" && (value.value < range.least || value.value > range.greatest)) {
        const { least, greatest } = range;
        const values = { limit, value: `${value.value}`, least: `${least}`, greatest: `${greatest}` };
        diagnostics.report("limit-out-of-range", attribute.span, values);
      }
    }
  }
}
