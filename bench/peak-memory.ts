/** Loaded before a program (`node --import`): as it ends, writes to descriptor 3 the most memory it used, in KiB. */

import { writeSync } from "node:fs";

process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));
