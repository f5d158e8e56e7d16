/** Ways out of a grant, tried one by one: every one ends at an error or at what the namespace has by that name. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OpenFlags } from "../../../generated/files.ts";
import { filesIn, type GrantedFiles } from "../../../runtime/files/granted-files.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { HostDirectory } from "../../support/host-tree.ts";
import { type Call, outcomeOf } from "./outcome.ts";

const test = suite("ways out of a grant");
leavesNothingOpen(test);

const SECRET = "the host's own";
const { read, write, create } = OpenFlags;

/** A granted directory beside what must stay out of reach. */
function besideSecret(): HostDirectory {
  return new HostDirectory({ secret: SECRET, "secrets/file": SECRET, "in/file": "granted", "in/dir/file": "granted" });
}

/** Targets of a link in the grant's root, all of which lead to the secret if they are followed on the host. */
function outwardTargets(host: HostDirectory): readonly string[] {
  return [
    host.at("secret"),
    `/${host.at("secret")}`,
    "../secret",
    "dir/../../secret",
    "./../secret",
    `/proc/self/root${host.at("secret")}`,
    `/proc/self/cwd/../../../../../../..${host.at("secret")}`,
    `${"../".repeat(40)}${host.at("secret").slice(1)}`,
    `dir/${"../".repeat(40)}${host.at("secret").slice(1)}`,
    `/../..${host.at("secret")}`,
    `${host.at("in")}/../secret`,
  ];
}

/** What a call may do with a link that leads nowhere in the namespace; `ELOOP` is a magic link that was met. */
const nowhere = ["ENOENT", "ELOOP"];

const following: readonly ((path: string) => Call)[] = [
  (path) => ["open", path, "read"],
  (path) => ["open", path, "write"],
  (path) => ["open", path, "write|truncate"],
  (path) => ["stat", path],
  (path) => ["access", path, 4],
  (path) => ["readdir", path],
  (path) => ["chmod", path, 0o777],
  (path) => ["utimes", path],
  (path) => ["truncate", path, 0],
  (path) => ["statfs", path],
];

test("a link to the outside leads nowhere, whatever follows it", async () => {
  using host = besideSecret();
  using files = filesIn([{ at: "/data", from: host.at("in"), access: "write" }], { directories: true });
  for (const [index, target] of outwardTargets(host).entries()) {
    host.add(`in/link${index}`, { link: target });
    host.add(`in/chain${index}`, { link: `dir/../link${index}` });
    for (const name of [`link${index}`, `chain${index}`]) {
      for (const call of following.map((make) => make(`/data/${name}`))) {
        assert.ok(nowhere.includes(await outcomeOf(files, call)), `${call.join(" ")} -> ${target}`);
      }
    }
  }
  assert.is(readFileSync(host.at("secret"), "utf8"), SECRET);
});

test("a link to an outside directory leads nowhere from the middle of a path, nor does one make things there", async () => {
  using host = besideSecret();
  using files = filesIn([{ at: "/data", from: host.at("in"), access: "write" }]);
  for (const [index, target] of [host.at("secrets"), "../secrets", `/proc/self/root${host.at("secrets")}`].entries()) {
    host.add(`in/out${index}`, { link: target });
    const inside = `/data/out${index}/file`;
    const calls: readonly Call[] = [
      ...following.map((make) => make(inside)),
      ["open", inside, "write|create"],
      ["open", `/data/out${index}/new`, "write|create"],
      ["mkdir", `/data/out${index}/new`, 0o755],
      ["mkdtemp", `/data/out${index}/new`],
      ["symlink", "x", `/data/out${index}/new`],
      ["unlink", inside],
      ["rename", inside, "/data/taken"],
      ["rename", "/data/file", `/data/out${index}/new`],
      ["link", inside, "/data/taken"],
      ["link", "/data/file", `/data/out${index}/new`],
      ["readlink", inside],
      ["lstat", inside],
    ];
    for (const call of calls) assert.ok(nowhere.includes(await outcomeOf(files, call)), call.join(" "));
  }
  assert.is(execFileSync("ls", [host.at("secrets")], { encoding: "utf8" }), "file\n");
});

