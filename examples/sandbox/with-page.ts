/** What a plugin can do with the page that it is in: use its objects, give it some, ask it for things. */

import { same } from "../../runtime/index.ts";
import type { Tell } from "../telling.ts";
import { NPError, type NPHost, NPVariant } from "./generated/sandbox.ts";
import { ScriptObject } from "./script-object.ts";
import { shown } from "./shown.ts";

/** Tells of everything that `NPHost` and `NPObject` have. */
export async function meetThePage(host: NPHost, tell: Tell): Promise<void> {
  using page = host.getWindowObjectSync();
  using title = await page.getProperty("title");
  tell("the page's title", shown(title));
  using whole = page.invokeDefaultSync([]);
  tell("the window, called as a function", shown(whole));
  using _ = await page.invoke("alert", [NPVariant.string("a plugin was here")]);
  tell(
    "whether the window has methods",
    `alert: ${page.hasMethodSync("alert")}, print: ${page.hasMethodSync("print")}`,
  );

  // An object of ours that the page keeps is ours again when it comes back.
  const clock = new ScriptObject({ methods: { time: () => NPVariant.string("noon") } });
  await page.setProperty("clock", NPVariant.object(clock));
  using kept = page.getPropertySync("clock");
  tell(
    "an object that was given and came back",
    kept.kind === "object" && same(kept.value, clock) ? "itself" : "another",
  );
  tell("the window now has", (await page.enumerate()).join(", "));
  tell("whether it is the clock", String(await page.same(clock)));
  await page.removeProperty("clock");
  tell("whether it still has the clock", String(await page.hasProperty("clock")));

  try {
    using _ = page.invokeSync("print", []);
  } catch (error) {
    if (!(error instanceof NPError)) throw error;
    tell("a method that is not there", `${error.kind}: ${"value" in error ? error.value : ""}`);
  }

  tell("a cookie of the page", (await host.getCookie("https://page.example/")) ?? "none");
  tell("a cookie of another", host.getCookieSync("https://other.example/") ?? "none");
  await host.invalidate({ x: 0, y: 0, width: 320, height: 200 });
  await new Promise<void>((resolve) => host.pluginThreadAsyncCall(() => resolve()));
  tell("a function handed over to run later", "has run");
}
