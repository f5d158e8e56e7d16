/**
 * The templates at work. They print text that is already safe, so nothing is escaped here; a value that a template
 * names and its view lacks is our bug and throws.
 */

import Handlebars from "handlebars";
import { templates } from "./templates.ts";

export type TemplateName = keyof typeof templates;

const handlebars = Handlebars.create();
const compiled = new Map<TemplateName, Handlebars.TemplateDelegate>();

/** Prints a template with what its view shows, without the line ending at its end. */
export function render(name: TemplateName, view: object): string {
  return template(name)(view).replace(/\n$/, "");
}

function template(name: TemplateName): Handlebars.TemplateDelegate {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  handlebars.registerPartial("comment", templates.comment);
  const fresh = handlebars.compile(templates[name], { noEscape: true, strict: true, knownHelpersOnly: true });
  compiled.set(name, fresh);
  return fresh;
}
