/** The rows of the tables of calls. */

import type { FloorMode } from "./floor.ts";
import type { LinkOptions } from "./link.ts";

/** One thing that is measured, on both placements. */
export interface Row {
  readonly name: string;
  /** The name of a trial. */
  readonly trial: string;
  /** What the floor does for it. Rows that share one array share its run. */
  readonly floor: FloorMode;
  readonly link: LinkOptions;
  /** How a call's time is shown: as it is, as calls a second, or as megabytes a second for calls of one mebibyte. */
  readonly unit: Unit;
}

export type Unit = "us" | "/s" | "MB/s";

const packets: LinkOptions = { socket: "seqpacket", spin: 50 };
const asleep: LinkOptions = { socket: "seqpacket", spin: 0 };
const stream: LinkOptions = { socket: "stream", spin: 50 };

const opens: FloorMode = ["open"];
const calls: FloorMode = ["call"];
const window256: FloorMode = ["window", "256"];
const turn256: FloorMode = ["oneway", "256"];
const mebibyte: FloorMode = ["bytes", "1048576"];

/** What a message to a script object takes, by the new route and by the old one. */
export const routes: readonly Row[] = [
  { name: "message, new route, 256 a turn", trial: "post 256", floor: turn256, link: packets, unit: "us" },
  { name: "message, old route, 256 a turn", trial: "post 256 old", floor: turn256, link: packets, unit: "us" },
  { name: "question, new route", trial: "ask", floor: calls, link: packets, unit: "us" },
  { name: "question, old route", trial: "ask old", floor: calls, link: packets, unit: "us" },
];

/** In the order of the tables; rows with the same floor stand together. */
export const rows: readonly Row[] = [
  { name: "open, blocking", trial: "open blocking", floor: opens, link: packets, unit: "us" },
  { name: "open, blocking, spin 0", trial: "open blocking", floor: opens, link: asleep, unit: "us" },
  { name: "open, blocking, STREAM", trial: "open blocking", floor: opens, link: stream, unit: "us" },
  { name: "open, async", trial: "open", floor: opens, link: packets, unit: "us" },
  { name: "open, async, spin 0", trial: "open", floor: opens, link: asleep, unit: "us" },
  { name: "open, async, STREAM", trial: "open", floor: opens, link: stream, unit: "us" },
  { name: "open, 64 in flight", trial: "open 64", floor: opens, link: packets, unit: "/s" },
  { name: "call, blocking", trial: "call blocking", floor: calls, link: packets, unit: "us" },
  { name: "call, blocking, spin 0", trial: "call blocking", floor: calls, link: asleep, unit: "us" },
  { name: "call, blocking, STREAM", trial: "call blocking", floor: calls, link: stream, unit: "us" },
  { name: "call, async", trial: "call", floor: calls, link: packets, unit: "us" },
  { name: "call, async, STREAM", trial: "call", floor: calls, link: stream, unit: "us" },
  { name: "call, 16 in flight", trial: "call 16", floor: ["window", "16"], link: packets, unit: "/s" },
  { name: "call, 64 in flight", trial: "call 64", floor: ["window", "64"], link: packets, unit: "/s" },
  { name: "call, 256 in flight", trial: "call 256", floor: window256, link: packets, unit: "/s" },
  { name: "call, 256 in flight, STREAM", trial: "call 256", floor: window256, link: stream, unit: "/s" },
  { name: "text, 256 in flight", trial: "text 256", floor: window256, link: packets, unit: "/s" },
  { name: "one-way, 256 a turn", trial: "note 256", floor: turn256, link: packets, unit: "/s" },
  { name: "one-way, 1000 a turn", trial: "note 1000", floor: ["oneway", "1000"], link: packets, unit: "/s" },
  { name: "stat, 64 in flight", trial: "stat 64", floor: ["window", "64", "96"], link: packets, unit: "/s" },
  { name: "dir, 16 in flight", trial: "dir 16", floor: ["window", "16", "1712"], link: packets, unit: "/s" },
  { name: "echo 1 MiB, 4 in flight", trial: "echo 4", floor: mebibyte, link: packets, unit: "MB/s" },
  { name: "echo 1 MiB, 4 in flight, STREAM", trial: "echo 4", floor: mebibyte, link: stream, unit: "MB/s" },
  ...routes,
];
