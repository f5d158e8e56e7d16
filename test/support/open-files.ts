/** Real descriptors of the kinds that tests need. */

import { openSync } from "node:fs";
import { devNull } from "node:os";
import { fileURLToPath } from "node:url";
import { Fd } from "../../runtime/descriptor.ts";
import { addon } from "../../runtime/native/addon.ts";

/** A file that is there for certain: this one. */
export const somePath: string = fileURLToPath(import.meta.url);

/** What this file begins with. */
export const someText = "/** Real descriptors";

/** A file open for reading. */
export function openFile(): Fd<"file"> {
  return Fd.adopt(openSync(somePath, "r"), "openFile");
}

/** A directory; typed as a file, so that it can be offered where it must be refused. */
export function openDirectory(): Fd<"file"> {
  return Fd.adopt(openSync("/", "r"), "openDirectory");
}

/** A device that can only be written to. */
export function openForWriting(): Fd<"device"> {
  return Fd.adopt(openSync(devNull, "w"), "openForWriting");
}

/** Anonymous memory, readable and writable. */
export function openMemory(): Fd<"memory"> {
  return Fd.adopt(addon().memfd("test", 16, true), "openMemory");
}
