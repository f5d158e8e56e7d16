import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const example = suite("the plugin-host example");
const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the lines of the story must say, in the order in which they begin so. */
const story: readonly (readonly [string, RegExp])[] = [
  ["plugin   the document is called", / untitled$/],
  ["host     asks the user", /Which notes/],
  ["plugin   was handed notes.txt, which says", /"buy milk\\nmend the small door\\n"$/],
  ["host     sees in the memory that both have", / \.:-:\.$/],
  ["plugin   thinks about it", /does not come back/],
  ["host     kills the plugin", /in the middle of a call/],
  ["host     the call ends with", /Disconnected: The peer is gone\.$/],
  ["host     still has its document", /notes\.txt, 2 lines$/],
  ["plugin   the document is called", / notes\.txt$/],
  ["plugin   and its last line is", /mend the small door$/],
  ["plugin   what it is made by", /is not there$/],
  ["host     sees in the memory that both have", / {30}\.:-:\.$/],
  ["plugin   the page's timer has called back", /20 ms$/],
  ["plugin   the element is taken away", /what it had/],
  ["host     descriptors left open", / 0$/],
];

example("the page outlives the plugin that is killed, and the next one finds it as it was", async () => {
  const host = fileURLToPath(new URL("../../dist/examples/plugin-host/host.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [host], { cwd: root, timeout: 60_000 });
  const lines = stdout.split("\n");
  for (const [beginning, outcome] of story) {
    const found = lines.findIndex((line) => line.startsWith(beginning));
    assert.ok(found >= 0, `there is no further line about ${beginning} in:\n${stdout}`);
    assert.match(lines[found]!, outcome);
    lines.splice(0, found + 1);
  }
});

example.run();
