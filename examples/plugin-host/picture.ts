/** Pictures in shared memory, as both sides have them: rows of pixels, four bytes each:
 * blue, green, red and alpha. */

import { readSync, writeSync } from "node:fs";
import type { Fd } from "../../runtime/index.ts";

const PIXEL_BYTES = 4;
const SHADES = " .:-=+*#%@";

/** A picture as either side has it. */
export interface Canvas {
  readonly memory: Fd<"memory">;
  /** Bytes from one row to the next. */
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/** Draws a disc of light, so many pixels from the left. */
export function drawDisc({ memory, stride, width, height }: Canvas, left: number): void {
  const radius = height / 2;
  const row = Buffer.alloc(width * PIXEL_BYTES);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // Pixels of text are twice as high as they are wide.
      const distance = Math.hypot((x - left) / 2 - radius, y + 0.5 - radius) / radius;
      const light = Math.round(255 * Math.max(0, 1 - distance ** 2));
      row.fill(light, x * PIXEL_BYTES, x * PIXEL_BYTES + 3);
      row[x * PIXEL_BYTES + 3] = 255;
    }
    writeSync(memory.fd, row, 0, row.length, y * stride);
  }
}

/** The picture as lines of text. */
export function asText({ memory, stride, width, height }: Canvas): string[] {
  const row = Buffer.alloc(width * PIXEL_BYTES);
  return Array.from({ length: height }, (_, y) => {
    readSync(memory.fd, row, 0, row.length, y * stride);
    return Array.from({ length: width }, (_, x) => shade(row[x * PIXEL_BYTES + 1] ?? 0)).join("");
  });
}

function shade(light: number): string {
  return SHADES[Math.floor((light / 256) * SHADES.length)] ?? " ";
}
