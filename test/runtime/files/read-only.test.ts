/** A read-only grant beside a read-only mount: the same errors in the same order, and nothing ever changes. */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { filesIn } from "../../../runtime/files/granted-files.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { HostDirectory } from "../../support/host-tree.ts";
import { calls, tree } from "./cases.ts";
import { outcomeOf } from "./outcome.ts";

const test = suite("read-only files");
leavesNothingOpen(test);

/** All that a tree says of itself but when it was read. */
function picture(path: string): string {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => `${name} ${stateOf(`${path}/${name}`)}`).join("\n");
}

function stateOf(path: string): string {
  try {
    const { mode, mtimeMs, nlink, size } = statSync(path);
    return `${mode} ${mtimeMs} ${nlink} ${size} ${size < 100 && (mode & 0o100000) !== 0 ? readFileSync(path, "utf8") : ""}`;
  } catch {
    return "no file";
  }
}

/**
 * What Linux says on a mount, in a mount namespace that dies with the child. Nothing where neither root nor a user
 * namespace can have one.
 */
function onReadOnlyMount(path: string): readonly string[] | undefined {
  const script = fileURLToPath(new URL("host-outcomes.ts", import.meta.url));
  const commands = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" --import tsx "$3" "$1"`;
  const options = { encoding: "utf8", timeout: 60_000, maxBuffer: 1 << 24 } as const;
  for (const namespaces of ["-m", "-rm"]) {
    const child = spawnSync(
      "unshare",
      [namespaces, "sh", "-c", commands, "sh", path, process.execPath, script],
      options,
    );
    if (child.status === 0) return JSON.parse(child.stdout);
  }
  return undefined;
}

for (const at of ["/", "/a/grant"]) {
  test(`a read-only grant at ${at} is a read-only mount, in ${calls.length} cases`, async () => {
    using ours = new HostDirectory(tree);
    using theirs = new HostDirectory(tree);
    using files = filesIn([{ at, from: ours.path, access: "read" }], { directories: true });
    const before = picture(ours.path);
    const prefix = at === "/" ? "" : at;
    const expected = onReadOnlyMount(theirs.path);
    for (const [index, call] of calls.entries()) {
      const [operation, path, rest] = call;
      // The grant's own name is in a directory that has no counterpart on the host.
      if (at !== "/" && [path, rest].some((name) => /^[/.]+$/.test(String(name)))) continue;
      const dest = operation === "rename" || operation === "link" || operation === "symlink";
      const moved = [operation, operation === "symlink" ? path : prefix + path, dest ? prefix + rest : rest, call[3]];
      // The same call with its paths in the grant; its shape is its own.
      const outcome = await outcomeOf(files, moved as unknown as typeof call);
      if (expected !== undefined) assert.is(outcome.replace(prefix, ""), expected[index], call.join(" ").slice(0, 100));
    }
    assert.is(picture(ours.path), before);
  });
}

test.run();
