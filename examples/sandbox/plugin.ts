/**
 * The side that has nothing but its channel. It offers a scriptable object and otherwise waits to be called; what it
 * then does, it does through what the broker offers.
 */

import { connectToParent } from "../../runtime/index.ts";
import { teller } from "../telling.ts";
import { bouncer } from "./bounce.ts";
import { connectAsSandbox, NPVariant, type SandboxBroker } from "./generated/sandbox.ts";
import { ScriptObject } from "./script-object.ts";
import { useFiles } from "./with-files.ts";
import { meetThePage } from "./with-page.ts";
import { useSockets } from "./with-sockets.ts";

const tell = teller("plugin");

const scriptable = new ScriptObject({
  methods: {
    async run() {
      await tellAll(broker);
      return NPVariant.void();
    },
    greet: ([who]) => NPVariant.string(`Hello, ${who?.kind === "string" ? who.value : "stranger"}!`),
  },
  properties: { ball: NPVariant.object(bouncer()) },
});

const { broker } = connectAsSandbox(connectToParent, {
  plugin: {
    getScriptableObject: () => scriptable,
    destroy() {
      tell("the page goes away", "and this program with it");
      scriptable.destroy();
    },
  },
});

async function tellAll({ files, sockets, np }: SandboxBroker): Promise<void> {
  await useFiles(files, tell);
  await useSockets(sockets, tell);
  await meetThePage(np, tell);
}
