/**
 * What the calling process repeats: each trial makes so many calls in one way, and is done when all are answered. All
 * go through generated code, as a program's would.
 */

import { readSync } from "node:fs";
import type { Files } from "../generated/files.ts";
import type { Numbers, Work } from "./generated/bench.ts";

/** The peer's objects that trials call. */
export interface Peer {
  readonly work: Work;
  readonly files: Files;
}

/** Makes so many calls. */
export type Trial = (peer: Peer, calls: number) => Promise<void> | void;

/** What all opens open; the floor opens the same file. */
const PATH = "/etc/passwd";
const MEBIBYTE = 1 << 20;

const numbers: Numbers = { a: 1.5, b: 2.5, c: 3.5, d: 4.5, e: 5.5, f: 6 };
const text = "forty-four characters of plain ASCII letters";
const body = new Uint8Array(MEBIBYTE).fill(0x70);

/** The trials by the name that a row gives. */
export const trials: Readonly<Record<string, Trial>> = {
  "open blocking": ({ files }, calls) => {
    for (let i = 0; i < calls; i++) files.openSync(PATH).close();
  },
  "open and read blocking": ({ files }, calls) => {
    const buffer = new Uint8Array(64);
    for (let i = 0; i < calls; i++) {
      using file = files.openSync(PATH);
      readSync(file.fd, buffer);
    }
  },
  open: (peer, calls) => inFlight(1, calls, () => open(peer)),
  "open 64": (peer, calls) => inFlight(64, calls, () => open(peer)),
  "call blocking": ({ work }, calls) => {
    for (let i = 0; i < calls; i++) work.callSync(numbers);
  },
  call: ({ work }, calls) => inFlight(1, calls, () => work.call(numbers)),
  "call 16": ({ work }, calls) => inFlight(16, calls, () => work.call(numbers)),
  "call 64": ({ work }, calls) => inFlight(64, calls, () => work.call(numbers)),
  "call 256": ({ work }, calls) => inFlight(256, calls, () => work.call(numbers)),
  "text 256": ({ work }, calls) => inFlight(256, calls, () => work.text(text)),
  "stat 64": ({ work }, calls) => inFlight(64, calls, () => work.stat(PATH)),
  "dir 16": ({ work }, calls) => inFlight(16, calls, () => work.dir("/etc")),
  "echo 4": ({ work }, calls) => inFlight(4, calls, () => work.echo(body)),
  "note 256": ({ work }, calls) => notes(work, 256, calls),
  "note 1000": ({ work }, calls) => notes(work, 1000, calls),
};

async function open({ files }: Peer): Promise<void> {
  const file = await files.open(PATH);
  file.close();
}

/** Keeps `window` calls in flight: each that is answered is followed by another. */
async function inFlight(window: number, calls: number, call: () => Promise<unknown>): Promise<void> {
  let left = calls;
  const repeat = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: Math.min(window, calls) }, repeat));
}

/** Sends so many one-ways, `turn` of them in a turn, then waits until the peer has had them all. */
async function notes(work: Work, turn: number, calls: number): Promise<void> {
  for (let left = calls; left > 0; left -= turn) {
    let last: Promise<void> | undefined;
    for (let i = Math.min(turn, left); i > 0; i--) last = work.note(numbers);
    // It waits while the peer is behind.
    await last;
  }
  await work.call(numbers);
}
