/** Times so many calls of one trial, in parts, so that a pause of the machine spoils one part and not the result. */

import type { Timing, Work } from "./generated/bench.ts";
import { median } from "./statistics.ts";
import type { Peer, Trial } from "./trials.ts";

/** As many as the floor's program has. */
const PARTS = 10;

/** The processor time of this process so far, in seconds. */
export function cpuSeconds(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6;
}

/** Runs a trial; see the file's comment. */
export async function time(trial: Trial, peer: Peer, calls: number): Promise<Timing> {
  const part = Math.ceil(calls / PARTS);
  const micros: number[] = [];
  const cpuBefore = await bothEnds(peer.work);
  const messagesBefore = messagesOf(peer);
  const start = performance.now();
  for (let i = 0; i < PARTS; i++) {
    const before = performance.now();
    await trial(peer, part);
    micros.push(((performance.now() - before) * 1000) / part);
  }
  const seconds = (performance.now() - start) / 1000;
  const messages = messagesOf(peer) - messagesBefore;
  return { micros: median(micros), seconds, cpu: (await bothEnds(peer.work)) - cpuBefore, messages };
}

function messagesOf({ channel: { counts } }: Peer): number {
  return counts.messagesSent + counts.messagesReceived;
}

async function bothEnds(work: Work): Promise<number> {
  return (await work.cpu()) + cpuSeconds();
}