test("a dangling link to the outside creates nothing there", async () => {
  using host = besideSecret();
  host.add("in/relative", { link: "../planted" });
  host.add("in/absolute", { link: host.at("planted") });
  using files = filesIn([{ at: "/data", from: host.at("in"), access: "write" }]);
  // The first names a place in the namespace's root, where nothing can be made; the second no place at all.
  assert.is(await outcomeOf(files, ["open", "/data/relative", "write|create"]), "EROFS");
  assert.is(await outcomeOf(files, ["open", "/data/absolute", "write|create"]), "ENOENT");
  assert.is(execFileSync("ls", [host.path], { encoding: "utf8" }), "in\nsecret\nsecrets\n");
});

test("an absolute link means a path of the namespace", async () => {
  using host = besideSecret();
  host.add("in/absolute", { link: "/data/dir/file" });
  host.add("in/dir/root", { link: "/" });
  host.add("in/create", { link: "/data/dir/made" });
  using files = filesIn([{ at: "/data", from: host.at("in"), access: "write" }]);
  assert.is(await outcomeOf(files, ["open", "/data/absolute", "read"]), 'file "granted"');
  assert.is(files.realpath("/data/dir/root/data/absolute"), "/data/dir/file");
  assert.is(await outcomeOf(files, ["readdir", "/data/dir/root"]), "data");
  assert.is(await outcomeOf(files, ["open", "/data/create", "read|write|create"]), 'file ""');
  assert.is(readFileSync(host.at("in/dir/made"), "utf8"), "");
});

test("a storm of .. stays at the root", async () => {
  using host = besideSecret();
  using files = filesIn([{ at: "/data", from: host.at("in"), access: "read" }]);
  for (const storm of ["../".repeat(100), "data/../".repeat(200), "data/dir/../../".repeat(100)]) {
    for (const start of ["/", "", "//", "/data/", "/data/dir/"]) {
      assert.is(
        await outcomeOf(files, ["open", `${start}${storm}secret`, "read"]),
        "ENOENT",
        start + storm.slice(0, 20),
      );
    }
    assert.is(await outcomeOf(files, ["open", `/${storm}../data/file`, "read"]), 'file "granted"');
  }
  assert.is(files.realpath("/data/dir/../../../../.."), "/");
});

test("magic links are not followed", async () => {
  using host = besideSecret();
  const fd = openSync(host.at("secret"), "r");
  try {
    using files = filesIn([{ at: "/proc", from: "/proc", access: "read" }]);
    for (const path of [
      `/proc/self/fd/${fd}`,
      `/proc/self/root${host.at("secret")}`,
      `/proc/${process.pid}/cwd/package.json`,
    ]) {
      for (const way of [path, `/proc/..${path}`]) {
        assert.ok(["ELOOP", "ENOENT", "EACCES"].includes(await outcomeOf(files, ["open", way, "read"])), way);
      }
    }
  } finally {
    closeSync(fd);
  }
});

test("a grant stays the directory that it was when the host renames it and plants another", async () => {
  using host = besideSecret();
  using files = filesIn([{ at: "/data", from: host.at("in"), access: "read" }]);
  renameSync(host.at("in"), host.at("moved"));
  symlinkSync("secrets", host.at("in"));
  assert.is(await outcomeOf(files, ["open", "/data/file", "read"]), 'file "granted"');
});

test("a hard link is the file that it is: who can link into a grant grants the file", async () => {
  using host = besideSecret();
  host.add("in/hard", { hard: "secret" });
  using files = filesIn([{ at: "/data", from: host.at("in"), access: "read" }]);
  assert.is(await outcomeOf(files, ["open", "/data/hard", "read"]), `file "${SECRET}"`);
  assert.is(await outcomeOf(files, ["open", "/data/hard", "write"]), "EROFS");
});

test("a directory that was passed is no place for the peer to be: by default none is", async () => {
  using host = besideSecret();
  using files = filesIn([{ at: "/data", from: host.at("in"), access: "write" }]);
  for (const path of ["/", "/data", "/data/", "/data/dir", "/data/../data/dir"]) {
    assert.is(await outcomeOf(files, ["open", path, "read"]), "EACCES", path);
    assert.is(await outcomeOf(files, ["open", path, "read|directory"]), "EACCES", path);
  }
});

