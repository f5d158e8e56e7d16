/** Memory that several processes have: anonymous, reached by a descriptor alone, and gone with the last of those. */

import { writeSync } from "node:fs";
import { closeDescriptor, Fd } from "./descriptor.ts";
import { InvalidError, TransportError } from "./errors.ts";
import { addon } from "./native/addon.ts";
import { systemError } from "./system-error.ts";

/** Those of linux/fcntl.h that keep a memory's size: F_SEAL_SEAL, F_SEAL_SHRINK and F_SEAL_GROW. */
const SIZE_SEALS = 0x1 | 0x2 | 0x4;
const F_SEAL_WRITE = 0x8;

/**
 * Makes so many bytes of zeros, readable and writable. Their number is sealed, or whoever it is shared with could cut it
 * short under a program that has it mapped, which kills that program. `name` shows in /proc. Throws an `InvalidError`
 * for a size that is none, and a `TransportError` with the system's error as its cause.
 */
export function sharedMemory(size: number, name = "postern"): Fd<"memory"> {
  return sealed(unsealed(size, name), SIZE_SEALS, "sharedMemory");
}

/** Makes memory that holds a content, which nobody can change: readable only. Throws as `sharedMemory` does. */
export function sealedMemory(content: Uint8Array, name = "postern"): Fd<"memory"> {
  const number = unsealed(content.length, name);
  try {
    for (let written = 0; written < content.length; )
      written += writeSync(number, content, written, content.length - written, written);
  } catch (cause) {
    closeDescriptor(number);
    throw new TransportError("Memory to share cannot be filled.", { cause });
  }
  return sealed(number, SIZE_SEALS | F_SEAL_WRITE, "sealedMemory");
}

function unsealed(size: number, name: string): number {
  if (!Number.isSafeInteger(size) || size < 0) throw new InvalidError(`${size} is not a size of memory, in bytes.`);
  const number = addon().memfd(name, size, true);
  if (number < 0) throw failure(number, "memfd_create");
  return number;
}

/** Takes memory over and seals it. */
function sealed(number: number, seals: number, origin: string): Fd<"memory"> {
  const writable = (seals & F_SEAL_WRITE) === 0;
  // The facts are those of what was just made.
  const memory = Fd.adopt<"memory">(number, origin, { kind: "memory", readable: true, writable });
  const status = addon().seal(number, seals);
  if (status >= 0) return memory;
  memory.close();
  throw failure(status, "fcntl");
}

function failure(status: number, syscall: string): TransportError {
  const cause = systemError(status, syscall);
  return new TransportError(`Memory to share cannot be made: ${cause.message}.`, { cause });
}
