/**
 * The side that has nothing but its channel. What it opens, it opens by asking; what comes back is a real descriptor,
 * which Node's own functions take.
 */

import { openSync, readFileSync, readSync, writeSync } from "node:fs";
import { type DirEntry, Files, OpenFlags } from "../../generated/files.ts";
import { connectToParent } from "../../runtime/index.ts";

const channel = connectToParent();
const files = channel.bootstrap(Files);

/** How many files to have opening at once, further down. */
const MANY = 1000;

tell(
  "its own fs cannot open a file",
  refusal(() => openSync("/etc/hostname", "r")),
);

// A blocking call: nothing else happens in this thread until the answer is here.
{
  using file = files.openSync("/data/greeting.txt");
  tell("openSync, then fs.readFileSync", JSON.stringify(readFileSync(file.fd, "utf8").trim()));
}

// The same by promise.
{
  using file = await files.open("/data/numbers.csv", OpenFlags.read);
  const buffer = Buffer.alloc(12);
  readSync(file.fd, buffer);
  tell("await open, then fs.readSync", JSON.stringify(buffer.toString()));
}

{
  using report = files.openSync("/out/report.txt", OpenFlags.write | OpenFlags.create);
  const written = writeSync(report.fd, "written through a descriptor that was passed here\n");
  tell("openSync for writing, then fs.writeSync", `${written} bytes`);
}

const listed = await files.readdir("/data");
tell(
  "readdir /data",
  listed
    .map((entry: DirEntry) => entry.name)
    .sort()
    .join(", "),
);
const { size, mtime } = await files.stat("/data/numbers.csv");
tell("stat /data/numbers.csv", `${size} bytes, of ${new Date(mtime.seconds * 1000).getUTCFullYear()}`);

tell(
  "what was not granted",
  refusal(() => files.openSync("/etc/passwd")),
);
tell(
  "climbing out",
  refusal(() => files.openSync("/data/../../etc/passwd")),
);
tell(
  "a link that leads out",
  refusal(() => files.openSync("/out/planted")),
);
tell(
  "writing where reading was granted",
  refusal(() => files.openSync("/data/greeting.txt", OpenFlags.write)),
);

const opened = await Promise.all(Array.from({ length: MANY }, () => files.open("/data/greeting.txt")));
const distinct = new Set(opened.map((file) => file.fd)).size;
for (const file of opened) file.close();
tell(`${MANY} opens in flight at once`, `${distinct} different descriptors, all closed again`);

const counts = channel.counts;
tell("calls made", String(counts.callsMade));
tell("messages", `${counts.messagesSent} out, ${counts.messagesReceived} in`);
tell("descriptors received", String(counts.descriptorsReceived));
channel.close();

/** What an attempt was refused with, or that it was not. */
function refusal(attempt: () => Disposable | number): string {
  try {
    const got = attempt();
    if (typeof got !== "number") got[Symbol.dispose]();
    process.exitCode = 1;
    return "was NOT refused";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function tell(what: string, outcome: string): void {
  console.log(`sandbox  ${what.padEnd(40)} ${outcome}`);
}
