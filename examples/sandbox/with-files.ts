/** What a program can do with files that it may not name itself: open, list, write, watch. */

import { readFileSync } from "node:fs";
import type { Tell } from "../telling.ts";
import { Errno, FileKind, OpenFlags, type OpenService } from "./generated/sandbox.ts";

/** Tells of everything that `OpenService` has. */
export async function useFiles(files: OpenService, tell: Tell): Promise<void> {
  {
    // Blocks, as open(2) does; what comes back is a real descriptor, which Node's own functions take.
    using notes = files.openSync("/notes.txt", OpenFlags.read);
    tell("openSync, then fs.readFileSync", JSON.stringify(readFileSync(notes.fd, "utf8")));
  }

  const { kind, size, mode } = await files.stat("/latest", false);
  tell("stat of a symbolic link", `${nameOf(kind)} of ${size} bytes, mode ${(mode & 0o777).toString(8)}`);
  tell("readlinkSync", files.readlinkSync("/latest"));

  files.chdirSync("/drawings");
  tell("chdirSync, then getcwdSync", files.getcwdSync());

  {
    let changed!: (what: string) => void;
    const change = new Promise<string>((resolve) => {
      changed = resolve;
    });
    // Each change arrives as a call of an object here, until the subscription is let go of: at the end of this block.
    using _ = await files.watch(".", { changed: (name, kind) => changed(`${name}: ${nameOf(kind)}`) });
    const stored = await files.store("circle.svg", drawing());
    tell("a generator stored as a file", `${stored} bytes`);
    tell("a watch has told of", await change);
  }

  for await (const entry of files.readdir("/drawings")) tell("readdir, as a stream", entry.name);

  {
    using drawn = await files.openReadOnly("circle.svg");
    tell("openReadOnly gives a descriptor that can", `${drawn.readable ? "read" : ""}${drawn.writable ? "write" : ""}`);
  }

  // A declared error can be caught, or had as a value.
  const found = await files.result.open("/etc/passwd", OpenFlags.read);
  tell("what is outside of the folder", found.ok ? "was opened!" : found.error.message);
  const trapped = await files.result.open("/trap", OpenFlags.read);
  const errno = trapped.ok ? undefined : -trapped.error.errno;
  tell("a symbolic link that leads out", errno === Errno.ENOENT ? "leads nowhere" : `${errno}`);
}

/** A drawing, line by line: the broker asks for the next when it has written the last. */
function* drawing(): Generator<Uint8Array> {
  yield Buffer.from('<svg xmlns="http://www.w3.org/2000/svg">\n');
  yield Buffer.from('  <circle r="1"/>\n');
  yield Buffer.from("</svg>\n");
}

function nameOf(kind: FileKind): string {
  return Object.entries(FileKind).find(([, value]) => value === kind)?.[0] ?? "other";
}
