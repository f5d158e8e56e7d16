/** An instance of a plugin as its host has it: the plugin's side of it, the host's, and one end for both. */

import { type NPArgument, NPError, type NPInstance, type NPPlugin } from "../../generated/npapi.ts";
import type { CallOptions } from "../channel/interface.ts";
import { RpcError } from "../errors.ts";
import { createNavigator, type Navigator, type NavigatorHost } from "./navigator.ts";

/** The element that an instance is made for. */
export interface PluginElement {
  readonly mimeType: string;
  readonly attributes?: readonly NPArgument[];
}

/** A running instance. */
export interface HostedInstance {
  readonly instance: NPInstance;
  readonly navigator: Navigator;
  /**
   * Destroys both sides: the plugin's is told first, then the host's ends, whatever the plugin says, and after
   * `timeoutMs` (2,000 if not given) also if it says nothing. Resolves where the plugin is gone, too; rejects with what
   * it failed with otherwise. Again, it does nothing.
   */
  destroy(timeoutMs?: number): Promise<void>;
}

const DESTROY_MS = 2000;

/** Makes an instance of a plugin. Rejects with what the plugin refused it with; then nothing is left of it. */
export async function openInstance(
  plugin: NPPlugin,
  element: PluginElement,
  host: NavigatorHost,
  options?: CallOptions,
): Promise<HostedInstance> {
  const navigator = createNavigator(host);
  try {
    const instance = await plugin.newInstance(element.mimeType, element.attributes ?? [], navigator, options);
    navigator.attach(instance);
    return new OpenInstance(instance, navigator);
  } catch (error) {
    navigator.destroy();
    throw error;
  }
}

class OpenInstance implements HostedInstance {
  readonly instance: NPInstance;
  readonly navigator: Navigator;
  #destroyed: Promise<void> | undefined;

  constructor(instance: NPInstance, navigator: Navigator) {
    this.instance = instance;
    this.navigator = navigator;
  }

  destroy(timeoutMs: number = DESTROY_MS): Promise<void> {
    this.#destroyed ??= this.#destroy(timeoutMs);
    return this.#destroyed;
  }

  async #destroy(timeoutMs: number): Promise<void> {
    try {
      await this.instance.destroy({ timeoutMs });
    } catch (error) {
      if (!isGone(error)) throw error;
    } finally {
      this.navigator.destroy();
      this.instance[Symbol.dispose]();
    }
  }
}

/** Whether there is nothing to destroy any more: the plugin's process is gone, or says that the instance is. */
function isGone(error: unknown): boolean {
  if (error instanceof NPError) return error.code === "invalidInstance";
  return error instanceof RpcError && error.code === "Disconnected";
}
