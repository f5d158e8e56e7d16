/**
 * The side that has everything: a folder, sockets, a page. It starts a program that has nothing, gives it a channel,
 * and uses what that program offers. Run it: `node dist/examples/sandbox/broker.js`, after `npm run build`.
 */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawn } from "../../runtime/index.ts";
import { teller } from "../telling.ts";
import { bouncer } from "./bounce.ts";
import { BoundSockets } from "./bound-sockets.ts";
import { Folder } from "./folder.ts";
import { acceptSandbox, NPVariant } from "./generated/sandbox.ts";
import { Page } from "./page.ts";
import { shown } from "./shown.ts";

const tell = teller("broker");
const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const plugin = fileURLToPath(new URL(`plugin.${extension}`, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "postern-"));
writeFileSync(join(folder, "notes.txt"), "buy milk\n");
symlinkSync("notes.txt", join(folder, "latest"));
symlinkSync("/etc/passwd", join(folder, "trap"));
mkdirSync(join(folder, "drawings"));

using files = new Folder(folder);
using sockets = new BoundSockets();
using page = new Page("a page", {
  alert: (text) => tell("the page shows an alert", text),
  repaint: ({ width, height }) => tell("the page repaints", `${width} by ${height} pixels`),
});

// What the plugin may call is what is passed here, and nothing else; what it offers can be called at once.
const { channel, sandbox } = acceptSandbox(
  (options) => spawn(process.execPath, [...process.execArgv, plugin], options).channel,
  { files, sockets, np: page },
);
tell("started a program that has its channel only", "it can call what it was given");

{
  using scriptable = await sandbox.plugin.getScriptableObject();
  // Everything that the plugin tells happens within this call.
  using _ = await scriptable.invoke("run", []);

  tell("the plugin's object has", (await scriptable.enumerate()).join(", "));
  // A blocking call, from here to there: nothing else happens in this thread until the answer is here.
  using greeting = scriptable.invokeSync("greet", [NPVariant.string("broker")]);
  tell("its method `greet`, called blocking, says", shown(greeting));

  using ball = scriptable.getPropertySync("ball");
  if (ball.kind === "object") {
    const serve = (): Parameters<typeof ball.value.invoke>[1] => [NPVariant.int32(20), NPVariant.object(bouncer())];
    using bounced = await ball.value.invoke("bounce", serve());
    tell("a call thrown back and forth goes over", `${shown(bounced)} times, by promise`);
    using blocked = ball.value.invokeSync("bounceSync", serve());
    tell("and with both sides on one stack", `${shown(blocked)} times`);
  }
}

await sandbox.plugin.destroy();
channel.close();
await channel.closed;
const { callsServed, callsMade, descriptorsSent, objectsExported, objectsImported } = channel.counts;
tell("calls", `${callsServed} answered, ${callsMade} made`);
tell("descriptors passed", String(descriptorsSent));
tell("objects still held", `${objectsExported} of the broker's, ${objectsImported} of the plugin's`);
rmSync(folder, { recursive: true });
