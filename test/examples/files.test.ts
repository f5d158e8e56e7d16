import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const example = suite("the files example");
const root = fileURLToPath(new URL("../..", import.meta.url));

/** What each line of the story must say, by what it begins with. */
const story: readonly (readonly [string, RegExp])[] = [
  ["its own fs cannot open a file", /restricted/],
  ["openSync, then fs.readFileSync", /Hello from the other side/],
  ["await open, then fs.readSync", /month,visits/],
  ["openSync for writing, then fs.writeSync", /50 bytes/],
  ["readdir /data", /greeting.txt, numbers.csv/],
  ["stat /data/numbers.csv", /50 bytes/],
  ["what was not granted", /ENOENT: no such file or directory, open '\/etc\/passwd'/],
  ["climbing out", /ENOENT/],
  ["a link that leads out", /ENOENT/],
  ["writing where reading was granted", /EROFS/],
  ["1000 opens in flight at once", /1000 different descriptors/],
  ["calls answered", /1009$/],
  ["descriptors passed", /1003$/],
  ["descriptors left open", / 0$/],
];

example("the main job tells its whole story, and every count is right", async () => {
  const broker = fileURLToPath(new URL("../../dist/examples/files/broker.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [broker], { cwd: root, timeout: 60_000 });
  for (const [beginning, outcome] of story) {
    const line = stdout.split("\n").find((candidate) => candidate.includes(beginning));
    assert.ok(line !== undefined, `there is no line about ${beginning} in:\n${stdout}`);
    assert.match(line!, outcome);
  }
});

example.run();
