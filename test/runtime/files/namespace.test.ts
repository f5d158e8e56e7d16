/** Grants as one namespace: the directories above them, grants in grants, single files, and what cannot be granted. */

import { execFileSync } from "node:child_process";
import { readFileSync, unlinkSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FileKind } from "../../../generated/files.ts";
import { filesIn } from "../../../runtime/files/granted-files.ts";
import type { Grant } from "../../../runtime/files/grants.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { HostDirectory, type HostTree } from "../../support/host-tree.ts";
import { type Call, outcomeOf } from "./outcome.ts";

const test = suite("a namespace of grants");
leavesNothingOpen(test);

const tree: HostTree = {
  "outer/file": "outer",
  "outer/plain/file": "plain",
  "outer/inner/hidden": "hidden under a grant",
  "outer/above/own": "own",
  "outer/above/inner/hidden": "hidden too",
  "inner/file": "inner",
  "single.txt": "single",
  "outer/to-inner": { link: "inner/file" },
  "outer/to-single": { link: "/etc/conf/single" },
  "inner/to-outer": { link: "../file" },
};

/** A writable grant with two read-only ones inside, and a file; one directory on the way to a grant is the host's too. */
const grantsOf = (host: HostDirectory): readonly Grant[] => [
  { at: "/data", from: host.at("outer"), access: "write" },
  { at: "/data/inner", from: host.at("inner"), access: "read" },
  { at: "/data/above/inner", from: host.at("inner"), access: "write" },
  { at: "/data/void/inner", from: host.at("inner"), access: "read" },
  { at: "/etc/conf/single", from: host.at("single.txt"), access: "read" },
  { at: "/etc/conf/writable", from: host.at("single.txt"), access: "write" },
  { at: "/data/pinned", from: host.at("single.txt"), access: "write" },
];

