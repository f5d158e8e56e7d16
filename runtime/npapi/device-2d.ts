/** A picture that a plugin draws into and its host shows: memory of both, and a word each time that it is to be shown. */

import type { Device2DFrame, Device2DImpl, Device2DSurfaceInit, NPRect } from "../../generated/npapi.ts";
import { type Awaitable, after } from "../channel/awaitable.ts";
import type { Fd } from "../descriptor.ts";
import { InvalidError } from "../errors.ts";
import { sharedMemory } from "../shared-memory.ts";
import { Device, type DeviceHost, DeviceStates } from "./device.ts";

/** Blue, green, red and alpha, premultiplied. */
const PIXEL_BYTES = 4;

/** The picture as its host has it. */
export interface Picture {
  /** Its rows, the first at 0; lent. The plugin may write at any time, also while it is read. */
  readonly memory: Fd<"memory">;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
}

/** What shows a plugin's picture. */
export interface Device2DHost extends DeviceHost {
  /** In pixels, each at least 1. */
  readonly width: number;
  readonly height: number;
  /**
   * Shows what has been drawn: the part that the plugin was last told to draw. Returns the part to be drawn next; the
   * whole picture where it says nothing. May throw an `NPError`.
   */
  flush(picture: Picture, drawn: NPRect): Awaitable<NPRect | undefined>;
}

/** Whether a picture can have so many columns or rows. */
function isExtent(pixels: number): boolean {
  return Number.isInteger(pixels) && pixels >= 1;
}

/** One such picture, as the plugin has it. */
export class PictureDevice extends Device implements Device2DImpl {
  readonly #host: Device2DHost;
  readonly #picture: Picture;
  protected override readonly states: DeviceStates;
  #dirty: NPRect;

  /** Throws an `InvalidError` for a picture that is not of whole pixels. */
  constructor(host: Device2DHost, onEnd: () => void) {
    super(host, onEnd);
    const { width, height } = host;
    if (!isExtent(width) || !isExtent(height))
      throw new InvalidError(`A picture of ${width} by ${height} pixels cannot be drawn.`);
    const stride = width * PIXEL_BYTES;
    this.#host = host;
    this.states = new DeviceStates(host);
    this.#dirty = { left: 0, top: 0, right: width, bottom: height };
    this.#picture = { memory: sharedMemory(stride * height, "device2d"), width, height, stride };
  }

  /** What the plugin is given; the descriptor is the receiver's. */
  surface(): Device2DSurfaceInit {
    return { pixels: this.#picture.memory.dup(), ...this.#frame(), device: this };
  }

  flush(): Awaitable<Device2DFrame> {
    this.checkLive();
    return after(this.#host.flush(this.#picture, this.#dirty), (next) => {
      const { width, height } = this.#picture;
      this.#dirty = next ?? { left: 0, top: 0, right: width, bottom: height };
      return this.#frame();
    });
  }

  #frame(): Device2DFrame {
    return { stride: this.#picture.stride, dirty: this.#dirty };
  }

  protected override release(): void {
    this.#picture.memory.close();
  }
}
