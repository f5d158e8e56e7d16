/**
 * The side that has the files. It grants one directory to read and one to write, starts a program that can open
 * nothing by itself, and answers its calls.
 */

import { readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Files } from "../../generated/files.ts";
import { filesIn, offer, spawn } from "../../runtime/index.ts";
import { confined, packageRoot } from "../confined.ts";
import { openDescriptors } from "../open-descriptors.ts";

const input = join(packageRoot, "examples/files/input");
const sandbox = fileURLToPath(new URL("sandbox.js", import.meta.url));

const scratch = await mkdtemp(join(tmpdir(), "postern-"));
// Something for the sandbox to run into: a link that leads out of what it may write.
symlinkSync("/etc/passwd", join(scratch, "planted"));

console.log(`broker   grants ${input} as /data to read, and ${scratch} as /out to write`);
const before = openDescriptors();
using files = filesIn([
  { at: "/data", from: input, access: "read" },
  { at: "/out", from: scratch, access: "write" },
]);

// Node's permission model keeps the program's own `fs` to the code it runs: it can open nothing else by itself.
const child = spawn(process.execPath, confined(sandbox), { offers: [offer(Files, files)] });
console.log(`broker   started a program (process ${child.process.pid}) that has its channel and nothing else`);

const { code } = await child.exited;
await child.channel.closed;
const counts = child.channel.counts;
files[Symbol.dispose]();

console.log("");
console.log(`broker   /out now holds ${readdirSync(scratch).sort().join(", ")}`);
console.log(`broker   report.txt says ${JSON.stringify(readFileSync(join(scratch, "report.txt"), "utf8"))}`);
console.log(`broker   calls answered       ${counts.callsServed}`);
console.log(`broker   messages             ${counts.messagesReceived} in, ${counts.messagesSent} out`);
console.log(`broker   descriptors passed   ${counts.descriptorsSent}`);
console.log(`broker   descriptors left open ${openDescriptors() - before}`);
rmSync(scratch, { recursive: true });
process.exitCode = code ?? 1;
