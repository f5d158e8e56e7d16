/**
 * What the calling process repeats: each trial makes so many calls in one way, and is done when all are answered. All
 * go through generated code, as a program's would.
 */

import { readSync } from "node:fs";
import type { Files } from "../generated/files.ts";
import { type NPObject, type NPUpcalls, NPVariant } from "../generated/npapi.ts";
import type { Channel } from "../runtime/index.ts";
import { AsyncCallQuestions, postByAsyncCall } from "../runtime/npapi/index.ts";
import type { Numbers, Work } from "./generated/bench.ts";

/** The peer's objects that trials call. */
export interface Peer {
  readonly work: Work;
  readonly files: Files;
  /** A script object of the peer's, and its queue of asynchronous calls. */
  readonly object: NPObject;
  readonly upcalls: NPUpcalls;
  readonly channel: Channel;
}

/** Makes so many calls. */
export type Trial = (peer: Peer, calls: number) => Promise<void> | void;

/** What all opens open; the floor opens the same file. */
const PATH = "/etc/passwd";
const MEBIBYTE = 1 << 20;

const numbers: Numbers = { a: 1.5, b: 2.5, c: 3.5, d: 4.5, e: 5.5, f: 6 };
const text = "forty-four characters of plain ASCII letters";
const body = new Uint8Array(MEBIBYTE).fill(0x70);
const message = [NPVariant.string(text), NPVariant.int32(7)];

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
  "post 256": async ({ object }, calls) => {
    await inTurns(256, calls, () => object.post(message));
    // Handled after all of them.
    await object.invokeDefault(message);
  },
  "post 256 old": async ({ object, upcalls }, calls) => {
    // No more are pending than a turn's, as a program that waits for its own would have it.
    for (let left = calls; left > 0; left -= 256) {
      const turn = Math.min(256, left);
      for (let i = 1; i < turn; i++) postByAsyncCall(upcalls, object, message);
      await new Promise<void>((resolve) => upcalls.pluginThreadAsyncCall(() => callAndTell(object, resolve)));
    }
  },
  ask: ({ object }, calls) => inFlight(1, calls, () => object.invokeDefault(message)),
  "ask old": async ({ object, upcalls }, calls) => {
    using questions = await AsyncCallQuestions.open(upcalls, object);
    await inFlight(1, calls, () => questions.ask(message));
  },
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
  await inTurns(turn, calls, () => work.note(numbers));
  await work.call(numbers);
}

/** Sends so many one-ways, `turn` of them in a turn. */
async function inTurns(turn: number, calls: number, send: () => Promise<void>): Promise<void> {
  for (let left = calls; left > 0; left -= turn) {
    let last: Promise<void> | undefined;
    for (let i = Math.min(turn, left); i > 0; i--) last = send();
    // It waits while the peer is behind.
    await last;
  }
}

/** What the old route does within its call, of which this tells the end. */
function callAndTell(object: NPObject, tell: () => void): void {
  object.invokeDefaultSync(message)[Symbol.dispose]();
  tell();
}