/** Runs a script beside the test that swaps things in `directory` as fast as it can, from before `body` to after it. */
async function whileSwapping(directory: string, script: string, body: () => void): Promise<void> {
  const child = spawn(process.execPath, ["-e", `process.chdir(${JSON.stringify(directory)});${script}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(child.stdout, "data");
    body();
    assert.is(child.exitCode, null, "the swapping child has ended early");
  } finally {
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    child.stdout.destroy();
  }
}

/** Prints once it swaps. Ends by itself after a while, should nobody end it. */
const forever = (swap: string): string => `
  const { renameSync } = require("node:fs");
  const until = Date.now() + 20000;
  ${swap}
  require("node:fs").writeSync(1, "swapping");
  while (Date.now() < until) { ${swap} }`;

/** Reads a path many times. Gives how often it was there. */
function readOften(files: GrantedFiles, path: string, times: number): number {
  let found = 0;
  for (let time = 0; time < times; time++) {
    try {
      using fd = files.open(path, read, 0);
      assert.is(readFileSync(fd.fd, "utf8"), "granted");
      found++;
    } catch (error) {
      // What a name may be between two renames; anything else is the secret, or a fault.
      if (!["ENOENT", "ENOTDIR", "ELOOP", "EAGAIN"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return found;
}

const swapDirectoryAndLink = forever(`
  renameSync("swap", "swap.dir"); renameSync("swap.link", "swap");
  renameSync("swap", "swap.link"); renameSync("swap.dir", "swap");`);

for (const path of ["/data/swap/file", "/data/swap/../swap/file", "/data/../data/swap/file", "/data/absolute"]) {
  test(`no open of ${path} escapes while a directory and a link out trade places`, async () => {
    using host = new HostDirectory({ "secrets/file": SECRET, "in/swap/file": "granted" });
    host.add("in/swap.link", { link: "../secrets" });
    host.add("in/absolute", { link: "/data/swap/file" });
    using files = filesIn([{ at: "/data", from: host.at("in"), access: "write" }]);
    await whileSwapping(host.at("in"), swapDirectoryAndLink, () => {
      assert.ok(readOften(files, path, 5000) > 0);
    });
  });
}

for (const path of ["/data/a/b/../../file", "/data/../data/a/b/../../file", "/data/a/b/up/file"]) {
  test(`no open of ${path} escapes while a directory on its way moves out of the grant`, async () => {
    // From out/b, "../.." is where the secret is.
    using host = new HostDirectory({ file: SECRET, "out/file": SECRET, "in/file": "granted", "in/a/b/x": "x" });
    host.add("in/a/b/up", { link: "../.." });
    using files = filesIn([{ at: "/data", from: host.at("in"), access: "read" }]);
    const move = forever(`renameSync("in/a/b", "out/b"); renameSync("out/b", "in/a/b");`);
    await whileSwapping(host.path, move, () => {
      assert.ok(readOften(files, path, 5000) > 0);
    });
  });
}

test("nothing is made outside while a directory and a link out trade places", async () => {
  using host = new HostDirectory({ "secrets/file": SECRET, "in/swap": "dir" });
  host.add("in/swap.link", { link: "../secrets" });
  using files = filesIn([{ at: "/data", from: host.at("in"), access: "write" }]);
  const made = (name: string): boolean => {
    try {
      files.open(`/data/swap/${name}`, write | create, 0o644).close();
      files.mkdir(`/data/swap/${name}.dir`, 0o755);
      files.rename(`/data/swap/${name}`, `/data/swap/${name}.renamed`);
      return true;
    } catch {
      return false;
    }
  };
  await whileSwapping(host.at("in"), swapDirectoryAndLink, () => {
    assert.ok(Array.from({ length: 1000 }, (_, index) => made(`n${index}`)).includes(true));
  });
  assert.is(execFileSync("ls", [host.at("secrets")], { encoding: "utf8" }), "file\n");
});

test("a walk through more names than Linux takes ends, and early", async () => {
  using host = new HostDirectory();
  mkdirSync(host.at("in"));
  host.add("in/dir", "dir");
  // Each link is two walks through the one before: a path of 40 links would be a walk of a trillion names.
  host.add("in/l0", { link: `/data/${"dir/../".repeat(500)}dir` });
  for (let index = 1; index < 30; index++) host.add(`in/l${index}`, { link: `l${index - 1}/../l${index - 1}` });
  using files = filesIn([{ at: "/data", from: host.at("in"), access: "read" }]);
  assert.is(await outcomeOf(files, ["stat", "/data/l29"]), "ELOOP");
  assert.is(await outcomeOf(files, ["stat", "/data/l0"]), "40755 ");
});

test.run();