const outcomes: readonly (readonly [call: Call, outcome: string])[] = [
  // Directories above grants.
  [["readdir", "/"], "data etc"],
  [["readdir", "/etc"], "conf"],
  [["readdir", "/etc/conf/"], "single writable"],
  [["stat", "/"], "40555 "],
  [["lstat", "/etc/conf"], "40555 "],
  [["stat", "/etc/."], "40555 "],
  [["statfs", "/etc"], "none"],
  [["access", "/etc", 0], "ok"],
  [["access", "/etc", 5], "ok"],
  [["access", "/etc", 2], "EROFS"],
  [["open", "/etc", "read"], "EACCES"],
  [["open", "/etc", "write"], "EISDIR"],
  [["open", "/etc", "read|create"], "EISDIR"],
  [["readlink", "/etc"], "EINVAL"],
  [["mkdir", "/new", 0o755], "EROFS"],
  [["mkdir", "/etc", 0o755], "EEXIST"],
  [["mkdir", "/etc/conf", 0o755], "EEXIST"],
  [["mkdir", "/nowhere/new", 0o755], "ENOENT"],
  [["open", "/new", "write|create"], "EROFS"],
  [["open", "/new", "read"], "ENOENT"],
  [["symlink", "x", "/new"], "EROFS"],
  [["link", "/data/file", "/new"], "EROFS"],
  [["mkdtemp", "/new"], "EROFS"],
  [["unlink", "/new"], "EROFS"],
  [["rmdir", "/etc/conf"], "EROFS"],
  [["rmdir", "/"], "EBUSY"],
  [["rename", "/etc", "/new"], "EROFS"],
  [["chmod", "/etc", 0o700], "EROFS"],
  [["utimes", "/"], "EROFS"],
  [["truncate", "/", 0], "EISDIR"],
  [["stat", "/nowhere"], "ENOENT"],
  [["stat", `/${"n".repeat(256)}`], "ENAMETOOLONG"],
  [["stat", "etc/conf"], "40555 "],
  [["stat", "data/file"], "100644 5"],
  // A grant in a grant hides what the host has there, by any way to it.
  [["readdir", "/data"], "above file inner pinned plain to-inner to-single void"],
  [["readdir", "/data/inner"], "file to-outer"],
  [["open", "/data/inner/file", "read"], 'file "inner"'],
  [["open", "/data/inner/hidden", "read"], "ENOENT"],
  [["open", "/data//inner/hidden", "read"], "ENOENT"],
  [["open", "/data/./inner/hidden", "read"], "ENOENT"],
  [["open", "/data/plain/../inner/hidden", "read"], "ENOENT"],
  [["open", "/data/to-inner", "read"], 'file "inner"'],
  [["open", "/data/to-inner", "write"], "EROFS"],
  [["open", "/data/inner/to-outer", "read"], 'file "outer"'],
  [["open", "/data/plain/file", "write|read"], 'file "plain"'],
  [["open", "/data/inner/file", "write"], "EROFS"],
  [["open", "/data/inner/new", "write|create"], "EROFS"],
  [["unlink", "/data/inner/file"], "EROFS"],
  [["unlink", "/data/plain/../inner/file"], "EROFS"],
  [["rmdir", "/data/inner"], "EBUSY"],
  [["unlink", "/data/inner"], "EISDIR"],
  [["rename", "/data/inner", "/data/new"], "EBUSY"],
  [["rename", "/data/plain", "/data/inner"], "EBUSY"],
  [["mkdir", "/data/inner", 0o755], "EEXIST"],
  [["chmod", "/data/inner", 0o700], "EROFS"],
  // Between a grant and one inside it: what the host has, if it has a directory there, and otherwise nothing.
  [["readdir", "/data/above"], "inner own"],
  [["open", "/data/above/own", "read"], 'file "own"'],
  [["open", "/data/above/inner/hidden", "read"], "ENOENT"],
  [["open", "/data/above/inner/file", "read|write"], 'file "inner"'],
  [["open", "/data/above/new", "read|write|create"], 'file ""'],
  [["rename", "/data/above", "/data/new"], "EBUSY"],
  [["rmdir", "/data/above"], "EBUSY"],
  [["readdir", "/data/void"], "inner"],
  [["stat", "/data/void"], "40555 "],
  [["open", "/data/void/new", "write|create"], "EROFS"],
  [["open", "/data/void/inner/file", "read"], 'file "inner"'],
  // From one grant to another is from one mount to another.
  [["rename", "/data/file", "/data/inner/file"], "EXDEV"],
  [["rename", "/data/file", "/data/above/inner/new"], "EXDEV"],
  [["rename", "/data/file", "/etc/new"], "EXDEV"],
  [["link", "/data/file", "/data/above/inner/new"], "EXDEV"],
  [["link", "/data/file", "/data/inner/file"], "EEXIST"],
  [["link", "/data/pinned", "/data/new"], "EXDEV"],
  [["rename", "/data/file", "/data/plain/moved"], "ok"],
  [["link", "/data/plain/file", "/data/above/linked"], "ok"],
  // A single file.
  [["open", "/etc/conf/single", "read"], 'file "single"'],
  [["open", "/etc/conf/../conf/single", "read"], 'file "single"'],
  [["open", "/data/to-single", "read"], 'file "single"'],
  [["open", "/etc/conf/single", "read|noFollow"], 'file "single"'],
  [["open", "/etc/conf/single", "read|create"], 'file "single"'],
  [["open", "/etc/conf/single", "read|create|exclusive"], "EEXIST"],
  [["open", "/etc/conf/single", "read|directory"], "ENOTDIR"],
  [["open", "/etc/conf/single/", "read"], "ENOTDIR"],
  [["open", "/etc/conf/single/x", "read"], "ENOTDIR"],
  [["open", "/etc/conf/single/..", "read"], "ENOTDIR"],
  [["open", "/etc/conf/single", "write"], "EROFS"],
  [["open", "/etc/conf/writable", "read|write"], 'file "single"'],
  [["open", "/etc/conf/writable", "read|write|truncate"], 'file ""'],
  [["open", "/etc/conf/writable", "read|write|create|truncate"], 'file ""'],
  [["stat", "/etc/conf/single"], "100644 6"],
  [["lstat", "/etc/conf/single"], "100644 6"],
  [["readlink", "/etc/conf/single"], "EINVAL"],
  [["readdir", "/etc/conf/single"], "ENOTDIR"],
  [["access", "/etc/conf/single", 4], "ok"],
  [["access", "/etc/conf/single", 2], "EROFS"],
  [["access", "/etc/conf/writable", 2], "ok"],
  [["truncate", "/etc/conf/single", 0], "EROFS"],
  [["truncate", "/etc/conf/writable", 0], "ok"],
  [["chmod", "/etc/conf/single", 0o600], "EROFS"],
  [["chmod", "/etc/conf/writable", 0o600], "ok"],
  [["utimes", "/etc/conf/writable"], "ok"],
  [["unlink", "/etc/conf/writable"], "EROFS"],
  [["unlink", "/data/pinned"], "EBUSY"],
  [["rmdir", "/data/pinned"], "ENOTDIR"],
  [["rename", "/data/pinned", "/data/new"], "EBUSY"],
  [["rename", "/data/file", "/data/pinned"], "EBUSY"],
  [["mkdir", "/etc/conf/single", 0o755], "EEXIST"],
];

for (const [call, outcome] of outcomes) {
  test(`${call.join(" ").slice(0, 60)} is ${outcome}`, async () => {
    using host = new HostDirectory(tree);
    using files = filesIn(grantsOf(host));
    assert.is(await outcomeOf(files, call), outcome);
    assert.is(readFileSync(host.at("inner/file"), "utf8"), "inner");
    assert.is(readFileSync(host.at("outer/inner/hidden"), "utf8"), "hidden under a grant");
  });
}

