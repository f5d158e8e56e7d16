import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { addon, inspected, packetMax, socketType } from "../../../runtime/native/addon.ts";
import { systemError } from "../../../runtime/system-error.ts";
import { leavesNothingOpen, openDescriptors } from "../../support/descriptor-count.ts";
import { HostDirectory } from "../../support/host-tree.ts";

const test = suite("addon");
leavesNothingOpen(test);

const { seqpacket, stream } = socketType;
const dgram = 2;
const O_PATH = 0o10000000;
const RESOLVE_BENEATH = 8;
const SEALS = { seal: 1, shrink: 2, grow: 4, write: 8, futureWrite: 16 };

/** The name of what a system call refused. */
function refusal(result: unknown): string | undefined {
  return typeof result === "number" && result < 0 ? systemError(result, "").code : `${result}`;
}

function isClosedOnExec(fd: number): boolean {
  const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1];
  return (Number.parseInt(flags ?? "", 8) & 0o2000000) !== 0;
}

function closeAll(...fds: readonly number[]): void {
  for (const fd of fds) assert.is(addon().close(fd), 0);
}

function pairOf(type: number): readonly [number, number] {
  const pair = addon().socketpair(type);
  if (typeof pair === "number") throw systemError(pair, "socketpair");
  return pair;
}

test("every descriptor it makes is closed on exec from birth", () => {
  const name = `@postern-${process.pid}-birth`;
  const listening = addon().listen(stream, name, 1);
  const connected = addon().connect(stream, name);
  const made = [
    ...pairOf(seqpacket),
    listening,
    connected,
    addon().accept(listening),
    addon().memfd("birth", 0, false),
    addon().openat2(-100, "/", constants.O_RDONLY, 0, 0),
    addon().dup(listening),
  ];
  assert.equal(
    made.map(isClosedOnExec),
    made.map(() => true),
  );
  closeAll(...made);
});

test("close-on-exec can be taken away and put back", () => {
  const fd = addon().memfd("exec", 0, false);
  assert.is(addon().setcloexec(fd, false), 0);
  assert.not.ok(isClosedOnExec(fd));
  assert.is(addon().setcloexec(fd, true), 0);
  assert.ok(isClosedOnExec(fd));
  closeAll(fd);
});

const badAddresses: readonly [what: string, address: string, code: string][] = [
  ["no name at all", "", "EINVAL"],
  ["a NUL in a path", "/tmp/a\0b", "EINVAL"],
  ["a NUL in an abstract name", "@a\0b", "EINVAL"],
  ["a path of 108 bytes", `/${"x".repeat(107)}`, "ENAMETOOLONG"],
  ["an abstract name of 109 bytes", `@${"x".repeat(108)}`, "ENAMETOOLONG"],
  ["a path whose characters are few and bytes many", `/${"é".repeat(60)}`, "ENAMETOOLONG"],
  ["a path of a million bytes", "x".repeat(1_000_000), "ENAMETOOLONG"],
  ["a directory that is not there", "/nowhere/at/all", "ENOENT"],
];

for (const [what, address, code] of badAddresses)
  test(`${what} is no address: ${code}`, () => {
    assert.is(refusal(addon().listen(stream, address, 1)), code);
    assert.is(refusal(addon().connect(stream, address)), code);
  });

test("an abstract name may be as long as the address allows", () => {
  const listening = addon().listen(seqpacket, `@${"n".repeat(107)}`, 1);
  assert.ok(listening >= 0);
  closeAll(listening);
});

test("an address is taken once, refuses when nobody listens, and needs its own type", () => {
  using directory = new HostDirectory();
  const path = directory.at("socket");
  const listening = addon().listen(seqpacket, path, 1);
  assert.is(refusal(addon().listen(seqpacket, path, 1)), "EADDRINUSE");
  assert.is(refusal(addon().connect(stream, path)), "EPROTOTYPE");
  closeAll(listening);
  assert.is(refusal(addon().connect(seqpacket, path)), "ECONNREFUSED");
});

