/** What the calls give beside an errno: facts of files, listings, times, and changes that are there afterwards. */

import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ENTRIES_MAX, FileKind, type Stat } from "../../../generated/files.ts";
import { filesIn, type GrantedFiles } from "../../../runtime/files/granted-files.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { HostDirectory } from "../../support/host-tree.ts";
import { outcomeOf } from "./outcome.ts";

const test = suite("calls on granted files");
leavesNothingOpen(test);

function granting(host: HostDirectory): GrantedFiles {
  return filesIn([{ at: "/data", from: host.path, access: "write" }]);
}

function factsOf(stat: Stat): readonly unknown[] {
  const ns = ({ seconds, nanoseconds }: Stat["mtime"]): bigint =>
    BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  const { dev, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks } = stat;
  const times = [stat.atime, stat.mtime, stat.ctime, stat.birthtime].map(ns);
  return [dev, Number(ino), mode, nlink, uid, gid, rdev, size, blksize, blocks, ...times];
}

function hostFactsOf(path: string): readonly unknown[] {
  const stat = lstatSync(path, { bigint: true });
  const { dev, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks } = stat;
  const times = [stat.atimeNs, stat.mtimeNs, stat.ctimeNs, stat.birthtimeNs];
  return [...[dev, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks].map(Number), ...times];
}

test("lstat tells all that the host's stat tells", () => {
  using host = new HostDirectory({ file: "text", dir: "dir" });
  host.add("link", { link: "file" });
  execFileSync("mkfifo", [host.at("fifo")]);
  using files = granting(host);
  for (const name of ["file", "dir", "link", "fifo"]) {
    assert.equal(factsOf(files.lstat(`/data/${name}`)), hostFactsOf(host.at(name)), name);
    assert.equal(factsOf(files.lstat(`/data/../data/${name}`)), hostFactsOf(host.at(name)), name);
  }
  assert.equal(factsOf(files.stat("/data/link")), hostFactsOf(host.at("file")));
  assert.equal(factsOf(files.stat("/data")), hostFactsOf(host.path));
});

test("stat names the kind, of a device as well", () => {
  using host = new HostDirectory({ file: "text", dir: "dir" });
  host.add("link", { link: "file" });
  execFileSync("mkfifo", [host.at("fifo")]);
  using files = filesIn([
    { at: "/data", from: host.path, access: "read" },
    { at: "/dev", from: "/dev", access: "read" },
  ]);
  const kindOf = (path: string): FileKind => files.lstat(path).kind;
  assert.equal(
    ["file", "dir", "link", "fifo"].map((name) => kindOf(`/data/${name}`)),
    [FileKind.file, FileKind.directory, FileKind.symlink, FileKind.pipe],
  );
  assert.is(kindOf("/dev/null"), FileKind.characterDevice);
});

for (const [seconds, nanoseconds] of [
  [0, 0],
  [1_700_000_000, 250_000_000],
  [1, 500_000_000],
  [-1, 0],
  [-2, 750_000_000],
  [4_000_000_000, 0],
] as const) {
  test(`a time of ${seconds} s and ${nanoseconds} ns is set and told`, () => {
    using host = new HostDirectory({ file: "text" });
    using files = granting(host);
    files.utimes("/data/file", { seconds: 0, nanoseconds: 0 }, { seconds, nanoseconds });
    assert.equal(files.stat("/data/file").mtime, { seconds, nanoseconds });
    assert.equal(files.stat("/data/file").atime, { seconds: 0, nanoseconds: 0 });
  });
}

test("a time with more nanoseconds than a second has is EINVAL", () => {
  using host = new HostDirectory({ file: "text" });
  using files = granting(host);
  const start = { seconds: 0, nanoseconds: 0 };
  for (const [atime, mtime] of [
    [{ seconds: 0, nanoseconds: 1e9 }, start],
    [start, { seconds: 0, nanoseconds: 0xffffffff }],
  ] as const) {
    assert.throws(
      () => files.utimes("/data/file", atime, mtime),
      (error: NodeJS.ErrnoException) => error.code === "EINVAL",
    );
  }
});

test("a listing has every name once with its kind, and leaves out what is not UTF-8", async () => {
  using host = new HostDirectory({ file: "text", dir: "dir", "ünïcode 文": "" });
  host.add("link", { link: "file" });
  execFileSync("mkfifo", [host.at("fifo")]);
  const bytes = Buffer.concat([Buffer.from(host.at("bad-")), Buffer.from([0xff, 0xfe])]);
  writeFileSync(bytes, "");
  using files = granting(host);
  const listing = [...(await files.readdir("/data"))].sort((a, b) => (a.name < b.name ? -1 : 1));
  assert.equal(listing, [
    { name: "dir", kind: FileKind.directory },
    { name: "fifo", kind: FileKind.pipe },
    { name: "file", kind: FileKind.file },
    { name: "link", kind: FileKind.symlink },
    { name: "ünïcode 文", kind: FileKind.file },
  ]);
});

