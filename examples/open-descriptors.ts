/** Counts the descriptors that this process has open, so that an example can show that none is left. */

import { readdirSync, readlinkSync } from "node:fs";

/** How many there are, the one that looks not counted. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) !== `/proc/${process.pid}/fd`;
    } catch {
      return false;
    }
  }).length;
}
