import type { Diagnostics } from "../diagnostics.ts";
import type { Model, Module, Package } from "../model/model.ts";

/** The files of one package agree on its version and its wire. */
export function packages(model: Model, diagnostics: Diagnostics): void {
  const first = new Map<string, Module>();
  for (const module of model.modules) {
    const { name } = module.package;
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, module);
    else if (name !== "") compare(module, earlier, diagnostics);
  }
}

function compare({ package: found }: Module, { package: other, source }: Module, diagnostics: Diagnostics): void {
  const sameVersion = found.major === other.major && found.minor === other.minor;
  if (sameVersion && found.wire === other.wire) return;
  const say = sameVersion ? wireOf : versionOf;
  const values = { name: found.name, path: source.path, other: say(other), found: say(found) };
  diagnostics.report("package-differs", found.span, values, [
    { span: other.span, message: "The other package line is here." },
  ]);
}

function versionOf({ major, minor }: Package): string {
  return `version ${major}.${minor}`;
}

function wireOf({ wire }: Package): string {
  return `\`@wire(${wire})\``;
}
