/** open(): what its flags mean, what it hands out and what it never opens. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readSync, statSync, writeSync } from "node:fs";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OpenFlags } from "../../../generated/files.ts";
import { type FilesOptions, filesIn, type GrantedFiles } from "../../../runtime/files/granted-files.ts";
import { leavesNothingOpen, openDescriptors } from "../../support/descriptor-count.ts";
import { HostDirectory } from "../../support/host-tree.ts";
import { type Call, openFlags, outcomeOf } from "./outcome.ts";

const test = suite("open in a grant");
leavesNothingOpen(test);

const { read, write, create, truncate, append, directory } = OpenFlags;

function granting(host: HostDirectory, options?: FilesOptions): GrantedFiles {
  return filesIn([{ at: "/data", from: host.path, access: "write" }], options);
}

/** The paths of one file by the fast road and by the walk. */
const roads = (name: string): readonly string[] => [`/data/${name}`, `/data/../data/${name}`];

const contradictions = [
  "append",
  "create",
  "truncate",
  "directory",
  "read|append",
  "read|truncate",
  "read|exclusive",
  "write|exclusive",
  "read|create|directory",
  "write|directory",
  "read|write|create|exclusive|directory",
];

for (const flags of contradictions) {
  test(`${flags} contradicts itself and is EINVAL`, async () => {
    using host = new HostDirectory({ file: "text" });
    using files = granting(host);
    for (const path of roads("file")) assert.is(await outcomeOf(files, ["open", path, flags]), "EINVAL");
  });
}

for (const flags of [0, 1 << 10, -1, 1 << 31, 0.5, Number.NaN, 2 ** 32 + 1]) {
  test(`flags of ${flags} are EINVAL`, () => {
    using host = new HostDirectory({ file: "text" });
    using files = granting(host);
    assert.throws(
      () => files.open("/data/file", flags, 0),
      (error: NodeJS.ErrnoException) => error.code === "EINVAL",
    );
  });
}

const paths: readonly (readonly [path: string, code: string])[] = [
  ["", "ENOENT"],
  ["/data/file\0", "EINVAL"],
  ["\0", "EINVAL"],
  ["/data/\0/../file", "EINVAL"],
  [`/data/${"./".repeat(2043)}file`, "ENAMETOOLONG"],
  [`/data/${"ü".repeat(2045)}`, "ENAMETOOLONG"],
  [`/data/${"ü".repeat(128)}`, "ENAMETOOLONG"],
];

for (const [path, code] of paths) {
  test(`a path of ${path.length} characters that begins ${JSON.stringify(path.slice(0, 16))} is ${code}`, async () => {
    using host = new HostDirectory({ file: "text" });
    using files = granting(host);
    const calls: readonly Call[] = [
      ["open", path, "read"],
      ["open", path, "write|create"],
      ["stat", path],
      ["mkdir", path, 0o755],
      ["rename", path, "/data/x"],
      ["rename", "/data/file", path],
      ["symlink", "x", path],
      ["readdir", path],
    ];
    for (const call of calls) assert.is(await outcomeOf(files, call), code, call[0]);
  });
}

test("the longest name is 255 bytes, however few characters those are", async () => {
  using host = new HostDirectory();
  using files = granting(host);
  for (const path of roads("ü".repeat(127)))
    assert.is(await outcomeOf(files, ["open", path, "read|create"]), 'file ""');
});

test("the longest path that Linux takes is taken", async () => {
  using host = new HostDirectory({ file: "text" });
  using files = granting(host);
  const path = `/data/${"./".repeat(2042)}file`;
  assert.is(path.length, 4094);
  assert.is(await outcomeOf(files, ["open", path, "read"]), 'file "text"');
});

test("what is open is one descriptor more, closed on exec, with the rights that were asked for", () => {
  using host = new HostDirectory({ file: "text" });
  using files = granting(host);
  for (const path of roads("file")) {
    for (const [flags, readable, writable] of [
      [read, true, false],
      [write, false, true],
      [read | write, true, true],
      [read | create, true, false],
      [write | append, false, true],
    ] as const) {
      const before = openDescriptors().length;
      using fd = files.open(path, flags, 0o644);
      assert.is(openDescriptors().length, before + 1);
      assert.equal([fd.kind, fd.readable, fd.writable], ["file", readable, writable]);
      const O_CLOEXEC = 0o2000000;
      const info = readFileSync(`/proc/self/fdinfo/${fd.fd}`, "utf8");
      assert.ok((Number.parseInt(/flags:\s+(\d+)/.exec(info)![1]!, 8) & O_CLOEXEC) !== 0);
    }
  }
});

test("what is written and read through descriptors is in the file", () => {
  using host = new HostDirectory({ file: "0123456789" });
  using files = granting(host);
  for (const path of roads("file")) {
    using fd = files.open(path, read | write | truncate, 0);
    assert.is(statSync(host.at("file")).size, 0);
    writeSync(fd.fd, "text");
    const buffer = Buffer.alloc(8);
    assert.is(readSync(fd.fd, buffer, 0, 8, 0), 4);
    assert.is(readFileSync(host.at("file"), "utf8"), "text");
    using end = files.open(path, write | append, 0);
    writeSync(end.fd, " and more");
    assert.is(readFileSync(host.at("file"), "utf8"), "text and more");
  }
});

