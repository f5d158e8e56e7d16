/**
 * The host: a page of objects, and a plugin in another process that scripts it. The page belongs to the host, so it
 * loses nothing when the plugin is killed, and the next plugin finds it as the last one left it.
 */

import { fstatSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { acceptPlugin } from "../../generated/npapi.ts";
import { type Child, RpcError, spawn } from "../../runtime/index.ts";
import {
  exportObject,
  type HostedInstance,
  importObject,
  openInstance,
  type RemoteObject,
} from "../../runtime/npapi/index.ts";
import { confined, packageRoot } from "../confined.ts";
import { openDescriptors } from "../open-descriptors.ts";
import { teller } from "../telling.ts";
import { FilePicker, type Page, PageDocument, PageTimer, type User } from "./page.ts";
import { asText } from "./picture.ts";
import type { Notebook } from "./plugin.ts";

const tell = teller("host");
const program = fileURLToPath(new URL("plugin.js", import.meta.url));
const shelf = join(packageRoot, "examples/plugin-host/shelf");

const document = new PageDocument();
const timer = new PageTimer();
/** Who, of all that lies on the shelf, gives away the notes. */
const user: User = (question) => {
  tell("asks the user", question);
  return join(shelf, "notes.txt");
};

/** A plugin that runs, and the element that it is in. */
interface Running {
  readonly child: Child;
  readonly hosted: HostedInstance;
  readonly notebook: RemoteObject<Notebook>;
}

async function startPlugin(): Promise<Running> {
  let child!: Child;
  const { plugin } = acceptPlugin((options) => {
    child = spawn(process.execPath, confined(program), options);
    return child.channel;
  }, {});
  tell("starts a plugin that can open nothing itself", `process ${child.process.pid}`);

  const size = { width: 48, height: 6 };
  const picker = new FilePicker(user, (name, file) => {
    return hosted.instance.streamAsFile(name, file, BigInt(fstatSync(file.fd).size));
  });
  const page: Page = { document, timer, picker };
  const hosted = await openInstance(
    plugin.plugin,
    { mimeType: "application/x-notebook" },
    {
      window: exportObject(page),
      openDevice2D: () => ({
        ...size,
        flush(picture) {
          for (const line of asText(picture)) tell("sees in the memory that both have", line.trimEnd());
          return undefined;
        },
      }),
    },
  );
  await hosted.instance.setWindow(size);
  return { child, hosted, notebook: importObject<Notebook>(await hosted.instance.getScriptableInstance()) };
}

tell("has a page", "with a document, a timer and a file picker");
// Counted from here on: to write the first line may have opened something.
const before = openDescriptors();

{
  const { child, notebook } = await startPlugin();
  await notebook.fill();
  await notebook.draw(4);

  const thought = notebook.think();
  await sleep(50);
  tell("kills the plugin", "in the middle of a call");
  child.process.kill("SIGKILL");
  // Of two things to wait for, whichever comes last; either may be first.
  const [outcome] = await Promise.allSettled([thought, child.exited, child.channel.closed]);
  if (outcome.status === "rejected" && outcome.reason instanceof RpcError)
    tell("the call ends with", `${outcome.reason.code}: ${outcome.reason.message}`);
  tell("still has its document", `${document.title}, ${document.length} lines`);
}

{
  const { child, hosted, notebook } = await startPlugin();
  await notebook.look();
  await notebook.draw(32);
  await notebook.wait(20);
  await hosted.destroy();
  await child.close();
}

timer.stop();
tell("descriptors left open", String(openDescriptors() - before));
