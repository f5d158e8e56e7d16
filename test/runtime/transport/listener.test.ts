import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, symlinkSync, unlinkSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Fd } from "../../../runtime/descriptor.ts";
import { TransportError } from "../../../runtime/errors.ts";
import { type Listener, listen } from "../../../runtime/transport/listener.ts";
import { connectSocket, type SocketType } from "../../../runtime/transport/sockets.ts";
import { leavesNothingOpen } from "../../support/descriptor-count.ts";
import { HostDirectory } from "../../support/host-tree.ts";
import { until, within } from "../../support/within.ts";

const abstractName = `@postern-${process.pid}-listener`;

function systemCause(code: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof TransportError &&
    (error.cause as NodeJS.ErrnoException).code === code &&
    error.message.includes(code);
}

function collect(listener: Listener): Fd[] {
  const arrived: Fd[] = [];
  listener.start((socket) => arrived.push(socket));
  return arrived;
}

for (const type of ["seqpacket", "stream"] as const) {
  const test = suite(`listener, ${type}`);
  leavesNothingOpen(test);

  for (const abstract of [true, false])
    test(`everybody who connects is handed over, with who it is (${abstract ? "abstract name" : "path"})`, async () => {
      using directory = new HostDirectory();
      const address = abstract ? abstractName : directory.at("socket");
      const listener = listen(address, { type, backlog: 128 });
      const peers: unknown[] = [];
      const arrived: Fd[] = [];
      listener.start((socket, peer) => {
        arrived.push(socket);
        peers.push(peer);
      });
      const clients = Array.from({ length: 100 }, () => connectSocket(address, type));
      await until(() => arrived.length === clients.length, "all to be accepted");
      assert.equal(peers[0], { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
      assert.ok(arrived.every((socket) => socket.kind === type && socket.readable));
      listener.close();
      for (const socket of [...clients, ...arrived]) socket.close();
    });

  test("its socket can be handed to somebody, who can neither read nor write it; not after it is closed", () => {
    const listener = listen(abstractName, { type, backlog: 8 });
    using socket = listener.dup();
    assert.equal([socket.kind, socket.readable, socket.writable], [type, false, false]);
    listener.close();
    assert.throws(() => listener.dup(), /no longer listens/);
  });

  test("who left before being accepted is handed over all the same, and reads as an end", async () => {
    const listener = listen(abstractName, { type, backlog: 8 });
    connectSocket(abstractName, type).close();
    const arrived = collect(listener);
    await until(() => arrived.length === 1, "the newcomer");
    listener.close();
    for (const socket of arrived) socket.close();
  });

  test("a newcomer whose taker throws is refused, the others are not", async () => {
    const listener = listen(abstractName, { type, backlog: 8 });
    const arrived: Fd[] = [];
    let calls = 0;
    listener.start((socket) => {
      calls++;
      if (calls === 1) throw new Error("not this one");
      arrived.push(socket);
    });
    const uncaught = once(process, "uncaughtException");
    const clients = [connectSocket(abstractName, type), connectSocket(abstractName, type)];
    assert.match((await within(uncaught, "the exception"))[0].message, /not this one/);
    await until(() => arrived.length === 1, "the other");
    listener.close();
    for (const socket of [...clients, ...arrived]) socket.close();
  });

  test("closing within a delivery closes those accepted with it", async () => {
    const listener = listen(abstractName, { type, backlog: 8 });
    const arrived: Fd[] = [];
    listener.start((socket) => {
      arrived.push(socket);
      listener.close();
    });
    const clients = [connectSocket(abstractName, type), connectSocket(abstractName, type)];
    await until(() => arrived.length > 0, "the first");
    assert.is(arrived.length, 1);
    for (const socket of [...clients, ...arrived]) socket.close();
  });

  test("a closed listener's address is free, and nobody connects", () => {
    using directory = new HostDirectory();
    for (const address of [abstractName, directory.at("socket")]) {
      const listener = listen(address, { type, backlog: 1 });
      assert.throws(() => listen(address, { type, backlog: 1 }), systemCause("EADDRINUSE"));
      listener.close();
      listener.close();
      assert.throws(
        () => connectSocket(address, type),
        systemCause(address === abstractName ? "ECONNREFUSED" : "ENOENT"),
      );
      listen(address, { type, backlog: 1 }).close();
    }
    assert.not.ok(existsSync(directory.at("socket")));
  });

  test("closing does not remove what another has put at the path", () => {
    using directory = new HostDirectory();
    const path = directory.at("socket");
    const listener = listen(path, { type, backlog: 1 });
    unlinkSync(path);
    symlinkSync("/etc/hosts", path);
    listener.close();
    assert.ok(existsSync(path));
  });

  test("a listener at the limit of open files makes newcomers wait, and the process goes on", async () => {
    const fixture = new URL("fixtures/short-listener.ts", import.meta.url).pathname;
    const address = `${abstractName}-short`;
    const child = spawn(
      "sh",
      [
        "-c",
        'ulimit -n 40; exec "$@"',
        "sh",
        process.execPath,
        "--no-warnings",
        "--import",
        "tsx",
        fixture,
        type,
        address,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const exited = once(child, "exit");
    let output = "";
    child.stdout?.on("data", (data) => (output += data));
    await until(() => output.includes("ready"), "the child", 20_000);
    const clients = Array.from({ length: 40 }, () => connectSocket(address, type));
    await until(() => output.includes("accepted 40"), "all newcomers", 20_000);
    assert.match(output, /POSTERN_ACCEPT_WAITS.*EMFILE/);
    for (const socket of clients) socket.close();
    await within(exited, "the child's end");
  });

  test.run();
}

const addresses = suite("listener, addresses");
leavesNothingOpen(addresses);

const refusals: readonly [address: string, type: SocketType, code: string][] = [
  ["", "stream", "EINVAL"],
  ["/nowhere/socket", "stream", "ENOENT"],
  [`/tmp/${"x".repeat(200)}`, "seqpacket", "ENAMETOOLONG"],
  ["/tmp/a\0b", "seqpacket", "EINVAL"],
];

for (const [address, type, code] of refusals)
  addresses(`${JSON.stringify(address.slice(0, 20))} is refused with ${code}`, () => {
    assert.throws(() => listen(address, { type, backlog: 1 }), systemCause(code));
    assert.throws(() => connectSocket(address, type), systemCause(code));
  });

addresses("an unreferenced listener does not keep the process", () => {
  const listener = listen(abstractName, { type: "stream", backlog: 1 });
  listener.unref();
  listener.start((socket) => socket.close());
  listener.close();
});

addresses.run();