test("the peer of a connection is known", () => {
  const [a, b] = pairOf(stream);
  assert.equal(addon().peercred(a), [process.pid, process.getuid?.(), process.getgid?.()]);
  closeAll(a, b);
  assert.is(refusal(addon().peercred(a)), "EBADF");
});

const badPaths: readonly [what: string, path: string, code: string][] = [
  ["upwards", "..", "EXDEV"],
  ["upwards in the middle", "inner/../../x", "EXDEV"],
  ["an absolute path", "/etc/hosts", "EXDEV"],
  ["a link out", "out", "EXDEV"],
  ["what is not there", "missing", "ENOENT"],
  ["an empty path", "", "ENOENT"],
  ["a NUL", "inner\0", "EINVAL"],
  ["4096 bytes", "x".repeat(4096), "ENAMETOOLONG"],
];

for (const [what, path, code] of badPaths)
  test(`openat2 beneath a directory refuses ${what}: ${code}`, () => {
    using directory = new HostDirectory({ inner: "dir", out: { link: "/etc/hosts" } });
    const root = openSync(directory.path, "r");
    assert.is(refusal(addon().openat2(root, path, constants.O_RDONLY, 0, RESOLVE_BENEATH)), code);
    closeSync(root);
  });

test("openat2 makes a file with the mode it is given", () => {
  using directory = new HostDirectory();
  const root = openSync(directory.path, "r");
  const fd = addon().openat2(root, "made", constants.O_CREAT | constants.O_RDWR, 0o640, RESOLVE_BENEATH);
  assert.is(readlinkSync(`/proc/self/fd/${fd}`), directory.at("made"));
  closeAll(fd, root);
});

test("memory has its size, and seals only where it was made for them", () => {
  const plain = addon().memfd("plain", 10, false);
  const sealable = addon().memfd("sealable", 10, true);
  assert.is(addon().seals(plain), SEALS.seal);
  assert.is(refusal(addon().seal(plain, SEALS.write)), "EPERM");
  assert.is(addon().seals(sealable), 0);
  assert.is(addon().seal(sealable, SEALS.write | SEALS.shrink), 0);
  assert.is(addon().seals(sealable), SEALS.write | SEALS.shrink);
  assert.throws(() => writeFileSync(sealable, "no"), /EPERM/);
  assert.is(readFileSync(`/proc/self/fd/${plain}`).length, 10);
  closeAll(plain, sealable);
});

