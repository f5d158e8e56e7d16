/**
 * The TypeScript target. It decides whether the model can be printed; the printer itself, with ts-morph behind it,
 * takes 0.4 s to load and so is loaded only when there is something to print.
 */

import { reportClashes } from "./clashes.ts";
import type { Target, TypeScriptOptions } from "./target.ts";
import { reportUnsupported } from "./unsupported.ts";

/** Makes the target that prints TypeScript. */
export function typescript(options: TypeScriptOptions = {}): Target {
  return {
    name: "TypeScript",
    async emit(model, diagnostics) {
      reportUnsupported(model, diagnostics);
      reportClashes(model, diagnostics);
      if (diagnostics.hasErrors) return [];
      const { ModulePrinter } = await import("./module.ts");
      const printer = new ModulePrinter(options);
      return model.modules.filter(({ requested }) => requested).map((module) => printer.print(module));
    },
  };
}
