/**
 * The browser as one instance of a plugin sees it, made of what a host has: its objects, what it tells of itself, and
 * functions that decide. What is not given, a plugin does not get.
 */

import {
  type AudioDeviceImpl,
  type AudioFormat,
  type AudioReady,
  type Device2DSurfaceInit,
  type Device3DSurfaceInit,
  NPBooleanVariable,
  NPError,
  type NPInstance,
  type NPNavigatorImpl,
  type NPObject,
  type NPObjectImpl,
  NPObjectVariable,
  type NPUpcallsImpl,
  type NPVariantInit,
  ScriptError,
} from "../../generated/npapi.ts";
import type { Awaitable } from "../channel/awaitable.ts";
import type { CallContext } from "../channel/interface.ts";
import { dup, referenceOf } from "../channel/reference.ts";
import type { Fd } from "../descriptor.ts";
import { TransportError } from "../errors.ts";
import { AsyncCalls, type AsyncCallsOptions } from "./async-calls.ts";
import { type AudioHost, SoundDevice } from "./audio.ts";
import { type Device2DHost, PictureDevice } from "./device-2d.ts";
import { type BuffersTaken, CommandDevice, type Device3DHost } from "./device-3d.ts";
import { outgoing } from "./exceptions.ts";
import { type Fetch, Fetches } from "./fetches.ts";

/** What a host gives an instance. A hook that throws an `NPError` refuses with it. */
export interface NavigatorHost {
  /** `postern` where nothing is said. */
  readonly userAgent?: string;
  /** Asked each time. */
  readonly offline?: boolean;
  readonly privateMode?: boolean;
  /** What `getObjectValue` gives; stays the host's, also where it is a stub. */
  readonly window?: NPObjectImpl | undefined;
  readonly pluginElement?: NPObjectImpl | undefined;
  /** Shows a text in the status line. */
  setStatus?(status: string): void;
  /**
   * Runs a script. `target` is lent, and the host's own object where it is one. What it throws, other than a
   * `ScriptError`, reaches the plugin as what the script threw.
   */
  evaluate?(target: NPObject, script: string, context: CallContext): Awaitable<NPVariantInit>;
  readonly fetch?: Fetch;
  openDevice2D?(): Device2DHost;
  /** `entries` are those asked for. */
  openDevice3D?(entries: number): Device3DHost;
  openAudio?(format: AudioFormat): AudioHost;
  /** How asynchronous calls are run. */
  readonly asyncCalls?: AsyncCallsOptions;
  /** Is told of what fails where no call of the plugin waits for it: a fetch, the start of a sound. */
  onFault?(reason: unknown): void;
  /** Devices that may be open at a time, and fetches under way; 64 where nothing is said. */
  readonly limit?: number;
}

/** See the file's comment. */
export interface Navigator extends NPNavigatorImpl {
  /** The instance's queue, for a host that wants to look at it. */
  readonly asyncCalls: AsyncCalls;
  /** Whether the instance is destroyed. */
  readonly destroyed: boolean;
  /** Says which instance it is the navigator of, to which what it asks for is delivered; lent until the destruction. */
  attach(instance: NPInstance): void;
  /**
   * Ends all that the instance has of the host: calls that wait are let go of, devices and their memory, channels of
   * other threads, fetches. Every later call fails with `invalidInstance`. Again, it does nothing. It happens by itself
   * when the plugin lets go of its navigator, and so when the plugin's channel ends.
   */
  destroy(): void;
  /** As `destroy`. */
  [Symbol.dispose](): void;
}

const LIMIT = 64;

/** Makes the navigator of one instance, to be given to `NPPlugin.newInstance`. */
export function createNavigator(host: NavigatorHost): Navigator {
  return new HostNavigator(host);
}

class HostNavigator implements Navigator {
  readonly asyncCalls: AsyncCalls;
  readonly #host: NavigatorHost;
  readonly #fetches: Fetches;
  readonly #devices = new Set<Disposable>();
  readonly #buffers: BuffersTaken = { count: 0, bytes: 0 };
  #destroyed = false;

