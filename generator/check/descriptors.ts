import type { Diagnostics } from "../diagnostics.ts";
import type { Model } from "../model/model.ts";
import { typesOf } from "./walk.ts";

/** The kinds and rights of a descriptor can be true at once: a directory is never open for writing. */
export function descriptors(model: Model, diagnostics: Diagnostics): void {
  for (const { parts, span } of typesOf(model)) {
    for (const part of parts) {
      if (part.kind !== "fd") continue;
      const isDirectory = part.kinds.length === 1 && part.kinds[0] === "dir";
      const writable = part.required.includes("write") || part.optional.includes("write");
      if (isDirectory && writable) diagnostics.report("descriptor-never-writable", span, {});
    }
  }
}
