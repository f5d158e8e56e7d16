import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Channel } from "../../runtime/channel/channel.ts";
import { offer } from "../../runtime/channel/interface.ts";
import { connect } from "../../runtime/connect.ts";
import { type RpcError, TransportError } from "../../runtime/errors.ts";
import { type ServeOptions, type Server, serve } from "../../runtime/serve.ts";
import type { PeerCredentials } from "../../runtime/transport/transport.ts";
import { leavesNothingOpen } from "../support/descriptor-count.ts";
import { Probe, Prober } from "../support/probe.ts";
import { rejection, until, within } from "../support/within.ts";

const serving = suite<{ folder: string }>("serve and connect", { folder: "" });
leavesNothingOpen(serving);
serving.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "postern-serve-"));
});
serving.after((context) => rmSync(context.folder, { recursive: true }));

const abstract = `@postern-test-${process.pid}`;

function serveProbe(address: string, options: ServeOptions = {}): Server {
  return serve(address, { offers: [offer(Probe, new Prober())], ...options });
}

for (const socket of ["seqpacket", "stream"] as const)
  for (const kind of ["a path", "an abstract name"])
    serving(`peers connect to ${kind} over ${socket} and are answered`, async ({ folder }) => {
      const address = kind === "a path" ? join(folder, "s") : abstract;
      using server = serveProbe(address, { socket });
      using first = connect(address, { socket });
      using second = connect(address, { socket });
      assert.is(await within(first.bootstrap(Probe).echo("1")), "1");
      assert.is(await within(second.bootstrap(Probe).echo("2")), "2");
      assert.is(server.channels.size, 2);
      first.close();
      await until(() => server.channels.size === 1, "the first channel's end");
    });

serving("the peer is who the kernel says", async ({ folder }) => {
  const address = join(folder, "s");
  const peers: PeerCredentials[] = [];
  using server = serve(address, {
    offers: (peer) => {
      peers.push(peer);
      return [offer(Probe, new Prober())];
    },
  });
  using channel = connect(address);
  await within(channel.bootstrap(Probe).echo("x"));
  const self = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
  assert.equal(peers, [self]);
  assert.equal(
    [...server.channels].map(({ peer }) => peer),
    [self],
  );
});

for (const [how, offers] of [
  ["by nothing", () => undefined],
  [
    "by throwing",
    () => {
      throw new Error("not you");
    },
  ],
] as const)
  serving(`a peer that is refused ${how} loses its channel, and the server serves on`, async ({ folder }) => {
    let strangers = 1;
    const address = join(folder, "s");
    using server = serve(address, {
      offers: () => (strangers-- > 0 ? offers() : [offer(Probe, new Prober())]),
    });
    using refused = connect(address);
    assert.is(((await rejection(refused.bootstrap(Probe).echo("x"))) as RpcError).code, "Disconnected");
    using accepted = connect(address);
    assert.is(await within(accepted.bootstrap(Probe).echo("x")), "x");
    assert.is(server.channels.size, 1);
  });

serving("the server calls its peer", async ({ folder }) => {
  const address = join(folder, "s");
  const opened: Channel[] = [];
  using _server = serve(address, { onChannel: (channel) => opened.push(channel) });
  using _client = connect(address, { offers: [offer(Probe, new Prober())] });
  await until(() => opened.length === 1, "the channel");
  assert.is(await within(opened[0]!.bootstrap(Probe).echo("to the client")), "to the client");
});

serving("closing tells every peer and removes the path", async ({ folder }) => {
  const address = join(folder, "s");
  const server = serveProbe(address);
  using client = connect(address);
  await within(client.bootstrap(Probe).echo("x"));
  const pending = rejection(client.bootstrap(Probe).wait("x"));
  assert.ok(existsSync(address));
  server.close();
  assert.not.ok(existsSync(address));
  assert.is(((await pending) as RpcError).code, "Disconnected");
  assert.is(await within(client.closed), undefined);
});

serving("limits are the server's for each peer", async ({ folder }) => {
  const address = join(folder, "s");
  using _server = serveProbe(address, { limits: { message: 4096 } });
  using client = connect(address);
  await within(client.bootstrap(Probe).echo("x"));
  const error = (await rejection(client.bootstrap(Probe).echo("x".repeat(5000)))) as RpcError;
  assert.is(error.code, "Limit");
  assert.is(await within(client.bootstrap(Probe).echo("still here")), "still here");
});

const refusals: readonly (readonly [string, (folder: string) => Disposable, string])[] = [
  ["connecting where nobody listens", (folder) => connect(join(folder, "nobody")), "ENOENT"],
  ["connecting to an abstract name that nobody has", () => connect("@postern-nobody"), "ECONNREFUSED"],
  ["listening where something is", (folder) => serve(join(folder, "taken")), "EADDRINUSE"],
  ["listening in a folder that is not there", (folder) => serve(join(folder, "no", "such")), "ENOENT"],
  ["a path that is too long", () => serve(`/tmp/${"x".repeat(200)}`), "ENAMETOOLONG"],
  ["a path with a NUL", () => connect("/tmp/a\0b"), "EINVAL"],
  ["an empty address", () => connect(""), "EINVAL"],
];
for (const [what, attempt, code] of refusals)
  serving(`${what} is ${code}`, ({ folder }) => {
    writeFileSync(join(folder, "taken"), "");
    assert.throws(
      () => attempt(folder),
      (error: unknown) => error instanceof TransportError && (error.cause as NodeJS.ErrnoException).code === code,
    );
  });

serving("a seqpacket client does not reach a stream server", ({ folder }) => {
  using _server = serveProbe(join(folder, "s"), { socket: "stream" });
  assert.throws(
    () => connect(join(folder, "s"), { socket: "seqpacket" }),
    (error: unknown) => error instanceof TransportError && (error.cause as NodeJS.ErrnoException).code === "EPROTOTYPE",
  );
});

serving("limits out of range are refused before anything is opened", ({ folder }) => {
  using _server = serveProbe(join(folder, "s"));
  assert.throws(() => connect(join(folder, "s"), { limits: { inflight: 0 } }), /limits.inflight is 0/);
});

serving.run();