test("memory refuses sizes that are none, and names that are too long", () => {
  for (const size of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
    assert.is(refusal(addon().memfd("odd", size, false)), "EINVAL");
  assert.is(refusal(addon().memfd("x".repeat(250), 0, false)), "ENAMETOOLONG");
});

test("what is not open is EBADF everywhere", () => {
  const calls = ["dup", "close", "inspect", "seals", "accept", "peercred", "listener"] as const;
  for (const call of calls) assert.is(refusal(addon()[call](-1)), "EBADF", call);
  assert.is(refusal(addon().connection(-1, true, new Uint8Array(1 << 20), 0)), "EBADF");
});

test("a connection with too small a slab is refused, and the descriptor stays the caller's", () => {
  const [a, b] = pairOf(stream);
  assert.is(refusal(addon().connection(a, false, new Uint8Array(1000), 0)), "EINVAL");
  closeAll(a, b);
});

function packed(fd: number): string {
  const facts = addon().inspect(fd);
  const rights = `${(facts & inspected.read) !== 0 ? "r" : "-"}${(facts & inspected.write) !== 0 ? "w" : "-"}`;
  return `${inspected.kinds[facts & inspected.kindMask]} ${rights}`;
}

const inspections: readonly [what: string, expected: string, open: () => number | readonly number[]][] = [
  ["a file for reading", "file r-", () => openSync("/etc/hosts", "r")],
  ["a file for writing", "file -w", () => openOwn("w")],
  ["a file for both", "file rw", () => openOwn("w+")],
  ["a file by its path alone", "file --", () => openSync("/etc/hosts", O_PATH)],
  ["a file on a tmpfs", "file rw", () => openTmpfs(() => {})],
  ["a file on a tmpfs that was unlinked", "file rw", () => openTmpfs(unlinkSync)],
  ["a directory", "dir r-", () => openSync("/", "r")],
  ["a directory by its path alone", "dir --", () => openSync("/", O_PATH)],
  ["a stream", "stream rw", () => pairOf(stream)],
  ["packets", "seqpacket rw", () => pairOf(seqpacket)],
  ["datagrams", "dgram rw", () => pairOf(dgram)],
  ["a stream that listens", "stream --", () => addon().listen(stream, `@postern-${process.pid}-inspected`, 1)],
  ["packets that listen", "seqpacket --", () => addon().listen(seqpacket, `@postern-${process.pid}-inspected`, 1)],
  ["memory", "memory rw", () => addon().memfd("m", 1, false)],
  ["memory that is only kept from shrinking", "memory rw", () => sealed(SEALS.shrink)],
  ["memory sealed against writing", "memory r-", () => sealed(SEALS.write)],
  ["memory sealed against future writing", "memory r-", () => sealed(SEALS.futureWrite)],
  ["a device", "device rw", () => openSync("/dev/null", "r+")],
  ["a link by its path alone", "other --", () => openSync("/proc/self", O_PATH | constants.O_NOFOLLOW)],
];

test("rights follow from the flags of open where they are told, and the kind is still asked for", () => {
  const told = [constants.O_RDONLY, constants.O_WRONLY, constants.O_RDWR | constants.O_CREAT];
  const fd = openSync("/dev/null", "r");
  const facts = told.map((flags) => addon().inspect(fd, flags));
  closeSync(fd);
  const device = inspected.kinds.indexOf("device");
  assert.equal(facts, [device | inspected.read, device | inspected.write, device | inspected.read | inspected.write]);
  assert.ok(addon().inspect(fd, constants.O_RDONLY) < 0);
});

for (const [what, expected, open] of inspections)
  test(`${what} is found to be ${expected}`, () => {
    const made = [open()].flat();
    assert.is(packed(made[0]!), expected);
    closeAll(...made);
  });

test("both ends of a pipe, and what has no name in the language", () => {
  const pipes = openDescriptors().filter((line) => line.includes("pipe:"));
  for (const line of pipes) assert.match(packed(Number.parseInt(line, 10)), /^pipe (r-|-w)$/);
  const epoll = openDescriptors().find((line) => line.includes("eventpoll"));
  assert.match(packed(Number.parseInt(epoll ?? "", 10)), /^other/);
});

function openOwn(flags: string): number {
  using directory = new HostDirectory();
  return openSync(directory.at("file"), flags);
}

function openTmpfs(then: (path: string) => void): number {
  const path = `/dev/shm/postern-${process.pid}`;
  const fd = openSync(path, "w+");
  then(path);
  try {
    unlinkSync(path);
  } catch {
    // It was already.
  }
  return fd;
}

function sealed(seals: number): number {
  const fd = addon().memfd("sealed", 1, true);
  assert.is(addon().seal(fd, seals), 0);
  return fd;
}

test("a socket that its maker has made non-blocking is still slept on, and not looked at over and over", () => {
  const [ours, theirs] = pairOf(seqpacket);
  const slab = new Uint8Array(packetMax);
  const connection = addon().connection(ours, true, slab, 0);
  if (typeof connection === "number") throw systemError(connection, "connection");
  // Whoever passed it may have kept a copy, and with that the same open description.
  const script = "import fcntl, os; fcntl.fcntl(3, fcntl.F_SETFL, fcntl.fcntl(3, fcntl.F_GETFL) | os.O_NONBLOCK)";
  assert.is(spawnSync("python3", ["-c", script], { stdio: ["ignore", "inherit", "inherit", ours] }).status, 0);
  const before = process.cpuUsage();
  assert.is(connection.exchange(slab, 0, 0, 600), 0, "nothing comes");
  const { user, system } = process.cpuUsage(before);
  // In microseconds: of the 600,000 that pass, a thread that looks over and over takes nearly all it is given.
  assert.ok(user + system < 100_000, `${user + system} us of processor time were spent on waiting`);
  connection.close();
  closeAll(theirs);
});

test.run();