test("a created file has the bits asked for less the umask", () => {
  using host = new HostDirectory();
  using files = granting(host);
  const before = process.umask(0o027);
  try {
    for (const [index, path] of [...roads("a"), ...roads("b")].entries()) {
      const exclusive = index % 2 === 0;
      files.open(path, write | create | (exclusive ? OpenFlags.exclusive : 0), 0o666).close();
    }
    assert.is(statSync(host.at("a")).mode & 0o7777, 0o640);
    files.mkdir("/data/dir", 0o777);
    assert.is(statSync(host.at("dir")).mode & 0o7777, 0o750);
  } finally {
    process.umask(before);
  }
});

test("a dangling link into another grant creates there, unless the name is to be new", async () => {
  using host = new HostDirectory();
  using other = new HostDirectory();
  host.add("link", { link: "/other/made" });
  using files = filesIn([
    { at: "/data", from: host.path, access: "write" },
    { at: "/other", from: other.path, access: "write" },
  ]);
  assert.is(await outcomeOf(files, ["open", "/data/link", "write|create|exclusive"]), "EEXIST");
  assert.is(await outcomeOf(files, ["open", "/data/link", "write|create|noFollow"]), "ELOOP");
  assert.is(await outcomeOf(files, ["open", "/data/link", "read|write|create"]), 'file ""');
  assert.is(readFileSync(other.at("made"), "utf8"), "");
});

test("pipes, sockets and devices are EACCES, at once, whatever is asked", async () => {
  using host = new HostDirectory();
  execFileSync("mkfifo", [host.at("fifo")]);
  const server = net.createServer().listen(host.at("socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    using files = filesIn([
      { at: "/data", from: host.path, access: "write" },
      { at: "/dev", from: "/dev", access: "write" },
    ]);
    for (const path of [...roads("fifo"), ...roads("socket"), "/dev/null", "/dev/../dev/null", "/dev/tty"]) {
      for (const flags of ["read", "write", "read|write", "write|truncate", "read|create", "write|append|create"]) {
        assert.is(await outcomeOf(files, ["open", path, flags]), "EACCES", `${path} ${flags}`);
      }
      assert.is(await outcomeOf(files, ["open", path, "read|directory"]), "ENOTDIR", path);
      assert.is(await outcomeOf(files, ["truncate", path, 0]), "EINVAL", path);
    }
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a broker that looks first never lets the other end of a pipe go on", async () => {
  using host = new HostDirectory({ file: "text" });
  execFileSync("mkfifo", [host.at("fifo")]);
  using files = granting(host, { lookFirst: true });
  // The shell waits in its open(2) until somebody reads, however shortly.
  const writer = spawn("sh", ["-c", "echo waiting; echo text > fifo"], {
    cwd: host.path,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exit = once(writer, "exit");
  await once(writer.stdout, "data");
  for (let round = 0; round < 100; round++) {
    assert.is(await outcomeOf(files, ["open", "/data/fifo", "read"]), "EACCES");
    assert.is(await outcomeOf(files, ["open", "/data/file", "read"]), 'file "text"');
    await sleep(1);
  }
  assert.is(writer.exitCode, null);
  writer.kill("SIGKILL");
  await exit;
});

test("a directory is opened where the broker allows it, for reading only", () => {
  using host = new HostDirectory({ "dir/file": "text" });
  using files = granting(host, { directories: true });
  for (const path of [...roads("dir"), ...roads("dir/"), ...roads("dir/."), "/data", "/data/dir/.."]) {
    for (const flags of [read, read | directory]) {
      using fd = files.open(path, flags, 0);
      assert.equal([fd.kind, fd.readable, fd.writable], ["dir", true, false]);
    }
    assert.throws(
      () => files.open(path, write, 0),
      (error: NodeJS.ErrnoException) => error.code === "EISDIR",
    );
  }
});

test("setuid, setgid and sticky bits are given out only where the broker allows it", async () => {
  using host = new HostDirectory({ file: "text", dir: "dir" });
  using plain = granting(host);
  using special = granting(host, { specialBits: true });
  for (const mode of [0o4755, 0o2755, 0o1777]) {
    const calls: readonly Call[] = [
      ["open", "/data/new", "write|create", mode],
      ["mkdir", "/data/newdir", mode],
      ["chmod", "/data/dir", mode],
    ];
    for (const call of calls) assert.is(await outcomeOf(plain, call), "EPERM", call.join(" "));
    assert.is(await outcomeOf(special, ["chmod", "/data/dir", mode]), "ok");
    assert.is(statSync(host.at("dir")).mode & 0o7777, mode);
  }
  assert.is(await outcomeOf(special, ["chmod", "/data/file", 0o10644]), "EINVAL");
  assert.is(await outcomeOf(plain, ["open", "/data/file", "read", 0o7777]), 'file "text"');
});

test("a thousand opens that fail leave nothing open", async () => {
  using host = new HostDirectory({ file: "text", "dir/file": "text" });
  host.add("loop", { link: "loop" });
  execFileSync("mkfifo", [host.at("fifo")]);
  using files = granting(host);
  const before = openDescriptors();
  for (let index = 0; index < 100; index++) {
    for (const path of [
      "none",
      "file/x",
      "loop",
      "dir",
      "fifo",
      "../../x",
      "dir/../../x",
      "dir/../none/x",
      "\0",
      "../data/loop",
    ]) {
      assert.throws(() => files.open(`/data/${path}`, openFlags("read"), 0));
    }
  }
  assert.equal(openDescriptors(), before);
});

test.run();
