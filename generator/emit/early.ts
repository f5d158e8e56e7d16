/** Which methods have an early form: those whose whole result is an object, which can be called before it is there. */

import { type Interface, type Method, underlying } from "../model/model.ts";

/** Says which interface the object has that is a method's whole result; nothing where that is something else. */
export function broughtBy({ result }: Method): Interface | undefined {
  const type = result && underlying(result);
  return type?.kind === "reference" && type.target.kind === "interface" ? type.target : undefined;
}
