/**
 * A sound that a plugin makes and its host plays: memory that samples are written to, and a socket on which the host
 * says that it has played some.
 */

import { Socket } from "node:net";
import { type AudioDeviceImpl, type AudioFormat, type AudioReady, NPError } from "../../generated/npapi.ts";
import type { Fd } from "../descriptor.ts";
import { sharedMemory } from "../shared-memory.ts";
import { socketPair } from "../transport/sockets.ts";
import { Device, type DeviceHost, DeviceStates } from "./device.ts";

/** The states that every sound has: `NPAudioContextStates`. */
export const AudioState = {
  /** 1 while the plugin wants to be asked for samples: `NPAudioCallbackStart`. */
  callback: 0,
  /** How often the plugin was behind. */
  underrunCounter: 1,
} as const;

/** The kinds of samples, `NPAudioSampleTypes`, with the bytes of one. */
const sampleBytes: ReadonlyMap<number, number> = new Map([
  [0, 2],
  [1, 4],
]);
/** What Pepper allowed. */
const FRAME_SAMPLES_MIN = 64;
const FRAME_SAMPLES_MAX = 32768;
const CHANNELS_MAX = 8;

/** The way of the sound, at the host's end. It ends with the device. */
export interface AudioOutput {
  /** Where the plugin writes its samples; lent. */
  readonly memory: Fd<"memory">;
  /** Bytes of it: as many samples of each channel as are played at a time. */
  readonly size: number;
  /**
   * Says to the plugin that samples have been played, by one word of 32 bits, little-endian. Returns whether it was
   * said: it is not where there is no socket, or it is full because the plugin does not read, which counts as an
   * underrun.
   */
  played(word?: number): boolean;
}

/** What plays a plugin's sound. */
export interface AudioHost extends DeviceHost {
  /** Whether the plugin has a socket on which it is told what has been played; so it is where nothing is said. */
  readonly socket?: boolean;
  /** The plugin has what it needs: the sound can begin. */
  start(output: AudioOutput): void;
}

/** How many bytes are played at a time. Throws `invalidParameter` for a format that is none. */
function bytesOf({ sampleType, outputChannels, frameSamples }: AudioFormat): number {
  const bytes = sampleBytes.get(sampleType);
  const playable = outputChannels >= 1 && outputChannels <= CHANNELS_MAX;
  const framed = frameSamples >= FRAME_SAMPLES_MIN && frameSamples <= FRAME_SAMPLES_MAX;
  if (bytes === undefined || !playable || !framed) throw new NPError("invalidParameter");
  return bytes * outputChannels * frameSamples;
}

/** One such sound, as the plugin has it. */
export class SoundDevice extends Device implements AudioDeviceImpl {
  readonly #host: AudioHost;
  protected override readonly states: DeviceStates;
  readonly #memory: Fd<"memory">;
  readonly #size: number;
  #socket: Socket | undefined;
  #underruns = 0;

  constructor(host: AudioHost, format: AudioFormat, onEnd: () => void) {
    super(host, onEnd);
    this.#host = host;
    this.#size = bytesOf(format);
    this.states = new DeviceStates(host, { [AudioState.callback]: 0 }, [
      [AudioState.underrunCounter, () => this.#underruns],
    ]);
    this.#memory = sharedMemory(this.#size, "audio");
  }

  /** Gives the plugin what the sound goes through, then lets the host begin. Rejects with what the plugin failed with. */
  async begin(ready: AudioReady): Promise<void> {
    using _ = ready;
    if (this.ended) return;
    using memory = this.#memory.dup();
    using socket = this.#host.socket === false ? undefined : this.#connect();
    await ready(memory, this.#size, socket);
    if (this.ended) return;
    this.#host.start({ memory: this.#memory, size: this.#size, played: (word = 1) => this.#tell(word) });
  }

  /** Makes the pair of sockets and keeps one; the other is the caller's. */
  #connect(): Fd<"stream"> {
    const [ours, theirs] = socketPair("stream");
    this.#socket = new Socket({ fd: ours.release(), readable: false, writable: true });
    // A plugin that has closed its end is told nothing more; what it does about that is its own affair.
    this.#socket.on("error", () => {});
    this.#socket.unref();
    return theirs;
  }

  #tell(word: number): boolean {
    if (this.#socket?.writable === true && !this.#socket.writableNeedDrain) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(word);
      this.#socket.write(bytes);
      return true;
    }
    this.#underruns++;
    return false;
  }

  protected override release(): void {
    this.#memory.close();
    this.#socket?.destroy();
  }
}
