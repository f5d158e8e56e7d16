/**
 * Puts the emitter's templates into a module, so that the emitter needs no file system and the bundle holds them. A
 * test holds the module to the files.
 */

import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../generator/emit/templates/", import.meta.url);

/** Prints the module `generator/emit/templates.ts`, which holds every template of the folder. */
export function embeddedTemplates(): string {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".hbs"))
    .sort();
  const entries = names.map((name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    return `  ${propertyName(name.replace(/\.hbs$/, ""))}: \`${text.replace(/[\\`]|\$\{/g, "\\$&")}\`,\n`;
  });
  return `// Generated from templates/*.hbs by npm run generate; edit those.\n\nexport const templates = {\n${entries.join("")}} as const;\n`;
}

function propertyName(name: string): string {
  return /^[a-z]+$/.test(name) ? name : JSON.stringify(name);
}
