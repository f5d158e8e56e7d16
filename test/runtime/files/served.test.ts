/** The broker behind a channel: descriptors, facts and errors as a peer gets them. */

import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrnoError, FileKind, Files, OpenFlags } from "../../../generated/files.ts";
import { offer } from "../../../runtime/channel/interface.ts";
import { channelOver } from "../../../runtime/connect.ts";
import { filesIn } from "../../../runtime/files/granted-files.ts";
import { socketPair } from "../../../runtime/transport/sockets.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { HostDirectory } from "../../support/host-tree.ts";

const test = suite("granted files over a channel");
leavesNothingOpen(test);

/** Serves a writable and a read-only grant to a peer in this process, over a real socket. */
async function withPeer(body: (files: Files, host: HostDirectory) => Promise<void>): Promise<void> {
  using host = new HostDirectory({ "work/file": "text", "fixed/file": "fixed" });
  using broker = filesIn([
    { at: "/desk", from: host.at("work"), access: "write" },
    { at: "/fixed", from: host.at("fixed"), access: "read" },
  ]);
  const [ours, theirs] = socketPair("seqpacket");
  using _serving = channelOver(ours, { offers: [offer(Files, broker)] });
  using peer = channelOver(theirs);
  await body(peer.bootstrap(Files), host);
}

test("a peer reads a granted file through its own descriptor", () =>
  withPeer(async (files) => {
    using fd = await files.open("/desk/file");
    assert.equal([fd.kind, fd.readable, fd.writable], ["file", true, false]);
    assert.is(readFileSync(fd.fd, "utf8"), "text");
  }));

test("every call of the family crosses", () =>
  withPeer(async (files, host) => {
    (await files.open("/desk/new", OpenFlags.write | OpenFlags.create, 0o600)).close();
    await files.mkdir("/desk/dir");
    await files.rename("/desk/new", "/desk/dir/new");
    await files.link("/desk/dir/new", "/desk/second");
    await files.symlink("file", "/desk/link");
    await files.chmod("/desk/second", 0o640);
    await files.truncate("/desk/second", 7);
    await files.utimes("/desk/second", { seconds: 1, nanoseconds: 0 }, { seconds: -2, nanoseconds: 0 });
    await files.access("/desk/second", 4);
    const { kind, size, nlink, mtime } = await files.stat("/desk/dir/new");
    assert.equal(
      { kind, size, nlink, mtime },
      { kind: FileKind.file, size: 7, nlink: 2, mtime: { seconds: -2, nanoseconds: 0 } },
    );
    assert.is((await files.lstat("/desk/link")).kind, FileKind.symlink);
    assert.is(await files.readlink("/desk/link"), "file");
    assert.is(await files.realpath("/desk/link"), "/desk/file");
    assert.ok((await files.statfs("/desk")).bsize > 0);
    const made = await files.mkdtemp("/desk/t-");
    await files.rmdir(made);
    await files.unlink("/desk/second");
    const names = (await files.readdir("/desk")).map((entry) => entry.name).sort();
    assert.equal(names, ["dir", "file", "link"]);
    assert.is(readFileSync(host.at("work/dir/new")).length, 7);
  }));

const failures: readonly (readonly [
  string,
  (files: Files) => Promise<unknown>,
  Partial<NodeJS.ErrnoException> & { dest?: string },
])[] = [
  ["ENOENT", (files) => files.open("/none"), { syscall: "open", path: "/none", errno: -2 }],
  ["EROFS", (files) => files.unlink("/fixed/file"), { syscall: "unlink", path: "/fixed/file", errno: -30 }],
  [
    "EXDEV",
    (files) => files.rename("/desk/file", "/fixed/x"),
    { syscall: "rename", path: "/desk/file", dest: "/fixed/x" },
  ],
  ["EINVAL", (files) => files.stat("/desk/\0"), { syscall: "stat", path: "/desk/\0" }],
  ["EISDIR", (files) => files.truncate("/desk"), { syscall: "truncate", path: "/desk" }],
  ["ENOTDIR", (files) => files.readdir("/desk/file"), { syscall: "readdir", path: "/desk/file" }],
];

for (const [code, call, look] of failures) {
  test(`${code} arrives as Node's own error would look, and says nothing of the host's paths`, () =>
    withPeer(async (files) => {
      const error = await call(files).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.instance(error, ErrnoError);
      assert.is((error as ErrnoError).code, code);
      for (const [name, value] of Object.entries(look)) assert.is((error as never)[name], value, name);
      assert.not.match((error as ErrnoError).message, /proc|postern-/);
    }));
}

test("a thousand opens in flight, half of them refused, all come back", () =>
  withPeer(async (files) => {
    const opens = Array.from({ length: 1000 }, (_, index) => files.open(index % 2 === 0 ? "/desk/file" : "/desk/none"));
    const settled = await Promise.allSettled(opens);
    for (const result of settled) if (result.status === "fulfilled") result.value.close();
    assert.is(settled.filter((result) => result.status === "fulfilled").length, 500);
  }));

test.run();
