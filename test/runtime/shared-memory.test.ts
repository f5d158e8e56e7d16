/** Memory to share: its size, what can be done with it, and what cannot. */

import { ftruncateSync, readSync, writeSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InvalidError, sealedMemory, sharedMemory, TransportError } from "../../runtime/index.ts";
import { leavesNothingOpen } from "../support/descriptor-count.ts";

const test = suite("shared memory");
leavesNothingOpen(test);

function contentOf({ fd }: { readonly fd: number }, size: number): Buffer {
  const bytes = Buffer.alloc(size + 1);
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
}

for (const size of [0, 1, 4096, 5000])
  test(`${size} bytes are zeros that can be written, and stay as many`, () => {
    using memory = sharedMemory(size);
    assert.equal([memory.kind, memory.readable, memory.writable], ["memory", true, true]);
    assert.equal(contentOf(memory, size), Buffer.alloc(size));
    const content = Buffer.alloc(size, 7);
    writeSync(memory.fd, content, 0, size, 0);
    assert.equal(contentOf(memory, size), content);
    for (const other of [size + 1, Math.max(0, size - 1)].filter((each) => each !== size))
      assert.throws(() => ftruncateSync(memory.fd, other), /EPERM/);
    assert.throws(() => writeSync(memory.fd, "x", size), /EPERM/);
  });

for (const size of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
  test(`${size} bytes are refused`, () => {
    assert.throws(
      () => sharedMemory(size),
      (error: unknown) => error instanceof InvalidError,
    );
  });

test("what the kernel refuses is said with its error", () => {
  for (const make of [() => sharedMemory(1, "n".repeat(300)), () => sealedMemory(Buffer.from("x"), "n".repeat(300))])
    assert.throws(make, (error: unknown) => error instanceof TransportError && error.cause instanceof Error);
});

for (const content of ["", "content", "x".repeat(100_000)])
  test(`sealed memory of ${content.length} bytes holds them, and nobody changes them`, () => {
    using memory = sealedMemory(Buffer.from(content));
    assert.equal([memory.kind, memory.readable, memory.writable], ["memory", true, false]);
    assert.is(contentOf(memory, content.length).toString(), content);
    for (const change of [() => writeSync(memory.fd, "x", 0), () => ftruncateSync(memory.fd, content.length + 1)])
      assert.throws(change, /EPERM/);
  });

test.run();
