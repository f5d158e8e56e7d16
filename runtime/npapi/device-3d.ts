/**
 * A ring of commands that a plugin writes and its host carries out, and the memory that those commands refer to. What a
 * command is, the two agree on by themselves.
 */

import {
  type Device3DBufferInit,
  type Device3DImpl,
  type Device3DProgress,
  type Device3DSurfaceInit,
  NPError,
} from "../../generated/npapi.ts";
import { type Awaitable, after } from "../channel/awaitable.ts";
import type { Fd } from "../descriptor.ts";
import { sharedMemory } from "../shared-memory.ts";
import { Device, type DeviceHost, DeviceStates } from "./device.ts";

/** The states that every ring has, which nobody sets: `NPDeviceContext3DState`. */
export const Device3DState = {
  /** How far the host has read. */
  getOffset: 0,
  /** How far the plugin has written. */
  putOffset: 1,
  /** The last token that the host met. */
  token: 2,
  /** What the host last found wrong with a command; asking for it forgets it. */
  parseError: 3,
  /** 1 once the host carries out nothing more. */
  errorStatus: 4,
} as const;

/** An entry is one 32-bit word. */
const ENTRY_BYTES = 4;
const ENTRIES = 1 << 16;
const BUFFERS = 256;
const BUFFER_BYTES = 64 << 20;

/** The ring as its host has it. */
export interface CommandRing {
  /** Its entries, of four bytes each; lent. The plugin may write at any time. */
  readonly commands: Fd<"memory">;
  readonly entries: number;
  /** The memory that the plugin has made for its commands, by number; lent. */
  readonly buffers: ReadonlyMap<number, Fd<"memory">>;
}

/** What carries out a plugin's commands. */
export interface Device3DHost extends DeviceHost {
  /** The most entries that a ring may have; 65,536 where nothing is said. */
  readonly entries?: number;
  /** The most bytes of all buffers of an instance; 64 MiB where nothing is said. There are 256 of them at most. */
  readonly bufferBytes?: number;
  /** Whether it carries out nothing more. */
  readonly failed?: boolean;
  /**
   * Carries out the commands from one entry up to, and without, another, round the end of the ring where the second is
   * the smaller. Returns how far it is. May throw an `NPError`.
   */
  flush(ring: CommandRing, from: number, to: number): Awaitable<Device3DProgress>;
}

/** What the buffers of an instance take, in all of its rings. */
export interface BuffersTaken {
  count: number;
  bytes: number;
}

/** One such ring, as the plugin has it. */
export class CommandDevice extends Device implements Device3DImpl {
  readonly #host: Device3DHost;
  protected override readonly states: DeviceStates;
  readonly #taken: BuffersTaken;
  readonly #buffers = new Map<number, Fd<"memory">>();
  readonly #sizes = new Map<number, number>();
  readonly #ring: CommandRing;
  #putOffset = 0;
  #progress: Device3DProgress = { getOffset: 0, token: 0, error: 0 };
  #lastBuffer = 0;

  /**
   * Has as many of the entries asked for as the host allows. Throws `invalidParameter` where none are asked for. `taken` is
   * kept up with what its buffers take.
   */
  constructor(host: Device3DHost, requested: number, taken: BuffersTaken, onEnd: () => void) {
    super(host, onEnd);
    if (requested === 0) throw new NPError("invalidParameter");
    this.#host = host;
    this.#taken = taken;
    this.states = new DeviceStates(host, {}, [
      [Device3DState.getOffset, () => this.#progress.getOffset],
      [Device3DState.putOffset, () => this.#putOffset],
      [Device3DState.token, () => this.#progress.token],
      [Device3DState.parseError, () => this.#takeParseError()],
      [Device3DState.errorStatus, () => (this.#host.failed === true ? 1 : 0)],
    ]);
    const entries = Math.min(requested, host.entries ?? ENTRIES);
    const commands = sharedMemory(entries * ENTRY_BYTES, "device3d");
    this.#ring = { commands, entries, buffers: this.#buffers };
  }

  /** What the plugin is given; the descriptor is the receiver's. */
  surface(): Device3DSurfaceInit {
    const { commands, entries } = this.#ring;
    const { getOffset } = this.#progress;
    return { commands: commands.dup(), entries, getOffset, putOffset: this.#putOffset, device: this };
  }

  flush(putOffset: number): Awaitable<Device3DProgress> {
    this.checkLive();
    if (putOffset >= this.#ring.entries) throw new NPError("invalidParameter");
    const from = this.#putOffset;
    this.#putOffset = putOffset;
    return after(this.#host.flush(this.#ring, from, putOffset), (progress) => {
      this.#progress = progress;
      return progress;
    });
  }

  createBuffer(size: number): Device3DBufferInit {
    this.checkLive();
    if (size === 0) throw new NPError("invalidParameter");
    const { count, bytes } = this.#taken;
    if (bytes + size > (this.#host.bufferBytes ?? BUFFER_BYTES) || count >= BUFFERS) throw new NPError("outOfMemory");
    const memory = sharedMemory(size, "device3d-buffer");
    const id = ++this.#lastBuffer;
    this.#buffers.set(id, memory);
    this.#sizes.set(id, size);
    this.#take(1, size);
    try {
      return { id, memory: memory.dup() };
    } catch (error) {
      this.destroyBuffer(id);
      throw error;
    }
  }

  destroyBuffer(id: number): void {
    this.checkLive();
    const memory = this.#buffers.get(id);
    if (memory === undefined) throw new NPError("invalidParameter");
    memory.close();
    this.#buffers.delete(id);
    this.#take(-1, -this.#sizes.get(id)!);
    this.#sizes.delete(id);
  }

  #take(count: number, bytes: number): void {
    this.#taken.count += count;
    this.#taken.bytes += bytes;
  }

  #takeParseError(): number {
    const { error } = this.#progress;
    this.#progress = { ...this.#progress, error: 0 };
    return error;
  }

  protected override release(): void {
    for (const memory of [this.#ring.commands, ...this.#buffers.values()]) memory.close();
    for (const bytes of this.#sizes.values()) this.#take(-1, -bytes);
    this.#buffers.clear();
  }
}