test("a listing of more entries than a reply holds is EOVERFLOW", async () => {
  using host = new HostDirectory();
  using files = granting(host);
  for (let index = 0; index < ENTRIES_MAX; index++) writeFileSync(host.at(`${index}`), "");
  assert.is((await files.readdir("/data")).length, ENTRIES_MAX);
  writeFileSync(host.at("one more"), "");
  assert.is(await outcomeOf(files, ["readdir", "/data"]), "EOVERFLOW");
});

test("a listing of longer names than a reply holds is EOVERFLOW", async () => {
  using host = new HostDirectory();
  using files = granting(host);
  for (let index = 0; index < 5000; index++) writeFileSync(host.at(`${index}`.padEnd(250, "n")), "");
  assert.is(await outcomeOf(files, ["readdir", "/data"]), "EOVERFLOW");
});

test("a hundred listings at once close what they opened", async () => {
  using host = new HostDirectory({ "dir/file": "text" });
  using files = granting(host);
  const listings = await Promise.all(Array.from({ length: 100 }, () => files.readdir("/data/../data/dir")));
  assert.ok(listings.every((listing) => listing.length === 1 && listing[0]!.name === "file"));
});

test("a link whose target is not UTF-8 is EILSEQ, to read and on the way", async () => {
  using host = new HostDirectory();
  symlinkSync(Buffer.from([0x2f, 0xff, 0xfe]), host.at("bad"));
  using files = granting(host);
  assert.is(await outcomeOf(files, ["readlink", "/data/bad"]), "EILSEQ");
  assert.is(await outcomeOf(files, ["stat", "/data/bad"]), "EILSEQ");
  assert.is(await outcomeOf(files, ["lstat", "/data/bad"]), "120777 3");
});

test("readlink gives the text of the link, wherever that leads on the host", () => {
  using host = new HostDirectory();
  using files = granting(host);
  for (const [index, target] of ["file", "../../x", "/etc/passwd", "a//b/./", "ünïcode 文"].entries()) {
    files.symlink(target, `/data/link${index}`);
    assert.is(files.readlink(`/data/link${index}`), target);
    assert.is(files.readlink(`/data/../data/link${index}`), target);
  }
});

test("what was changed is changed", () => {
  using host = new HostDirectory({ file: "text", "dir/inner": "inner" });
  using files = granting(host);
  files.rename("/data/file", "/data/dir/moved");
  files.link("/data/dir/moved", "/data/second");
  files.truncate("/data/second", 2);
  files.chmod("/data/second", 0o640);
  assert.is(readFileSync(host.at("dir/moved"), "utf8"), "te");
  assert.equal([statSync(host.at("dir/moved")).nlink, statSync(host.at("second")).mode & 0o7777], [2, 0o640]);
  files.unlink("/data/second");
  files.mkdir("/data/made", 0o700);
  files.rename("/data/dir", "/data/made");
  files.unlink("/data/made/inner");
  files.unlink("/data/made/moved");
  files.rmdir("/data/made");
  assert.equal(readdirSync(host.path), []);
});

test("a temporary directory is new each time, the broker's own, and where its path says", () => {
  using host = new HostDirectory({ dir: "dir" });
  using files = granting(host);
  const paths = ["/data/t-", "/data/t-", "/data/dir/", "/data/../data/dir/t-", "data/t-"].map((path) =>
    files.mkdtemp(path),
  );
  assert.is(new Set(paths).size, paths.length);
  for (const path of paths) {
    assert.is(files.stat(path).mode, 0o040700, path);
    assert.ok(existsSync(host.at(files.realpath(path).slice("/data".length))), path);
  }
});

test("statfs tells of the file system that the grant is in", () => {
  using host = new HostDirectory();
  using files = granting(host);
  const { type, bsize, blocks, files: inodes } = statfsSync(host.path);
  const told = files.statfs("/data");
  assert.equal([told.type, told.bsize, told.blocks, told.files], [type, bsize, blocks, inodes]);
});

test("access asks for this process's rights to a file", async () => {
  using host = new HostDirectory({ file: "text" });
  using files = granting(host);
  files.chmod("/data/file", 0o600);
  assert.is(await outcomeOf(files, ["access", "/data/file", 6]), "ok");
  // Not even root may execute what nobody may.
  assert.is(await outcomeOf(files, ["access", "/data/file", 1]), "EACCES");
  assert.is(await outcomeOf(files, ["access", "/data/file", 8]), "EINVAL");
});

test.run();
