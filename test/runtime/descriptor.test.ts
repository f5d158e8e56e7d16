import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { closeDescriptor, descriptorOf, duplicateDescriptor, Fd, inspectDescriptor } from "../../runtime/descriptor.ts";
import { InvalidError } from "../../runtime/errors.ts";
import { isOpen, leavesNothingOpen } from "../support/descriptor-count.ts";

const test = suite("descriptor");
leavesNothingOpen(test);

const isInvalid = (error: unknown): boolean => error instanceof InvalidError;

function openOwned(): Fd {
  return Fd.adopt(openSync("/dev/null", "r+"), "openOwned");
}

test("an Fd gives its number to whoever reads with it, until it is closed", () => {
  const fd = openOwned();
  assert.ok(fstatSync(fd.fd).isCharacterDevice());
  assert.not.ok(fd.closed);
  fd.close();
  assert.ok(fd.closed);
  assert.throws(() => fd.fd, /The descriptor of openOwned has been closed/);
  assert.throws(() => fd.fd, isInvalid);
});

test("closing twice closes once, even if the number has been given to another file", () => {
  const fd = openOwned();
  const number = fd.fd;
  fd.close();
  const other = openSync("/dev/null", "r");
  assert.is(other, number, "the kernel gives the lowest number");
  fd.close();
  assert.ok(isOpen(other));
  closeSync(other);
});

test("`using` closes at the end of the block, by an exception too", () => {
  let number = -1;
  assert.throws(() => {
    using fd = openOwned();
    number = fd.fd;
    throw new Error("left early");
  }, /left early/);
  assert.not.ok(isOpen(number));
});

test("a released number is the caller's, and closing its Fd leaves it open", () => {
  const fd = openOwned();
  const number = fd.release();
  fd.close();
  assert.ok(isOpen(number));
  assert.ok(fd.closed);
  assert.throws(() => fd.fd, /has been moved/);
  assert.throws(() => fd.release(), isInvalid);
  assert.throws(() => fd.dup(), isInvalid);
  closeDescriptor(number);
});

test("a duplicate is a second owner", () => {
  const first = openOwned();
  using second = first.dup();
  first.close();
  assert.ok(isOpen(second.fd));
  assert.match(String(second), /openOwned \(dup\)/);
});

test("kind and rights are asked for once, and known ones not at all", () => {
  using fd = openOwned();
  assert.equal([fd.kind, fd.readable, fd.writable], ["device", true, true]);
  const number = openSync("/dev/null", "r");
  using told = Fd.adopt(number, "told", { kind: "pipe", readable: false, writable: true });
  assert.equal([told.kind, told.readable, told.writable], ["pipe", false, true]);
  fd.close();
  assert.is(fd.kind, "device", "what it was is still known");
});

test("a closed Fd of which nothing was asked cannot be asked", () => {
  const fd = openOwned();
  fd.close();
  assert.throws(() => fd.kind, isInvalid);
});

for (const none of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
  test(`${none} is no descriptor`, () => {
    assert.throws(() => Fd.adopt(none), isInvalid);
    assert.throws(() => descriptorOf(none), isInvalid);
    assert.throws(() => descriptorOf({ fd: none }), isInvalid);
  });

test("a number, an Fd and whatever has an fd are lent descriptors", () => {
  using fd = openOwned();
  assert.equal([descriptorOf(fd.fd), descriptorOf(fd), descriptorOf({ fd: fd.fd })], [fd.fd, fd.fd, fd.fd]);
});

test("what is not open can be neither duplicated nor inspected", () => {
  assert.throws(() => duplicateDescriptor(1 << 20), /Descriptor 1048576 is not open/);
  assert.throws(() => inspectDescriptor(1 << 20), isInvalid);
});

test("an Fd cannot be cloned, where it would be a second owner", () => {
  using fd = openOwned();
  assert.throws(() => structuredClone(fd), /could not be cloned/);
  assert.throws(() => structuredClone({ inside: [fd] }), /could not be cloned/);
});

test("an Fd prints as what it is", () => {
  using fd = openOwned();
  assert.is(inspect(fd), `Fd(${fd.fd} of openOwned)`);
  const { fd: number } = fd;
  fd.close();
  assert.is(`${fd}`, "Fd(closed of openOwned)");
  assert.type(number, "number");
});

test("an Fd that is forgotten is closed and reported once, one that was closed or moved is not", () => {
  const source = join(import.meta.dirname, "../../runtime/descriptor.ts");
  const script = `
    import { openSync, fstatSync } from "node:fs";
    import { Fd } from ${JSON.stringify(source)};
    process.on("warning", (warning) => console.log(warning.code, warning.message));
    const forgotten = openSync("/dev/null", "r"), moved = openSync("/dev/null", "r");
    (() => {
      Fd.adopt(forgotten, "Files.open");
      Fd.adopt(moved, "moved").release();
      Fd.adopt(openSync("/dev/null", "r"), "closed").close();
    })();
    for (let i = 0; i < 20; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); }
    try { fstatSync(forgotten); console.log("still open"); } catch (error) { console.log(error.code); }
    console.log(String(fstatSync(moved).isCharacterDevice()));`;
  const flags = ["--expose-gc", "--no-warnings", "--import", "tsx", "--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  assert.is(stderr, "");
  const [warning, closed, moved, ...more] = stdout.trim().split("\n");
  assert.match(warning ?? "", /^POSTERN_FD_COLLECTED Descriptor \d+ of Files\.open was collected while open/);
  assert.equal([closed, moved, more], ["EBADF", "true", []]);
});

test.run();