  constructor(host: NavigatorHost) {
    this.#host = host;
    this.asyncCalls = new AsyncCalls(host.asyncCalls);
    this.#fetches = new Fetches({
      fetch: host.fetch?.bind(host),
      limit: this.#limit,
      onFault: host.onFault?.bind(host),
    });
  }

  get destroyed(): boolean {
    return this.#destroyed;
  }

  attach(instance: NPInstance): void {
    this.#fetches.attach(instance);
  }

  getBooleanValue(variable: NPBooleanVariable): boolean {
    this.#checkLive();
    if (variable === NPBooleanVariable.offline) return this.#host.offline ?? false;
    if (variable === NPBooleanVariable.privateMode) return this.#host.privateMode ?? false;
    throw new NPError("invalidParameter");
  }

  getObjectValue(variable: NPObjectVariable): NPObjectImpl {
    this.#checkLive();
    if (variable === NPObjectVariable.window) return given(this.#host.window);
    if (variable === NPObjectVariable.pluginElement) return given(this.#host.pluginElement);
    throw new NPError("invalidParameter");
  }

  evaluate(target: NPObject, script: string, context: CallContext): Awaitable<NPVariantInit> {
    if (this.#destroyed) throw new ScriptError({ kind: "destroyed" });
    if (this.#host.evaluate === undefined) throw new ScriptError({ kind: "refused", value: "evaluate" });
    try {
      const result = this.#host.evaluate(target, script, context);
      return result instanceof Promise ? result.catch(throwOutgoing) : result;
    } catch (error) {
      throw outgoing(error);
    }
  }

  setStatus(status: string): void {
    if (!this.#destroyed) this.#host.setStatus?.(status);
  }

  getURL(url: string, target: string, notify: number | undefined): void {
    this.#checkLive();
    this.#fetches.start(url, target, notify);
  }

  userAgent(): string {
    this.#checkLive();
    return this.#host.userAgent ?? "postern";
  }

  upcalls(): NPUpcallsImpl {
    this.#checkLive();
    return this.asyncCalls;
  }

  openUpcalls({ peer }: CallContext): Fd<"seqpacket"> {
    this.#checkLive();
    return orOutOfMemory(() => this.asyncCalls.openChannel(peer));
  }

  openDevice2D(): Device2DSurfaceInit {
    this.#checkRoom();
    const host = this.#host.openDevice2D?.();
    return surfaceOf(this.#open(host, (shows, onEnd) => new PictureDevice(shows, onEnd)));
  }

  openDevice3D(entries: number): Device3DSurfaceInit {
    this.#checkRoom();
    const host = this.#host.openDevice3D?.(entries);
    return surfaceOf(
      this.#open(host, (carriesOut, onEnd) => new CommandDevice(carriesOut, entries, this.#buffers, onEnd)),
    );
  }

  openAudio(format: AudioFormat, ready: AudioReady): AudioDeviceImpl {
    try {
      this.#checkRoom();
      const host = this.#host.openAudio?.(format);
      const device = this.#open(host, (plays, onEnd) => new SoundDevice(plays, format, onEnd));
      // The device first, then what its sound goes through.
      setImmediate(() => void device.begin(ready).catch((error: unknown) => this.#fault(error)));
      return device;
    } catch (error) {
      ready[Symbol.dispose]();
      throw error;
    }
  }

  /** Opens a device, if the host has given what serves it, and keeps it until it ends. */
  #open<H, D extends Disposable>(host: H | undefined, make: (host: H, onEnd: () => void) => D): D {
    if (host === undefined) throw new NPError("generic");
    const device: D = orOutOfMemory(() => make(host, () => this.#devices.delete(device)));
    this.#devices.add(device);
    return device;
  }

  get #limit(): number {
    return this.#host.limit ?? LIMIT;
  }

  #checkRoom(): void {
    this.#checkLive();
    if (this.#devices.size >= this.#limit) throw new NPError("outOfMemory");
  }

  #checkLive(): void {
    if (this.#destroyed) throw new NPError("invalidInstance");
  }

  #fault(reason: unknown): void {
    if (!this.#destroyed) this.#host.onFault?.(reason);
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#fetches.destroy();
    this.asyncCalls.destroy();
    for (const device of this.#devices) device[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}

/** An object of the host's to be given away; of one that is a stub a second reference goes, and the host's stays. */
function given(object: NPObjectImpl | undefined): NPObjectImpl {
  if (object === undefined) throw new NPError("generic");
  // What has a reference is a stub, and can be disposed of.
  return referenceOf(object) === undefined ? object : dup(object as NPObject);
}

/** What the plugin is given of a new device, which is closed if that cannot be made. */
function surfaceOf<S>(device: Disposable & { surface(): S }): S {
  try {
    return orOutOfMemory(() => device.surface());
  } catch (error) {
    device[Symbol.dispose]();
    throw error;
  }
}

/** Makes what takes descriptors or memory, of which this process may have too few. */
function orOutOfMemory<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw cause instanceof TransportError ? new NPError("outOfMemory", { cause }) : cause;
  }
}

function throwOutgoing(error: unknown): never {
  throw outgoing(error);
}
