import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { interfacesOf } from "./walk.ts";

/** Beside a sync method `x` no other is called `xSync`, which is the name of its blocking form. */
export function blockingNames(model: Model, diagnostics: Diagnostics): void {
  for (const { methods } of interfacesOf(model)) {
    const blocking = new Map(
      methods.filter(({ style }) => style === "sync").map((method) => [`${method.name}Sync`, method]),
    );
    for (const { name, nameSpan } of methods) {
      const method = blocking.get(name);
      if (method === undefined) continue;
      const notes = [{ span: method.nameSpan, message: `\`${method.name}\` is \`sync\`.` }];
      diagnostics.report("blocking-name-clash", nameSpan, { name, method: method.name }, notes);
    }
  }
}
