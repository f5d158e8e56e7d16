/** readdir(): the names of a directory, read without blocking and never more than a reply holds. */

import { isUtf8 } from "node:buffer";
import type { Dir, Dirent } from "node:fs";
import { opendir } from "node:fs/promises";
import { type DirEntry, ENTRIES_MAX, FileKind } from "../../generated/files.ts";
import { kindOfEntry } from "./facts.ts";
import { fail } from "./failure.ts";
import type { Node } from "./grants.ts";
import { procPath } from "./linux.ts";
import type { Place } from "./place.ts";

/** Bytes of one reply's entries: a message's default limit, less what is around them. */
const BYTES_MAX = (1 << 20) - 4096;
/** Bytes that an entry takes beside its name, at most. */
const ENTRY_BYTES = 8;
/** Entries that are read at a time. */
const BATCH = 1024;

/** Lists a directory; the grants in it hide what the host has of the same name. Rejects with the errno. */
export async function list(place: Place): Promise<readonly DirEntry[]> {
  const inner = place.node?.children ?? new Map<string, Node>();
  const listing = new Listing();
  for (const [name, node] of inner) {
    listing.add(name, Buffer.byteLength(name), node.held?.directory === false ? FileKind.file : FileKind.directory);
  }
  if (place.fd < 0) return listing.entries;
  for await (const entry of await openDirectory(place)) {
    if (!isUtf8(entry.name)) continue;
    const name = entry.name.toString();
    if (!inner.has(name)) listing.add(name, entry.name.length, kindOfEntry(entry));
  }
  return listing.entries;
}

class Listing {
  readonly entries: DirEntry[] = [];
  #bytes = 0;

  add(name: string, length: number, kind: FileKind): void {
    this.#bytes += length + ENTRY_BYTES;
    if (this.entries.length === ENTRIES_MAX || this.#bytes > BYTES_MAX) fail("EOVERFLOW");
    this.entries.push({ name, kind });
  }
}

/** Opens a directory for its names as bytes. Iterating to the end, or leaving early, closes it. */
async function openDirectory(place: Place): Promise<AsyncIterable<Dirent<Buffer>>> {
  // Node takes "buffer" here, as readdir does, and gives Buffers for it; its types know only the text encodings.
  const options = { encoding: "buffer" as BufferEncoding, bufferSize: BATCH };
  const directory: Dir = await opendir(procPath(place.fd), options);
  return directory as unknown as AsyncIterable<Dirent<Buffer>>;
}
