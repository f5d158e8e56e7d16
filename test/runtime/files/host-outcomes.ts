/** Run as a child: makes every call of cases.ts on the tree that is its argument, and prints the outcomes as JSON. */

import { calls } from "./cases.ts";
import { hostOutcomeOf } from "./outcome.ts";

const base = process.argv[2]!;
const outcomes: string[] = [];
for (const call of calls) outcomes.push(await hostOutcomeOf(base, call));
process.stdout.write(JSON.stringify(outcomes));
