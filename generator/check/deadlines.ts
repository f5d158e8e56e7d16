import type { Diagnostics } from "../diagnostics.ts";
import type { Method, Model } from "../model/model.ts";
import { interfacesOf } from "./walk.ts";

/** What a 32-bit timer can wait for, in milliseconds: almost 25 days. What is longer would be over at once. */
const GREATEST = 2 ** 31 - 1;

/** A deadline is a time that can pass while somebody waits for an answer. */
export function deadlines(model: Model, diagnostics: Diagnostics): void {
  for (const { methods } of interfacesOf(model)) for (const method of methods) check(method, diagnostics);
}

function check({ name, style, attributes }: Method, diagnostics: Diagnostics): void {
  const deadline = attributes.find((attribute) => attribute.name === "deadline");
  if (deadline === undefined) return;
  if (style === "oneway") diagnostics.report("deadline-misplaced", deadline.span, { name });
  const time = deadline.arguments.get("time");
  if (time?.kind !== "integer" || (time.value >= 1 && time.value <= GREATEST)) return;
  diagnostics.report("deadline-out-of-range", deadline.span, { value: `${time.value}`, greatest: `${GREATEST}` });
}