const realpaths: readonly (readonly [path: string, real: string])[] = [
  ["/", "/"],
  ["//.././/", "/"],
  ["etc/", "/etc"],
  ["/data/", "/data"],
  ["/data/to-inner", "/data/inner/file"],
  ["/data/inner/to-outer", "/data/file"],
  ["/data/to-single", "/etc/conf/single"],
  ["/data/plain/../void/./inner", "/data/void/inner"],
];

for (const [path, real] of realpaths) {
  test(`the real path of ${path} is ${real}`, () => {
    using host = new HostDirectory(tree);
    using files = filesIn(grantsOf(host));
    assert.is(files.realpath(path), real);
  });
}

test("directories above grants are told apart by their inodes", () => {
  using host = new HostDirectory(tree);
  using files = filesIn(grantsOf(host));
  const all = ["/", "/etc", "/etc/conf", "/data/void"].map((path) => files.stat(path));
  assert.is(new Set(all.map((stat) => stat.ino)).size, all.length);
  assert.ok(all.every((stat) => stat.dev === 0 && stat.kind === FileKind.directory));
});

test("a listing says what kind a grant is", async () => {
  using host = new HostDirectory(tree);
  using files = filesIn(grantsOf(host));
  const kinds = new Map((await files.readdir("/data")).map(({ name, kind }) => [name, kind]));
  assert.is(kinds.get("pinned"), FileKind.file);
  assert.is(kinds.get("inner"), FileKind.directory);
  assert.is(kinds.get("void"), FileKind.directory);
  assert.is(kinds.get("to-inner"), FileKind.symlink);
});

test("a file that was granted stays when its name goes", async () => {
  using host = new HostDirectory(tree);
  using files = filesIn(grantsOf(host));
  unlinkSync(host.at("single.txt"));
  assert.is(await outcomeOf(files, ["open", "/etc/conf/single", "read"]), 'file "single"');
});

test("without grants there is an empty root", async () => {
  using files = filesIn([]);
  assert.equal(await files.readdir("/"), []);
  assert.is(await outcomeOf(files, ["open", "/etc/passwd", "read"]), "ENOENT");
});

test("disposing withdraws every grant, and again does nothing", async () => {
  using host = new HostDirectory(tree);
  const files = filesIn(grantsOf(host));
  files[Symbol.dispose]();
  files[Symbol.dispose]();
  for (const path of ["/data/file", "/etc/conf/single", "/data"]) {
    assert.is(await outcomeOf(files, ["stat", path]), "ENOENT", path);
  }
  assert.is(await outcomeOf(files, ["readdir", "/"]), "");
});

const refused: readonly (readonly [grants: (host: HostDirectory) => readonly unknown[], message: RegExp])[] = [
  [() => [{ at: "data", from: ".", access: "read" }], /absolute path/],
  [() => [{ at: "", from: ".", access: "read" }], /absolute path/],
  [() => [{ at: "/data/", from: ".", access: "read" }], /absolute path/],
  [() => [{ at: "//data", from: ".", access: "read" }], /absolute path/],
  [() => [{ at: "/a/../b", from: ".", access: "read" }], /absolute path/],
  [() => [{ at: "/a/./b", from: ".", access: "read" }], /absolute path/],
  [() => [{ at: "/a\0b", from: ".", access: "read" }], /absolute path/],
  [() => [{ at: `/${"n".repeat(256)}`, from: ".", access: "read" }], /absolute path/],
  [() => [{ at: "/a", from: ".\0/secret", access: "read" }], /NUL/],
  [() => [{ at: "/a", from: ".", access: "readwrite" }], /"read" or "write"/],
  [() => [{ at: "/a", from: "/nowhere/at/all", access: "read" }], /Cannot grant \/nowhere\/at\/all at \/a: ENOENT/],
  [() => [{ at: "/a", from: "/dev/null", access: "read" }], /Only directories and regular files/],
  [(host) => [{ at: "/a", from: host.at("fifo"), access: "read" }], /Only directories and regular files/],
  [() => ["/usr", "/usr"].map((from) => ({ at: "/a", from, access: "read" })), /two grants at \/a/],
  [
    (host) => [
      { at: "/a/b", from: "/usr", access: "read" },
      { at: "/a", from: host.at("single.txt"), access: "read" },
    ],
    /grant at \/a is a file/,
  ],
];

for (const [grants, message] of refused) {
  test(`a grant is refused with ${message.source}, and nothing stays held`, () => {
    using host = new HostDirectory(tree);
    execFileSync("mkfifo", [host.at("fifo")]);
    // What JavaScript callers may hand over, types or not.
    const all = [{ at: "/fine", from: "/usr", access: "read" }, ...grants(host)] as readonly Grant[];
    assert.throws(
      () => filesIn(all),
      (error: Error) => message.test(error.message),
    );
  });
}

test.run();
