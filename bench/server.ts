/** The serving process: answers the calls of `Work`, opens files of `/etc`, and has an object that scripts may call. */

import { Files } from "../generated/files.ts";
import { NPObject, NPUpcalls } from "../generated/npapi.ts";
import { connectToParent, filesIn, offer } from "../runtime/index.ts";
import { AsyncCalls, answeringLater, exportObject } from "../runtime/npapi/index.ts";
import { type Entry, EntryKind, type Facts, Work, type WorkImpl } from "./generated/bench.ts";
import { limits } from "./limits.ts";
import { cpuSeconds } from "./timing.ts";

const facts: Facts = {
  dev: 65024,
  ino: 1234567n,
  mode: 0o100644,
  nlink: 1,
  uid: 0,
  gid: 0,
  size: 2048,
  blksize: 4096,
  blocks: 8,
  atime: 1_700_000_000_000_000,
  mtime: 1_700_000_000_000_000,
  ctime: 1_700_000_000_000_000,
};

const entries: readonly Entry[] = Array.from({ length: 100 }, (_, index) => ({
  name: `entry-${index}.txt`,
  kind: EntryKind.file,
}));

const work: WorkImpl = {
  call: (numbers) => numbers,
  text: (text) => text,
  note: () => {},
  stat: () => facts,
  dir: () => entries,
  echo: (body) => body,
  cpu: cpuSeconds,
};

const files = filesIn([{ at: "/etc", from: "/etc", access: "read" }]);
const spin = Number(process.argv[2]);
const object = answeringLater(exportObject((_text: string, number: number) => number));
connectToParent({
  spin,
  limits,
  offers: [offer(Work, work), offer(Files, files), offer(NPObject, object), offer(NPUpcalls, new AsyncCalls())],
});
