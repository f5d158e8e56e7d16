/** `NPHost`: the page that a plugin is in, with its window, its cookies and its thread. */

import { bouncer } from "./bounce.ts";
import type { Rect } from "./generated/gfx.ts";
import { type AsyncCall, NPError, type NPHostImpl, NPVariant } from "./generated/sandbox.ts";
import { ScriptObject } from "./script-object.ts";

/** What a page tells whoever shows it. */
export interface PageEvents {
  alert(text: string): void;
  repaint(area: Rect): void;
}

/** Whoever made it disposes of it. */
export class Page implements NPHostImpl, Disposable {
  readonly window: ScriptObject;
  readonly #events: PageEvents;

  constructor(title: string, events: PageEvents) {
    this.#events = events;
    this.window = new ScriptObject({
      properties: { title: NPVariant.string(title), ball: NPVariant.object(bouncer()) },
      methods: {
        alert: ([text]) => {
          events.alert(text?.kind === "string" ? text.value : "");
          return NPVariant.void();
        },
      },
      call: () => NPVariant.string(`the window of ${title}`),
    });
  }

  getWindowObject(): ScriptObject {
    return this.window;
  }

  pluginThreadAsyncCall(run: AsyncCall): void {
    // A plugin that is gone by then has nothing to run.
    setImmediate(() => run().catch(() => {}));
  }

  invalidate(area: Rect): void {
    this.#events.repaint(area);
  }

  getCookie(url: string): string | undefined {
    if (!URL.canParse(url)) throw new NPError({ kind: "exception", value: "That is no URL." });
    return new URL(url).hostname === "page.example" ? "theme=dark" : undefined;
  }

  [Symbol.dispose](): void {
    this.window.destroy();
  }
}
